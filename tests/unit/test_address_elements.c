#include "tests/support/test.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "mail/address.h"

/*
 * "?" there is something that cannot be read, "~" an address that a mail
 * server which completes addresses makes another one of, "," words that are
 * part of a display name unless it does.
 */
static const struct {
	const char *value, *want;
} element_cases[] = {
    {" x@b.example", ""},
    {" x@b.example, y@c.example", ""},
    /* no whole domain: alone as it is, beside others unreadable */
    {" ceo", "~"},
    {" <ceo>", "~"},
    {" <>", "~"},
    {" \"ceo\"", "~"},
    {" ceo (boss@bank.example)", "?~"},
    {" ceo (x@b.example), x@b.example", "?~"},
    {" (x@b.example), ceo", "?~"},
    {" ceo@localhost", "~"},
    {" <ceo@localhost>", "~"},
    {" Nagios @ Host <nagios@monitor>", "~"},
    {" ceo@localhost.", "~"},
    {" ceo@[127.0.0.1]", "~"},
    {" ceo@localhost.UUCP", "~"},
    {" bank.example!boss", "~"},
    {" boss%bank.example", "~"},
    {" ceo, x@b.example", "?~"},
    {" x@b.example, ceo", "?~"},
    {" x@b.example; ceo", "?~"},
    {" <ceo>, x@b.example", "?~"},
    {" <>, x@b.example", "?~"},
    {" Boss <ceo>, x@b.example", "?~"},
    {" x@b.example, Boss <ceo>", "?~"},
    {" \"ceo\", x@b.example", "?~"},
    {" (boss) ceo (boss), x@b.example", "?~"},
    {" ceo@localhost, x@b.example", "?~"},
    {" <ceo@localhost>, <x@b.example>", "?~"},
    {" Boss <ceo@mx>, X <x@b.example>", "?~"},
    {" ceo@localhost.uucp, x@b.example", "?~"},
    {" ceo@bank.example.UUCP, x@b.example", "?~"},
    {" ceo@[127.0.0.1], x@b.example", "?~"},
    {" x@b.example, <ceo@[IPv6:::1]>", "?~"},
    {" bank.example!boss, x@b.example", "?~"},
    {" <bank.example!boss>, x@b.example", "?~"},
    {" boss%bank.example, x@b.example", "?~"},
    {" x@b.example, boss%bank.example", "?~"},
    {" bank.example!boss@localhost, x@b.example", "?~"},
    {" bank.example::boss, x@b.example", "?~"},
    {" ceo, <x@b.example>", "?~"},
    {" =?a?q?ceo?=, x@b.example", "?~"},
    {" =?a?q?ceo=40b.example?=, x@b.example", "?~"},
    {" a@localhost, b@localhost", "?~"},
    /* in groups, as routes, behind what has no end */
    {" G: ceo@localhost, x@b.example;", "?~"},
    {" G: ceo, x@b.example;", "?~"},
    {" G: ceo;, x@b.example", "?~"},
    {" G:;, ceo, x@b.example", "?~"},
    {" <@b.example:ceo@localhost>, x@b.example", "?~"},
    {" <@b.example:ceo>, x@b.example", "?~"},
    {" <@b.example:x@b.example>", ""},
    {" (, ceo, x@b.example", "?~"},
    {" \", ceo, x@b.example", "?~"},
    {" \"\\\", ceo, \\\"<x@b.example>", "?~,"},
    {" <x@b.example, ceo", "?~"},
    {" <x@b.example, ceo>", "?~"},
    {" x\\, ceo <x@b.example>", "?~"},
    {" bank.example!boss>, x@b.example", "?~"},
    {" <ceo@localhost x@b.example>", "?~"},
    {" ceo@localhost x@b.example", "?~"},
    {" ceo@localhost@b.example", "?~"},
    {" x@b.example@localhost", "?~"},
    {" a@b.example <ceo@localhost>", "?~"},
    {" a@b.example <ceo@[127.0.0.1]>", "?~"},
    {" a@b.example <ceo>", "?~"},
    /* a local part is the host's own */
    {" a!b@b.example, a%c@b.example", ""},
    /* words before a comma that belong to a display name */
    {" Foo, Inc. <x@b.example>", ","},
    {" Doe, John, MD <x@b.example>", ","},
    {" \"Doe\", J. <x@b.example>, y@b.example", ","},
    {" Doe, John <ceo@localhost>", "?~,"},
    {" bank.example!boss, John <x@b.example>", "?~"},
    {" boss%bank.example, John <x@b.example>", "?~"},
    {" Doe; John <x@b.example>", ","},
    {" Jos&eacute; Doe <x@b.example>", ","},
    {" Tom &amp; Co <x@b.example>", ","},
    {" Jane ;) <x@b.example>", ","},
    {" ceo@localhost; John <x@b.example>", "?~"},
    {" G: Doe; John <x@b.example>", "?~"},
    {" Doe, John <x@b.example>, ceo", "?~,"},
    {" Doe, y@b.example, John <x@b.example>", "?~"},
    {" Doe, [John] <x@b.example>", ","},
    {" [Doe], John <x@b.example>", "?~"},
    {" x <Doe, John <x@b.example>", "?~"},
    /* an "@" in a display name: a whole domain counts, a label does not */
    {" Bugzilla@Site <a@b.example>", ""},
    {" Alice @ Work <a@b.example>", ""},
    {" @alice <a@b.example>", ""},
    {" A @ B, C @ D <a@b.example>", "?~"},
    {" A @ B <a@b.example>, C @ D <c@b.example>", ""},
    {" A @ =?utf-8?q?B=C3=BCro?= <a@b.example>", ""},
    {" 'a@b.example' via Team <a@b.example>", ""},
    {" [A] @ B: (C) <a@b.example> (D)", ""},
    {" G: Alice @ Work <a@b.example>;", ""},
    /* an "@" before what is no name, names with an empty label */
    {" ceo@)bank.example, x@b.example", "?~"},
    {" ceo@'bank.example', x@b.example", "?~"},
    {" <ceo@>bank.example, x@b.example", "?~"},
    {" ceo@)bank.example <x@b.example>", "?"},
    {" ceo@'bank.example <x@b.example>", "?"},
    {" ceo@>bank.example <x@b.example>", "?"},
    {" ceo@<x@b.example>", "?"},
    {" ceo@... <x@b.example>", "?"},
    {" ceo@[bank.example] <x@b.example>", "?"},
    {" ceo@=?a?q?)bank.example?= <x@b.example>", "?"},
    {" ceo@=?bank.example <x@b.example>", "?"},
    {" ceo@bank..example <x@b.example>", "?"},
    {" ceo@bank..example, x@b.example", "?~"},
    {" <ceo@bank..example>, <x@b.example>", "?~"},
    {" x@@b.example", "?"},
};

