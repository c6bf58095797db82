#include "tests/support/test.h"

#include "arc/results.h"
#include "tests/support/arc_world.h"

/* What a payload says of a.example. */
static bool
passed(struct arc_world *w, const char *payload)
{
	return arc_dmarc_passed(w->arena, exact(payload), str_lit("a.example"));
}

static void
test_results_trusted(void **state)
{
	static const char *const good[] = {
	    " mx.example; dmarc=pass header.from=a.example",
	    "mx.example;dmarc=pass header.from=A.Example",
	    " mx.example 1; dmarc=PASS (p=none) header.from=a.example",
	    " mx.example; spf=pass (x; dmarc=fail) smtp.mailfrom=\"a "
	    "b\"@b.example;"
	    " dkim=pass header.i=@b.example header.b=aB/+c=;\r\n"
	    " dmarc=pass (a (b)) header.from=\"a.example\"",
	    " (c) mx.example (c) ; (c) dmarc (c) / (c) 1 (c) = (c) pass (c)"
	    " header (c) . (c) from (c) = (c) a.example (c)",
	    " mx.example; dmarc=pass action=none header.from=a.example; "
	    "arc=none",
	    " mx.example; dmarc=pass reason=\"x; y\" header.from=a.example",
	    " mx.example; x-y_z=pass; dmarc=pass header.from=a.example",
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!passed(*state, good[i]))
			fail_msg("not trusted: %s", good[i]);
}

static void
test_results_not_trusted(void **state)
{
	static const char *const odd[] = {
	    "",
	    " mx.example",
	    " mx.example; none",
	    " ; dmarc=pass header.from=a.example",
	    " mx.example; dmarc=fail header.from=a.example",
	    " mx.example; dmarc=none header.from=a.example",
	    " mx.example; dmarc=passed header.from=a.example",
	    " mx.example; dmarc=pass header.from=b.example",
	    " mx.example; dmarc=pass header.from=x.a.example",
	    " mx.example; dmarc=pass header.from=joe@a.example",
	    " mx.example; dmarc=pass header.from=a.example.b.example",
	    " mx.example; dmarc=pass",
	    " mx.example; dmarc=pass header.d=a.example",
	    " mx.example; dmarc=pass smtp.from=a.example",
	    " mx.example; dmarc=pass from=a.example",
	    " mx.example; dmarc=pass (header.from=a.example)",
	    " mx.example; dmarc=pass reason=\"header.from=a.example\"",
	    " mx.example; (dmarc=pass header.from=a.example)",
	    " mx.example; spf=pass header.from=a.example; dmarc=pass",
	    " mx.example; dkim=pass header.from=a.example",
	    " mx.example; x-dmarc=pass header.from=a.example",
	    " mx.example; dmarc.x=pass header.from=a.example",
	    " mx.example; dmarc/2=pass header.from=a.example",
	    " mx.example 2; dmarc=pass header.from=a.example",
	    " mx.example x; dmarc=pass header.from=a.example",
	    /* said twice */
	    " mx.example; dmarc=fail header.from=a.example;"
	    " dmarc=pass header.from=a.example",
	    " mx.example; dmarc=pass header.from=a.example;"
	    " dmarc=pass header.from=a.example",
	    " mx.example; dmarc=pass header.from=b.example "
	    "header.from=a.example",
	    /* broken */
	    " mx.example; dmarc=pass header.from=a.example junk",
	    " mx.example; dmarc=pass header.from=a.example policy.",
	    " mx.example; dmarc=pass header.from=a.example;",
	    " mx.example; dmarc=pass header.from=a.example; ;",
	    " mx.example; dmarc=pass header.from=a.example; junk",
	    " mx.example; dmarc=pass header.from=a.example (",
	    " mx.example; dmarc=pass header.from=\"a.example",
	    " mx.example; dmarc=pass header.from=",
	    " mx.example; dmarc=pass header.from=a.example,b.example",
	    " mx.example; dmarc=pass header.from=<a.example>",
	    " mx.example; dmarc=pass\r\nheader.from=a.example",
	    " mx.example; dmarc=pass header.from=\"a.example\"x",
	};

	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		if (passed(*state, odd[i]))
			fail_msg("trusted: %s", odd[i]);
}

/* --- the run of trusted sealers --- */

static const struct str names[] = {STR("a.example"), STR("b.example")};
static const struct domain_list sealers = {names, 2};

