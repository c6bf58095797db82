#include "tests/support/test.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "verify/author.h"

static void
add_from(struct header *header, struct str value)
{
	assert_true(header_add(header, str_lit("From"), value));
}

static void
test_states(void **state)
{
	static const struct {
		const char *value[2];
		enum from_state want;
		size_t count;
	} cases[] = {
	    {{NULL}, FROM_MISSING, 0},
	    {{" a@b.example"}, FROM_ONE, 1},
	    {{" a@b.example, c@d.example"}, FROM_SEVERAL, 2},
	    {{" nobody"}, FROM_NO_DOMAIN, 0},
	    {{" a@b.example", " c@d.example"}, FROM_FIELDS, 2},
	    {{" a@a.example,a@b.example,a@c.example,a@d.example,a@e.example"},
	     FROM_TOO_MANY,
	     4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *arena = arena_new(NULL);
		struct header header;
		struct verdict_from from;
		header_init(&header, arena, NULL);
		for (size_t k = 0; k < 2 && cases[i].value[k] != NULL; k++)
			add_from(&header, exact(cases[i].value[k]));
		author_domains(arena, &header, ADDRESSES_STAY, &from);
		assert_int_equal(from.state, cases[i].want);
		assert_int_equal(from.count, cases[i].count);
		arena_free(arena);
	}
}

#define X100                                                 \
	"xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx " \
	"xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx "
#define X900 X100 X100 X100 X100 X100 X100 X100 X100 X100
/* With "From:" and <a@b.example> 998 octets. */
#define X980                                                      \
	X900 "xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx " \
	     "xxxxxxxxx xxxxxxxxx xxxxxxxxx"

static const struct {
	const char *name, *value;
	enum address_rewriting rewriting;
	enum from_state want;
	size_t shown;
	const char *reason;
} shown_cases[] = {
    /* beside others, or where the mail server completes it */
    {"From", " nagios@monitor", ADDRESSES_STAY, FROM_ONE, 0, ""},
    {"From", " nagios@monitor", ADDRESSES_COMPLETED, FROM_UNREADABLE, 0,
     "the mail server completes the address"},
    {"From", " nagios@monitor", ADDRESSES_CANONIFIED, FROM_UNREADABLE, 0,
     "the mail server completes the address"},
    {"From", " nagios@monitor, a@b.example", ADDRESSES_STAY, FROM_UNREADABLE, 0,
     "an address without a whole domain"},
    {"From", " a@[192.0.2.1], a@b.example", ADDRESSES_STAY, FROM_UNREADABLE, 0,
     "an address literal is no From domain"},
    {"From", " nagios, a@b.example", ADDRESSES_STAY, FROM_UNREADABLE, 0,
     "an address without \"@\""},
    {"From", " nagios", ADDRESSES_COMPLETED, FROM_NO_DOMAIN, 0,
     "an address without \"@\""},
    {"From", " Doe, J. <a@b.example>", ADDRESSES_STAY, FROM_ONE, 0,
     "an address without \"@\""},
    {"From", " Doe, J. <a@b.example>", ADDRESSES_COMPLETED, FROM_UNREADABLE, 0,
     "an address without \"@\""},
    {"From", " A <a@b.example>", ADDRESSES_CANONIFIED, FROM_ONE, 0, ""},
    {"From", " a@c.example via B <a@b.example>", ADDRESSES_STAY, FROM_SEVERAL,
     2, "text after an address"},
    /* Sendmail makes a dot of a blank, or our own name the domain */
    {"From", " a@c.example b.example", ADDRESSES_COMPLETED, FROM_UNREADABLE, 0,
     "text after an address"},
    {"From", " a@c.example b.example", ADDRESSES_STAY, FROM_SEVERAL, 0,
     "text after an address"},
    {"From", " a@b.example(x)b.example", ADDRESSES_CANONIFIED, FROM_UNREADABLE,
     0, "text after an address"},
    {"From", " A <a@b.example b.example>", ADDRESSES_COMPLETED, FROM_UNREADABLE,
     0, "\"<\" without \">\""},
    {"From", " <a@b.example>, a@b.example x", ADDRESSES_COMPLETED,
     FROM_UNREADABLE, 0, "text after an address"},
    {"From", " A \" <a@b.example>", ADDRESSES_COMPLETED, FROM_UNREADABLE, 0,
     "unterminated quoted string"},
    {"From", " A \" <a@b.example>", ADDRESSES_STAY, FROM_ONE, 0,
     "unterminated quoted string"},
    {"From", " A ( <a@b.example>", ADDRESSES_COMPLETED, FROM_UNREADABLE, 0,
     "unterminated or deeply nested comment"},
    {"From", " A\\\" <c>, \" <a@b.example>", ADDRESSES_COMPLETED,
     FROM_UNREADABLE, 0, "an address without \"@\""},
    {"From", " A\\B <a@b.example>", ADDRESSES_COMPLETED, FROM_ONE, 0,
     "an address without \"@\""},
    {"From", " a\\@b.example", ADDRESSES_COMPLETED, FROM_UNREADABLE, 0,
     "an address without \"@\""},
    {"From", " a@b.example/x", ADDRESSES_COMPLETED, FROM_UNREADABLE, 0,
     "domain name has a forbidden character"},
    {"From", " <a@b.example> <a@b.example>", ADDRESSES_COMPLETED,
     FROM_UNREADABLE, 0, "text after an address"},
    {"From", " A@B \xfc [x] <a@b.example> (y)", ADDRESSES_COMPLETED, FROM_ONE,
     0, "octets that are not UTF-8"},
    {"From", " [A] <a@b.example", ADDRESSES_COMPLETED, FROM_ONE, 0,
     "an address without \"@\""},
    {"From", " a@b.example; A: <a@b.example>", ADDRESSES_COMPLETED, FROM_ONE, 0,
     "a \";\" without a group"},
    /* Sendmail cuts at 254 octets */
    {"From",
     " " X100 X100 "xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxxx <a@b.example>",
     ADDRESSES_COMPLETED, FROM_ONE, 0, ""},
    {"From",
     " " X100 X100 "xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxxxx <a@b.example>",
     ADDRESSES_COMPLETED, FROM_UNREADABLE, 0,
     "the mail server cuts the address"},
    {"From",
     " " X100 X100 "xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxxxx <a@b.example>",
     ADDRESSES_STAY, FROM_ONE, 0, ""},
    {"From", " " X100 X100 "<a@b.example>, " X100 X100 "<a@b.example>",
     ADDRESSES_CANONIFIED, FROM_ONE, 0, ""},
    {"From",
     " G: " X100 "<@"
     "c.example,@c.example:a@b.example> (" X100 ",xxxxxxxxxx" X100 ");",
     ADDRESSES_CANONIFIED, FROM_UNREADABLE, 0,
     "the mail server cuts the address"},
    /* line ends of some readers */
    {"From", " a@b.example\r", ADDRESSES_STAY, FROM_UNREADABLE, 0,
     "bare CR or LF"},
    {"From", " A\rB <a@b.example>", ADDRESSES_STAY, FROM_UNREADABLE, 0,
     "bare CR or LF"},
    {"From", " A\nB <a@b.example>", ADDRESSES_STAY, FROM_UNREADABLE, 0,
     "bare CR or LF"},
    {"From", "\r\n A\n\tB\r\n <a@b.example>", ADDRESSES_STAY, FROM_ONE, 0, ""},
    {"From", " a@b.example\rFrom: a@b.example", ADDRESSES_STAY, FROM_FIELDS, 0,
     "one stands after what ends a line for some"},
    {"X", " y\rFrom: a@b.example", ADDRESSES_STAY, FROM_FIELDS, 0,
     "one stands after what ends a line for some"},
    {"X", " y\nfrom : a@b.example\rZ:", ADDRESSES_STAY, FROM_FIELDS, 0,
     "one stands after what ends a line for some"},
    {"X\rFrom ", " a@b.example", ADDRESSES_STAY, FROM_FIELDS, 0,
     "one stands after what ends a line for some"},
    {"X\x85"
     "From",
     " a@b.example", ADDRESSES_STAY, FROM_FIELDS, 0,
     "one stands after what ends a line for some"},
    {"From", " \"\vFrom: c@d.example\v\" <a@b.example>", ADDRESSES_STAY,
     FROM_FIELDS, 0, "one stands after what ends a line for some"},
    {"X", " y\r From: a@b.example", ADDRESSES_STAY, FROM_MISSING, 0, ""},
    {"X\rFromage", " a@b.example", ADDRESSES_STAY, FROM_MISSING, 0, ""},
    /* RFC 5322 section 2.1.1 */
    {"From", " " X980 "<a@b.example>", ADDRESSES_STAY, FROM_ONE, 0, ""},
    {"From ", " " X980 "<a@b.example>", ADDRESSES_STAY, FROM_UNREADABLE, 0,
     "a line that the next hop folds"},
    {"From", " x" X980 "<a@b.example>", ADDRESSES_STAY, FROM_UNREADABLE, 0,
     "a line that the next hop folds"},
    {"From", "x" X980 "<a@b.example>", ADDRESSES_STAY, FROM_UNREADABLE, 0,
     "a line that the next hop folds"},
    {"From", "\r\n " X980 "x\r\n <a@b.example>", ADDRESSES_STAY, FROM_ONE, 0,
     ""},
    {"From", " A\r\n " X980 "xxxxxx<a@b.example>\r\n ", ADDRESSES_STAY,
     FROM_UNREADABLE, 0, "a line that the next hop folds"},
};

/* What becomes of From on its way, after it was judged. */
static void
test_shown(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof shown_cases / sizeof *shown_cases; i++) {
		struct arena *arena = arena_new(NULL);
		struct header header;
		struct verdict_from from;
		header_init(&header, arena, NULL);
		assert_true(header_add(&header, exact(shown_cases[i].name),
				       exact(shown_cases[i].value)));
		author_domains(arena, &header, shown_cases[i].rewriting, &from);
		if (from.state != shown_cases[i].want)
			fprintf(stderr, "case %zu\n", i);
		assert_int_equal(from.state, shown_cases[i].want);
		assert_int_equal(from.shown, shown_cases[i].shown);
		assert_string_equal(from.reason, shown_cases[i].reason);
		arena_free(arena);
	}
}

/* Thousands of fields are bad as they are: no use in reading them all. */
static void
test_many_fields(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct header header;
	struct verdict_from from;
	struct buf value;

	(void)state;
	buf_init(&value, arena);
	buf_adds(&value, " x y z @");
	for (int i = 0; i < 208; i++)
		buf_adds(&value, i % 26 == 25 ? "." : "\xc3\xbc");
	header_init(&header, arena, NULL);
	add_from(&header, str_lit(" a@b.example"));
	while (header_add(&header, str_lit("From"), buf_str(&value)))
		;
	size_t before = arena_size(arena);
	author_domains(arena, &header, ADDRESSES_STAY, &from);
	assert_true(arena_size(arena) - before < 1024 * 1024);
	assert_int_equal(from.state, FROM_FIELDS);
	assert_str(from.domain[0], "b.example");
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_states),
	    cmocka_unit_test(test_shown),
	    cmocka_unit_test(test_many_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
