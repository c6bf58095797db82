/*
 * The deferral budget: DNS trouble puts a client network's mail of a From
 * domain off for a while, not for ever.  After that it is handled as a DMARC
 * failure.
 *
 * Each troubled name has a budget of its own: a sender chooses MAIL FROM, d=
 * and s=, and must not spend what others of its network may need for theirs.
 * Names beyond LIMIT_DEFERRAL_NAMES share one, which is the host's that sent
 * them: whoever invents names is not put off for ever, and spends nobody's
 * budget but its own.
 *
 * Deferrals that follow each other closely count as one, since a burst of mail
 * meets one trouble; what counts is how often a mail server may have tried
 * again.  In memory only: a restart forgets.  Any thread.
 */
#ifndef VERDICT_POLICY_DEFERRAL_H
#define VERDICT_POLICY_DEFERRAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compat.h"
#include "base/ip.h"
#include "base/str.h"

struct deferral_budget {
	unsigned times; /* 0: nothing is ever deferred */
	unsigned span_ms;
};

struct deferrals;

struct deferrals *deferrals_new(void) MUST_CHECK;
void deferrals_free(struct deferrals *deferrals);

/*
 * Asks to put off a message of this client (by its /24 or /48) and From
 * domain, for trouble with a name, and counts it.  troubled "": the From
 * domain alone led to the trouble.  Returns which one of the budget's times it
 * is, from 1; 0: the budget is spent.  now_ms: of any clock, but always the
 * same one.
 */
unsigned deferrals_allow(struct deferrals *deferrals, struct ip client,
			 struct str author, struct str troubled,
			 const struct deferral_budget *budget,
			 int64_t now_ms) MUST_CHECK;
/* DMARC passed: the trouble is over, with whichever name. */
void deferrals_forget(struct deferrals *deferrals, struct ip client,
		      struct str author);
/* Troubled names that are counted. */
unsigned deferrals_count(struct deferrals *deferrals);

#endif
