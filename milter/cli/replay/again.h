/*
 * A recorded verdict, decided under another configuration, by the daemon's own
 * policy_decide().
 *
 * What was evaluated then stays as it was.  Where the other configuration would
 * have had something evaluated otherwise (who the client is, which sealers are
 * trusted, SPF of listed domains), that is done anew as far as the record goes;
 * where it does not, every way is decided in which it may have come out, and
 * the decision is sure only where all of them agree.
 */
#ifndef VERDICT_MILTER_CLI_REPLAY_AGAIN_H
#define VERDICT_MILTER_CLI_REPLAY_AGAIN_H

#include "config/config.h"

enum again_doubt {
	AGAIN_SURE,
	/* A rule looks at a field of the header that was not kept, or at an
	   address that is hidden: its name. */
	AGAIN_FIELD,
	AGAIN_UNCHECKED, /* the client would be checked, and was not */
	/* It would be a relay (by which element), ... */
	AGAIN_RELAY,
	AGAIN_NO_RELAY, /* ... or would be none any more (which it was by). */
	/* Whether it would be a relay was not asked of SPF (the element). */
	AGAIN_RELAY_UNASKED,
	AGAIN_SEALER,    /* others would be trusted: the newest one's domain */
	AGAIN_FORWARDER, /* SPF was not asked for a listed domain: it */
	AGAIN_DOUBTS
};

struct again {
	struct decision decision;
	enum again_doubt doubt;
	struct str about; /* in the arena, or the configuration's */
	/* It is of another class than it was, and yet judged. */
	bool reclassed;
};

/* What a doubt is: "... 'ABOUT' ...", where %s stands for it. */
extern const char *const again_doubts[AGAIN_DOUBTS];

/* options: those of the configuration, or with another mode. */
void again_decide(struct arena *arena, const struct config *config,
		  const struct policy_options *options,
		  const struct verdict *verdict, struct again *again_out);

/* --- what is done with a message --- */

/* From a little to the most. */
enum fate {
	FATE_ACCEPT,
	FATE_TAG,
	FATE_HOLD,
	FATE_TEMPFAIL,
	FATE_REJECT,
	FATE_DISCARD,
	FATES
};

extern const char *const fate_words[]; /* base/words.h */

/* how: with ACTION_QUARANTINE */
enum fate fate_of(enum action action, enum quarantine_how how);
/* Is the message not taken, or thrown away? */
bool fate_refuses(enum fate fate);

#endif
