/* What a rule is, and what its conditions look at. */
#include "tests/support/rule_world.h"
#include "tests/support/test.h"

/* With the condition as it stands, and never with its opposite. */
static bool
holds(struct rule_world *w)
{
	bool as_it_stands = rule_world_matches(w);

	w->condition[0].negated = true;
	assert_int_equal(rule_world_matches(w), !as_it_stands);
	w->condition[0].negated = false;
	return as_it_stands;
}

/* --- what a rule is --- */

static bool
authenticated(struct rule_world *w)
{
	return rule_is_authenticated(&w->rule);
}

static void
test_authenticated(void **state)
{
	static const bool proven[RULE_SUBJECTS] = {
	    [RULE_CLIENT] = true,         [RULE_SMTP_AUTH] = true,
	    [RULE_DKIM_DOMAIN] = true,    [RULE_SPF_DOMAIN] = true,
	    [RULE_TRUSTED_SEALER] = true,
	};
	struct rule_world *w = *state;

	for (enum rule_subject subject = 0; subject < RULE_SUBJECTS;
	     subject++) {
		rule_world_look_at(w, subject);
		assert_int_equal(authenticated(w), proven[subject]);
		w->condition[0].negated = true;
		assert_false(authenticated(w));
		w->condition[0].negated = false;
		w->condition[0].broad = true;
		assert_false(authenticated(w));
	}
	rule_world_look_at(w, RULE_SMTP_AUTH);
	w->condition[0].yes = false;
	assert_false(authenticated(w));
	rule_world_look_at(w, RULE_DMARC);
	w->condition[0].words = 1u << DMARC_PASS;
	assert_true(authenticated(w));
	w->condition[0].words |= 1u << DMARC_FAIL;
	assert_false(authenticated(w));
}

/* Some condition is enough, and none beyond the last is looked at. */
static void
test_authenticated_by_some(void **state)
{
	struct rule_world *w = *state;

	rule_world_look_at(w, RULE_CLIENT);
	w->condition[1] = w->condition[0];
	rule_world_look_at(w, RULE_FROM);
	w->rule.conditions = 2;
	assert_true(authenticated(w));
	w->rule.conditions = 1;
	assert_false(authenticated(w));
	w->rule.conditions = 0;
	assert_false(authenticated(w));
}

static void
test_only_hardens(void **state)
{
	struct rule_world *w = *state;

	rule_world_look_at(w, RULE_FROM);
	assert_false(rule_only_hardens(&w->rule));
	w->rule.action = RULE_REJECT;
	assert_true(rule_only_hardens(&w->rule));
	w->rule.action = RULE_ACCEPT;
	w->rule.unauthenticated = false;
	assert_true(rule_only_hardens(&w->rule));
	rule_world_look_at(w, RULE_CLIENT);
	assert_false(rule_only_hardens(&w->rule));
	/* One of many recipients proves nothing; none of them is no such. */
	rule_world_look_at(w, RULE_ANY_RECIPIENT);
	w->rule.unauthenticated = true;
	assert_true(rule_only_hardens(&w->rule));
	w->condition[0].negated = true;
	assert_false(rule_only_hardens(&w->rule));
	rule_world_look_at(w, RULE_ANY_RECIPIENT);
	w->condition[1] = w->condition[0];
	rule_world_look_at(w, RULE_FROM);
	assert_false(rule_only_hardens(&w->rule));
	w->rule.conditions = 2;
	assert_true(rule_only_hardens(&w->rule));
}

static void
test_expires(void **state)
{
	struct rule_world *w = *state;

	rule_world_look_at(w, RULE_MAIL_FROM);
	w->verdict.mail_from_domain = str_lit("a.example");
	assert_true(holds(w));
	w->rule.expires = NOW + 1;
	assert_true(holds(w));
	w->rule.expires = NOW;
	assert_false(rule_world_matches(w));
	assert_true(rule_is_expired(&w->rule, NOW + 1));
	w->rule.expires = 0;
	assert_false(rule_is_expired(&w->rule, NOW));
}

/* --- conditions --- */

static void
test_client(void **state)
{
	struct rule_world *w = *state;
	struct ip_network network;

	assert_true(ip_network_parse(str_lit("192.0.2.0/24"), &network));
	rule_world_look_at(w, RULE_CLIENT);
	w->condition[0].networks = network_set_new(w->arena, &network, 1);
	assert_true(ip_parse(str_lit("192.0.2.255"), &w->verdict.client));
	assert_true(holds(w));
	assert_true(ip_parse(str_lit("198.51.100.1"), &w->verdict.client));
	assert_false(holds(w));
}

