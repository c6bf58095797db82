/*
 * One message handed to the daemon as a mail server does it, by the milter
 * protocol, version 6: each step is asked for an answer.
 */
#ifndef VERDICT_MILTER_CLI_SETUP_TRIAL_MILTER_H
#define VERDICT_MILTER_CLI_SETUP_TRIAL_MILTER_H

#include "base/buf.h"
#include "config/config.h"
#include "milter/cli/setup/trial/mail.h"

enum milter_end {
	MILTER_LOST, /* it closed the connection, or took too long */
	MILTER_ACCEPT,
	MILTER_REJECT,
	MILTER_TEMPFAIL,
	MILTER_DISCARD
};

struct milter_answer {
	enum milter_end end;
	bool held;          /* the mail server shall hold it */
	struct buf reply;   /* of a refusal; empty: the mail server's own */
	struct buf results; /* the value of Authentication-Results; empty: it
			       writes none */
};

/* The mail server as whom it speaks: its macros v, "Postfix 3.7.11", and j, its
   own name.  The daemon notes each once, so it is better the admin's. */
struct milter_server {
	const char *version, *name;
};

/* The caller clears both texts. */
void milter_send(const struct config *config,
		 const struct milter_server *server, const struct mail *mail,
		 struct milter_answer *answer);

#endif
