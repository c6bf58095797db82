#include "tests/support/test.h"

#include "arc/results.h"
#include "tests/support/arc_world.h"

/* What a payload says of a.example. */
static enum arc_dmarc
said(struct arc_world *w, const char *payload)
{
	return arc_dmarc_said(w->arena, exact(payload), str_lit("a.example"));
}

static bool
passed(struct arc_world *w, const char *payload)
{
	return said(w, payload) == ARC_DMARC_PASS;
}

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
    /* an address */
    " mx.example; dmarc=pass header.from=joe@a.example",
    " mx.example; dmarc=pass header.from=<joe@A.example> p.x=y",
    " mx.example; dmarc=pass header.from=<\"j, o <e@b>\"@a.example>",
    " mx.example; dmarc=pass header.from=\"a@b\"@a.example",
    " mx.example; dmarc=pass header.from=\"joe@a.example\"",
    " mx.example; dmarc=pass (x) header.from=\"<joe@a.example>\"",
    " mx.example; dmarc=pass header.from=j\xc3\xbc@a.example",
    " mx.example; dmarc=pass header.from=a.example.",
    " mx.example; dmarc=pass header.from=\xef\xbd\x81.example",
    /* another result off the grammar, and a ";" too many */
    " mx.example; spf=pass smtp.mailfrom=; dmarc=pass "
    "header.from=a.example",
    " mx.example; dmarc=pass header.from=a.example; spf=pass "
    "smtp.mailfrom=",
    " mx.example; spf=none smtp.mailfrom=<>; dmarc=pass "
    "header.from=a.example",
    " mx.example; spf; =; spf=; spf/2=pass; dkim=pass x y, z;"
    " dmarc=pass header.from=a.example;",
    " mx.example; dmarc=pass header.from=a.example; ; (c) ;",
    " mx.example; dmarc=pass header.from=a.example; junk",
    " mx.example; none; dmarc=pass header.from=a.example",
    " mx.example; spf=pass smtp.mailfrom=dmarc-x@b.example smtp.=;"
    " dmarc=pass header.from=a.example",
    " mx.example; arc=pass (i=1 dmarc=fail) smtp.x=;"
    " dmarc=pass header.from=a.example",
    " mx.example; spf=pass (of \"x; y\"@b.example (\\\"));"
    " dmarc=pass header.from=a.example",
    /* text within quotes is no result */
    " mx.example; spf=pass smtp.mailfrom=\"; dmarc=fail\"@b.example;"
    " dmarc=pass header.from=a.example",
};

