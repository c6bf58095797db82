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
	verdict.decision.deferrals_spent = true;
	struct decision got = policy_decide(arena, &verdict, &options);
	assert_int_equal(got.action, spent);
	assert_string_equal(decision_cause_text(got.cause), "temperror");
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
	static const struct rules rules[] = {{.rule = &literal},
					     {.rule = &literal, .count = 1}};

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

struct counting {
	struct arena *arena;
	struct deferrals *deferrals;
	struct policy_options options;
	struct verdict verdict;
};

static int
begin(void **state)
{
	static struct counting c;

	c = (struct counting){.arena = arena_new(NULL),
			      .deferrals = deferrals_new(),
			      .options = policy_options_default(),
			      .verdict = undecided(DMARC_P_REJECT, true)};
	c.options.mode = POLICY_ENFORCE;
	c.options.on_reject = ON_REJECT_REJECT;
	c.options.on_quarantine = ON_QUARANTINE_HOLD;
	c.options.deferrals.times = 1;
	*state = &c;
	return 0;
}

static int
end(void **state)
{
	struct counting *c = *state;

	deferrals_free(c->deferrals);
	arena_free(c->arena);
	return 0;
}

/* Each ten minutes after the one before. */
static enum action
counted(struct counting *c, int nth)
{
	c->verdict.decision = (struct decision){.wants = ""};
	c->verdict.decision = policy_decide_counted(
	    c->arena, &c->verdict, &c->options, c->deferrals, nth * 600000);
	return c->verdict.decision.action;
}

static void
test_counted(void **state)
{
	struct counting *c = *state;

	assert_int_equal(counted(c, 1), ACTION_TEMPFAIL);
	assert_false(c->verdict.decision.deferrals_spent);
	assert_int_equal(c->verdict.decision.deferral, 1);
	assert_int_equal(c->verdict.decision.deferrals_allowed,
			 c->options.deferrals.times);
	assert_int_equal(counted(c, 2), ACTION_REJECT);
	assert_int_equal(c->verdict.decision.deferral, 0);
	assert_true(c->verdict.decision.deferrals_spent);
	/* A pass begins anew; what decides nothing does not. */
	c->verdict.dmarc.outcome[0].result = DMARC_NONE;
	assert_int_equal(counted(c, 3), ACTION_ACCEPT);
	c->verdict.dmarc.outcome[0].result = DMARC_TEMPERROR;
	assert_int_equal(counted(c, 4), ACTION_REJECT);
	c->verdict.dmarc.outcome[0].result = DMARC_PASS;
	assert_int_equal(counted(c, 5), ACTION_ACCEPT);
	c->verdict.dmarc.outcome[0].result = DMARC_TEMPERROR;
	assert_int_equal(counted(c, 6), ACTION_TEMPFAIL);
}

/* What does not put it off does not count. */
static void
test_not_counted(void **state)
{
	struct counting *c = *state;

	c->options.mode = POLICY_MONITOR;
	for (int i = 1; i < 4; i++)
		assert_int_equal(counted(c, i), ACTION_TEMPFAIL);
	assert_int_equal(deferrals_count(c->deferrals), 0);
	c->options.mode = POLICY_ENFORCE;
	c->verdict.limits = VERDICT_LIMIT_ZONE_WAITERS;
	for (int i = 4; i < 7; i++)
		assert_int_equal(counted(c, i), ACTION_TEMPFAIL);
	c->verdict.limits = VERDICT_LIMIT_SLOW_WAITERS;
	assert_int_equal(counted(c, 7), ACTION_TEMPFAIL);
	assert_int_equal(deferrals_count(c->deferrals), 0);
	/* Where nothing is to be put off that is no exception. */
	c->options.deferrals.times = 0;
	assert_int_equal(counted(c, 8), ACTION_REJECT);
	c->options.deferrals.times = 1;
	c->verdict.limits = VERDICT_LIMIT_SPF_TIME;
	assert_int_equal(counted(c, 9), ACTION_TEMPFAIL);
	assert_int_equal(counted(c, 10), ACTION_REJECT);
}

/* A rule that puts mail off does so for ever. */
static void
test_a_rule_is_not_counted(void **state)
{
	static const struct rule_condition all = {.subject = RULE_ARC,
						  .words = ~0u};
	static const struct rule wait = {.name = STR("wait"),
					 .condition = &all,
					 .conditions = 1,
					 .action = RULE_TEMPFAIL,
					 .unauthenticated = true};
	static const struct rules rules = {.rule = &wait, .count = 1};
	struct counting *c = *state;

	c->options.rules = &rules;
	for (int i = 1; i < 4; i++)
		assert_int_equal(counted(c, i), ACTION_TEMPFAIL);
	assert_int_equal(deferrals_count(c->deferrals), 0);
}

