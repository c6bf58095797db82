#include "tests/support/test.h"

#include <string.h>

#include "policy/policy.h"

static const struct arc_hop hops[] = {
    {.instance = 1, .domain = STR("list.example"), .selector = STR("s1")},
    {.instance = 2, .domain = STR("b.example"), .selector = STR("s2")},
};

/* From one author whose policy is known, sealed by two. */
static struct verdict
sealed(enum dmarc_result result, enum dmarc_policy policy, unsigned trusted)
{
	struct verdict verdict = {
	    .from = {.state = FROM_ONE, .count = 1, .strict = true},
	    .arc = {.result = ARC_PASS, .hop = hops, .count = 2},
	    .arc_trusted = trusted,
	    .dmarc = {.count = 1},
	    .header_fields = 9,
	};

	verdict.dmarc.outcome[0] =
	    (struct dmarc_outcome){.result = result,
				   .policy = policy,
				   .has_record = true,
				   .from = str_lit("victim.example")};
	return verdict;
}

static struct policy_options
enforcing(void)
{
	struct policy_options options = policy_options_default();

	options.mode = POLICY_ENFORCE;
	options.on_reject = ON_REJECT_REJECT;
	options.on_quarantine = ON_QUARANTINE_HOLD;
	return options;
}

/* What a trusted sealer vouches for, and what it does not. */
static void
test_trusted_seal(void **state)
{
	static const struct {
		enum dmarc_result result;
		enum dmarc_policy policy;
		unsigned trusted;
		size_t dropped; /* header fields */
		enum action action;
		const char *cause;
	} cases[] = {
	    {DMARC_FAIL, DMARC_P_REJECT, 1, 0, ACTION_ACCEPT, "arc"},
	    {DMARC_FAIL, DMARC_P_QUARANTINE, 2, 0, ACTION_ACCEPT, "arc"},
	    {DMARC_FAIL, DMARC_P_NONE, 1, 0, ACTION_ACCEPT, "dmarc"},
	    {DMARC_FAIL, DMARC_P_REJECT, 0, 0, ACTION_REJECT, "dmarc"},
	    {DMARC_FAIL, DMARC_P_REJECT, 1, 1, ACTION_REJECT, "header"},
	    {DMARC_TEMPERROR, DMARC_P_REJECT, 1, 0, ACTION_TEMPFAIL,
	     "temperror"},
	    {DMARC_PASS, DMARC_P_REJECT, 1, 0, ACTION_ACCEPT, "none"},
	};
	struct policy_options options = enforcing();

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct verdict verdict =
		    sealed(cases[i].result, cases[i].policy, cases[i].trusted);
		verdict.header_dropped = cases[i].dropped;
		struct decision got = policy_decide(*state, &verdict, &options);
		assert_string_equal(decision_cause_text(got.cause),
				    cases[i].cause);
		assert_int_equal(got.action, cases[i].action);
	}
}

/* RFC 8617 section 7.2.2 */
static void
test_reason(void **state)
{
	struct verdict verdict = sealed(DMARC_FAIL, DMARC_P_REJECT, 1);
	struct policy_options options = enforcing();

	assert_str(policy_decide(*state, &verdict, &options).reason,
		   "local_policy: arc=pass as[2].d=b.example as[2].s=s2 "
		   "as[1].d=list.example as[1].s=s1");
}

/* --as-published knows of no seal. */
static void
test_as_published(void **state)
{
	struct verdict verdict = sealed(DMARC_FAIL, DMARC_P_REJECT, 1);
	struct policy_options options = enforcing();

	options.as_published = true;
	struct decision got = policy_decide(*state, &verdict, &options);
	assert_int_equal(got.action, ACTION_REJECT);
	assert_string_equal(decision_cause_text(got.cause), "dmarc");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_trusted_seal),
	    cmocka_unit_test(test_reason),
	    cmocka_unit_test(test_as_published),
	};

	return cmocka_run_group_tests_name("policy_arc", tests, arena_setup,
					   arena_teardown);
}
