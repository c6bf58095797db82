/* One message handed to a mail server on this host, by SMTP (RFC 5321). */
#ifndef VERDICT_MILTER_CLI_SETUP_TRIAL_SMTP_H
#define VERDICT_MILTER_CLI_SETUP_TRIAL_SMTP_H

#include "base/buf.h"
#include "milter/cli/setup/trial/mail.h"

struct smtp_answer {
	bool as_client;   /* it was taken as coming from mail.client */
	struct buf reply; /* the last one: a refusal, or that to the message */
};

/*
 * Says that mail.client is the client (XCLIENT) where the server lets us, and
 * with that alone else only where `anyhow`.  False: *answer->reply says what
 * went wrong.  The caller clears the reply.
 */
bool smtp_send(struct ip server, unsigned port, const struct mail *mail,
	       bool anyhow, struct smtp_answer *answer);

#endif
