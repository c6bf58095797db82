/*
 * The `verdict` command: one file a subcommand, each with one function here.
 * argv[0] is the subcommand's name.  The return value is the exit status.
 */
#ifndef VERDICT_MILTER_CLI_CLI_H
#define VERDICT_MILTER_CLI_CLI_H

enum cli_status {
	CLI_ACCEPT = 0,
	CLI_QUARANTINE = 1,
	CLI_REJECT = 2,
	CLI_TEMPFAIL = 3,
	CLI_DISCARD = 4,
	CLI_NOTHING = 1,      /* explain, search, history dns: none was found */
	CLI_USAGE = 64,       /* EX_USAGE */
	CLI_UNREADABLE = 65,  /* EX_DATAERR: the message cannot be read */
	CLI_UNAVAILABLE = 69, /* EX_UNAVAILABLE: no daemon, or it refuses */
	CLI_FAILURE = 70,     /* EX_SOFTWARE: the system failed us */
	CLI_DENIED = 77,      /* EX_NOPERM */
	CLI_CONFIG = 78       /* EX_CONFIG */
};

int cli_check(int argc, char **argv);
int cli_spf(int argc, char **argv);
int cli_replay(int argc, char **argv);
int cli_config(int argc, char **argv);
int cli_setup(int argc, char **argv);
/* status, reload, rules, trace, cache */
int cli_live(int argc, char **argv);
int cli_metrics(int argc, char **argv);
int cli_explain(int argc, char **argv);
int cli_search(int argc, char **argv);
int cli_history(int argc, char **argv);
int cli_stats(int argc, char **argv);
/* verdict forget */
int history_forget(int argc, char **argv);

#endif
