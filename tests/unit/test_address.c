#include "tests/support/address_pieces.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "mail/address.h"

/*
 * The domains joined by blanks, then "!" invalid domain, "?" unreadable, "+"
 * too many.
 */
static struct str
shown(struct arena *arena, struct str value, bool *strict_out)
{
	struct address_authors authors;
	struct buf buf;

	address_authors(arena, value, &authors);
	buf_init(&buf, arena);
	for (size_t i = 0; i < authors.count; i++) {
		if (i > 0)
			buf_addc(&buf, ' ');
		buf_add(&buf, authors.domain[i]);
	}
	if (authors.invalid_domain)
		buf_addc(&buf, '!');
	if (authors.unreadable)
		buf_addc(&buf, '?');
	if (authors.too_many)
		buf_addc(&buf, '+');
	*strict_out = authors.strict;
	assert_non_null(authors.reason);
	/* a defect has a reason, and only a defect has one */
	bool clean = authors.strict && authors.count > 0 &&
		     !authors.invalid_domain && !authors.too_many &&
		     !authors.unreadable;
	assert_int_equal(authors.reason[0] == '\0', clean);
	return buf_str(&buf);
}

struct from_case {
	const char *value, *want;
};

static void
check(struct arena *arena, const struct from_case *cases, size_t n, bool strict)
{
	for (size_t i = 0; i < n; i++) {
		bool got;
		struct str text = shown(arena, exact(cases[i].value), &got);
		if (got != strict || !str_is(text, cases[i].want))
			fprintf(stderr, "case %zu: %s\n", i, cases[i].value);
		assert_str(text, cases[i].want);
		assert_int_equal(got, strict);
	}
}

#define CHECK(state, cases, strict) \
	check(state, cases, sizeof cases / sizeof *cases, strict)

static const struct from_case strict_cases[] = {
    /* addr-spec and name-addr, RFC 5322 section 3.4 */
    {" a@b.example", "b.example"},
    {"A@B.Example", "b.example"},
    {" Name <a@b.example>", "b.example"},
    {" <a@b.example>", "b.example"},
    {" First Last <a@b.example>", "b.example"},
    {" \"Last, First\" <a@b.example>", "b.example"},
    {" First \"Middle\" Last <a@b.example>", "b.example"},
    {" \"a\"b<a@b.example>", "b.example"},
    {" a+b=c/d{e}|f~@b.example", "b.example"},
    /* the display name is no address: only the addr-spec counts */
    {" \"ceo@bank.example\" <x@evil.example>", "evil.example"},
    {" \"<ceo@bank.example>\" <x@evil.example>", "evil.example"},
    {" =?utf-8?Q?ceo=40bank.example?= <x@evil.example>", "evil.example"},
    {" x@evil.example (ceo@bank.example)", "evil.example"},
    {" (ceo@bank.example) x@evil.example", "evil.example"},
    /* quoted strings and pairs, sections 3.2.1 and 3.2.4 */
    {" \"a <x@junk>\"@victim.example", "victim.example"},
    {" \"a\\\"<x@junk>\\\"\"@victim.example", "victim.example"},
    {" \"\\\\\" <a@b.example>", "b.example"},
    {" \"\" <a@b.example>", "b.example"},
    {" \"a\"@b.example", "b.example"},
    /* comments, section 3.2.2 */
    {" a(c)@b.example", "b.example"},
    {" a@(c)b(d).(e)example(f)", "b.example"},
    {" a@b.example (\\) x@evil.example)", "b.example"},
    {" ((a)(b(c)))a@b.example", "b.example"},
    {" N (c) <(d)a(e)@(f)b.example(g)>(h)", "b.example"},
    /* folding, section 2.2.3 */
    {" Name\r\n <a@b.example>", "b.example"},
    {"\r\n\ta@b.example", "b.example"},
    {" \"Na\r\n me\"\r\n\t<a@b.example>\r\n ", "b.example"},
    {" a@\r\n b.example", "b.example"},
    /* lists, section 3.6.2: one domain or several */
    {" a@b.example, c@b.example", "b.example"},
    {" a@b.example, C <c@B.EXAMPLE>", "b.example"},
    {" a@b.example,c@d.example", "b.example d.example"},
    {" a@d.example,c@b.example,e@d.example", "d.example b.example"},
    {" a@a.example,a@b.example,a@c.example,a@d.example",
     "a.example b.example c.example d.example"},
    {" a@a.example,a@b.example,a@c.example,a@d.example,a@e.example",
     "a.example b.example c.example d.example+"},
    /* groups, section 3.4 and RFC 6854 */
    {" Group: a@b.example, C <c@d.example>;", "b.example d.example"},
    {" undisclosed:;", ""},
    {" \"a b\" c : (x) , ; (y)", ""},
    {" G:a@b.example;, c@d.example", "b.example d.example"},
    {" G:;,c@d.example", "d.example"},
    /* obsolete forms, section 4.4 */
    {" a . b @ c . example", "c.example"},
    {" \"a\".b.\"c\"@d.example", "d.example"},
    {" J. R. Doe <a@b.example>", "b.example"},
    {" A .. B <a@b.example>", "b.example"},
    {" <@r.example:a@b.example>", "b.example"},
    {" N <@r.example,,@s.example , : a@b.example>", "b.example"},
    {" <,@[192.0.2.1]:a@b.example>", "b.example"},
    {" , ,a@b.example,,(c), c@d.example,", "b.example d.example"},
    /* domain literals, section 3.4.1: no From domain */
    {" a@[192.0.2.1]", "!"},
    {" a@[ 192.0.2.1 ] (c)", "!"},
    {" a@[IPv6:2001:db8::1], c@d.example", "d.example!?"},
    {" a@[x\\]y]", "!"},
    /* UTF-8, RFC 6532, with A-labels, RFC 9989 section 5.3.1 */
    {" J\xc3\xbcrgen <j\xc3\xbc@b.example>", "b.example"},
    {" a@b\xc3\xbc"
     "cher.example",
     "xn--bcher-kva.example"},
    {" a@B\xc3\x9c"
     "CHER.example, b@xn--bcher-kva.example",
     "xn--bcher-kva.example"},
    {" a@\xef\xbd\x82\xef\xbc\x8e"
     "example",
     "b.example"},
};

