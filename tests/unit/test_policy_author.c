/* Conditions on an address in From, which a sender can write in many ways. */
#include "tests/support/test.h"

#include "tests/support/rule_world.h"
#include "verify/author.h"

/* Does the rule match: mild, strict; the same with "not-"? */
struct outcome {
	bool mild, strict, mild_not, strict_not;
};

/* Its lists hold a.example with all below it, and joe@c.example. */
#define HIT                              \
	{                                \
		true, true, false, false \
	}
#define MISS                             \
	{                                \
		false, false, true, true \
	}
#define UNSURE                           \
	{                                \
		false, true, false, true \
	}

static bool
matches(struct rule_world *w, enum rule_action action, bool negated)
{
	rule_world_look_at(w, RULE_FROM);
	w->rule.action = action;
	w->condition[0].negated = negated;
	return rule_world_matches(w);
}

static void
expect(struct rule_world *w, const char *from, struct outcome want)
{
	const struct outcome got = {
	    matches(w, RULE_ACCEPT, false),
	    matches(w, RULE_REJECT, false),
	    matches(w, RULE_ACCEPT, true),
	    matches(w, RULE_REJECT, true),
	};

	if (got.mild == want.mild && got.strict == want.strict &&
	    got.mild_not == want.mild_not && got.strict_not == want.strict_not)
		return;
	fail_msg("%s: mild %d strict %d, not- %d %d", from, got.mild,
		 got.strict, got.mild_not, got.strict_not);
}

static void
read_from(struct rule_world *w, const char *one, const char *two)
{
	struct header header;

	header_init(&header, w->arena, NULL);
	header_add(&header, str_lit("From"), exact(one));
	if (two != NULL)
		header_add(&header, str_lit("From"), exact(two));
	author_domains(w->arena, &header, ADDRESSES_STAY, &w->verdict.from);
}

static void
test_one_field(void **state)
{
	static const struct {
		const char *from;
		struct outcome want;
	} row[] = {
	    {" joe@c.example", HIT},
	    {" JOE@C.example", HIT},
	    {" Joe Doe <joe@c.example>", HIT},
	    {" \"joe\"@c.example", HIT},
	    {" \"j\\oe\"@c.example", HIT},
	    {" (x) joe (@) @ (y) c . example (z)", HIT},
	    {" <joe\r\n @c.example>", HIT},
	    {" team: joe@c.example, x@m.a.example;", HIT},
	    {" x@a.example", HIT},
	    {" jim@c.example", MISS},
	    {" joe+x@c.example", MISS},
	    {" \"joe \"@c.example", MISS},
	    {" joe@m.c.example", MISS},
	    {" joe@d.example", MISS},
	    {" \"joe@c.example\" <jim@d.example>", MISS},
	    {" jim@d.example (joe@c.example)", MISS},
	    /* Of two only one. */
	    {" joe@c.example, jim@c.example", UNSURE},
	    {" jim@c.example, joe@c.example", UNSURE},
	    /* What breaks the grammar may be anybody of its domains. */
	    {" joe@c.example <jim@d.example>", UNSURE},
	    {" jim@c.example <jim@c.example>", UNSURE},
	    {" =?utf-8?q?joe?=@c.example", UNSURE},
	    {" j\xc3\xb6@c.example", UNSURE},
	    {" jim@c.example\rx", UNSURE},
	    {" a@c.example, b@c.example, c@c.example, d@c.example, "
	     "e@c.example, f@c.example, g@c.example, h@c.example, "
	     "i@c.example",
	     UNSURE},
	};
	struct rule_world *w = *state;

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		read_from(w, row[i].from, NULL);
		expect(w, row[i].from, row[i].want);
	}
}

/* Any of them may be shown. */
static void
test_two_fields(void **state)
{
	struct rule_world *w = *state;

	read_from(w, " jim@d.example", " joe@c.example");
	expect(w, "one of two fields",
	       (struct outcome){false, true, false, false});
	read_from(w, " jim@d.example", " jim@c.example");
	expect(w, "none of two fields", (struct outcome)MISS);
}

/* A domain that the mail server brings up has addresses that nobody knows. */
static void
test_target(void **state)
{
	struct rule_world *w = *state;

	read_from(w, " joe@d.example", NULL);
	w->verdict.from.domain[w->verdict.from.count++] = str_lit("c.example");
	w->verdict.from.state = FROM_SEVERAL;
	expect(w, "a target", (struct outcome)UNSURE);
}

#define TEST(f)                                              \
	cmocka_unit_test_setup_teardown(f, rule_world_setup, \
					rule_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_one_field),
	    TEST(test_two_fields),
	    TEST(test_target),
	};

	return cmocka_run_group_tests_name("policy_author", tests, NULL, NULL);
}
