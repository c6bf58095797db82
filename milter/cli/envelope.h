/*
 * What `verdict check` and `verdict spf` share: the options that stand for an
 * envelope, and the engine that a one-off evaluation needs.
 */
#ifndef VERDICT_MILTER_CLI_ENVELOPE_H
#define VERDICT_MILTER_CLI_ENVELOPE_H

#include <stdbool.h>

#include "base/arena.h"
#include "config/config.h"
#include "verify/verify.h"

/* A command line holds more, but nobody writes them. */
#define CLI_RECIPIENTS 100

struct cli_options {
	bool json, as_published, help, smtp_auth;
	const char *config; /* NULL: CONFIG_FILE where it stands, or defaults */
	const char *resolver; /* NULL: as configured */
	struct verify_envelope envelope;
	struct str recipient[CLI_RECIPIENTS]; /* of the envelope */
	const char *message; /* NULL: not given; "-": standard input */
};

/*
 * Reads argv[1..].  False: one line on standard error says what is wrong.
 * check: whether a message and --as-published belong to the command.
 */
bool cli_options_read(int argc, char **argv, bool check,
		      struct cli_options *options);
/* The options' part of a help text, on standard output. */
void cli_options_help(bool check);

struct cli_engine {
	struct config *config;
	struct verify_engine verify;
	struct arena_pool pool;
	struct suffix_list *suffixes;
};

/*
 * Loads the configuration and starts a resolver.  CLI_ACCEPT, or another exit
 * status after one line on standard error; then nothing is to be closed.
 */
int cli_engine_open(const struct cli_options *options,
		    struct cli_engine *engine);
void cli_engine_close(struct cli_engine *engine);

#endif
