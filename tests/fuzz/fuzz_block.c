/*
 * What a store has in its columns of octets: a block or a page as it is packed,
 * then the same octets as what was in one.  Whatever can be read is whole, and
 * comes back when it is packed again.
 */
#include "store/block.h"
#include "store/posting.h"
#include "tests/fuzz/fuzz.h"

static void
read_records(struct block *block, struct str plain)
{
	struct buf again, octets, back;
	struct str rest = plain, record;

	buf_init(&again, NULL);
	buf_init(&octets, NULL);
	buf_init(&back, NULL);
	while (block_next(&rest, &record)) {
		fuzz_require(record.p >= plain.p &&
			     record.p + record.n <= plain.p + plain.n);
		/* A seed has "recorD". */
		fuzz_canary(record, "recorZ");
		block_add(&again, record);
	}
	fuzz_require(str_eq(str_first(plain, plain.n - rest.n),
			    again.n ? buf_str(&again) : str_empty()));
	if (again.n && again.n <= BLOCK_OCTETS) {
		block_pack(block, buf_str(&again), &octets);
		fuzz_require(block_unpack(block, buf_str(&octets), &back));
		fuzz_require(str_eq(buf_str(&again), buf_str(&back)));
	}
	buf_clear(&again);
	buf_clear(&octets);
	buf_clear(&back);
}

/* Hashes go upwards, and a page of them says the same. */
static void
read_postings(struct str plain)
{
	uint64_t last = 0, before = 0, written = 0, read = 0;
	struct str rest = plain;
	struct buf again;

	buf_init(&again, NULL);
	while (page_next(&rest, &last)) {
		fuzz_require(posting_hash(last) >= posting_hash(before));
		fuzz_require(posting_place(last) < 65536);
		before = last;
		page_add(&again, &written, last);
		fuzz_require(again.n <= plain.n - rest.n);
	}
	rest = again.n ? buf_str(&again) : str_empty();
	while (page_next(&rest, &read))
		;
	fuzz_require(rest.n == 0 && read == written);
	buf_clear(&again);
}

void
fuzz_one(struct str input)
{
	struct block *block = block_new();
	struct buf plain;

	buf_init(&plain, NULL);
	if (block_unpack(block, input, &plain)) {
		fuzz_require(plain.n <= BLOCK_OCTETS + BLOCK_RECORD_OCTETS + 4);
		read_records(block, buf_str(&plain));
		read_postings(buf_str(&plain));
	}
	read_records(block, input);
	read_postings(input);
	buf_clear(&plain);
	block_free(block);
}