static unsigned
trusted(struct arc_world *w)
{
	return arc_trusted(w->arena, &w->results, &sealers,
			   str_lit("a.example"));
}

static void
seal_by(struct arc_world *w, const char *domain, const char *payload)
{
	struct arc_how how = {.domain = domain, .payload = payload};

	arc_world_seal(w, &how);
}

#define PASSED "mx.a.example; dmarc=pass header.from=a.example"
#define FAILED "mx.a.example; dmarc=fail header.from=a.example"

static void
test_oldest_of_run_counts(void **state)
{
	seal_by(*state, "a.example", PASSED);
	seal_by(*state, "b.example", FAILED);
	arc_world_run(*state);
	assert_arc(*state, ARC_PASS, "");
	assert_int_equal(trusted(*state), 1);
}

static void
test_oldest_of_run_says_fail(void **state)
{
	seal_by(*state, "a.example", FAILED);
	seal_by(*state, "b.example", PASSED);
	arc_world_run(*state);
	assert_int_equal(trusted(*state), 0);
}

/* What stands below a stranger's seal is the stranger's word. */
static void
test_broken_run(void **state)
{
	seal_by(*state, "a.example", PASSED);
	seal_by(*state, "stranger.example", PASSED);
	seal_by(*state, "b.example", FAILED);
	arc_world_run(*state);
	assert_arc(*state, ARC_PASS, "");
	assert_int_equal(trusted(*state), 0);
}

static void
test_run_above_stranger(void **state)
{
	seal_by(*state, "stranger.example", FAILED);
	seal_by(*state, "b.example", PASSED);
	arc_world_run(*state);
	assert_int_equal(trusted(*state), 2);
}

static void
test_stranger_on_top(void **state)
{
	seal_by(*state, "a.example", PASSED);
	seal_by(*state, "stranger.example", PASSED);
	arc_world_run(*state);
	assert_arc(*state, ARC_PASS, "");
	assert_int_equal(trusted(*state), 0);
}

/* Trust is in the seal's domain alone, and not in what is below it. */
static void
test_subdomain_is_stranger(void **state)
{
	seal_by(*state, "sub.a.example", PASSED);
	arc_world_run(*state);
	assert_arc(*state, ARC_PASS, "");
	assert_int_equal(trusted(*state), 0);
}

static void
test_message_domain_is_no_seal(void **state)
{
	struct arc_how how = {.domain = "stranger.example",
			      .message_domain = "a.example",
			      .payload = PASSED};

	arc_world_seal(*state, &how);
	arc_world_run(*state);
	assert_arc(*state, ARC_PASS, "");
	assert_int_equal(trusted(*state), 0);
}

static void
test_forged_results(void **state)
{
	struct arc_world *w = *state;

	seal_by(w, "a.example", FAILED);
	arc_world_replace(w, &w->set[0].results, "dmarc=fail", "dmarc=pass");
	arc_world_run(w);
	assert_arc(w, ARC_FAIL, "ARC-Seal 1: signature did not verify");
	assert_int_equal(trusted(w), 0);
}

static void
test_nobody_trusted(void **state)
{
	const struct domain_list nobody = {NULL, 0};
	struct arc_world *w = *state;

	seal_by(w, "a.example", PASSED);
	arc_world_run(w);
	assert_int_equal(
	    arc_trusted(w->arena, &w->results, &nobody, str_lit("a.example")),
	    0);
	assert_int_equal(arc_trusted(w->arena, &w->results, &sealers,
				     str_lit("bank.example")),
			 0);
	assert_int_equal(
	    arc_trusted(w->arena, &w->results, &sealers, str_empty()), 0);
	assert_int_equal(trusted(w), 1);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, arc_world_setup, arc_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_results_trusted),
	    TEST(test_results_not_trusted),
	    TEST(test_oldest_of_run_counts),
	    TEST(test_oldest_of_run_says_fail),
	    TEST(test_broken_run),
	    TEST(test_run_above_stranger),
	    TEST(test_stranger_on_top),
	    TEST(test_subdomain_is_stranger),
	    TEST(test_message_domain_is_no_seal),
	    TEST(test_forged_results),
	    TEST(test_nobody_trusted),
	};

	return cmocka_run_group_tests_name("arc_trust", tests,
					   dkim_world_group_setup,
					   dkim_world_group_teardown);
}