static void
test_names(void **state)
{
	struct rule_world *w = *state;

	rule_world_look_at(w, RULE_CLIENT_NAME);
	assert_false(holds(w));
	w->verdict.client_name = str_lit("Mail.A.example.");
	assert_true(holds(w));
	w->verdict.client_name = str_lit("b.example");
	assert_false(holds(w));
	w->verdict.client_name = str_lit("..a.example");
	assert_false(holds(w));
	rule_world_look_at(w, RULE_MAIL_FROM);
	assert_false(holds(w));
	w->verdict.mail_from_domain = str_lit("m.a.example");
	assert_true(holds(w));
	rule_world_look_at(w, RULE_HELO);
	assert_false(holds(w));
	w->verdict.helo = str_lit("[192.0.2.1]");
	assert_false(holds(w));
	w->verdict.helo = str_lit("MX.A.Example");
	assert_true(holds(w));
	rule_world_look_at(w, RULE_LIST_ID);
	assert_false(holds(w));
	w->verdict.list.id = str_lit("list.a.example");
	assert_true(holds(w));
}

/* "joe@c.example" is in the list, c.example is not. */
static void
test_envelope_sender(void **state)
{
	static const struct {
		const char *path;
		bool holds;
	} row[] = {
	    {"<joe@c.example>", true},
	    {"<JOE@C.Example>", true},
	    {"<\"joe\"@c.example>", true},
	    {"<\"j\\oe\"@c.example>", true},
	    {"<@b.example:joe@c.example>", true},
	    {"<any@m.a.example>", true},
	    {"<@m.a.example>", true},
	    {"<joe+x@c.example>", false},
	    {"<jim@c.example>", false},
	    {"<@c.example>", false},
	    {"<joe@m.c.example>", false},
	    {"<\"joe@c.example\"@b.example>", false},
	    {"<joe@c.example@b.example>", false},
	    {"<joe>", false},
	    {"<>", false},
	};
	struct rule_world *w = *state;
	struct address_path path;

	rule_world_look_at(w, RULE_MAIL_FROM);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		address_path(w->arena, exact(row[i].path), &path);
		w->verdict.mail_from_local = path.local_part;
		w->verdict.mail_from_domain = path.domain;
		assert_int_equal(holds(w), row[i].holds);
	}
}

static void
authors(struct rule_world *w, enum from_state from, const char *one,
	const char *two)
{
	w->verdict.from.state = from;
	w->verdict.from.domain[0] = str_of(one);
	w->verdict.from.domain[1] = str_of(two);
	w->verdict.from.count = two[0] != '\0' ? 2 : one[0] != '\0';
}

/* A mild rule wants all authors, and to know all of them. */
static void
test_author(void **state)
{
	struct rule_world *w = *state;

	rule_world_look_at(w, RULE_FROM);
	authors(w, FROM_MISSING, "", "a.example");
	w->verdict.from.count = 0;
	assert_false(holds(w));
	authors(w, FROM_ONE, "", "");
	assert_false(holds(w));
	authors(w, FROM_ONE, "a.example", "");
	assert_true(holds(w));
	authors(w, FROM_SEVERAL, "a.example", "m.a.example");
	assert_true(holds(w));
	authors(w, FROM_SEVERAL, "b.example", "d.example");
	assert_false(holds(w));
	/* What stands behind the last is no author. */
	authors(w, FROM_ONE, "b.example", "a.example");
	w->verdict.from.count = 1;
	assert_false(holds(w));
	authors(w, FROM_FIELDS, "a.example", "");
	assert_false(rule_world_matches(w));
	authors(w, FROM_SEVERAL, "b.example", "a.example");
	assert_false(rule_world_matches(w));
	w->condition[0].negated = true;
	assert_false(rule_world_matches(w));
}

/* A strict one wants some of them. */
static void
test_author_of_strict_rule(void **state)
{
	struct rule_world *w = *state;

	rule_world_look_at(w, RULE_FROM);
	w->rule.action = RULE_REJECT;
	authors(w, FROM_SEVERAL, "b.example", "a.example");
	assert_true(holds(w));
	authors(w, FROM_FIELDS, "a.example", "");
	assert_true(holds(w));
	authors(w, FROM_SEVERAL, "b.example", "d.example");
	assert_false(holds(w));
}

static void
test_signer(void **state)
{
	struct rule_world *w = *state;

	rule_world_look_at(w, RULE_DKIM_DOMAIN);
	w->dkim[0].result = DKIM_PASS;
	w->dkim[0].domain = str_lit("b.example");
	w->dkim[1].result = DKIM_PASS;
	w->dkim[1].domain = str_lit("a.example");
	w->verdict.dkim.count = 1;
	assert_false(holds(w));
	w->verdict.dkim.count = 2;
	assert_true(holds(w));
	w->dkim[1].result = DKIM_FAIL;
	assert_false(holds(w));
}

