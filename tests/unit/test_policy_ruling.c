/* Which rule matches, and what it does. */
#include "tests/support/rule_world.h"
#include "tests/support/test.h"

/* --- matching --- */

static bool
matches_class(struct rule_world *w, enum client_class client_class)
{
	w->verdict.client_class = client_class;
	return rule_world_matches(w);
}

/* Mail that is not checked wants a rule that names the client. */
static void
test_unchecked(void **state)
{
	struct rule_world *w = *state;

	rule_world_look_for(w, RULE_SPF, SPF_NONE);
	assert_true(matches_class(w, CLIENT_FOREIGN));
	assert_true(matches_class(w, CLIENT_RELAY));
	assert_false(matches_class(w, CLIENT_INTERNAL));
	assert_false(matches_class(w, CLIENT_AUTHENTICATED));
	rule_world_look_at(w, RULE_SMTP_AUTH);
	assert_false(matches_class(w, CLIENT_FOREIGN));
	assert_false(matches_class(w, CLIENT_INTERNAL));
	assert_true(matches_class(w, CLIENT_AUTHENTICATED));
	w->condition[0].yes = false;
	assert_true(matches_class(w, CLIENT_INTERNAL));
	rule_world_look_at(w, RULE_CLIENT);
	w->condition[0].networks = network_set_new(w->arena, NULL, 0);
	w->condition[0].negated = true;
	assert_true(matches_class(w, CLIENT_FOREIGN));
	assert_false(matches_class(w, CLIENT_INTERNAL));
}

static void
test_unchecked_named_client(void **state)
{
	struct rule_world *w = *state;
	struct ip_network network;

	assert_true(ip_network_parse(str_lit("192.0.2.0/24"), &network));
	rule_world_look_at(w, RULE_CLIENT);
	w->condition[0].networks = network_set_new(w->arena, &network, 1);
	assert_true(ip_parse(str_lit("192.0.2.1"), &w->verdict.client));
	assert_true(matches_class(w, CLIENT_INTERNAL));
	assert_true(matches_class(w, CLIENT_AUTHENTICATED));
}

/* All conditions hold; the ones behind the last do not count. */
static void
test_all_conditions(void **state)
{
	struct rule_world *w = *state;

	rule_world_look_for(w, RULE_SPF, SPF_PASS);
	w->condition[1] = w->condition[0];
	rule_world_look_for(w, RULE_SPF, SPF_NONE);
	assert_true(rule_world_matches(w));
	w->rule.conditions = 2;
	assert_false(rule_world_matches(w));
	w->condition[1].negated = true;
	assert_true(rule_world_matches(w));
}

static struct rules_matched
matches(struct rule_world *w, const struct rule *rule, size_t count)
{
	struct rules rules = {.rule = rule, .count = count};

	return rules_match(w->arena, &rules, &w->verdict, &w->shape);
}

/* The first that can soften, and the first in mode monitor before it. */
static void
test_first(void **state)
{
	struct rule_world *w = *state;
	struct rule rule[5];

	assert_int_equal(
	    rules_match(w->arena, NULL, &w->verdict, &w->shape).count, 0);
	rule_world_look_for(w, RULE_SPF, SPF_NONE);
	for (size_t i = 0; i < 5; i++)
		rule[i] = w->rule;
	rule[0].expires = 1;
	rule[1].monitor = rule[2].monitor = true;
	struct rules_matched got = matches(w, rule, 4);
	assert_ptr_equal(got.monitored, &rule[1]);
	assert_int_equal(got.before_monitored, 0);
	assert_int_equal(got.count, 1);
	assert_ptr_equal(got.rule[0], &rule[3]);
	got = matches(w, rule, 5);
	assert_int_equal(got.count, 1);
	got = matches(w, rule, 3);
	assert_ptr_equal(got.monitored, &rule[1]);
	assert_int_equal(got.count, 0);
	got = matches(w, rule, 1);
	assert_null(got.monitored);
	assert_int_equal(got.count, 0);
}

