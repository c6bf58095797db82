/* Times as people give and see them. */
#include "tests/support/test.h"

#include <stdlib.h>
#include <time.h>

#include "base/when.h"

/* 2026-11-29 21:58:07 UTC */
#define NOW ((int64_t)1795989487)

static int64_t
read_of(const char *text)
{
	int64_t time = -1;
	const char *wrong = when_read(text, NOW, &time);

	if (wrong != NULL)
		fail_msg("\"%s\" %s", text, wrong);
	return time;
}

static void
zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

static void
spans_and_dates_are_read(void **state)
{
	(void)state;
	zone("UTC0");
	assert_int_equal(read_of("90m"), NOW - 90 * 60);
	assert_int_equal(read_of("24h"), NOW - 86400);
	assert_int_equal(read_of("7d"), NOW - 7 * 86400);
	assert_int_equal(read_of("2w"), NOW - 14 * 86400);
	assert_int_equal(read_of("0d"), NOW);
	assert_int_equal(read_of("2026-11-29"), 1795910400);
	assert_int_equal(read_of("2026-11-29 21:58"), NOW - 7);
	assert_int_equal(read_of("2026-11-29T21:58:07"), NOW);
	assert_int_equal(read_of("2026-11-29T21:58:07Z"), NOW);
	zone("XYZ-2");
	assert_int_equal(read_of("2026-11-29 23:58"), NOW - 7);
	assert_int_equal(read_of("2026-11-29T21:58:07Z"), NOW);
}

static void
what_is_no_time_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",          "7",          "d",
	    "-1d",       "7x",         "1.5d",
	    "100001d",   "2026-13-01", "2026-11-29x",
	    "yesterday", "7 d",        "2026-11-29 25:00"};
	int64_t time;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (when_read(bad[i], NOW, &time) == NULL)
			fail_msg("\"%s\" is taken for a time", bad[i]);
}

static void
check_text(void (*add)(struct buf *, int64_t, int64_t), int64_t time,
	   const char *want)
{
	struct buf text;

	buf_init(&text, NULL);
	add(&text, time, NOW);
	assert_string_equal(text.p, want);
	buf_clear(&text);
}

static void
times_are_shown(void **state)
{
	struct buf text;

	(void)state;
	zone("UTC0");
	check_text(when_add, NOW, "29 Nov 21:58");
	check_text(when_add_day, NOW, "29 Nov");
	check_text(when_add, NOW - 200 * (int64_t)86400, "13 May 2026");
	check_text(when_add_day, NOW - 200 * (int64_t)86400, "13 May 2026");
	check_text(when_add_day, NOW + 30 * (int64_t)86400, "29 Dec");
	zone("XYZ-3");
	check_text(when_add, NOW, "30 Nov 00:58");
	buf_init(&text, NULL);
	when_add_utc(&text, NOW);
	assert_string_equal(text.p, "2026-11-29T21:58:07Z");
	buf_reset(&text);
	when_add_utc_day(&text, NOW);
	assert_string_equal(text.p, "2026-11-29");
	buf_clear(&text);
}

/* Of a store that is damaged. */
static void
what_is_no_time_is_shown(void **state)
{
	struct buf text;

	(void)state;
	zone("UTC0");
	check_text(when_add, INT64_MAX, "31 Dec 9999");
	check_text(when_add, INT64_MIN, "1 Jan 1970");
	check_text(when_add_day, INT64_MAX, "31 Dec 9999");
	buf_init(&text, NULL);
	when_add_utc(&text, INT64_MAX);
	when_add_utc_day(&text, INT64_MIN);
	assert_string_equal(text.p, "9999-12-31T00:00:00Z1970-01-01");
	buf_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(spans_and_dates_are_read),
	    cmocka_unit_test(what_is_no_time_is_refused),
	    cmocka_unit_test(times_are_shown),
	    cmocka_unit_test(what_is_no_time_is_shown),
	};

	return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
