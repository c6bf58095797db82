/* verdict status, reload, rules, trace and cache: what asks the daemon. */
#include <stdio.h>
#include <string.h>

#include "base/wrap.h"
#include "milter/cli/cli.h"
#include "milter/cli/daemon.h"
#include "milter/cli/options.h"

/* The command's name is the first word of a request; so many may follow. */
#define WORDS_MAX 2

struct call {
	struct daemon_path path;
	bool json, help;
	const char *word[1 + WORDS_MAX + 1]; /* one too many is told */
	size_t words;
};

/* Who has --json. */
enum { PLAIN = 1, JSON = 2 };

static const struct option_row rows[] = {
    {"socket", .argument = "PATH", .help = "the daemon's control socket",
     .at = offsetof(struct call, path.socket)},
    {"config", .argument = "FILE",
     .help = "the configuration that names it, unless it is the default",
     .at = offsetof(struct call, path.config)},
    {"json", .help = "JSON instead of text", .of = JSON,
     .at = offsetof(struct call, json)},
    {"help", .at = offsetof(struct call, help)},
    {NULL}};

static bool
add_word(void *ctx, const char *word)
{
	struct call *call = ctx;

	if (call->words < sizeof call->word / sizeof call->word[0])
		call->word[call->words++] = word;
	return true;
}

#define LIVE                                                            \
	.row = rows, .argument = add_word,                              \
	.notes = "Exit status: 0 done, 64 wrong call, 69 the daemon "   \
		 "cannot be reached or refuses,\n77 not permitted, 78 " \
		 "the configuration cannot be used.\n"

static const struct live {
	struct options options;
	size_t most;       /* words after the name */
	const char *takes; /* for who gives other words */
} lives[] = {
    {{.command = "status",
      .is = JSON,
      LIVE,
      .usage = "usage: verdict status [OPTION...]\nShows how the daemon "
	       "does.\n"},
     0,
     NULL},
    {{.command = "reload",
      .is = PLAIN,
      LIVE,
      .usage = "usage: verdict reload [OPTION...]\n"
	       "Has the daemon read its configuration again.  A bad file "
	       "changes nothing.\n"},
     0,
     NULL},
    {{.command = "rules",
      .is = JSON,
      LIVE,
      .usage = "usage: verdict rules [OPTION...]\nLists the rules and how "
	       "often each decided.\n"},
     0,
     NULL},
    {{.command = "trace",
      .is = PLAIN,
      LIVE,
      .usage = "usage: verdict trace [OPTION...]\n"
	       "       verdict trace [OPTION...] on|off DOMAIN\n"
	       "Lists the traced domains, or has mail from DOMAIN (From or "
	       "MAIL FROM) explained\nin the log for an hour.\n"},
     2,
     "it takes on DOMAIN or off DOMAIN"},
    {{.command = "cache",
      .is = PLAIN,
      LIVE,
      .usage = "usage: verdict cache [OPTION...] show NAME\n"
	       "       verdict cache [OPTION...] flush\n"
	       "Shows or forgets cached DNS answers.\n"},
     2,
     "it takes show NAME or flush"},
};

/* What is asked for by words, before the daemon is troubled with it. */
static bool
read_request(const struct live *live, const struct call *call,
	     struct request *request_out)
{
	const struct options *options = &live->options;
	struct request request = request_of_words(call->words, call->word);

	if (call->words > 1 + live->most)
		return options_complain(options, "unexpected argument '%s'",
					call->word[1 + live->most]);
	if (request.verb == REQUEST_BAD)
		return options_complain(options, "%s", live->takes);
	/* The daemon splits what it is asked at blanks. */
	if (request.argument.n > 0 &&
	    strpbrk(request.argument.p, " \t\r\n") != NULL)
		return options_complain(options,
					"'%s' is no name: it has blanks",
					request.argument.p);
	request.json = call->json;
	*request_out = request;
	return true;
}

static void
complain(const struct live *live, struct str text)
{
	struct buf lines;

	buf_init(&lines, NULL);
	buf_printf(&lines, "verdict %s: %.*s\n", live->options.command,
		   STR_ARG(text));
	wrap_print(stderr, buf_str(&lines));
	buf_clear(&lines);
}

static int
ask(const struct live *live, const struct daemon_path *path,
    const struct request *request)
{
	struct buf answer;

	buf_init(&answer, NULL);
	int status = daemon_ask(path, request, &answer);
	struct str text = buf_str(&answer);
	if (status == CLI_ACCEPT && request->verb == REQUEST_RELOAD)
		wrap_print(stdout, text);
	else if (status == CLI_ACCEPT)
		printf("%.*s", STR_ARG(text));
	else if (status == CLI_USAGE)
		options_complain(&live->options, "%.*s", STR_ARG(text));
	else
		complain(live, text);
	buf_clear(&answer);
	return status;
}

int
cli_live(int argc, char **argv)
{
	const struct live *live = lives;
	struct call call = {.word = {argv[0]}, .words = 1};
	struct request request;

	while (strcmp(live->options.command, argv[0]) != 0)
		live++; /* main.c calls this for these names only */
	if (!options_read(&live->options, argc, argv, &call))
		return CLI_USAGE;
	if (call.help) {
		options_help(&live->options, stdout);
		return CLI_ACCEPT;
	}
	if (!read_request(live, &call, &request))
		return CLI_USAGE;
	return ask(live, &call.path, &request);
}
