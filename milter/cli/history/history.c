/* verdict history: what concerns the store as a whole. */
#include "milter/cli/history/history.h"

#include <stdio.h>
#include <string.h>

#include "milter/cli/cli.h"
#include "milter/cli/options.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
    {"feed", history_feed},
    {"status", history_status},
    {"dns", history_dns},
};

#define N_COMMANDS (sizeof commands / sizeof commands[0])

static const struct option_row rows[] = {{NULL}};

static const struct options options = {
    .command = "history",
    .usage = "usage: verdict history COMMAND [OPTION...]\n"
	     "  feed    move what the journal has into the store\n"
	     "  status  show what the store has\n"
	     "  dns     show what a domain published, and when it changed\n",
    .row = rows,
    .notes = "`verdict history COMMAND --help` lists a command's options.\n",
};

int
cli_history(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		options_help(&options, stdout);
		return CLI_ACCEPT;
	}
	if (name[0] == '\0')
		options_complain(&options, "a command is missing");
	else
		options_complain(&options, "unknown command '%s'", name);
	return CLI_USAGE;
}
