/*
 * What goes into a store at once, in one transaction: gathered in memory first,
 * where nothing can fail and equal things become one row.  Bounded, as long as
 * its caller writes it once it is full.
 */
#ifndef VERDICT_STORE_BATCH_H
#define VERDICT_STORE_BATCH_H

#include "base/siphash.h"
#include "store/hashes.h"
#include "store/message.h"

/* Issue of a batch: a second's worth at the rate that a machine feeds by, so
   that what others wait for ends soon. */
#define BATCH_MESSAGES 5000
/* Real records take under 1 kB; a thousand recipients each are 300 terms a kB.
   Both keep a batch under 40 MB. */
#define BATCH_OCTETS (16 * 1024 * 1024)
#define BATCH_TERMS 400000

struct batch_message {
	int64_t time, day;
	struct str queue_id, from_domain, client, action, would, rule, shape;
	struct str record;
	size_t term, terms; /* in batch.term */
};

struct batch_tally {
	int64_t hour;
	uint64_t key;
	int64_t messages;
	struct str column[TALLY_COLUMNS];
};

struct batch_tallies {
	struct batch_tally *row;
	size_t rows;
	struct hashes index;
};

struct batch_seen {
	uint64_t hash; /* of name and digest */
	struct store_seen seen;
	int64_t first, last;
};

struct batch_text {
	struct str digest;
	int64_t place, day;
	struct str octets;
};

struct batch_event {
	int64_t time;
	struct str what, version, mode, configuration;
};

struct batch_gap {
	int64_t time, messages, octets;
};

struct batch {
	struct siphash_key key;
	struct arena *arena;
	struct str host; /* of all of it */
	struct batch_message *message;
	uint64_t *term;
	struct batch_tallies tally, sum;
	struct batch_seen *seen;
	struct batch_text *text;
	struct batch_event *event;
	struct batch_gap *gap;
	size_t messages, terms, seens, texts, events, gaps;
	size_t octets; /* of what was copied */
	struct hashes seen_index, text_index;
};

/* The key is the store's: schema.h. */
struct batch *batch_new(const struct siphash_key *key) MUST_CHECK;
void batch_free(struct batch *batch);
/* Empties it. */
void batch_reset(struct batch *batch, struct str host);
bool batch_full(const struct batch *batch);
bool batch_empty(const struct batch *batch);

/* All that is added is copied. */
void batch_add_message(struct batch *batch,
		       const struct store_message *message);
/* The TXT records of an answer. */
void batch_add_texts(struct batch *batch, const uint8_t *digest,
		     const struct str *text, size_t texts, int64_t time);
void batch_add_event(struct batch *batch, const struct batch_event *event);
void batch_add_gap(struct batch *batch, const struct batch_gap *gap);

/* How a store finds a text. */
uint64_t term_hash(const struct siphash_key *key,
		   const struct store_term *term);

/* Whole days since 1970-01-01 UTC; also of times before that. */
int64_t day_of(int64_t time);

#endif