/* A rule that only hardens ends no search; one that can soften does. */
static void
test_until_proven(void **state)
{
	struct rule_world *w = *state;
	struct rule rule[5];

	rule_world_look_for(w, RULE_SPF, SPF_NONE);
	for (size_t i = 0; i < 5; i++)
		rule[i] = w->rule;
	rule[0].unauthenticated = rule[2].unauthenticated = false;
	rule[1].expires = 1;
	struct rules_matched got = matches(w, rule, 5);
	assert_int_equal(got.count, 3);
	assert_ptr_equal(got.rule[0], &rule[0]);
	assert_ptr_equal(got.rule[1], &rule[2]);
	assert_ptr_equal(got.rule[2], &rule[3]);
	assert_null(got.monitored);
	assert_int_equal(rules_with_monitored(w->arena, &got).count, 0);
	/* In mode monitor: what would count if it did. */
	rule[2].monitor = true;
	got = matches(w, rule, 5);
	assert_int_equal(got.count, 2);
	assert_int_equal(got.before_monitored, 1);
	struct rules_matched with = rules_with_monitored(w->arena, &got);
	assert_int_equal(with.count, 3);
	assert_ptr_equal(with.rule[0], &rule[0]);
	assert_ptr_equal(with.rule[1], &rule[2]);
	assert_ptr_equal(with.rule[2], &rule[3]);
	rule[2].unauthenticated = true;
	got = matches(w, rule, 5);
	with = rules_with_monitored(w->arena, &got);
	assert_int_equal(with.count, 2);
	assert_ptr_equal(with.rule[1], &rule[2]);
	/* One beyond the end of the search is none. */
	rule[2].monitor = false;
	rule[3].monitor = true;
	assert_null(matches(w, rule, 5).monitored);
}

/* Rules with these actions, of which some can soften. */
static struct decision
decide_in_turn(struct rule_world *w, const enum rule_action *action,
	       const bool *proven, size_t count)
{
	struct policy_options options = policy_options_default();
	struct rule rule[4];
	struct rules rules = {.rule = rule, .count = count};
	static const char *const names[] = {"r0", "r1", "r2", "r3"};

	for (size_t i = 0; i < count; i++) {
		rule[i] = w->rule;
		rule[i].name = str_of(names[i]);
		rule[i].action = action[i];
		rule[i].unauthenticated = proven[i];
	}
	options.mode = POLICY_ENFORCE;
	options.on_quarantine = ON_QUARANTINE_HOLD;
	options.rules = &rules;
	return policy_decide(w->arena, &w->verdict, &options);
}

