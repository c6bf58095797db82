/*
 * Inside store/ only: an open store, and what it remembers between two batches.
 * After a failed one it forgets that and reads it anew.
 */
#ifndef VERDICT_STORE_PARTS_H
#define VERDICT_STORE_PARTS_H

#include "store/block.h"
#include "store/posting.h"
#include "store/schema.h"
#include "store/store.h"

/* What one index of terms covers.  More: a place takes more than 16 bits.
   Fewer: who looks for something looks in more parts. */
#define PART_MESSAGES 65536
/* It ends before that where messages have many terms: all of a part are in
   memory once it is full, 8 MB of them. */
#define PART_TERMS (1024 * 1024)
/* Of lists of terms: eight of each make one of the next (terms.c), and a part
   of 65,536 batches has six. */
#define LEVELS 8

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
	/* The index's: */
	int64_t lists[LEVELS], terms;
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
	uint64_t folded, nameless;
	struct store_unread unread;
	char unread_text[SQL_ERROR_TEXT];
};

/* A part that is read; with so many places. */
struct part_name {
	int64_t day, host, part, messages;
};

struct part_names {
	struct part_name *name; /* on the heap */
	size_t count;
};

/* Those with a message in that time, the oldest first: at once, since other
   statements follow for each. */
bool parts_read(struct store *store, int64_t since, int64_t until,
		struct part_names *names_out) MUST_CHECK;

struct stored_block {
	struct store_place at;
	int64_t messages;
	struct buf octets; /* empty: there is none */
};

/* The first block of block->at's part from that place on; copied, so that other
   statements may follow. */
bool block_read(struct store *store, struct stored_block *block) MUST_CHECK;

void store_forget(struct store *store);
bool part_write(struct store *store, const struct batch *batch,
		const struct batch_message *const *message, size_t n,
		int64_t day) MUST_CHECK;
/* With that many more terms. */
bool part_is_full(const struct part *part, size_t terms);

/* What the index of store->part has. */
bool terms_read(struct store *store) MUST_CHECK;
/* Adds a list of postings to it; first: the place of its first message, which
   no other list has.  The heap's `posting` becomes its. */
bool terms_write(struct store *store, int64_t first, uint64_t *posting,
		 size_t n) MUST_CHECK;
bool tally_write(struct store *store, const struct batch *batch) MUST_CHECK;
bool dns_write(struct store *store, const struct batch *batch) MUST_CHECK;

#endif
