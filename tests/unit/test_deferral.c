#include "tests/support/test.h"

#include <stdio.h>

#include "base/limits.h"
#include "policy/deferral.h"

#define MINUTE 60000
#define HOUR (60 * MINUTE)

static const struct deferral_budget budget = {5, 4 * HOUR};

static struct ip
ip(const char *text)
{
	struct ip parsed;

	assert_true(ip_parse(exact(text), &parsed));
	return parsed;
}

static bool
allow(struct deferrals *deferrals, const char *client, const char *author,
      int64_t now_ms)
{
	return deferrals_allow(deferrals, ip(client), exact(author), &budget,
			       now_ms);
}

static void
test_five_times(void **state)
{
	struct deferrals *deferrals = deferrals_new();

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_true(
		    allow(deferrals, "192.0.2.1", "a.example", i * 5 * MINUTE));
	/* A retry right behind the fifth is still the fifth. */
	assert_true(allow(deferrals, "192.0.2.1", "a.example", 21 * MINUTE));
	assert_false(allow(deferrals, "192.0.2.1", "a.example", 25 * MINUTE));
	assert_false(allow(deferrals, "192.0.2.254", "a.example", 26 * MINUTE));
	assert_true(allow(deferrals, "192.0.2.1", "b.example", 25 * MINUTE));
	assert_true(allow(deferrals, "198.51.100.1", "a.example", 25 * MINUTE));
	deferrals_free(deferrals);
}

static void
test_a_burst_is_one(void **state)
{
	struct deferrals *deferrals = deferrals_new();

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_true(
		    allow(deferrals, "192.0.2.1", "a.example", i * 200));
	assert_int_equal(deferrals_count(deferrals), 1);
	deferrals_free(NULL);
	deferrals_free(deferrals);
}

static void
test_span(void **state)
{
	struct deferrals *deferrals = deferrals_new();

	(void)state;
	assert_true(allow(deferrals, "2001:db8::1", "a.example", 0));
	assert_true(
	    allow(deferrals, "2001:db8:0:1::2", "a.example", 4 * HOUR - 1));
	assert_false(allow(deferrals, "2001:db8::1", "a.example", 4 * HOUR));
	assert_true(allow(deferrals, "2001:db8:1::1", "a.example", 4 * HOUR));
	/* A day later it is another trouble. */
	assert_true(allow(deferrals, "2001:db8::1", "a.example", 8 * HOUR));
	deferrals_free(deferrals);
}

static void
test_a_pass_begins_anew(void **state)
{
	struct deferrals *deferrals = deferrals_new();
	const struct deferral_budget one = {1, 4 * HOUR}, none = {0, 4 * HOUR};
	struct ip client = ip("192.0.2.1");
	struct str author = exact("a.example");

	(void)state;
	assert_true(deferrals_allow(deferrals, client, author, &one, 0));
	assert_false(
	    deferrals_allow(deferrals, client, author, &one, 10 * MINUTE));
	deferrals_forget(deferrals, client, exact("b.example"));
	assert_false(
	    deferrals_allow(deferrals, client, author, &one, 10 * MINUTE));
	deferrals_forget(deferrals, client, author);
	assert_int_equal(deferrals_count(deferrals), 0);
	assert_true(
	    deferrals_allow(deferrals, client, author, &one, 10 * MINUTE));
	assert_false(deferrals_allow(deferrals, client, exact("c.example"),
				     &none, 10 * MINUTE));
	deferrals_free(deferrals);
}

static void
test_the_oldest_is_forgotten(void **state)
{
	struct deferrals *deferrals = deferrals_new();
	const struct deferral_budget one = {1, 4 * HOUR};
	struct ip client = ip("192.0.2.1");

	(void)state;
	assert_true(deferrals_allow(deferrals, client, str_lit("first.example"),
				    &one, 0));
	assert_true(deferrals_allow(deferrals, client,
				    str_lit("second.example"), &one, 0));
	for (int i = 0; i < LIMIT_DEFERRALS - 1; i++) {
		char name[32];
		int n = snprintf(name, sizeof name, "d%d.example", i);
		assert_true(deferrals_allow(deferrals, client,
					    str_n(name, (size_t)n), &one, 1));
		/* In use, so not the oldest. */
		assert_true(deferrals_allow(deferrals, client,
					    str_lit("first.example"), &one, 1));
	}
	assert_int_equal(deferrals_count(deferrals), LIMIT_DEFERRALS);
	assert_false(deferrals_allow(
	    deferrals, client, str_lit("first.example"), &one, 10 * MINUTE));
	assert_true(deferrals_allow(
	    deferrals, client, str_lit("second.example"), &one, 10 * MINUTE));
	deferrals_free(deferrals);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_five_times),
	    cmocka_unit_test(test_a_burst_is_one),
	    cmocka_unit_test(test_span),
	    cmocka_unit_test(test_a_pass_begins_anew),
	    cmocka_unit_test(test_the_oldest_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
