/*
 * The feed: moves what stands in the journal into the store, in batches, each
 * in one transaction with the journal's cursor.  So each record arrives exactly
 * once, whatever is killed when; and whatever the store's trouble, the journal
 * keeps what is to come.
 *
 * What a frame holds the caller knows (`take`).  A feed belongs to one thread,
 * and one process feeds from a journal; its memory is bounded.
 */
#ifndef VERDICT_STORE_FEED_H
#define VERDICT_STORE_FEED_H

#include "base/log.h"
#include "journal/journal.h"
#include "store/store.h"

struct feed_options {
	const char *journal; /* its folder */
	const char *store;   /* sql_open() */
	struct store_retention retention;
	/* Adds what the frame holds to the batch; the arena is emptied after
	   each.  False: it cannot be read; it is counted, and left out. */
	bool (*take)(void *ctx, struct arena *arena,
		     const struct journal_item *item, struct batch *batch);
	void *ctx;
	/* Is told of what was lost, once a minute at most.  May be NULL. */
	const struct log *log;
	size_t batch_messages; /* 0: BATCH_MESSAGES */
};

/* Since feed_new(). */
struct feed_report {
	uint64_t messages;
	uint64_t lost;       /* messages of which the journal had no record */
	uint64_t octets;     /* of the journal that are no frames */
	uint64_t unreadable; /* frames */
	uint64_t folded;     /* store_folded() */
	uint64_t nameless;   /* store_nameless() */
};

enum feed_state {
	FEED_MORE, /* a batch was written; there is more */
	FEED_END,  /* all that is there for now has been written */
	FEED_HELD, /* another process feeds from this journal */
	/* Nothing was written; feed_error() says why: it may pass, ... */
	FEED_LATER,
	FEED_REFUSED /* or somebody must do something. */
};

struct feed;

/* The options are copied, what they point to is not. */
struct feed *feed_new(const struct feed_options *options) MUST_CHECK;
void feed_free(struct feed *feed);
/* Writes one batch, then removes some of what is too old. */
enum feed_state feed_step(struct feed *feed) MUST_CHECK;
/* One line, after FEED_HELD, FEED_LATER and FEED_REFUSED. */
const char *feed_error(const struct feed *feed);
void feed_report(const struct feed *feed, struct feed_report *report_out);

#endif