static void
test_elements(void **state)
{
	for (size_t i = 0; i < sizeof element_cases / sizeof *element_cases;
	     i++) {
		struct address_authors authors;
		struct buf got;
		address_authors(*state, exact(element_cases[i].value),
				&authors);
		buf_init(&got, *state);
		buf_adds(&got, authors.unreadable ? "?" : "");
		buf_adds(&got, authors.incomplete ? "~" : "");
		buf_adds(&got, authors.name_with_comma ? "," : "");
		if (!str_is(buf_str(&got), element_cases[i].want))
			fprintf(stderr, "case %zu: %s\n", i,
				element_cases[i].value);
		assert_str(buf_str(&got), element_cases[i].want);
	}
}

static void
test_addresses_first(void **state)
{
	static const struct {
		const char *value;
		size_t addresses, count;
	} cases[] = {
	    {" a@b.example", 1, 1},
	    {" \"y@z.example\" <a@b.example>, c@d.example", 2, 2},
	    {" y@z.example via X <a@b.example>", 1, 3},
	    {" A @ B <a@b.example> (y@z.example), c@d.example", 2, 3},
	    {" y@z.example a@b.example", 3, 3},
	    {" =?a?q?y=40z.example?=", 1, 1},
	    {" \"y@z.example\", A <a@b.example>", 1, 2},
	    {" (y@z.example), A @ B <a@b.example>", 1, 2},
	    {" (y@z.example) Doe, John <a@b.example>", 1, 2},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct address_authors authors;
		address_authors(*state, exact(cases[i].value), &authors);
		assert_int_equal(authors.addresses, cases[i].addresses);
		assert_int_equal(authors.count, cases[i].count);
	}
}

static void
test_shows_domain(void **state)
{
	static const struct {
		const char *value;
		bool want;
	} cases[] = {
	    {"", false},
	    {" MAILER-DAEMON", false},
	    {" <>", false},
	    {" Mail Delivery System <MAILER-DAEMON>", false},
	    {" MAILER-DAEMON (Mail. \"Delivery\" System.)\r\n\t", false},
	    {" bank.example", true},
	    {" bank!boss", true},
	    {" boss%bank", true},
	    {" boss@bank", true},
	    {" \"boss@bank\" <MAILER-DAEMON>", true},
	    {" boss[bank", true},
	    {" boss\\bank", true},
	    {" =?a?q?boss?=", true},
	    {" b\xc3\xb6ss", true},
	    {" boss\rX", true},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct address_authors authors;
		address_authors(*state, exact(cases[i].value), &authors);
		assert_int_equal(authors.shows_domain, cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_elements),
	    cmocka_unit_test(test_addresses_first),
	    cmocka_unit_test(test_shows_domain),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
