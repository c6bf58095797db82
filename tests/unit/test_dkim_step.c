/* Where a signature stopped: RFC 6376 section 6.1. */
#include "tests/support/test.h"

#include "tests/support/dkim_world.h"

/* One usual signature over `body`, sent with BODY. */
static void
expect(void **state, const char *tags, const char *zone, const char *body,
       enum dkim_step step)
{
	struct dkim_world *w = *state;

	dkim_world_from(w);
	dkim_world_signature(w, dkim_world_sign(w, tags));
	dkim_world_run(w, zone, body);
	assert_int_equal(w->results.outcome[0].stopped_at, step);
}

static void
test_pass(void **state)
{
	expect(state, TAGS, dkim_world_zone(*state, ""), BODY, DKIM_STEP_NONE);
}

static void
test_field(void **state)
{
	expect(state, TAGS "; x=5", dkim_world_zone(*state, ""), BODY,
	       DKIM_STEP_FIELD);
}

static void
test_body(void **state)
{
	expect(state, TAGS, dkim_world_zone(*state, ""), "Hi!\r\n",
	       DKIM_STEP_BODY);
}

static void
test_partial_body(void **state)
{
	expect(state, TAGS "; l=5", dkim_world_zone(*state, ""),
	       BODY "And more.\r\n", DKIM_STEP_BODY);
}

static void
test_lookup(void **state)
{
	expect(state, TAGS, S1 " EMPTY\n", BODY, DKIM_STEP_LOOKUP);
}

static void
test_trouble(void **state)
{
	expect(state, TAGS, S1 " !servfail\n", BODY, DKIM_STEP_LOOKUP);
}

static void
test_key(void **state)
{
	expect(state, TAGS, S1 " TXT \"v=DKIM1; p=\"\n", BODY, DKIM_STEP_KEY);
}

static void
test_verify(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_field(w, "From", " eve@a.example");
	dkim_world_signature(w, dkim_world_sign(w, TAGS));
	dkim_world_run(w, dkim_world_zone(w, ""), BODY);
	assert_int_equal(w->results.outcome[0].stopped_at, DKIM_STEP_VERIFY);
}

static void
test_choice(void **state)
{
	struct dkim_world *w = *state;

	w->input.max_signatures = 1;
	dkim_world_from(w);
	dkim_world_signature(w, dkim_world_sign(w, TAGS));
	dkim_world_signature(w, dkim_world_sign(w, TAGS));
	dkim_world_run(w, dkim_world_zone(w, ""), BODY);
	assert_int_equal(w->results.outcome[0].stopped_at, DKIM_STEP_NONE);
	assert_int_equal(w->results.outcome[1].stopped_at, DKIM_STEP_CHOICE);
}

#define TEST(name)                                              \
	cmocka_unit_test_setup_teardown(name, dkim_world_setup, \
					dkim_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_pass),   TEST(test_field),   TEST(test_body),
	    TEST(test_lookup), TEST(test_trouble), TEST(test_key),
	    TEST(test_verify), TEST(test_choice),  TEST(test_partial_body),
	};

	return cmocka_run_group_tests_name("dkim_step", tests,
					   dkim_world_group_setup,
					   dkim_world_group_teardown);
}