/* The sender's policy alone is joined by the shipped budget. */
static void
test_as_published(void **state)
{
	struct counting *c = *state;

	c->options.as_published = true;
	for (int i = 1; i < 6; i++)
		assert_int_equal(counted(c, i), ACTION_TEMPFAIL);
	assert_int_equal(counted(c, 6), ACTION_REJECT);
	/* No From domain, nothing to count. */
	c->verdict.dmarc.count = 0;
	c->verdict.from.count = 0;
	assert_int_equal(counted(c, 7), ACTION_ACCEPT);
}

/* Whatever its results say, whatever the mode is, and uncounted. */
static void
test_hindrances(void **state)
{
	static const struct {
		enum hindrance hindrance;
		const char *cause, *reason;
	} rows[] = {
	    {HINDRANCE_MEMORY, "limit",
	     "max-memory: the memory for messages is used up"},
	    {HINDRANCE_MEMORY_SHARE, "limit",
	     "max-memory: the client's network has its share of the memory "
	     "for messages"},
	    {HINDRANCE_EVALUATIONS, "limit",
	     "max-evaluations: too many messages wait for their results"},
	    {HINDRANCE_EVALUATIONS_SHARE, "limit",
	     "max-evaluations: too many messages of the client's network wait "
	     "for their results"},
	    {HINDRANCE_CHANGES, "milter",
	     "the mail server did not take the changes to the message"},
	};
	struct counting *c = *state;

	c->options.mode = POLICY_MONITOR;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		c->verdict.hindrance = rows[i].hindrance;
		assert_int_equal(counted(c, 1), ACTION_TEMPFAIL);
		const struct decision *got = &c->verdict.decision;
		assert_int_equal(got->applied, ACTION_TEMPFAIL);
		assert_string_equal(got->reply_code, "451");
		assert_string_equal(got->reply_xcode, "4.3.2");
		assert_string_equal(decision_cause_text(got->cause),
				    rows[i].cause);
		assert_str(got->reason, rows[i].reason);
		assert_true(got->reply_text.n > 0);
	}
}

/* What cannot be used gives no budget back. */
static void
test_a_hindered_pass(void **state)
{
	struct counting *c = *state;

	assert_int_equal(counted(c, 1), ACTION_TEMPFAIL);
	c->verdict.dmarc.outcome[0].result = DMARC_PASS;
	c->verdict.hindrance = HINDRANCE_MEMORY;
	assert_int_equal(counted(c, 2), ACTION_TEMPFAIL);
	assert_int_equal(deferrals_count(c->deferrals), 1);
	c->verdict.hindrance = HINDRANCE_NONE;
	assert_int_equal(counted(c, 3), ACTION_ACCEPT);
	assert_int_equal(deferrals_count(c->deferrals), 0);
}

/* A verdict that is decided once more is decided the same. */
static void
test_decided_again(void **state)
{
	struct counting *c = *state;

	assert_int_equal(counted(c, 1), ACTION_TEMPFAIL);
	for (int nth = 1; nth <= 2; nth++) {
		enum action action = counted(c, nth);
		struct decision again =
		    policy_decide(c->arena, &c->verdict, &c->options);
		assert_int_equal(again.action, action);
		assert_true(again.deferrals_spent ==
			    c->verdict.decision.deferrals_spent);
		assert_true(str_eq(again.reason, c->verdict.decision.reason));
	}
	assert_true(c->verdict.decision.deferrals_spent);
	/* That stays true where it cannot be carried out. */
	c->verdict.hindrance = HINDRANCE_CHANGES;
	struct decision hindered =
	    policy_decide(c->arena, &c->verdict, &c->options);
	assert_int_equal(hindered.action, ACTION_TEMPFAIL);
	assert_true(hindered.deferrals_spent);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_deferrals_spent),
	    cmocka_unit_test_setup_teardown(test_counted, begin, end),
	    cmocka_unit_test_setup_teardown(test_not_counted, begin, end),
	    cmocka_unit_test_setup_teardown(test_a_rule_is_not_counted, begin,
					    end),
	    cmocka_unit_test_setup_teardown(test_as_published, begin, end),
	    cmocka_unit_test_setup_teardown(test_hindrances, begin, end),
	    cmocka_unit_test_setup_teardown(test_a_hindered_pass, begin, end),
	    cmocka_unit_test_setup_teardown(test_decided_again, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
