/*
 * What `verdict check` and `verdict spf` share: the options that stand for an
 * envelope, and the engine that a one-off evaluation needs.
 */
#ifndef VERDICT_MILTER_CLI_CHECK_ENVELOPE_H
#define VERDICT_MILTER_CLI_CHECK_ENVELOPE_H

#include <stdbool.h>

#include "base/arena.h"
#include "config/config.h"
#include "verify/verify.h"

/* A message with what the options before it say of it. */
struct cli_message {
	const char *path; /* "-": standard input */
	struct verify_envelope envelope;
	bool smtp_auth;
};

struct cli_options {
	bool json, as_published, help;
	const char *config; /* NULL: CONFIG_FILE where it stands, or defaults */
	const char *resolver;    /* NULL: as configured */
	struct cli_message last; /* as all options say, without a path */
	struct cli_message *message;
	struct str *recipient; /* those of all messages */
	size_t messages, recipients;
};

/*
 * Reads argv[1..].  False: one line on standard error says what is wrong. True:
 * cli_options_clear() follows.
 * check: whether messages and --as-published belong to the command.
 */
bool cli_options_read(int argc, char **argv, bool check,
		      struct cli_options *options);
void cli_options_clear(struct cli_options *options);
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
