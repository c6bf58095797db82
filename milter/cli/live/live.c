/* verdict status, reload, rules, trace and cache: what asks the daemon. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "milter/cli/cli.h"
#include "milter/cli/live/control.h"

#define OPTIONS                                                           \
	"  --socket PATH  the daemon's control socket\n"                  \
	"  --config FILE  the configuration that names it, unless it is " \
	"the default\n"
#define STATUSES                                                       \
	"Exit status: 0 done, 64 wrong call, 69 the daemon cannot be " \
	"reached or refuses,\n77 not permitted, 78 the configuration " \
	"cannot be used.\n"

#define WORDS_MAX 2

static const struct live {
	const char *name;
	int most;  /* words */
	bool json; /* takes --json */
	const char *usage;
	const char *takes; /* for who gives other words */
} lives[] = {
    {"status", 0, true,
     "usage: verdict status [OPTION...]\nShows how the daemon does.\n", NULL},
    {"reload", 0, false,
     "usage: verdict reload [OPTION...]\n"
     "Has the daemon read its configuration again.  A bad file changes "
     "nothing.\n",
     NULL},
    {"rules", 0, true,
     "usage: verdict rules [OPTION...]\nLists the rules and how often each "
     "decided.\n",
     NULL},
    {"trace", 2, false,
     "usage: verdict trace [OPTION...]\n"
     "       verdict trace [OPTION...] on|off DOMAIN\n"
     "Lists the traced domains, or has mail from DOMAIN (From or MAIL FROM) "
     "explained\nin the log for an hour.\n",
     "it takes on DOMAIN or off DOMAIN"},
    {"cache", 2, false,
     "usage: verdict cache [OPTION...] show NAME\n"
     "       verdict cache [OPTION...] flush\n"
     "Shows or forgets cached DNS answers.\n",
     "it takes show NAME or flush"},
};

struct call {
	struct control_path path;
	bool json, help;
};

/* What is asked for by words, before the daemon is troubled with it. */
static int
read_words(const struct live *live, int words, char **word,
	   struct request *request_out)
{
	const char *all[1 + WORDS_MAX] = {live->name};

	if (words > live->most) {
		fprintf(stderr, "verdict %s: unexpected argument '%s'\n%s",
			live->name, word[live->most], live->usage);
		return CLI_USAGE;
	}
	for (int i = 0; i < words; i++)
		all[1 + i] = word[i];
	*request_out = request_of_words(1 + (size_t)words, all);
	if (request_out->verb == REQUEST_BAD) {
		fprintf(stderr, "verdict %s: %s\n%s", live->name, live->takes,
			live->usage);
		return CLI_USAGE;
	}
	/* The daemon splits what it is asked at blanks. */
	if (request_out->argument.n > 0 &&
	    strpbrk(request_out->argument.p, " \t\r\n") != NULL) {
		fprintf(stderr,
			"verdict %s: '%s' is no name: it has blanks\n%s",
			live->name, request_out->argument.p, live->usage);
		return CLI_USAGE;
	}
	return CLI_ACCEPT;
}

static bool
read_options(int argc, char **argv, const struct live *live, struct call *call)
{
	static const struct option known[] = {
	    {"socket", required_argument, NULL, 's'},
	    {"config", required_argument, NULL, 'c'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	static char name[32];
	int option;

	snprintf(name, sizeof name, "verdict %s", live->name);
	argv[0] = name; /* for getopt's complaints */
	optind = 1;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == 's')
			call->path.socket = optarg;
		else if (option == 'c')
			call->path.config = optarg;
		else if (option == 'h')
			call->help = true;
		else if (option == 'j' && live->json)
			call->json = true;
		else
			return false;
	}
	return true;
}

static int
ask(const struct live *live, const struct control_path *path,
    const struct request *request)
{
	struct buf answer;

	buf_init(&answer, NULL);
	int status = control_ask(path, request, &answer);
	struct str text = buf_str(&answer);
	if (status == CLI_ACCEPT)
		printf("%.*s", STR_ARG(text));
	else
		fprintf(stderr, "verdict %s: %.*s\n%s", live->name,
			STR_ARG(text), status == CLI_USAGE ? live->usage : "");
	buf_clear(&answer);
	return status;
}

int
cli_live(int argc, char **argv)
{
	const struct live *live = lives;
	struct call call = {.json = false};
	struct request request;

	while (strcmp(live->name, argv[0]) != 0)
		live++; /* main.c calls this for these names only */
	if (!read_options(argc, argv, live, &call)) {
		fputs(live->usage, stderr);
		return CLI_USAGE;
	}
	if (call.help) {
		printf("%s%s%s%s", live->usage, OPTIONS,
		       live->json ? "  --json         JSON instead of text\n"
				  : "",
		       STATUSES);
		return CLI_ACCEPT;
	}
	int status = read_words(live, argc - optind, argv + optind, &request);
	if (status != CLI_ACCEPT)
		return status;
	request.json = call.json;
	return ask(live, &call.path, &request);
}
