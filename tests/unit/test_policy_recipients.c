/* Conditions on recipients, of which a sender can write what servers resolve.
 */
#include "tests/support/test.h"

#include <string.h>

#include "mail/recipient.h"
#include "tests/support/rule_world.h"

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

static void
recipients(struct rule_world *w, const char *one, const char *two)
{
	w->recipient[0] = str_of(one);
	w->recipient[1] = str_of(two);
	w->verdict.recipients = two[0] != '\0' ? 2 : one[0] != '\0';
}

static void
test_recipients(void **state)
{
	struct rule_world *w = *state;

	rule_world_look_at(w, RULE_RECIPIENT);
	recipients(w, "x@a.example", "");
	assert_true(holds(w));
	recipients(w, "x@a.example", "JOE@C.example");
	assert_true(holds(w));
	recipients(w, "x@b.example", "ann@c.example");
	assert_false(holds(w));
}

/* What a mail server may take for joe@c.example, or for somebody of a.example.
 */
static const char *const unsure[] = {
    "joe",
    "(x)joe@c.example",
    "\"joe@c.example\"",
    "c.example!joe",
    "\\joe@c.example",
    "@b.example:joe@c.example",
    "joe%c.example@b.example",
    "\"joe@c.example\"@b.example",
    "c.example!joe@b.example",
    "joe@c",
    "joe@[192.0.2.1]",
    "joe@c.example(x)",
    "joe(x)@c.example",
    "joe@c..example",
    "<joe@c.example",
    "joe@",
    "@c.example",
    "\"joe@c.example",
    "joe\"@c.example",
    "\"@c.example",
    "\"\"@c.example",
    "<joe>@c.example",
    "joe @c.example",
    "j\xe2\x84\xaa@c.example",
    "joe@c.example,x@b.example",
    "joe@c.example\r",
};

/* They open no mild rule and evade no strict one. */
static void
test_unsure_recipients(void **state)
{
	struct rule_world *w = *state;

	for (size_t i = 0; i < sizeof unsure / sizeof *unsure; i++) {
		recipients(w, unsure[i], "");
		rule_world_look_at(w, RULE_ANY_RECIPIENT);
		w->rule.action = RULE_HOLD;
		assert_true(rule_world_matches(w));
		rule_world_look_at(w, RULE_RECIPIENT);
		w->rule.action = RULE_ACCEPT;
		assert_false(rule_world_matches(w));
		w->condition[0].negated = true;
		assert_false(rule_world_matches(w));
		w->rule.action = RULE_REJECT;
		assert_true(rule_world_matches(w));
		w->condition[0].negated = false;
		assert_true(rule_world_matches(w));
		recipients(w, unsure[i], "x@b.example");
		assert_false(rule_world_matches(w));
		w->rule.action = RULE_ACCEPT;
		w->condition[0].negated = true;
		assert_false(rule_world_matches(w));
	}
}

/* With a recipient delimiter it is joe's mail, without one somebody else's. */
static void
test_extensions(void **state)
{
	struct rule_world *w = *state;

	recipients(w, "Joe+x+y@c.example", "");
	rule_world_look_at(w, RULE_ANY_RECIPIENT);
	assert_true(holds(w));
	rule_world_look_at(w, RULE_RECIPIENT);
	assert_false(rule_world_matches(w));
	w->condition[0].negated = true;
	assert_false(rule_world_matches(w));
	recipients(w, "jim+x@c.example", "+joe@c.example");
	assert_true(rule_world_matches(w));
	rule_world_look_at(w, RULE_ANY_RECIPIENT);
	assert_false(holds(w));
	recipients(w, "x+y@a.example", "");
	rule_world_look_at(w, RULE_RECIPIENT);
	assert_true(holds(w));
}

/* Whatever nobody reads in another way. */
static void
test_sure_recipients(void **state)
{
	static const char *const sure[] = {
	    "joe@c.example",     "<JOE@C.Example>",     "joe@c.example.",
	    "\"joe\"@c.example", "\"j\\oe\"@c.example", "x@b.a.example",
	};
	struct rule_world *w = *state;

	for (size_t i = 0; i < sizeof sure / sizeof *sure; i++) {
		recipients(w, sure[i], "");
		rule_world_look_at(w, RULE_ANY_RECIPIENT);
		assert_true(holds(w));
		rule_world_look_at(w, RULE_RECIPIENT);
		assert_true(holds(w));
	}
}

