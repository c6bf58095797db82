/*
 * What the daemon writes into its journal (record/record.h), for a feed.
 */
#ifndef VERDICT_STORE_FRAMES_H
#define VERDICT_STORE_FRAMES_H

#include "store/feed.h"

/* feed_options.take; ctx: nothing. */
bool frames_take(void *ctx, struct arena *arena,
		 const struct journal_item *item, struct batch *batch);

#endif