static void
test_spf_domain(void **state)
{
	struct rule_world *w = *state;

	rule_world_look_at(w, RULE_SPF_DOMAIN);
	w->verdict.spf.domain = str_lit("a.example");
	w->verdict.spf.result = SPF_PASS;
	assert_true(holds(w));
	w->verdict.spf.result = SPF_SOFTFAIL;
	assert_false(holds(w));
	w->verdict.spf.result = SPF_PASS;
	w->verdict.spf.domain = str_lit("b.example");
	assert_false(holds(w));
}

/* The hop that vouches, and no other. */
static void
test_sealer(void **state)
{
	struct rule_world *w = *state;

	rule_world_look_at(w, RULE_TRUSTED_SEALER);
	w->hop[0].domain = str_lit("a.example");
	w->hop[1].domain = str_lit("b.example");
	w->verdict.arc.count = 2;
	assert_false(holds(w));
	w->verdict.arc_trusted = 1;
	assert_true(holds(w));
	w->verdict.arc_trusted = 2;
	assert_false(holds(w));
	w->hop[1].domain = str_lit("a.example");
	assert_true(holds(w));
	w->verdict.arc.count = 1;
	assert_false(holds(w));
	w->verdict.arc.hop = &w->hop[1];
	w->verdict.arc_trusted = 0;
	assert_false(holds(w));
}

/* --- results --- */

/* Of all words only this one. */
static void
assert_word(struct rule_world *w, enum rule_subject subject, unsigned word)
{
	for (unsigned i = 0; i < 8; i++) {
		rule_world_look_for(w, subject, i);
		assert_int_equal(holds(w), i == word);
	}
}

static void
test_results(void **state)
{
	struct rule_world *w = *state;

	w->verdict.spf.result = SPF_SOFTFAIL;
	assert_word(w, RULE_SPF, SPF_SOFTFAIL);
	w->verdict.arc.result = ARC_FAIL;
	assert_word(w, RULE_ARC, ARC_FAIL);
	w->shape.shape = SHAPE_LIST;
	assert_word(w, RULE_SHAPE, SHAPE_LIST);
}

static void
test_dkim_results(void **state)
{
	struct rule_world *w = *state;

	w->dkim[0].result = DKIM_FAIL;
	assert_word(w, RULE_DKIM, DKIM_NONE);
	w->verdict.dkim.count = 1;
	assert_word(w, RULE_DKIM, DKIM_FAIL);
	w->dkim[1].result = DKIM_PASS;
	w->verdict.dkim.count = 2;
	rule_world_look_for(w, RULE_DKIM, DKIM_PASS);
	assert_true(holds(w));
	rule_world_look_for(w, RULE_DKIM, DKIM_FAIL);
	assert_true(holds(w));
}

/* The words behind those of the policies: absent and unknown. */
static void
test_dmarc(void **state)
{
	struct rule_world *w = *state;
	struct dmarc_outcome *dmarc = &w->verdict.dmarc.outcome[0];

	assert_word(w, RULE_DMARC, DMARC_NONE);
	assert_word(w, RULE_POLICY, DMARC_P_REJECT + 1);
	rule_world_look_at(w, RULE_PUBLIC_SUFFIX);
	assert_false(holds(w));
	dmarc->result = DMARC_FAIL;
	dmarc->policy = DMARC_P_QUARANTINE;
	dmarc->org_domain_is_public_suffix = true;
	w->verdict.dmarc.count = 1;
	assert_word(w, RULE_DMARC, DMARC_FAIL);
	assert_word(w, RULE_POLICY, DMARC_P_REJECT + 1);
	rule_world_look_at(w, RULE_PUBLIC_SUFFIX);
	assert_true(holds(w));
	w->condition[0].yes = false;
	assert_false(holds(w));
	dmarc->policy_unknown = true;
	assert_word(w, RULE_POLICY, DMARC_P_REJECT + 2);
	dmarc->has_record = true;
	assert_word(w, RULE_POLICY, DMARC_P_QUARANTINE);
}

#define TEST(f)                                              \
	cmocka_unit_test_setup_teardown(f, rule_world_setup, \
					rule_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_authenticated),
	    TEST(test_authenticated_by_some),
	    TEST(test_only_hardens),
	    TEST(test_expires),
	    TEST(test_client),
	    TEST(test_names),
	    TEST(test_envelope_sender),
	    TEST(test_author),
	    TEST(test_author_of_strict_rule),
	    TEST(test_signer),
	    TEST(test_spf_domain),
	    TEST(test_sealer),
	    TEST(test_results),
	    TEST(test_dkim_results),
	    TEST(test_dmarc),
	};

	return cmocka_run_group_tests_name("policy_rules", tests, NULL, NULL);
}
