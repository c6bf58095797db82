/*
 * verdict setup postfix --test: a genuine and a spoofed message, and what came
 * of them.
 *
 * Both are of one domain that is the admin's own.  They go through Postfix
 * where it lets this host say who the client is (XCLIENT); else one goes, as
 * from loopback, which is the admin's own network and not checked.  In any case
 * both go to the daemon as Postfix would hand them over.  What that shows, and
 * what it does not, is said.
 */
#ifndef VERDICT_MILTER_CLI_SETUP_TRIAL_TRIAL_H
#define VERDICT_MILTER_CLI_SETUP_TRIAL_TRIAL_H

#include "base/ip.h"
#include "config/config.h"

struct trial {
	const struct config *config;
	const char *program, *folder; /* of postconf; NULL: Postfix's own */
	const char *to;               /* a mailbox of the domain, with its @ */
	struct ip client; /* of the genuine message; IP_NONE: this host */
};

/* Adds what came of it to *out.  Returns an exit status: 0 the one passed DMARC
   and the other failed it, 1 they did not. */
int trial_run(const struct trial *trial, struct buf *out);

#endif
