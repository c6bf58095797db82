/* Lists of postings as octets, and back. */
#include <stdlib.h>
#include <string.h>

#include "store/posting.h"
#include "tests/support/test.h"

static void
a_posting_holds_both(void **state)
{
	const uint64_t hash = 0xfedcba9876543210;

	(void)state;
	assert_true(posting_hash(posting(hash, 65535)) == 0xfedcba9876);
	assert_int_equal(posting_place(posting(hash, 65535)), 65535);
	assert_int_equal(posting_place(posting(hash, 0)), 0);
	assert_true(posting(hash, 65535) < posting(hash + 0x1000000, 0));
}

static void
a_list_is_in_order(void **state)
{
	uint64_t list[] = {7, 3, 7, 3, 1, UINT64_MAX, 0};

	(void)state;
	assert_int_equal(postings_sort(list, 7), 5);
	assert_true(list[0] == 0 && list[1] == 1 && list[2] == 3 &&
		    list[3] == 7 && list[4] == UINT64_MAX);
	assert_int_equal(postings_sort(list, 0), 0);
}

/* Whoever looks for a term looks into the page that it was put into. */
static void
pages(void **state)
{
	static const size_t sizes[] = {0,     1,     2048,   2049,
				       32783, 32784, 400000, 2000000};
	static const unsigned bits[] = {0, 0, 0, 4, 4, 8, 8, 8};
	int64_t page[PAGES_OF_TERM];
	uint64_t hash = 0x9e3779b97f4a7c15;
	size_t i, n, at;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_int_equal(page_bits(sizes[i]), bits[i]);
		for (n = 0; n < 1000; n++, hash *= 0x9e3779b97f4a7c15) {
			pages_of_term(hash, page);
			for (at = 0; at < PAGES_OF_TERM; at++)
				if (page[at] ==
				    page_number(bits[i], posting(hash, 77)))
					break;
			assert_true(at < PAGES_OF_TERM);
		}
	}
	pages_of_term(UINT64_MAX, page);
	assert_int_equal(page[0], 1);
	assert_int_equal(page[1], 31);
	assert_int_equal(page[2], 511);
	pages_of_term(0, page);
	assert_int_equal(page[2], 256);
}

static void
a_page_comes_back(void **state)
{
	uint64_t list[] = {posting(0, 0),
			   posting(0, 65535),
			   posting((uint64_t)1 << 24, 0x1234),
			   posting((uint64_t)0x80 << 24, 7),
			   posting((uint64_t)0x81 << 24, 7),
			   posting((uint64_t)1 << 63, 0),
			   posting(UINT64_MAX, 65535)};
	const size_t n = sizeof(list) / sizeof(list[0]);
	uint64_t last = 0;
	struct str rest;
	struct buf plain;
	size_t i;

	(void)state;
	buf_init(&plain, NULL);
	for (i = 0; i < n; i++)
		page_add(&plain, &last, list[i]);
	rest = exact_n(plain.p, plain.n);
	last = 0;
	for (i = 0; i < n; i++) {
		assert_true(page_next(&rest, &last));
		assert_true(last == list[i]);
	}
	assert_false(page_next(&rest, &last));
	assert_int_equal(rest.n, 0);
	buf_clear(&plain);
}

static void
damaged_pages(void **state)
{
	static const struct {
		const char *octets;
		size_t n;
	} bad[] = {
	    {"\x80", 1},
	    {"\x01", 1},
	    {"\x01\x02", 2},
	    {"\x80\x80\x80\x80\x80\x80\x01\x02\x03", 9}, /* over 40 bits */
	    {"\xff\xff\xff\xff\xff\x7f\x02\x03", 8},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct str rest = exact_n(bad[i].octets, bad[i].n);
		uint64_t last = 0;

		assert_false(page_next(&rest, &last));
		assert_int_equal(rest.n, bad[i].n);
		assert_true(last == 0);
	}
}

static const struct CMUnitTest posting_tests[] = {
    cmocka_unit_test(a_posting_holds_both),
    cmocka_unit_test(a_list_is_in_order),
    cmocka_unit_test(pages),
    cmocka_unit_test(a_page_comes_back),
    cmocka_unit_test(damaged_pages),
};

int
main(void)
{
	return cmocka_run_group_tests(posting_tests, NULL, NULL);
}
