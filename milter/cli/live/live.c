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

static const char *
trace_fault(int words, char **word)
{
	bool known = words == 2 && (strcmp(word[0], "on") == 0 ||
				    strcmp(word[0], "off") == 0);

	return words == 0 || known ? NULL : "it takes on DOMAIN or off DOMAIN";
}

static const char *
cache_fault(int words, char **word)
{
	bool known = (words == 2 && strcmp(word[0], "show") == 0) ||
		     (words == 1 && strcmp(word[0], "flush") == 0);

	return known ? NULL : "it takes show NAME or flush";
}

static const struct live {
	const char *name;
	int most;  /* words */
	bool json; /* takes --json */
	const char *usage;
	const char *(*fault)(int words, char **word);
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
     trace_fault},
    {"cache", 2, false,
     "usage: verdict cache [OPTION...] show NAME\n"
     "       verdict cache [OPTION...] flush\n"
     "Shows or forgets cached DNS answers.\n",
     cache_fault},
};

struct call {
	struct control_path path;
	bool json, help;
};

static int
wrong(const struct live *live, const char *why)
{
	fprintf(stderr, "verdict %s: %s\n%s", live->name, why, live->usage);
	return CLI_USAGE;
}

/* What is asked for by words, before the daemon is troubled with it. */
static int
check_words(const struct live *live, int words, char **word)
{
	const char *fault = NULL;

	if (words > live->most) {
		fprintf(stderr, "verdict %s: unexpected argument '%s'\n%s",
			live->name, word[live->most], live->usage);
		return CLI_USAGE;
	}
	if (live->fault != NULL)
		fault = live->fault(words, word);
	/* The daemon splits what it is asked at blanks. */
	for (int i = 0; fault == NULL && i < words; i++) {
		if (strpbrk(word[i], " \t\r\n") == NULL)
			continue;
		fprintf(stderr,
			"verdict %s: '%s' is no name: it has blanks\n%s",
			live->name, word[i], live->usage);
		return CLI_USAGE;
	}
	return fault == NULL ? CLI_ACCEPT : wrong(live, fault);
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
ask(const struct live *live, const struct call *call, int words, char **word)
{
	struct buf request, answer;

	buf_init(&request, NULL);
	buf_init(&answer, NULL);
	buf_adds(&request, live->name);
	for (int i = 0; i < words; i++)
		buf_printf(&request, " %s", word[i]);
	if (call->json)
		buf_adds(&request, " json");
	int status = control_ask(&call->path, request.p, &answer);
	struct str text = buf_str(&answer);
	if (status == CLI_ACCEPT)
		printf("%.*s", STR_ARG(text));
	else
		fprintf(stderr, "verdict %s: %.*s\n%s", live->name,
			STR_ARG(text), status == CLI_USAGE ? live->usage : "");
	buf_clear(&request);
	buf_clear(&answer);
	return status;
}

int
cli_live(int argc, char **argv)
{
	const struct live *live = lives;
	struct call call = {.json = false};

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
	int status = check_words(live, argc - optind, argv + optind);
	if (status != CLI_ACCEPT)
		return status;
	return ask(live, &call, argc - optind, argv + optind);
}