static void
test_strict(void **state)
{
	CHECK(*state, strict_cases, true);
}

static const struct from_case tolerant_cases[] = {
    {"", ""},
    {" ", ""},
    {" (c)", ""},
    {" ,", ""},
    {" <>", ""},
    {" Name <>", ""},
    {" Name", ""},
    {" @", "?"},
    {" a@", "?"},
    {" bank.example", ""},
    {" ;", ""},
    {" @b.example", "b.example?"},
    {" user@a>", "a"},
    {" user@a.example>", "a.example"},
    {" <user@a.example", "a.example"},
    {" Name user@a.example>", "a.example"},
    {" \"Name <user@a.example>", "a.example"},
    {" Name\" <user@a.example>", "a.example"},
    {" Name (c <user@a.example>", "a.example"},
    {" Name) <user@a.example>", "a.example"},
    {" Foo, Inc. <user@a.example>", "a.example"},
    {" <user@a.example> trailing", "a.example"},
    {" <user@a.example><user@b.example>", "a.example b.example"},
    {" ceo@bank.example <x@evil.example>", "evil.example bank.example"},
    {" x@evil.example ceo@bank.example",
     "evil.example evil.exampleceo bank.example"},
    {" <x@evil.example ceo@bank.example>",
     "evil.example evil.exampleceo bank.example"},
    {" x@evil.example@bank.example", "evil.example bank.example"},
    {" G: a@b.example", "b.example"},
    {" G: H: a@b.example;;", "b.example"},
    {" G: a@b.example; c", "b.example?"},
    {" a@b.example; c@d.example", "b.example d.example"},
    {" <@r.example a@b.example>", "r.example r.examplea b.example"},
    {" .a@b.example", "b.example"},
    {" a..b@c.example", "c.example"},
    {" a b@c.example", "c.example"},
    {" a@b.example.", "b.example"},
    {" a@.b.example", "b.example"},
    {" a@b..example", "!?"},
    {" a@[192.0.2.1", "!"},
    {" a\\@b.example", "b.example"},
    {" a@b\\.example", "b b.example"},
    {" a@\"b.example\"", "b.example"},
    {" a@b\".\"example", "b b.example"},
    {" ceo@ba\"\"nk.example", "ba bank.example"},
    {" a@b.example. Dear <x@y.example>", "y.example b.example b.example.dear"},
    {" a@(c)b.example>", "b.example"},
    {" a@b (c) . (d) example>", "b b.example"},
    {" a@(b.example", "b.example"},
    /* blanks and comments inside a name: programs drop them or stop there */
    {" ceo@ba(x)nk.example", "ba bank.example?"},
    {" ceo@ba nk.example", "ba bank.example?"},
    {" ceo@ba\r\n\t(x) nk.exa mple>", "ba bank.example?"},
    {" ceo@ba(x)nk.example@evil.example", "ba bank.example evil.example?"},
    {" ceo@ba nk.example\"x", "ba bank.example?"},
    {" ceo@bank.exa mple (y) \"x\"", "bank.exa bank.example"},
    {" ceo@a.example .bank.exa\tmple \"x\", <x@a.example>",
     "a.example a.example.bank.exa a.example.bank.example"},
    /* those around a dot, and an octet that a program drops */
    {" ceo@bank .exa\vmple x", "bank bank.exa bank.example bank.examplex"},
    {" ceo@bank. example.\vfoo", "bank bank.example bank.example.foo"},
    {" ceo@bank .exa\vmple\\-", "bank bank.exa bank.example bank.example-"},
    {" ceo@a.example .ba\x1cnk.example\tx",
     "a.example a.example.ba a.example.bank.example "
     "a.example.bank.examplex"},
    {" J @ Big Company <j@b.example>", "b.example"},
    /* a closing bracket that nothing opened, which Sendmail takes away */
    {" ceo@ba>nk.example", "ba bank.example"},
    {" ceo@ba)nk.example", "ba bank.example"},
    {" <ceo@bank.example>\"x\"", "bank.example"},
    {" ceo@bank>\".example", "bank"},
    /* a name that DNS cannot hold, as far as it goes */
    {" ceo@bank.example!", "bank.example!"},
    {" ceo@bank.example/x", "bank.example!"},
    /* quoted strings, comments and encoded words may be shown */
    {" \"ceo@bank.example\" <x@evil.example", "bank.example "
					      "evil.example"},
    {" x@evil.example> (ceo@bank.example)", "evil.example "
					    "bank.example"},
    {" =?utf-8?Q?ceo=40bank.example?= <x@evil.example",
     "evil.example bank.example"},
    {" =?utf-8?b?Y2VvQGJhbmsuZXhhbXBsZQ==?= <x@evil.example",
     "evil.example bank.example"},
    {" =?utf-8?q?ceo=40ba?=\r\n =?x?q?nk.example?= <x@evil.example",
     "evil.example bank.example"},
    {" =?utf-16le?b?YwBAAGIALgBlAHgA?= <x@evil.example",
     "evil.example b.e b.ex"},
    {" ceo@=?utf-8?q?bank.example?= <x@evil.example",
     "evil.example bank.example!"},
    {" =?utf-8?q?ceo=40bank.example", ""},
    /* where an encoded word ends, or a NUL stands in it, a name may end */
    {" =?utf-8?q?ceo=40bank.example?=x", "bank.example bank.examplex"},
    {" =?a?q?ceo=40bank.example?= =?a?q?ceo=40?=x",
     "bank.example bank.exampleceo"},
    {" =?a?q?ceo=40bank.example=00ceo=40?=x", "bank.example bank.exampleceo"},
    /* an encoded word in an address, where RFC 2047 section 5 forbids it */
    {" =?utf-8?b?Y2VvQGJhbmsuZXhhbXBsZQ==?=@evil.example",
     "evil.example bank.example"},
    {" <=?a?q?ceo=40bank.example=3E?=@evil.example>",
     "evil.example bank.example"},
    {" N <=?a?q?ceo=40bank.example?==?a?q?=00?==?a?q?x?=@evil.example>",
     "evil.example bank.example bank.examplex"},
    {" \"=?a?q?ceo=40bank.example?=\"@evil.example",
     "evil.example bank.example"},
    /* one that has not ended by the next "?" is none for some */
    {" x@evil.example =?a?q?x=?a?b?YUBiYW5rLmV4YW1wbGU=?=",
     "evil.example evil.examplex bank.example"},
    /* 8-bit octets end a name for some, belong to it for others */
    {" x a@bank.example\xc2\xad"
     "b@evil.example",
     "bank.exampleb bank.example evil.example"},
    /* line ends and octets that no field holds */
    {" x@evil.example\rceo@bank.example",
     "evil.example evil.exampleceo bank.example?"},
    {" a@b.example\r", "b.example?"},
    {" \"x\ny\" <a@b.example>", "b.example?"},
    {" a@b.example\r\nX", "b.example b.examplex?"},
    {" a@\r\nb.example", "b.example?"},
    {" M\xfcller <a@b.example>", "b.example"},
    {" a@b.example\xa0", "b.example!"},
    {" a@b\xfc"
     "cher.example",
     "!?"},
    /* names that are seen, but have no canonical form */
    {" <a@ba\xe2\x80\x8enk.example>, x@evil.example", "evil.example!?"},
    {" a@b\xe4nk.example, x@evil.example", "evil.example!?"},
    {" x@evil.example <a@s.b\xe2\x80\x8enk.example>", "s.b evil.example!?"},
    {" a@\xe2\x80\xae"
     "elpmaxe.knab, x@evil.example",
     "evil.example!?"},
    {" a@ba\xe2\x80\x8enk\xe3\x80\x82"
     "example, x@evil.example",
     "evil.example!?"},
    /* what is not seen around one is no part of it */
    {" <a@b\xc3\xa4nk.example\xc2\xa0>, x@evil.example",
     "xn--bnk-qla.example evil.example!"},
    {" a@\xe2\x80\x8e"
     "bank.example\xe2\x80\x8f\xef\xbb\xbf, x@evil.example",
     "bank.example evil.example!"},
    /* words behind an "@" */
    {" M\xfcller @ B\xfcro St. Gallen <a@b.example>", "b.example!"},
    {" a@a.example,b@b.example,c@c.example,d@d.example,e@e.example>",
     "a.example b.example c.example d.example+"},
};

