/*
 * Inside record/ only: the table of strings of a record.  Each string stands
 * there once; one that ends as an earlier one does, after a "." or "@", holds
 * only what is before that.
 */
#ifndef VERDICT_RECORD_TEXTS_H
#define VERDICT_RECORD_TEXTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* The numbers below stand for strings that many records have. */
#define TEXTS_USUAL 32
/* "" where 0 means something else. */
#define TEXTS_EMPTY 1

/* --- packing --- */

struct texts_entry {
	struct str whole;
	size_t own;    /* octets before its tail */
	uint32_t tail; /* 0: none, else a number */
	uint32_t hash; /* of the whole */
};

struct texts {
	struct arena *arena;
	struct texts_entry *entry;
	size_t count, room;
	uint16_t *slot; /* by hash: 1 + the place of an entry; 0: free */
	size_t slots;   /* a power of two */
};

void texts_init(struct texts *texts, struct arena *arena);
/* The number of a string, which must stay; 0: "". */
uint32_t texts_add(struct texts *texts, struct str text);

/* --- unpacking --- */

/* What stands in a record for entry n. */
struct texts_part {
	struct str own;
	uint32_t tail;
};

struct texts_read {
	struct arena *arena;
	const struct texts_part *part;
	/* Each with its length; without its octets until it is asked for. */
	struct str *string;
	size_t count;
};

/*
 * Of n strings, LIMIT_RECORD_OCTETS of all together at most.  False: that is
 * passed, or a tail is no earlier one.  The parts must stay.
 */
bool texts_open(struct arena *arena, const struct texts_part *part, size_t n,
		struct texts_read *texts_out);
/* The string of a number, in the arena, with a NUL after it; false: there is
   none. */
bool texts_find(struct texts_read *texts, uint32_t number,
		struct str *text_out);

#endif
