/*
 * In which blocks of a part a term is to be found.  A posting is a number: the
 * first 40 bits of the term's hash, then the place of the block; so a list in
 * the order of its numbers has the blocks of one term side by side.
 *
 * A list stands in pages, by the first bits of the hashes: a short one in one,
 * a longer one in 16, a long one in 256.  The number of a page tells both, how
 * many they are and which it is, so whoever looks for a term knows the three
 * pages that it can be in.
 *
 * A page comes from a file, so it is untrusted.
 */
#ifndef VERDICT_STORE_POSTING_H
#define VERDICT_STORE_POSTING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* Of a million terms in a part two have the same in one part of two; who looks
   for one finds another by accident in one part of a million. */
#define POSTING_HASH_BITS 40
#define POSTING_PLACE_BITS 16

uint64_t posting(uint64_t hash, int64_t place);
uint64_t posting_hash(uint64_t posting); /* its first 40 bits, as a number */
int64_t posting_place(uint64_t posting);

/* In order, each once; how many are left. */
size_t postings_sort(uint64_t *posting, size_t n);

/* How a list of n is cut: 0, 4 or 8 bits of the hash name the page. */
unsigned page_bits(size_t n);
int64_t page_number(unsigned bits, uint64_t posting);
/* Where a term with this hash can be. */
#define PAGES_OF_TERM 3
void pages_of_term(uint64_t hash, int64_t page_out[PAGES_OF_TERM]);

/* Adds the next posting of a page; *last is the one before it, 0 at first. */
void page_add(struct buf *plain, uint64_t *last, uint64_t posting);
/* The next posting; *last as above.  False: the end, or, where *plain is not
   empty, it is damaged. */
bool page_next(struct str *plain, uint64_t *last) MUST_CHECK;

#endif
