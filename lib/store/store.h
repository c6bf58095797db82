/*
 * The store: what became of each message, for as long as it is kept, in a
 * database (sql.h) that is fed from the journal.
 *
 * A store belongs to one thread.  One process feeds for a host (store_claim());
 * others may read meanwhile.  Whatever fails leaves the store as it was and one
 * line in store_error(); after SQL_LATER the same call may be tried again on a
 * store that was opened anew.
 */
#ifndef VERDICT_STORE_STORE_H
#define VERDICT_STORE_STORE_H

#include "journal/journal.h"
#include "store/batch.h"
#include "store/sql.h"

struct store;

/* SQL_MAKE: made where it is missing, older tables are brought up to date. */
struct store *store_open(const char *url, enum sql_access access,
			 struct sql_error *error_out) MUST_CHECK;
void store_close(struct store *store);
const struct sql_error *store_error(const struct store *store);
/* For what only this store can be asked or told by SQL. */
struct sql *store_sql(struct store *store);
const struct siphash_key *store_key(const struct store *store);

/* --- writing --- */

/* Makes this process the one that feeds from the journal, until the store is
   closed.  False with SQL_HELD: another one is. */
bool store_claim(struct store *store, uint64_t journal) MUST_CHECK;
/* All 0 but `journal`: nothing of it has been read. */
bool store_cursor_read(struct store *store, uint64_t journal,
		       struct journal_cursor *cursor_out) MUST_CHECK;

/*
 * Writes the batch and moves the cursor, both or none.  from: where the reader
 * of this batch began; it is an error where the store's cursor is elsewhere, so
 * nothing can come twice.
 */
bool store_write(struct store *store, const struct batch *batch,
		 const struct journal_cursor *from,
		 const struct journal_cursor *to) MUST_CHECK;
/* Since the store was opened: messages that were counted in the row TALLY_REST,
   ... */
uint64_t store_folded(const struct store *store);
/* ... and names with an answer of the DNS that have no row: more than an hour
   has room for. */
uint64_t store_nameless(const struct store *store);

/* --- finding --- */

/* Of one message. */
struct store_place {
	int64_t day, host, part, place;
};

/*
 * Records of blocks in which a message with this term is, the newest block
 * first.  A block's other records come along, and by a rare accident those of
 * another term: whoever asks looks at each record.  each() returns false to
 * stop, and may ask the store for something else.  since, until: seconds since
 * 1970; parts without a message in them are left out.
 *
 * What is damaged is left out and counted: store_unread().  False:
 * store_error().
 */
typedef bool store_each(void *ctx, const struct store_place *place,
			struct str record);
bool store_find(struct store *store, const struct store_term *term,
		int64_t since, int64_t until, store_each *each,
		void *ctx) MUST_CHECK;
/* All records in that time, the newest part first and of a part the newest
   block; those of a block in the order in which they came. */
bool store_newest(struct store *store, int64_t since, int64_t until,
		  store_each *each, void *ctx) MUST_CHECK;
/* How many records store_scan() hands out. */
bool store_count(struct store *store, int64_t since, int64_t until,
		 int64_t *count_out) MUST_CHECK;
/* All records in that time, the oldest part first. */
bool store_scan(struct store *store, int64_t since, int64_t until,
		store_each *each, void *ctx) MUST_CHECK;

/* What could not be read since the store was opened, though it is there. */
struct store_unread {
	uint64_t blocks, messages;
	/* Of the index: messages are not found by what stands in them. */
	uint64_t pages;
};
void store_unread(const struct store *store, struct store_unread *unread_out);
/* One line for whoever asked, at the end; NULL: all was read.  Valid until the
   next call. */
const char *store_unread_text(struct store *store);

/* --- what the DNS said --- */

/* A TXT record of an answer. */
struct store_published {
	struct str name;
	/* When this answer was first and last found under this name; the last
	   time up to a day before it was. */
	int64_t first, last;
	int64_t place;   /* among the answer's records, from 0 */
	struct str text; /* as it came; "": it was lost */
};

/*
 * What was found under the canonical name and below it: name by name, of each
 * the oldest answer first, the records of an answer one after the other.
 * each() returns false to stop, and asks the store for nothing.  False:
 * store_error().
 */
typedef bool store_each_published(void *ctx,
				  const struct store_published *published);
bool store_published(struct store *store, struct str name,
		     store_each_published *each, void *ctx) MUST_CHECK;

/* --- keeping --- */

#define STORE_KEEP_DAYS 30
#define STORE_KEEP_OCTETS ((int64_t)4 * 1024 * 1024 * 1024)
#define STORE_KEEP_TALLY_DAYS 400

struct store_retention {
	int64_t days, octets; /* of messages; whichever comes first */
	int64_t tally_days;
};

/*
 * Removes what is too old or too much, a part at a time (PostgreSQL: a day that
 * has ended): *more_out tells whether to come again.  A step takes about a
 * second at most, so that feeding goes on between two.  The part that came last
 * stays, whatever its size.
 */
bool store_prune(struct store *store, const struct store_retention *retention,
		 int64_t now, bool *more_out) MUST_CHECK;

#endif
