#include "tests/support/test.h"

#include "mail/date.h"

static bool
reads(const char *text, int64_t *seconds_out, bool *whole_out)
{
	struct lex lex = lex_of(exact(text));
	bool is = date_time(&lex, seconds_out);

	*whole_out = lex_eof(&lex);
	return is;
}

/* RFC 5322 sections 3.3 and 4.3 */
static void
test_dates(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} cases[] = {
	    {"Thu, 01 Jan 1970 00:00:00 +0000", 0},
	    {"1 Jan 1970 00:00 GMT", 0},
	    {" Mon, 30 Nov 2026 11:00:05 +0000", 1796036405},
	    {"Mon,30 Nov 2026 11:00:05 +0000", 1796036405},
	    {"30 nov 2026 12:00:05 +0100", 1796036405},
	    {"Mon, 30 Nov 2026 06:00:05 -0500", 1796036405},
	    {"Mon, 30 Nov 2026 05:30:05 -0530", 1796036405},
	    {"Mon, 30 Nov 2026 11:00:05 -0000", 1796036405},
	    {"Mon, 30 Nov 2026 06:00:05 EST", 1796036405},
	    {"Mon, 30 Nov 2026 04:00:05 PDT", 1796036405},
	    {"Mon, 30 Nov 2026 11:00:05 UT", 1796036405},
	    {"Mon (a day), 30 (x) Nov (y) 2026 11 : 00 : 05 (z) +0000",
	     1796036405},
	    {"Mon, 30 Nov 2026\r\n\t11:00:05 +0000", 1796036405},
	    {"29 Feb 2028 00:00:00 +0000", 1835395200},
	    {"29 Feb 2000 00:00:00 +0000", 951782400},
	    {"31 Dec 2016 23:59:60 +0000", 1483228800},
	    {"31 Dec 9999 23:59:59 +0000", 253402300799},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t seconds = -1;
		bool whole = false;
		if (!reads(cases[i].text, &seconds, &whole))
			fail_msg("not read: %s", cases[i].text);
		assert_int_equal(seconds, cases[i].seconds);
		assert_true(whole);
	}
}

static void
test_no_dates(void **state)
{
	static const char *const cases[] = {
	    "",
	    "Mon",
	    "Mon,",
	    "Monday, 30 Nov 2026 11:00:05 +0000",
	    "Mon 30 Nov 2026 11:00:05 +0000",
	    "Nov 30 2026 11:00:05 +0000",
	    "0 Nov 2026 11:00:05 +0000",
	    "31 Nov 2026 11:00:05 +0000",
	    "29 Feb 2026 11:00:05 +0000",
	    "29 Feb 2100 11:00:05 +0000",
	    "030 Nov 2026 11:00:05 +0000",
	    "30 Now 2026 11:00:05 +0000",
	    "30 Nov 26 11:00:05 +0000",
	    "30 Nov 12026 11:00:05 +0000",
	    "30 Nov 1969 11:00:05 +0000",
	    "30 Nov 2026 24:00:05 +0000",
	    "30 Nov 2026 11:60:05 +0000",
	    "30 Nov 2026 11:00:61 +0000",
	    "30 Nov 2026 1:00:05 +0000",
	    "30 Nov 2026 11:00:5 +0000",
	    "30 Nov 2026 11:00: +0000",
	    "30 Nov 2026 11 +0000",
	    "30 Nov 2026 11:00:05",
	    "30 Nov 2026 11:00:05 0000",
	    "30 Nov 2026 11:00:05 +000",
	    "30 Nov 2026 11:00:05 +00000",
	    "30 Nov 2026 11:00:05 + 0000",
	    "30 Nov 2026 11:00:05 +0060",
	    "30 Nov 2026 11:00:05 LMT",
	    "30 (Nov 2026 11:00:05 +0000",
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t seconds = -1;
		bool whole;
		if (reads(cases[i], &seconds, &whole))
			fail_msg("read: %s", cases[i]);
		assert_int_equal(seconds, -1);
	}
}

/* What follows is the caller's. */
static void
test_what_follows(void **state)
{
	int64_t seconds;
	bool whole;

	(void)state;
	assert_true(
	    reads("30 Nov 2026 11:00:05 +0000 (UTC)", &seconds, &whole));
	assert_false(whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dates),
	    cmocka_unit_test(test_no_dates),
	    cmocka_unit_test(test_what_follows),
	};

	return cmocka_run_group_tests_name("date", tests, arena_setup,
					   arena_teardown);
}
