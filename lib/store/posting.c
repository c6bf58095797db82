#include "store/posting.h"

#include <stdlib.h>

#define HASH_MOST (((uint64_t)1 << POSTING_HASH_BITS) - 1)
#define PLACE_MOST (((uint64_t)1 << POSTING_PLACE_BITS) - 1)

/* A page of some 5 kB is packed and unpacked in microseconds. */
#define PAGE_POSTINGS 2048

uint64_t
posting(uint64_t hash, int64_t place)
{
	return hash >> (64 - POSTING_HASH_BITS) << POSTING_PLACE_BITS |
	       ((uint64_t)place & PLACE_MOST);
}

uint64_t
posting_hash(uint64_t posting)
{
	return posting >> POSTING_PLACE_BITS;
}

int64_t
posting_place(uint64_t posting)
{
	return (int64_t)(posting & PLACE_MOST);
}

static int
by_number(const void *a, const void *b)
{
	const uint64_t one = *(const uint64_t *)a, two = *(const uint64_t *)b;

	return (one > two) - (one < two);
}

size_t
postings_sort(uint64_t *posting, size_t n)
{
	size_t i, kept = 0;

	qsort(posting, n, sizeof(*posting), by_number);
	for (i = 0; i < n; i++)
		if (kept == 0 || posting[kept - 1] != posting[i])
			posting[kept++] = posting[i];
	return kept;
}

static const unsigned bits_of[PAGES_OF_TERM] = {0, 4, 8};

unsigned
page_bits(size_t n)
{
	size_t i = 0;

	while (i + 1 < PAGES_OF_TERM && n >> bits_of[i] > PAGE_POSTINGS)
		i++;
	return bits_of[i];
}

int64_t
page_number(unsigned bits, uint64_t posting)
{
	return (int64_t)(1 << bits |
			 posting_hash(posting) >> (POSTING_HASH_BITS - bits));
}

void
pages_of_term(uint64_t hash, int64_t page_out[PAGES_OF_TERM])
{
	size_t i;

	for (i = 0; i < PAGES_OF_TERM; i++)
		page_out[i] = page_number(bits_of[i], posting(hash, 0));
}

/* The difference of the hashes, seven bits an octet, the lowest first; then the
   place, two octets. */
void
page_add(struct buf *plain, uint64_t *last, uint64_t posting)
{
	uint64_t more = posting_hash(posting) - posting_hash(*last);
	const int64_t place = posting_place(posting);

	for (; more > 0x7f; more >>= 7)
		buf_addc(plain, (char)(0x80 | (more & 0x7f)));
	buf_addc(plain, (char)more);
	buf_addc(plain, (char)(place & 0xff));
	buf_addc(plain, (char)(place >> 8));
	*last = posting;
}

bool
page_next(struct str *plain, uint64_t *last)
{
	uint64_t more = 0, hash;
	unsigned bit = 0;
	size_t at = 0;

	do {
		if (at == plain->n || bit >= POSTING_HASH_BITS)
			return false;
		more |= (uint64_t)(plain->p[at] & 0x7f) << bit;
		bit += 7;
	} while (plain->p[at++] & 0x80);
	hash = posting_hash(*last) + more;
	if (hash > HASH_MOST || plain->n - at < 2)
		return false;
	*last = hash << POSTING_PLACE_BITS |
		(uint64_t)(uint8_t)plain->p[at + 1] << 8 |
		(uint8_t)plain->p[at];
	*plain = str_from(*plain, at + 2);
	return true;
}
