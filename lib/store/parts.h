/*
 * Inside store/ only: an open store, and what it remembers between two batches.
 * After a failed one it forgets that and reads it anew.
 */
#ifndef VERDICT_STORE_PARTS_H
#define VERDICT_STORE_PARTS_H

#include "store/block.h"
#include "store/schema.h"
#include "store/store.h"

/* What one index of terms covers.  More: a batch touches more of its pages.
   Fewer: who looks for something looks in more parts. */
#define PART_MESSAGES 65536

/* The part that grows. */
struct part {
	bool known; /* else the rest is not set */
	int64_t day, host, part, messages;
	int64_t first_time, last_time, octets;
	/* Its last block, which grows until it is full: */
	int64_t block_place;
	struct buf plain;
	size_t block_messages;
	size_t block_octets; /* as it was written */
	uint64_t *term;      /* sorted: what points to it already */
	size_t terms;
};

/* Tally keys of an hour, as many as there are rows. */
struct hour {
	bool known;
	int64_t hour, host;
	struct hashes keys;
};
#define HOURS 2 /* about midnight and at each full hour two are in use */

struct store {
	struct sql *sql;
	struct siphash_key key;
	struct block *block;
	struct buf octets;    /* a block's */
	struct str host_name; /* on the heap */
	int64_t host;         /* its number; 0: not known */
	struct part part;
	struct hour hour[HOURS];
	size_t hour_next; /* which is given up next */
	struct known keys, seen, texts;
	int64_t seen_hour;   /* of which there were */
	size_t seen_written; /* so many */
	int64_t day_ready[2];
	int64_t pruned_day; /* on which all was looked through */
	uint64_t folded;
};

void store_forget(struct store *store);
bool part_write(struct store *store, const struct batch *batch,
		const struct batch_message *const *message, size_t n,
		int64_t day) MUST_CHECK;
bool tally_write(struct store *store, const struct batch *batch) MUST_CHECK;
bool dns_write(struct store *store, const struct batch *batch) MUST_CHECK;

#endif