/* Each breaks the grammar of RFC 5322 section 3.4. */
static void
test_tolerant(void **state)
{
	CHECK(*state, tolerant_cases, false);
}

static void
test_nul(void **state)
{
	static const char value[] = " a@b.ex\0ample";
	bool strict;

	assert_str(shown(*state, exact_n(value, sizeof value - 1), &strict),
		   "b.ex b.example");
	assert_false(strict);
}

static void
test_comment_depth(void **state)
{
	struct buf buf;
	bool strict;

	for (int depth = LIMIT_COMMENT_DEPTH; depth < LIMIT_COMMENT_DEPTH + 2;
	     depth++) {
		buf_init(&buf, *state);
		for (int i = 0; i < depth; i++)
			buf_addc(&buf, '(');
		for (int i = 0; i < depth; i++)
			buf_addc(&buf, ')');
		buf_adds(&buf, "a@b.example");
		assert_str(shown(*state, buf_str(&buf), &strict), "b.example");
		assert_int_equal(strict, depth == LIMIT_COMMENT_DEPTH);
	}
}

static struct str
repeated(struct arena *arena, const char *piece, size_t octets)
{
	struct buf buf;

	buf_init(&buf, arena);
	while (buf.n + strlen(piece) <= octets)
		buf_adds(&buf, piece);
	return exact_n(buf.p, buf.n);
}

