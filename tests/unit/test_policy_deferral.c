#include "tests/support/test.h"

#include "base/arena.h"
#include "policy/policy.h"

/* Of a message whose DMARC a lookup leaves undecided. */
static struct verdict
undecided(enum dmarc_policy policy, bool known)
{
	struct verdict verdict = {
	    .from = {.state = FROM_ONE, .count = 1, .strict = true},
	    .dmarc = {.count = 1},
	    .header_fields = 9,
	};

	verdict.dmarc.outcome[0] =
	    (struct dmarc_outcome){.result = DMARC_TEMPERROR,
				   .policy = policy,
				   .has_record = known,
				   .policy_unknown = !known,
				   .from = str_lit("victim.example")};
	return verdict;
}

static void
expect(struct verdict verdict, const struct rules *rules, enum action spent)
{
	struct arena *arena = arena_new(NULL);
	struct policy_options options = policy_options_default();

	options.mode = POLICY_ENFORCE;
	options.on_reject = ON_REJECT_REJECT;
	options.on_quarantine = ON_QUARANTINE_HOLD;
	options.rules = rules;
	assert_int_equal(policy_decide(arena, &verdict, &options).action,
			 ACTION_TEMPFAIL);
	verdict.deferrals_spent = true;
	struct decision got = policy_decide(arena, &verdict, &options);
	assert_int_equal(got.action, spent);
	assert_string_equal(got.cause, "temperror");
	arena_free(arena);
}

/* A rule that follows the policy to the letter is no way to be put off for
   ever. */
static void
test_deferrals_spent(void **state)
{
	static const struct rule_condition all = {.subject = RULE_ARC,
						  .words = ~0u};
	static const struct rule literal = {.name = STR("literal"),
					    .condition = &all,
					    .conditions = 1,
					    .action = RULE_AS_PUBLISHED,
					    .unauthenticated = true};
	static const struct rules rules[] = {{&literal, 0}, {&literal, 1}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		expect(undecided(DMARC_P_REJECT, true), &rules[i],
		       ACTION_REJECT);
		expect(undecided(DMARC_P_QUARANTINE, true), &rules[i],
		       ACTION_QUARANTINE);
		expect(undecided(DMARC_P_NONE, false), &rules[i],
		       ACTION_QUARANTINE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_deferrals_spent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
