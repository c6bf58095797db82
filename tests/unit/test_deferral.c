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
	return deferrals_allow(deferrals, ip(client), exact(author),
			       str_empty(), &budget, now_ms);
}

/* Once, at minute 0; the second time is too often. */
static bool
allow_once(struct deferrals *deferrals, const char *client, const char *name,
	   int64_t minute)
{
	const struct deferral_budget one = {1, 4 * HOUR};

	return deferrals_allow(deferrals, ip(client), exact("a.example"),
			       exact(name), &one, minute * MINUTE);
}

static void
test_five_times(void **state)
{
	struct deferrals *deferrals = deferrals_new();

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_true(
		    allow(deferrals, "192.0.2.1", "a.example", i * 5 * MINUTE));
	/* A retry right after the fifth is still the fifth. */
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
	assert_true(
	    deferrals_allow(deferrals, client, author, str_empty(), &one, 0));
	assert_false(deferrals_allow(deferrals, client, author, str_empty(),
				     &one, 10 * MINUTE));
	deferrals_forget(deferrals, client, exact("b.example"));
	assert_false(deferrals_allow(deferrals, client, author, str_empty(),
				     &one, 10 * MINUTE));
	deferrals_forget(deferrals, client, author);
	assert_int_equal(deferrals_count(deferrals), 0);
	assert_true(deferrals_allow(deferrals, client, author, str_empty(),
				    &one, 10 * MINUTE));
	assert_false(deferrals_allow(deferrals, client, exact("c.example"),
				     str_empty(), &none, 10 * MINUTE));
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
				    str_empty(), &one, 0));
	assert_true(deferrals_allow(deferrals, client,
				    str_lit("second.example"), str_empty(),
				    &one, 0));
	for (int i = 0; i < LIMIT_DEFERRALS - 1; i++) {
		char name[64];
		int n = snprintf(name, sizeof name, "d%d.example", i);
		assert_true(deferrals_allow(deferrals, client,
					    str_n(name, (size_t)n), str_empty(),
					    &one, 1));
		/* In use, so not the oldest. */
		assert_true(deferrals_allow(deferrals, client,
					    str_lit("first.example"),
					    str_empty(), &one, 1));
	}
	assert_int_equal(deferrals_count(deferrals), LIMIT_DEFERRALS);
	assert_false(deferrals_allow(deferrals, client,
				     str_lit("first.example"), str_empty(),
				     &one, 10 * MINUTE));
	assert_true(deferrals_allow(deferrals, client,
				    str_lit("second.example"), str_empty(),
				    &one, 10 * MINUTE));
	deferrals_free(deferrals);
}

/* A neighbour's trouble is its own. */
static void
test_names(void **state)
{
	struct deferrals *deferrals = deferrals_new();

	(void)state;
	assert_true(allow_once(deferrals, "192.0.2.66", "lame.a.example", 0));
	assert_false(allow_once(deferrals, "192.0.2.66", "lame.a.example", 5));
	assert_true(allow_once(deferrals, "192.0.2.1", "k.a.example", 5));
	assert_true(allow_once(deferrals, "192.0.2.1", "", 5));
	assert_false(allow_once(deferrals, "192.0.2.2", "k.a.example", 10));
	assert_false(allow_once(deferrals, "192.0.2.2", "", 10));
	assert_int_equal(deferrals_count(deferrals), 3);
	deferrals_forget(deferrals, ip("192.0.2.3"), exact("a.example"));
	assert_int_equal(deferrals_count(deferrals), 0);
	assert_true(allow_once(deferrals, "192.0.2.1", "k.a.example", 15));
	deferrals_free(deferrals);
}

/* Whoever invents names ends all the same, and alone. */
static void
invent(const char *host, const char *neighbour)
{
	struct deferrals *deferrals = deferrals_new();
	char name[64];

	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "x%d.a.example", i);
		bool allowed = allow_once(deferrals, host, name, 5 * i / 1000);
		/* The shared one is spent after its four minutes. */
		assert_int_equal(allowed, i < 800);
		assert_true(deferrals_count(deferrals) <=
			    LIMIT_DEFERRAL_NAMES + 1);
	}
	/* Others of its network begin with all that they have. */
	assert_true(allow_once(deferrals, neighbour, "k.a.example", 10));
	assert_false(allow_once(deferrals, neighbour, "k.a.example", 15));
	assert_true(allow_once(deferrals, neighbour, "", 15));
	assert_false(allow_once(deferrals, host, "", 20));
	deferrals_forget(deferrals, ip(host), exact("a.example"));
	assert_int_equal(deferrals_count(deferrals), 1);
	deferrals_free(deferrals);
}

static void
test_invented_names(void **state)
{
	(void)state;
	invent("192.0.2.66", "192.0.2.1");
	invent("2001:db8:1:100::1", "2001:db8:1:200::1");
}

/* The names of yesterday take no room. */
static void
test_stale_names(void **state)
{
	struct deferrals *deferrals = deferrals_new();
	char name[64];

	(void)state;
	for (int day = 0; day < 2; day++)
		for (int i = 0; i < LIMIT_DEFERRAL_NAMES; i++) {
			snprintf(name, sizeof name, "x%d-%d.a.example", day, i);
			assert_true(allow_once(deferrals, "192.0.2.1", name,
					       day * 8 * 60));
		}
	assert_int_equal(deferrals_count(deferrals), LIMIT_DEFERRAL_NAMES);
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
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_invented_names),
	    cmocka_unit_test(test_stale_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