static void
test_parts(void **state)
{
	static const struct {
		const char *text, *local, *domain, *base;
	} row[] = {
	    {"<Joe+x+y@C.Example.>", "joe+x+y", "c.example", "joe"},
	    {"joe@c.example", "joe", "c.example", ""},
	    {"joe+@c.example", "joe+", "c.example", "joe"},
	    {"+joe@c.example", "+joe", "c.example", ""},
	};
	struct rule_world *w = *state;
	struct recipient read;

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		recipient_read(w->arena, exact(row[i].text), &read);
		assert_true(read.certain);
		assert_str(read.local, row[i].local);
		assert_str(read.domain, row[i].domain);
		assert_str(read.base, row[i].base);
	}
	assert_str(recipient_bare(exact(" <> ")), "");
	assert_str(recipient_bare(exact("<")), "<");
}

/* What the client gave, else what the mail server has made of it. */
static void
test_choice(void **state)
{
	static const struct {
		const char *given, *resolved, *want;
	} row[] = {
	    {"<joe>", "joe@c.example", "joe@c.example"},
	    {"<(x)joe@c.example>", "joe@c.example", "joe@c.example"},
	    {"<c.example!joe>", "joe@c.example", "joe@c.example"},
	    {"<joe>", "", "<joe>"},
	    {"<joe>", "joe", "<joe>"},
	    {"<joe%c.example@b.example>", "joe%c.example@b.example",
	     "<joe%c.example@b.example>"},
	    /* an alias, which the admin's rules may know */
	    {"<joe@c.example>", "box7@d.example", "<joe@c.example>"},
	    {"<joe@c.example>", "", "<joe@c.example>"},
	};
	struct rule_world *w = *state;

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		assert_str(recipient_choose(w->arena, exact(row[i].given),
					    exact(row[i].resolved)),
			   row[i].want);
}

/* A cut address is nobody's. */
static void
test_long_recipient(void **state)
{
	struct rule_world *w = *state;
	char text[400] = "";

	memset(text, 'x', 321);
	memcpy(text + 321 - 10, "@a.example", 10);
	recipients(w, text, "");
	rule_world_look_at(w, RULE_RECIPIENT);
	assert_false(rule_world_matches(w));
	recipients(w, text + 1, "");
	assert_true(rule_world_matches(w));
}

/* Neither all nor none of them: neither the condition nor its opposite. */
static void
test_some_recipients(void **state)
{
	struct rule_world *w = *state;

	rule_world_look_at(w, RULE_RECIPIENT);
	for (int negated = 0; negated < 2; negated++) {
		w->condition[0].negated = negated;
		w->verdict.recipients_dropped = 0;
		recipients(w, "", "");
		assert_false(rule_world_matches(w));
		recipients(w, "x@a.example", "x@b.example");
		assert_false(rule_world_matches(w));
		recipients(w, negated ? "x@b.example" : "x@a.example", "");
		assert_true(rule_world_matches(w));
		w->verdict.recipients_dropped = 1;
		assert_false(rule_world_matches(w));
	}
}

static void
test_any_recipient(void **state)
{
	struct rule_world *w = *state;

	rule_world_look_at(w, RULE_ANY_RECIPIENT);
	assert_false(holds(w));
	recipients(w, "x@b.example", "joe@c.example");
	assert_true(holds(w));
	recipients(w, "x@b.example", "joe@d.example");
	assert_false(holds(w));
	/* The one that is meant may be among those beyond the bound. */
	w->verdict.recipients_dropped = 1;
	assert_true(holds(w));
	w->verdict.recipients_dropped = 0;
}

#define TEST(f)                                              \
	cmocka_unit_test_setup_teardown(f, rule_world_setup, \
					rule_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_recipients),     TEST(test_unsure_recipients),
	    TEST(test_extensions),     TEST(test_sure_recipients),
	    TEST(test_parts),          TEST(test_choice),
	    TEST(test_long_recipient), TEST(test_some_recipients),
	    TEST(test_any_recipient),
	};

	return cmocka_run_group_tests_name("policy_recipients", tests, NULL,
					   NULL);
}
