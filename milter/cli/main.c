#include "milter/cli/cli.h"

#include <stdio.h>
#include <string.h>

#include "base/standard.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
    {"check", cli_check, "verify a message file and show the verdict"},
    {"spf", cli_spf, "evaluate SPF alone"},
    {"replay", cli_replay, "try another configuration on recorded messages"},
    {"config", cli_config, "check a configuration and show what it means"},
    {"setup", cli_setup, "fit the mail server to it, or say what is needed"},
    {"status", cli_live, "show how the daemon does"},
    {"reload", cli_live, "have it read its configuration again"},
    {"rules", cli_live, "list its rules and their hits"},
    {"trace", cli_live, "have a domain's mail explained in the log"},
    {"cache", cli_live, "show or forget cached DNS answers"},
    {"metrics", cli_metrics, "serve what it counts to Prometheus"},
    {"stats", cli_stats, "show what enforce would do, and to whose mail"},
    {"explain", cli_explain, "tell what became of a message, and why"},
    {"search", cli_search, "list messages by sender, recipient and so on"},
    {"history", cli_history,
     "feed the store of decided mail, or look after it"},
    {"forget", history_forget, "remove what is recorded of somebody"},
};

#define N_COMMANDS (sizeof commands / sizeof commands[0])

static void
print_usage(FILE *stream)
{
	fputs("usage: verdict COMMAND [OPTION...]\n", stream);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(stream, "  %-8s %s\n", commands[i].name,
			commands[i].help);
	fputs("`verdict COMMAND --help` lists a command's options.\n", stream);
}

static int
run(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	}
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
		puts("verdict " VERDICT_VERSION);
		return 0;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		print_usage(stdout);
		return 0;
	}
	if (name[0] != '\0')
		fprintf(stderr, "verdict: unknown command '%s'\n", name);
	print_usage(stderr);
	return CLI_USAGE;
}

/* Output that cannot be written (a full disk, a closed pipe) is no success. */
int
main(int argc, char **argv)
{
	if (!standard_fill()) {
		perror("verdict: /dev/null");
		return CLI_FAILURE;
	}
	int status = run(argc, argv);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	perror("verdict: standard output");
	return CLI_FAILURE;
}
