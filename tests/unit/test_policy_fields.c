/* Conditions on fields of the header, which a sender can write in many ways. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "mail/header.h"
#include "tests/support/rule_world.h"

/* Does the rule match: mild, strict; the same with "not-"? */
#define HIT "1100"
#define MISS "0011"
#define UNSURE "0101"

static const struct str names[] = {STR("Subject"), STR("X-Y")};

/* "Subject: won", or one that begins with "free beer"; "X-Y: 1". */
static const struct rule_field_text texts[] = {
    {STR("subject"), STR("won"), false},
    {STR("Subject"), STR("free beer"), true},
    {STR("X-Y"), STR("1"), false},
};

static bool
matches(struct rule_world *w, enum rule_action action, bool negated)
{
	const struct rules rules = {&w->rule, 1, names, 2};

	w->rule.action = action;
	w->condition[0] = (struct rule_condition){.subject = RULE_HEADER,
						  .negated = negated,
						  .text = texts,
						  .texts = 3};
	return rules_match(w->arena, &rules, &w->verdict, &w->shape).count == 1;
}

static const char *
outcome(struct rule_world *w)
{
	static char text[5];

	snprintf(text, sizeof text, "%d%d%d%d", matches(w, RULE_ACCEPT, false),
		 matches(w, RULE_REJECT, false), matches(w, RULE_ACCEPT, true),
		 matches(w, RULE_REJECT, true));
	return text;
}

/* A field a line; a name up to the first colon. */
static void
test_fields(void **state)
{
	static const struct {
		const char *field[3];
		const char *want;
	} row[] = {
	    {{"Subject: won"}, HIT},
	    {{"SUBJECT : WON "}, HIT},
	    {{"Subject:won"}, HIT},
	    {{"Subject:\r\n \t won"}, HIT},
	    {{"Subject: Free\r\n  \tbeer for all"}, HIT},
	    {{"Subject: free beer"}, HIT},
	    {{"Subject: won", "X-Y: 2"}, HIT},
	    {{"X-Y: 1", "Subject: x"}, HIT},
	    {{"Subject: won", "subject: free beer!"}, HIT},
	    {{"A: won"}, MISS},
	    {{"Subject: won it"}, MISS},
	    {{"Subject: wo n"}, MISS},
	    {{"Subject: freebeer"}, MISS},
	    {{"Subject: free bee"}, MISS},
	    {{"Subject: 1"}, MISS},
	    {{"Subject:"}, MISS},
	    {{"A: x\rB: won"}, MISS},
	    /* Of two only one. */
	    {{"Subject: won", "Subject: x"}, UNSURE},
	    {{"Subject: x", "Subject: won"}, UNSURE},
	    /* Programs differ. */
	    {{"Subject: =?utf-8?q?won?="}, UNSURE},
	    {{"Subject: =?utf-8?b?d28=?= =?x?q?n?="}, UNSURE},
	    {{"Subject: =?utf-8?q?free_beer=E4?="}, UNSURE},
	    {{"Subject: won", "Subject: =?utf-8?q?won?="}, UNSURE},
	    {{"Subject: w\x01on"}, UNSURE},
	    {{"Subject: won\rx"}, UNSURE},
	    {{"Subject: free beer \xc3\xa4"}, UNSURE},
	    {{"A: x\rSubject: won"}, UNSURE},
	    {{"A: x\xe2\x80\xa8Subject: won"}, UNSURE},
	    {{"A\rSubject: won"}, UNSURE},
	};
	struct rule_world *w = *state;

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct header header;
		header_init(&header, w->arena, NULL);
		for (size_t j = 0; j < 3 && row[i].field[j] != NULL; j++) {
			struct str field = exact(row[i].field[j]);
			size_t colon = str_chr(field, ':');
			header_add(&header, str_first(field, colon),
				   str_from(field, colon + 1));
		}
		w->verdict.header = &header;
		if (strcmp(outcome(w), row[i].want) != 0)
			fail_msg("%s: %s", row[i].field[0], outcome(w));
	}
}

/* What lies beyond a bound may be anything. */
static void
test_bounds(void **state)
{
	struct rule_world *w = *state;
	struct header header;

	assert_string_equal(outcome(w), MISS);
	header_init(&header, w->arena, NULL);
	w->verdict.header = &header;
	header_add(&header, names[0], str_lit("won"));
	w->verdict.header_dropped = 1;
	assert_string_equal(outcome(w), UNSURE);
	w->verdict.header_dropped = 0;
	for (size_t i = 1; i < LIMIT_RULE_FIELDS; i++) {
		header_add(&header, names[0], str_lit("won"));
		header_add(&header, str_lit("A"), str_lit("x"));
	}
	assert_string_equal(outcome(w), HIT);
	header_add(&header, names[1], str_lit("2"));
	assert_string_equal(outcome(w), UNSURE);
}

