#include "tests/support/test.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "mail/encoded_word.h"

/* With "|" for each NUL. */
static struct str
decoded(struct arena *arena, struct str in)
{
	struct str text = encoded_words_decode(arena, in, false);
	char *copy = arena_alloc(arena, text.n);

	assert_true(text.n <= in.n);
	for (size_t i = 0; i < text.n; i++)
		copy[i] = text.p[i] == '\0' ? '|' : text.p[i];
	return str_n(copy, text.n);
}

static void
test_encoded_words(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    /* RFC 2047 sections 2, 4 and 6.2 */
	    {"plain", "plain"},
	    {"=?us-ascii?Q?a_b=2Ec?=", "a b.c|"},
	    {"=?us-ascii?b?YWJj?=", "abc|"},
	    {"x =?a?q?b?= \t=?a?q?c?= y", "x b|c| y"},
	    {"=?a?q?b?= x =?a?q?c?=", "b| x c|"},
	    {"=?a?q?=40?=", "@|"},
	    {"=?a?q?"
	     "?=",
	     "|"},
	    {"=?a?q?a b?=", "a b|"},
	    {"=?a?q?=4?=", "=4|"},
	    {"=?a?q?=zz?=", "=zz|"},
	    {"=?a?q?=00x=00?=", "|x||"},
	    {"=?a?b?AEA=?=", "|@|"},
	    {"=?a?b?Y*W-Jj=?=", "abc|"},
	    {"=?a?b?Y?=", "|"},
	    {"=?a*en?q?x?=", "x|"},
	    {"=?a?x?b?=", "=?a?x?b?="},
	    {"=??q?b?=", "=??q?b?="},
	    {"=?a?q?b", "=?a?q?b"},
	    {"=?a?q", "=?a?q"},
	    {"=?a b?q?c?=", "=?a b?q?c?="},
	    {"=?=?a?q?b?=", "=?b|"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_str(decoded(*state, exact(cases[i].in)), cases[i].out);
}

static void
test_utf8(void **state)
{
	static const char *good[] = {
	    "",
	    "a",
	    "\xc2\x80",
	    "\xe0\xa0\x80",
	    "\xed\x9f\xbf",
	    "\xef\xbf\xbf",
	    "\xf0\x90\x80\x80",
	    "\xf4\x8f\xbf\xbf",
	};
	/* RFC 3629 section 3: not shortest, surrogates, too big, cut */
	static const char *bad[] = {
	    "\x80",
	    "\xc0\x80",
	    "\xc1\xbf",
	    "\xe0\x9f\xbf",
	    "\xed\xa0\x80",
	    "\xf0\x8f\xbf\xbf",
	    "\xf4\x90\x80\x80",
	    "\xf5\x80\x80\x80",
	    "\xc3",
	    "\xe2\x82",
	    "\xf0\x90\x80",
	    "\xc3(",
	    "\xe2\x82(",
	    "\xff",
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(utf8_valid(exact(good[i])));
		assert_int_equal(utf8_length(exact(good[i])), strlen(good[i]));
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(utf8_valid(exact(bad[i])));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_encoded_words),
	    cmocka_unit_test(test_utf8),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