static void
test_results_trusted(void **state)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (!passed(*state, good[i]))
			fail_msg("not trusted: %s", good[i]);
}

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
    " mx.example; dmarc=pass header.from=a.example (",
    " mx.example; dmarc=pass header.from=\"a.example",
    " mx.example; dmarc=pass header.from=",
    " mx.example; dmarc=pass header.from=a.example,b.example",
    " mx.example; dmarc=pass header.from=<a.example>",
    " mx.example; dmarc=pass\r\nheader.from=a.example",
    " mx.example; dmarc=pass header.from=\"a.example\"x",
    " mx.example; dmarc=pass header.from=a.example smtp.x=",
    " mx.example; dmarc=pass header.from= smtp.x=a.example",
    " mx.example; dmarc=pass.x header.from=a.example",
    " mx.example; dmarc header.from=a.example",
    /* no address of a.example */
    " mx.example; dmarc=pass header.from=<>",
    " mx.example; dmarc=pass header.from=@a.example",
    " mx.example; dmarc=pass header.from=<@a.example>",
    " mx.example; dmarc=pass header.from=joe@",
    " mx.example; dmarc=pass header.from=<joe@a.example",
    " mx.example; dmarc=pass header.from=joe@a.example>",
    " mx.example; dmarc=pass header.from=\"<joe@a.examplee\"",
    " mx.example; dmarc=pass header.from=<joe@a.example>x",
    " mx.example; dmarc=pass header.from=<<joe@a.example>>",
    " mx.example; dmarc=pass header.from=joe@a.example@b.example",
    " mx.example; dmarc=pass header.from=joe@b.example@a.example",
    " mx.example; dmarc=pass header.from=<joe@a.example,k@b.example>",
    " mx.example; dmarc=pass header.from=\"joe@a.example\"@b.example",
    " mx.example; dmarc=pass header.from=<@b.example:joe@a.example>",
    " mx.example; dmarc=pass header.from=joe@[a.example]",
    " mx.example; dmarc=pass header.from=joe (@a.example)",
    " mx.example; dmarc=pass header.from=Joe <joe@a.example>",
    " mx.example; dmarc=pass header.from=\"Joe\" <joe@a.example>",
    " mx.example; dmarc=pass header.from=\"Joe <joe@a.example>\"",
    " mx.example; dmarc=pass header.from=<joe @a.example>",
    " mx.example; dmarc=pass header.from=joe@\xe1.example",
    " mx.example; dmarc=pass header.from=joe@a.example "
    "header.from=joe@a.example",
    /* what another result may hide, or be */
    " mx.example; spf=pass smtp.mailfrom=<> dmarc=fail x;"
    " dmarc=pass header.from=a.example",
    " mx.example; spf=pass smtp.mailfrom=; dmarc=fail x y;"
    " dmarc=pass header.from=a.example",
    " mx.example; spf=pass smtp.mailfrom=x dmarc=fail; dmarc=pass "
    "header.from=a.example",
    " mx.example; dmarc=pass header.from=a.example dmarc=fail",
    " mx.example; dmarc/2=fail; dmarc=pass header.from=a.example",
    " mx.example; DMARC (c) / 2=fail; dmarc=pass header.from=a.example",
    " mx.example; dmarc=pass header.from=a.example; dmarc",
    /* quotes and comments that readers end in different places */
    " mx.example; spf=pass smtp.mailfrom=\"x; dmarc=pass "
    "header.from=a.example\"; dmarc=fail header.from=a.example",
    " mx.example; spf=pass smtp.mailfrom=\"x; dmarc=pass "
    "header.from=a.example\"",
    " mx.example; spf=pass smtp.mailfrom=\"x\\\"; dmarc=pass "
    "header.from=a.example\"",
    " mx.example; spf=pass smtp.mailfrom=x\"; dmarc=pass "
    "header.from=a.example; y=\"",
    " mx.example; spf=pass smtp.mailfrom=\"x; dmarc=pass "
    "header.from=a.example",
    " mx.example; spf=pass (of \"x); dmarc=pass header.from=a.example;"
    " x=(\"@b.example) y",
    " mx.example; spf=pass smtp.mailfrom=x); dmarc=pass "
    "header.from=a.example",
    " mx.example; spf=pass smtp.mailfrom=x(; dmarc=pass "
    "header.from=a.example",
    " mx.example; spf=pass smtp.mailfrom=x\\; dmarc=pass "
    "header.from=a.example",
    " mx.example; spf=pass\r; dmarc=pass header.from=a.example",
    " mx.example; spf=pass\x7f; dmarc=pass header.from=a.example",
    " mx.example\"; dmarc=pass header.from=a.example; \"",
};

static void
test_results_not_trusted(void **state)
{
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		if (passed(*state, odd[i]))
			fail_msg("trusted: %s", odd[i]);
}

