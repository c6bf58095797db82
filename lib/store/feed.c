#include "store/feed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"

/* A batch ends after so long, though it is not full: others wait for it. */
#define BATCH_MS 1000
/* How often old things are looked for, unless there are more of them. */
#define PRUNE_MS 10000
/* The name of the file that tells the daemon how far the journal was read. */
#define READER_NAME "history"

struct feed {
	struct feed_options options;
	struct store *store;
	struct batch *batch;
	struct arena *arena;
	struct journal_reader *reader; /* NULL: none, or it is to begin anew */
	struct journal_cursor from;    /* where the store is */
	struct journal_cursor past;    /* all 0, or the end of a journal after
					  which another one stands */
	struct feed_report report;
	int64_t prune_ms, told_ms;
	uint64_t told; /* messages and frames lost, when it was told */
	char error[SQL_ERROR_TEXT];
};

struct feed *
feed_new(const struct feed_options *options)
{
	struct feed *feed = mem_alloc(sizeof(*feed));

	feed->options = *options;
	if (feed->options.batch_messages == 0)
		feed->options.batch_messages = BATCH_MESSAGES;
	feed->told_ms = clock_monotonic_ms() - LIMIT_WARNING_MS;
	return feed;
}

/* What is open may be wrong: the next step begins anew. */
static void
close_all(struct feed *feed)
{
	journal_reader_free(feed->reader);
	feed->reader = NULL;
	batch_free(feed->batch);
	feed->batch = NULL;
	store_close(feed->store);
	feed->store = NULL;
}

void
feed_free(struct feed *feed)
{
	if (feed) {
		close_all(feed);
		free(feed);
	}
}

const char *
feed_error(const struct feed *feed)
{
	return feed->error;
}

void
feed_report(const struct feed *feed, struct feed_report *report_out)
{
	*report_out = feed->report;
}

static enum feed_state
fail(struct feed *feed, const struct sql_error *error)
{
	const enum sql_trouble trouble = error->trouble;

	snprintf(feed->error, sizeof(feed->error), "%s", error->text);
	close_all(feed);
	return trouble == SQL_HELD    ? FEED_HELD
	       : trouble == SQL_LATER ? FEED_LATER
				      : FEED_REFUSED;
}

static enum feed_state
fail_journal(struct feed *feed, enum feed_state state, const char *text)
{
	snprintf(feed->error, sizeof(feed->error), "%s", text);
	close_all(feed);
	return state;
}

static enum feed_state
open_store(struct feed *feed)
{
	struct sql_error error;

	if (feed->store)
		return FEED_MORE;
	feed->store = store_open(feed->options.store, SQL_MAKE, &error);
	if (!feed->store)
		return fail(feed, &error);
	feed->batch = batch_new(store_key(feed->store));
	feed->prune_ms = 0;
	return FEED_MORE;
}

/* From there on; all 0: from the oldest frame. */
static struct journal_reader *
reader_at(const struct feed *feed, const struct journal_cursor *from)
{
	return journal_reader_new(feed->options.journal,
				  from->sequence ? from : NULL);
}

/* The journal's name stands in what comes first; the store knows how far it has
   been read. */
static enum feed_state
open_journal(struct feed *feed)
{
	const struct journal_cursor past = feed->past;
	struct journal_item item;
	enum journal_found found;

	if (feed->reader)
		return FEED_MORE;
	memset(&feed->past, 0, sizeof(feed->past));
	feed->reader = reader_at(feed, &past);
	found = journal_next(feed->reader, &item);
	if (found == JOURNAL_NEWER)
		return fail_journal(feed, FEED_REFUSED, item.text);
	if (found == JOURNAL_FAILED)
		return fail_journal(feed, FEED_LATER, item.text);
	if (found != JOURNAL_END &&
	    (!store_claim(feed->store, item.journal) ||
	     !store_cursor_read(feed->store, item.journal, &feed->from)))
		return fail(feed, store_error(feed->store));
	journal_reader_free(feed->reader);
	feed->reader = NULL;
	if (found == JOURNAL_END)
		return FEED_END;
	feed->reader =
	    reader_at(feed, feed->from.sequence ? &feed->from : &past);
	return FEED_MORE;
}

static void
take_frame(struct feed *feed, const struct journal_item *item)
{
	struct arena *arena = arena_new(NULL);

	if (!feed->options.take(feed->options.ctx, arena, item, feed->batch))
		feed->report.unreadable++;
	arena_free(arena);
}

