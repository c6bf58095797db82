/*
 * Records that stand one after the other, compressed together: what mail of one
 * hour has in common is stored once.  One frame of Zstandard (RFC 8878) with
 * its checksum; in it, of each record, its length (4 octets, the lowest first)
 * and its octets.
 *
 * A block comes from a file, so it is untrusted.
 */
#ifndef VERDICT_STORE_BLOCK_H
#define VERDICT_STORE_BLOCK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

/* More make it hardly smaller, and whoever wants one message reads them all. */
#define BLOCK_MESSAGES 128
/* A block is closed once it has so much in it, however few they are. */
#define BLOCK_OCTETS (256 * 1024)
/* What may come on top of that: one record, in a frame of a journal. */
#define BLOCK_RECORD_OCTETS (1024 * 1024)

struct block;

/* One to use again and again, by one thread. */
struct block *block_new(void) MUST_CHECK;
void block_free(struct block *block);

/* Adds a record to those that are to be packed. */
void block_add(struct buf *plain, struct str record);
/* In place of what octets_out held. */
void block_pack(struct block *block, struct str plain, struct buf *octets_out);
/* False: they are damaged. */
bool block_unpack(struct block *block, struct str octets,
		  struct buf *plain_out) MUST_CHECK;
/* The next record of what was unpacked; false: the end, or, where *plain is not
   empty, it is damaged. */
bool block_next(struct str *plain, struct str *record_out) MUST_CHECK;

#endif