/* The strictest decides, up to the first that can soften, and is named. */
static void
test_strictest(void **state)
{
	static const struct {
		enum rule_action action[4];
		bool proven[4];
		size_t count;
		enum action want;
		const char *rule;
	} row[] = {
	    {{RULE_AS_PUBLISHED, RULE_REJECT}, {0}, 2, ACTION_REJECT, "r1"},
	    {{RULE_REJECT, RULE_DISCARD}, {0}, 2, ACTION_DISCARD, "r1"},
	    {{RULE_TAG, RULE_HOLD, RULE_TEMPFAIL},
	     {0},
	     3,
	     ACTION_QUARANTINE,
	     "r1"},
	    {{RULE_TAG, RULE_TEMPFAIL}, {0}, 2, ACTION_TEMPFAIL, "r1"},
	    {{RULE_HOLD, RULE_QUARANTINE}, {0}, 2, ACTION_QUARANTINE, "r0"},
	    {{RULE_TAG, RULE_ACCEPT},
	     {false, true},
	     2,
	     ACTION_QUARANTINE,
	     "r0"},
	    {{RULE_AS_PUBLISHED, RULE_ACCEPT, RULE_REJECT},
	     {false, true},
	     3,
	     ACTION_ACCEPT,
	     "r0"},
	    {{RULE_TAG, RULE_HOLD, RULE_REJECT},
	     {false, true, true},
	     3,
	     ACTION_QUARANTINE,
	     "r1"},
	    {{RULE_ACCEPT, RULE_REJECT}, {true}, 2, ACTION_ACCEPT, "r0"},
	    {{RULE_TAG, RULE_TAG, RULE_TAG, RULE_REJECT},
	     {0},
	     4,
	     ACTION_REJECT,
	     "r3"},
	};
	struct rule_world *w = *state;

	rule_world_look_for(w, RULE_SPF, SPF_NONE);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct decision got = decide_in_turn(
		    w, row[i].action, row[i].proven, row[i].count);
		assert_int_equal(got.action, row[i].want);
		assert_str(got.rule, row[i].rule);
	}
	/* A proven rule takes the policy's place, one that hardens does not. */
	w->verdict.dmarc.count = 1;
	w->verdict.dmarc.outcome[0] = (struct dmarc_outcome){
	    .result = DMARC_FAIL, .has_record = true, .policy = DMARC_P_REJECT};
	static const enum rule_action two[] = {RULE_TAG, RULE_ACCEPT};
	assert_int_equal(
	    decide_in_turn(w, two, (bool[]){false, true}, 2).action,
	    ACTION_REJECT);
	assert_int_equal(decide_in_turn(w, two + 1, (bool[]){true}, 1).action,
			 ACTION_ACCEPT);
}

/* --- what a rule does --- */

static struct decision
decide(struct rule_world *w, enum rule_action action)
{
	struct policy_options options = policy_options_default();
	struct rules rules = {.rule = &w->rule, .count = 1};

	w->rule.action = action;
	options.mode = POLICY_ENFORCE;
	options.on_quarantine = ON_QUARANTINE_REJECT;
	options.rules = &rules;
	return policy_decide(w->arena, &w->verdict, &options);
}

static void
test_actions(void **state)
{
	struct rule_world *w = *state;

	rule_world_look_for(w, RULE_SPF, SPF_NONE);
	assert_int_equal(decide(w, RULE_ACCEPT).action, ACTION_ACCEPT);
	struct decision got = decide(w, RULE_TAG);
	assert_int_equal(got.action, ACTION_QUARANTINE);
	assert_int_equal(got.how, QUARANTINE_TAG);
	got = decide(w, RULE_HOLD);
	assert_int_equal(got.action, ACTION_QUARANTINE);
	assert_int_equal(got.how, QUARANTINE_HOLD);
	assert_int_equal(decide(w, RULE_QUARANTINE).action, ACTION_REJECT);
	got = decide(w, RULE_TEMPFAIL);
	assert_int_equal(got.action, ACTION_TEMPFAIL);
	assert_string_equal(got.reply_code, "451");
	assert_string_equal(got.reply_xcode, "4.7.1");
	assert_str(got.reply_text, "Not accepted now by local policy");
	got = decide(w, RULE_REJECT);
	assert_int_equal(got.action, ACTION_REJECT);
	assert_string_equal(got.reply_code, "550");
	assert_str(got.reply_text, "Not accepted by local policy");
	assert_str(got.reason, "rule r");
	/* What the admin notes is none of the sender's business. */
	w->rule.reason = str_lit("a thief, says joe");
	got = decide(w, RULE_REJECT);
	assert_str(got.reply_text, "Not accepted by local policy");
	assert_str(got.reason, "rule r: a thief, says joe");
	w->rule.reply = str_lit("Ask joe@a.example");
	got = decide(w, RULE_REJECT);
	assert_str(got.reply_text, "Ask joe@a.example");
	assert_str(got.reason, "rule r: a thief, says joe");
	got = decide(w, RULE_TEMPFAIL);
	assert_str(got.reply_text, "Ask joe@a.example");
	assert_int_equal(decide(w, RULE_TAG).reply_text.n, 0);
}