/* An exact text is compared to its end. */
static void
test_long_text(void **state)
{
	struct rule_world *w = *state;
	char text[LIMIT_RULE_TEXT + 2];

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = 'x';
	struct str longest = str_n(text, LIMIT_RULE_TEXT);
	assert_int_equal(field_text(w->arena, longest).n, LIMIT_RULE_TEXT);
	assert_false(
	    str_eq(field_text(w->arena, str_n(text, sizeof text)), longest));
	/* A blank at the bound is not the end of the text, but at the end. */
	text[LIMIT_RULE_TEXT] = ' ';
	assert_int_equal(field_text(w->arena, str_n(text, sizeof text)).n,
			 LIMIT_RULE_TEXT + 1);
	assert_true(str_eq(
	    field_text(w->arena, str_n(text, LIMIT_RULE_TEXT + 1)), longest));
}

#define TEST(f)                                              \
	cmocka_unit_test_setup_teardown(f, rule_world_setup, \
					rule_world_teardown)

/* --- of a record --- */

static const struct str kept_names[] = {STR("Subject")};
static const struct field_reading kept_readings[] = {
    {.name = STR("Subject"), .sure = true, .text = {STR("won")}, .texts = 1}};

static struct rules_matched
match_recorded(struct rule_world *w, const struct field_readings *kept,
	       size_t texts_from, size_t n)
{
	static struct rules rules;

	rules = (struct rules){&w->rule, 1, names, 2};
	w->verdict.header = NULL;
	w->verdict.fields = kept;
	w->rule.action = RULE_REJECT;
	w->condition[0] = (struct rule_condition){
	    .subject = RULE_HEADER, .text = texts + texts_from, .texts = n};
	return rules_match(w->arena, &rules, &w->verdict, &w->shape);
}

static void
test_recorded(void **state)
{
	struct rule_world *w = *state;
	struct field_readings kept = {kept_names, 1, kept_readings, 1, false};

	struct rules_matched got = match_recorded(w, &kept, 0, 2);
	assert_int_equal(got.count, 1);
	assert_null(got.unjudged);
	/* Of another name nothing is known. */
	got = match_recorded(w, &kept, 2, 1);
	assert_int_equal(got.count, 0);
	assert_ptr_equal(got.unjudged, &w->rule);
	got = match_recorded(w, &kept, 0, 3);
	assert_ptr_equal(got.unjudged, &w->rule);
	/* There was none of that name. */
	kept.count = 0;
	got = match_recorded(w, &kept, 0, 2);
	assert_int_equal(got.count, 0);
	assert_null(got.unjudged);
}

/* Which ones were left out depends on the names. */
static void
test_recorded_full(void **state)
{
	struct rule_world *w = *state;
	struct field_readings kept = {kept_names, 1, kept_readings, 1, true};

	struct rules_matched got = match_recorded(w, &kept, 0, 2);
	assert_ptr_equal(got.unjudged, &w->rule);
	kept.name = names;
	kept.names = 2;
	got = match_recorded(w, &kept, 0, 2);
	assert_null(got.unjudged);
	assert_int_equal(got.count, 1);
}

/* What fails anyway needs no field. */
static void
test_recorded_other_condition(void **state)
{
	struct rule_world *w = *state;
	struct field_readings kept = {kept_names, 1, kept_readings, 1, false};

	w->rule.conditions = 2;
	w->condition[1] =
	    (struct rule_condition){.subject = RULE_SMTP_AUTH, .yes = true};
	struct rules_matched got = match_recorded(w, &kept, 2, 1);
	assert_null(got.unjudged);
	w->condition[1].yes = false;
	got = match_recorded(w, &kept, 2, 1);
	assert_ptr_equal(got.unjudged, &w->rule);
	w->rule.expires = NOW;
	got = match_recorded(w, &kept, 2, 1);
	assert_null(got.unjudged);
}

/* The decision tells, also of a rule in mode monitor. */
static void
test_recorded_decision(void **state)
{
	struct rule_world *w = *state;
	struct field_readings kept = {kept_names, 1, kept_readings, 1, false};
	struct policy_options options = policy_options_default();
	struct rules rules = {&w->rule, 1, names, 2};

	options.rules = &rules;
	for (int monitor = 0; monitor < 2; monitor++) {
		w->rule.monitor = monitor;
		(void)match_recorded(w, &kept, 2, 1);
		struct decision decision =
		    policy_decide(w->arena, &w->verdict, &options);
		assert_str(decision.unjudged, "r");
		(void)match_recorded(w, &kept, 0, 2);
		decision = policy_decide(w->arena, &w->verdict, &options);
		assert_str(decision.unjudged, "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_fields),
	    TEST(test_bounds),
	    TEST(test_long_text),
	    TEST(test_recorded),
	    TEST(test_recorded_full),
	    TEST(test_recorded_other_condition),
	    TEST(test_recorded_decision),
	};

	return cmocka_run_group_tests_name("policy_fields", tests, NULL, NULL);
}