/* Of a first hop: was there a check that may have failed? */
static void
test_results_silent(void **state)
{
	static const char *const silent[] = {
	    " mx.example",
	    " mx.example;",
	    " mx.example 1; none",
	    " mx.example; spf=none; dmarc=none; dkim=none; arc=none",
	    " mx.example; spf=pass smtp.mailfrom=; dkim=none",
	    " mx.example; dmarc=NONE action=none header.from=A.example",
	    " mx.example; dmarc=none header.from=<joe@a.example>",
	};
	static const char *const other[] = {
	    "",
	    " mx.example 2",
	    " mx.example; dmarc=fail",
	    " mx.example; dmarc=fail header.from=a.example",
	    " mx.example; dmarc=fail header.from=b.example",
	    " mx.example; dmarc=temperror header.from=a.example",
	    " mx.example; dmarc=bestguesspass header.from=a.example",
	    " mx.example; dmarc=pass header.from=b.example",
	    " mx.example; dmarc=pass",
	    " mx.example; dmarc=none header.from=b.example",
	    " mx.example; dmarc=none header.from=a.example "
	    "header.from=b.example",
	    " mx.example; dmarc=none; dmarc=fail header.from=a.example",
	    " mx.example; dmarc=none; dmarc=none",
	    " mx.example; dmarc=none x; dkim=none",
	    " mx.example; dmarc/2=none",
	    " mx.example; dmarc",
	    " mx.example; spf=pass (; dmarc=fail",
	    " mx.example; spf=pass smtp.mailfrom=x\"; dmarc=fail;\"",
	};

	for (size_t i = 0; i < sizeof silent / sizeof *silent; i++)
		if (said(*state, silent[i]) != ARC_DMARC_SILENT)
			fail_msg("not silent: %s", silent[i]);
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		if (said(*state, other[i]) != ARC_DMARC_OTHER)
			fail_msg("silent: %s", other[i]);
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

#define SILENT "mx.a.example; spf=none; dmarc=none"

/* The first hop sealed what its own user wrote; the next one checked. */
static void
test_first_of_run_silent(void **state)
{
	seal_by(*state, "a.example", SILENT);
	seal_by(*state, "b.example", PASSED);
	seal_by(*state, "b.example", FAILED);
	arc_world_run(*state);
	assert_arc(*state, ARC_PASS, "");
	assert_int_equal(trusted(*state), 2);
}

static void
test_first_of_run_alone(void **state)
{
	seal_by(*state, "a.example", SILENT);
	arc_world_run(*state);
	assert_int_equal(trusted(*state), 0);
}

static void
test_next_of_run_says_fail(void **state)
{
	seal_by(*state, "a.example", SILENT);
	seal_by(*state, "b.example", FAILED);
	seal_by(*state, "b.example", PASSED);
	arc_world_run(*state);
	assert_int_equal(trusted(*state), 0);
}

/* One may be silent, and no more. */
static void
test_two_of_run_silent(void **state)
{
	seal_by(*state, "a.example", SILENT);
	seal_by(*state, "a.example", SILENT);
	seal_by(*state, "b.example", PASSED);
	arc_world_run(*state);
	assert_int_equal(trusted(*state), 0);
}

/* Only the first hop can have sealed mail of its own. */
static void
test_later_hop_silent(void **state)
{
	seal_by(*state, "stranger.example", PASSED);
	seal_by(*state, "a.example", SILENT);
	seal_by(*state, "b.example", PASSED);
	arc_world_run(*state);
	assert_arc(*state, ARC_PASS, "");
	assert_int_equal(trusted(*state), 0);
}

/* Nobody may put his word between, or stand for the silent one. */
static void
test_stranger_after_silent(void **state)
{
	seal_by(*state, "a.example", SILENT);
	seal_by(*state, "stranger.example", PASSED);
	seal_by(*state, "b.example", FAILED);
	arc_world_run(*state);
	assert_arc(*state, ARC_PASS, "");
	assert_int_equal(trusted(*state), 0);
}

static void
test_stranger_after_silent_on_top(void **state)
{
	seal_by(*state, "a.example", SILENT);
	seal_by(*state, "stranger.example", PASSED);
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
	    TEST(test_results_silent),
	    TEST(test_first_of_run_silent),
	    TEST(test_first_of_run_alone),
	    TEST(test_next_of_run_says_fail),
	    TEST(test_two_of_run_silent),
	    TEST(test_later_hop_silent),
	    TEST(test_stranger_after_silent),
	    TEST(test_stranger_after_silent_on_top),
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
