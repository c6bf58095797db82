/*
 * Single messages of a store: one by what it can be found by, and those that
 * went into the mail server's hold queue.
 *
 * Rules for all of this: stats.h.
 */
#ifndef VERDICT_STATS_MESSAGE_H
#define VERDICT_STATS_MESSAGE_H

#include "stats/stats.h"

/*
 * The newest message with that term between the two times, both included, as
 * its record was unpacked; NULL: there is none, or it cannot be read.
 */
bool stats_message(struct store *store, struct arena *arena,
		   enum term_kind kind, struct str text, int64_t since,
		   int64_t until,
		   const struct verdict **verdict_out) MUST_CHECK;

struct stats_held {
	int64_t time;
	struct str queue_id, from_domain;
	struct str reason; /* decision.reason */
};

/* So many quarantined messages are looked at for those that are on hold. */
#define STATS_HELD_LOOKED 100

struct stats_helds {
	struct stats_held *held; /* the newest first */
	size_t helds;
	bool more; /* there may be more */
};

/* They may have been released since: only the mail server knows. */
bool stats_helds(struct store *store, struct arena *arena,
		 const struct stats_period *period, size_t most,
		 struct stats_helds *helds_out) MUST_CHECK;

#endif