static void
test_bounds(void **state)
{
	struct address_authors authors;

	address_authors(
	    *state, repeated(*state, "a@b.example,", 12 * LIMIT_FROM_MAILBOXES),
	    &authors);
	assert_true(authors.strict && !authors.too_many && authors.count == 1);
	address_authors(
	    *state,
	    repeated(*state, "a@b.example,", 12 * (LIMIT_FROM_MAILBOXES + 1)),
	    &authors);
	assert_true(!authors.strict && authors.too_many && authors.count == 1);
	address_authors(
	    *state, repeated(*state, "\"a\" ", LIMIT_FROM_BYTES + 5), &authors);
	assert_true(!authors.strict && authors.too_many && authors.count == 0);
	struct str longest = repeated(*state, " ", LIMIT_FROM_BYTES);
	memcpy((char *)(uintptr_t)longest.p, "a@b.example", 11);
	address_authors(*state, longest, &authors);
	assert_true(authors.strict && authors.count == 1);
	longest = repeated(*state, " ", LIMIT_FROM_BYTES + 1);
	memcpy((char *)(uintptr_t)longest.p, "a@b.example", 11);
	address_authors(*state, longest, &authors);
	assert_true(!authors.strict && authors.too_many && authors.count == 0);
}

/* A second scan for each octet would take minutes. */
static void
test_memory_of_pieces(void **state)
{
	for (size_t i = 0; i < address_pieces_n; i++) {
		struct arena *arena = arena_new(NULL);
		struct address_authors authors;
		struct buf buf;
		buf_init(&buf, arena);
		buf_adds(&buf, " x@y.(\\((");
		buf_add(&buf, repeated(arena, address_pieces[i], 60000));
		address_authors(arena, buf_str(&buf), &authors);
		address_authors(
		    arena, repeated(arena, address_pieces[i], 60000), &authors);
		/* what one field may hold of the message's memory */
		assert_true(arena_size(arena) < 3 * 1024 * 1024);
		arena_free(arena);
	}
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_strict),
	    cmocka_unit_test(test_tolerant),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_comment_depth),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_memory_of_pieces),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
