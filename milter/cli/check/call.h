/*
 * How `verdict check` and `verdict spf` are called: the options that stand for
 * an envelope, and the messages that they are about.
 */
#ifndef VERDICT_MILTER_CLI_CHECK_CALL_H
#define VERDICT_MILTER_CLI_CHECK_CALL_H

#include <stdbool.h>

#include "milter/cli/options.h"
#include "verify/verify.h"

/* A message with what the options before it say of it. */
struct check_message {
	const char *path; /* "-": standard input */
	struct verify_envelope envelope;
	bool smtp_auth;
};

struct check_call {
	bool json, as_published, help;
	const char *config; /* NULL: CONFIG_FILE where it stands, or defaults */
	const char *resolver;      /* NULL: as configured */
	const char *save;          /* NULL: not */
	struct check_message last; /* as all options say, without a path */
	bool unheard; /* an option said something of it after a message */
	struct check_message *message;
	struct str *recipient; /* those of all messages */
	size_t messages, recipients;
};

extern const struct options check_options, spf_options;

/*
 * Reads argv[1..] for one of the two.  False: one line on standard error says
 * what is wrong.  True: check_call_clear() follows.
 */
bool check_call_read(const struct options *options, int argc, char **argv,
		     struct check_call *call);
void check_call_clear(struct check_call *call);

#endif
