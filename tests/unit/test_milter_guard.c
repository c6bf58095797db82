#include "tests/support/test.h"

#include "base/gate.h"
#include "milter/limits.h"
#include "milter/server/guard.h"

static struct ip
ip(const char *text)
{
	struct ip parsed;

	assert_true(ip_parse(exact(text), &parsed));
	return parsed;
}

static void
test_gate_counts(void **state)
{
	struct gate gate;

	(void)state;
	gate_init(&gate);
	assert_true(gate_enter(&gate, 2));
	assert_true(gate_enter(&gate, 2));
	assert_false(gate_enter(&gate, 2));
	assert_int_equal(gate_used(&gate), 2);
	gate_leave(&gate);
	assert_true(gate_enter(&gate, 2));
	assert_true(gate_enter(&gate, GATE_UNLIMITED));
	assert_int_equal(gate_used(&gate), 3);
}

static void
test_gate_warns_once_a_minute(void **state)
{
	struct gate gate;

	(void)state;
	gate_init(&gate);
	assert_true(gate_may_warn(&gate, 1000));
	assert_false(gate_may_warn(&gate, 1001));
	assert_false(gate_may_warn(&gate, 60999));
	assert_true(gate_may_warn(&gate, 61000));
	assert_false(gate_may_warn(&gate, 61001));
}

static void
test_guard_stops_the_guilty_only(void **state)
{
	struct guard *guard = guard_new();
	struct ip guilty = ip("192.0.2.1"), other = ip("192.0.2.2");

	(void)state;
	for (int i = 0; i < 5; i++)
		guard_aborted(guard, guilty, LIMIT_GUARD_PREFETCHES / 5, 1000);
	assert_true(guard_allows(guard, guilty, 1000));
	guard_aborted(guard, guilty, 1, 2000);
	assert_false(guard_allows(guard, guilty, 2000));
	assert_true(guard_allows(guard, other, 2000));
	guard_free(guard);
}

static void
test_guard_forgets_after_a_minute(void **state)
{
	struct guard *guard = guard_new();
	struct ip client = ip("192.0.2.1");
	int64_t end = 1000 + LIMIT_GUARD_MS;

	(void)state;
	guard_aborted(guard, client, LIMIT_GUARD_PREFETCHES + 1, 1000);
	assert_false(guard_allows(guard, client, end - 1));
	assert_true(guard_allows(guard, client, end));
	/* A new minute begins with a new count. */
	guard_aborted(guard, client, 1, end);
	assert_true(guard_allows(guard, client, end));
	guard_free(guard);
}

static void
test_guard_counts_a_v6_network_as_one(void **state)
{
	struct guard *guard = guard_new();

	(void)state;
	for (int i = 0; i <= LIMIT_GUARD_PREFETCHES; i++) {
		struct ip client = ip("2001:db8:1:2::");
		client.octet[15] = (uint8_t)i;
		guard_aborted(guard, client, 1, 1000);
	}
	assert_false(guard_allows(guard, ip("2001:db8:1:2:ffff::1"), 1000));
	assert_true(guard_allows(guard, ip("2001:db8:1:3::1"), 1000));
	guard_free(guard);
}

/* Many little offenders must not push a great one out of the table. */
static void
test_guard_keeps_the_worst(void **state)
{
	struct guard *guard = guard_new();
	struct ip worst = ip("192.0.2.1"), little = ip("198.51.100.0");

	(void)state;
	guard_aborted(guard, worst, LIMIT_GUARD_PREFETCHES + 1, 1000);
	for (unsigned i = 0; i < 20 * LIMIT_GUARD_CLIENTS; i++) {
		little.octet[1] = (uint8_t)(i >> 16);
		little.octet[2] = (uint8_t)(i >> 8);
		little.octet[3] = (uint8_t)i;
		guard_aborted(guard, little, 1, 1001);
	}
	assert_false(guard_allows(guard, worst, 1002));
	guard_free(guard);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_gate_counts),
	    cmocka_unit_test(test_gate_warns_once_a_minute),
	    cmocka_unit_test(test_guard_stops_the_guilty_only),
	    cmocka_unit_test(test_guard_forgets_after_a_minute),
	    cmocka_unit_test(test_guard_counts_a_v6_network_as_one),
	    cmocka_unit_test(test_guard_keeps_the_worst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