/* What was found goes into the batch. */
static void
take(struct feed *feed, enum journal_found found,
     const struct journal_item *item)
{
	struct batch_gap gap = {item->started, 0, 0};

	switch (found) {
	case JOURNAL_FRAME:
		take_frame(feed, item);
		return;
	case JOURNAL_GAP:
		gap.messages = (int64_t)item->amount;
		feed->report.lost += item->amount;
		break;
	default: /* JOURNAL_CORRUPT */
		gap.octets = (int64_t)item->amount;
		feed->report.octets += item->amount;
	}
	batch_add_gap(feed->batch, &gap);
}

/*
 * Fills the batch; *to_out is where its reader stopped.  FEED_END: nothing
 * more is there now; FEED_LATER and FEED_REFUSED: of what comes next, and what
 * was gathered is to be written all the same.
 */
static enum feed_state
gather(struct feed *feed, struct journal_cursor *to_out)
{
	const int64_t until = clock_monotonic_ms() + BATCH_MS;
	struct batch *batch = feed->batch;
	struct journal_item item;
	enum journal_found found;
	bool begun = false;

	*to_out = feed->from;
	while (batch->messages < feed->options.batch_messages &&
	       !batch_full(batch) && (!begun || clock_monotonic_ms() < until)) {
		found = journal_next(feed->reader, &item);
		if (found == JOURNAL_END)
			return FEED_END;
		if (found == JOURNAL_NEWER || found == JOURNAL_FAILED) {
			snprintf(feed->error, sizeof(feed->error), "%s",
				 item.text);
			return found == JOURNAL_NEWER ? FEED_REFUSED
						      : FEED_LATER;
		}
		if (!begun)
			batch_reset(batch, item.host);
		/* Another journal, or another host: for the next batch. */
		if (item.journal != feed->from.journal ||
		    !str_eq(item.host, batch->host)) {
			if (item.journal != feed->from.journal)
				feed->past = *to_out;
			journal_reader_free(feed->reader);
			feed->reader = NULL;
			return FEED_MORE;
		}
		begun = true;
		take(feed, found, &item);
		*to_out = journal_cursor(feed->reader);
	}
	return FEED_MORE;
}

/* A flood of losses must not fill the log. */
static void
tell_lost(struct feed *feed)
{
	const struct feed_report *report = &feed->report;
	const uint64_t lost = report->lost + report->octets +
			      report->unreadable + report->folded +
			      report->nameless;
	const int64_t now = clock_monotonic_ms();

	if (lost == feed->told || now - feed->told_ms < LIMIT_WARNING_MS)
		return;
	log_printf(feed->options.log, LOG_LEVEL_WARNING,
		   "history: %llu messages without a record, %llu octets and "
		   "%llu frames of the journal that cannot be read, %llu "
		   "messages counted in %s alone, %llu names of the DNS more "
		   "than an hour has room for",
		   (unsigned long long)report->lost,
		   (unsigned long long)report->octets,
		   (unsigned long long)report->unreadable,
		   (unsigned long long)report->folded, TALLY_REST,
		   (unsigned long long)report->nameless);
	feed->told = lost;
	feed->told_ms = now;
}

static bool
prune(struct feed *feed)
{
	const int64_t now = clock_monotonic_ms();
	bool more;

	if (now < feed->prune_ms)
		return true;
	feed->prune_ms = now + PRUNE_MS;
	if (!store_prune(feed->store, &feed->options.retention,
			 clock_wall_seconds(), &more))
		return false;
	if (more)
		feed->prune_ms = now;
	return true;
}

static bool
write_batch(struct feed *feed, const struct journal_cursor *to)
{
	const uint64_t folded = store_folded(feed->store);
	const uint64_t nameless = store_nameless(feed->store);

	if (memcmp(to, &feed->from, sizeof(*to)) == 0)
		return true;
	if (!store_write(feed->store, feed->batch, &feed->from, to))
		return false;
	feed->report.messages += feed->batch->messages;
	feed->report.folded += store_folded(feed->store) - folded;
	feed->report.nameless += store_nameless(feed->store) - nameless;
	feed->from = *to;
	/* The daemon only counts by it what it must remove unread. */
	(void)!journal_publish(feed->options.journal, READER_NAME, to);
	return true;
}

enum feed_state
feed_step(struct feed *feed)
{
	struct journal_cursor to;
	enum feed_state state = open_store(feed);

	if (state == FEED_MORE)
		state = open_journal(feed);
	if (state != FEED_MORE)
		return state;
	batch_reset(feed->batch, str_empty());
	state = gather(feed, &to);
	if (!write_batch(feed, &to))
		return fail(feed, store_error(feed->store));
	tell_lost(feed);
	if (state == FEED_LATER || state == FEED_REFUSED) {
		close_all(feed);
		return state;
	}
	/* Somebody reads what is to go: it goes later. */
	if (!prune(feed) && store_error(feed->store)->trouble != SQL_LATER)
		return fail(feed, store_error(feed->store));
	return state;
}