/* RFC 7372 section 3, by what the rule asks for. */
static void
test_codes(void **state)
{
	const unsigned spf_fail = 1u << SPF_FAIL | 1u << SPF_SOFTFAIL;
	const unsigned spf_error = 1u << SPF_TEMPERROR | 1u << SPF_PERMERROR;
	const struct {
		unsigned spf, dkim, dmarc; /* 0: not asked for */
		const char *xcode;
	} row[] = {
	    {spf_fail, 0, 0, "5.7.23"},
	    {1u << SPF_FAIL, 0, 0, "5.7.23"},
	    {spf_fail | 1u << SPF_NONE, 0, 0, "5.7.1"},
	    {spf_error, 0, 0, "5.7.24"},
	    {1u << SPF_PERMERROR, 0, 0, "5.7.24"},
	    {spf_error | 1u << SPF_FAIL, 0, 0, "5.7.1"},
	    {0, 1u << DKIM_FAIL, 0, "5.7.20"},
	    {0, 1u << DKIM_FAIL | 1u << DKIM_PASS, 0, "5.7.1"},
	    {spf_fail, 1u << DKIM_FAIL, 0, "5.7.26"},
	    {0, 0, 1u << DMARC_FAIL, "5.7.26"},
	    {0, 0, 1u << DMARC_FAIL | 1u << DMARC_NONE, "5.7.1"},
	    {0, 1u << DKIM_FAIL, 1u << DMARC_FAIL, "5.7.26"},
	};
	struct rule_world *w = *state;

	w->verdict.dkim.count = 1;
	w->dkim[0].result = DKIM_FAIL;
	w->verdict.dmarc.count = 1;
	w->verdict.dmarc.outcome[0].result = DMARC_FAIL;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const unsigned words[] = {row[i].spf, row[i].dkim,
					  row[i].dmarc};
		const enum rule_subject subject[] = {RULE_SPF, RULE_DKIM,
						     RULE_DMARC};
		w->rule.conditions = 0;
		for (size_t k = 0; k < 3; k++) {
			if (words[k] == 0)
				continue;
			w->condition[w->rule.conditions++] =
			    (struct rule_condition){.subject = subject[k],
						    .words = words[k]};
		}
		w->verdict.spf.result = SPF_NONE;
		while (row[i].spf != 0 &&
		       (row[i].spf & 1u << w->verdict.spf.result) == 0)
			w->verdict.spf.result++;
		assert_string_equal(decide(w, RULE_REJECT).reply_xcode,
				    row[i].xcode);
	}
}

/* What the rule does not want is nothing that it refuses for. */
static void
test_code_of_opposite(void **state)
{
	struct rule_world *w = *state;

	rule_world_look_for(w, RULE_SPF, SPF_FAIL);
	w->condition[0].negated = true;
	assert_string_equal(decide(w, RULE_REJECT).reply_xcode, "5.7.1");
	/* Behind the last condition. */
	rule_world_look_for(w, RULE_SPF, SPF_FAIL);
	w->condition[1] = w->condition[0];
	rule_world_look_at(w, RULE_MAIL_FROM);
	w->verdict.mail_from_domain = str_lit("a.example");
	assert_string_equal(decide(w, RULE_REJECT).reply_xcode, "5.7.1");
}

#define TEST(f)                                              \
	cmocka_unit_test_setup_teardown(f, rule_world_setup, \
					rule_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_unchecked),        TEST(test_unchecked_named_client),
	    TEST(test_all_conditions),   TEST(test_first),
	    TEST(test_until_proven),     TEST(test_strictest),
	    TEST(test_actions),          TEST(test_codes),
	    TEST(test_code_of_opposite),
	};

	return cmocka_run_group_tests_name("policy_ruling", tests, NULL, NULL);
}
