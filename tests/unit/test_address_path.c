#include "tests/support/test.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "mail/address.h"

static const struct {
	const char *text, *local, *domain, *raw;
	bool null, defect;
} path_cases[] = {
    /* RFC 5321 section 4.1.2 */
    {"<a@b.example>", "a", "b.example", "b.example", false, false},
    {"a@b.example", "a", "b.example", "b.example", false, false},
    {" <a@B.Example> ", "a", "b.example", "B.Example", false, false},
    {"<>", "", "", "", true, false},
    {"", "", "", "", true, false},
    {"<\"a b\\\"c\"@d.example>", "a b\"c", "d.example", "d.example", false,
     false},
    {"<\"a@x\"@d.example>", "a@x", "d.example", "d.example", false, false},
    {"<\"\"@d.example>", "", "d.example", "d.example", false, false},
    {"<a+b=c/d@d.example>", "a+b=c/d", "d.example", "d.example", false, false},
    {"<.a..b.@d.example>", ".a..b.", "d.example", "d.example", false, false},
    /* source routes, section 4.1.1.3 and appendix C */
    {"<@x.example,@y.example:a@b.example>", "a", "b.example", "b.example",
     false, false},
    {"<@x.example:>", "", "", "", false, true},
    {"<@x.example a@b.example>", "", "", "", false, true},
    {"<@:a@b.example>", "", "", "", false, true},
    /* address literals, section 4.1.3 */
    {"<a@[192.0.2.1]>", "a", "", "[192.0.2.1]", false, true},
    {"<a@[IPv6:2001:db8::1]>", "a", "", "[IPv6:2001:db8::1]", false, true},
    {"<a@[192.0.2.1>", "a", "", "[192.0.2.1", false, true},
    /* SMTPUTF8, RFC 6531 */
    {"<j\xc3\xbc@b\xc3\xbc"
     "cher.example>",
     "j\xc3\xbc", "xn--bcher-kva.example",
     "b\xc3\xbc"
     "cher.example",
     false, false},
    {"<j\xfc@b.example>", "", "", "", false, true},
    /* what no path is */
    {"<postmaster>", "postmaster", "", "", false, true},
    {"<a@b.example", "", "", "", false, true},
    {"a@b.example>", "", "", "", false, true},
    {"<", "", "", "", false, true},
    {">", "", "", "", false, true},
    {"<a@>", "a", "", "", false, true},
    {"<a@b@c.example>", "a", "", "", false, true},
    {"<a(b@c.example>", "a", "", "", false, true},
    {"<a\"b\"@c.example>", "a", "", "", false, true},
    {"<a\\b@c.example>", "a", "", "", false, true},
    {"<@x.example:@c.example>", "", "", "", false, true},
    /* none by the grammar, but with one domain to every reader */
    {"<a b@c.example>", "a b", "c.example", "c.example", false, true},
    {"<@b.example>", "", "b.example", "b.example", false, true},
    {"<\"a@b.example>", "", "", "", false, true},
    {"<\"a\"b@c.example>", "a", "", "", false, true},
    {"<a@b..example>", "a", "", "b..example", false, true},
    {"<a@b.example> x", "", "", "", false, true},
    {"<a@b\nc.example>", "", "", "", false, true},
    {"<a\x7f@b.example>", "", "", "", false, true},
    {"<\ta@b.example>", "", "", "", false, true},
};

static void
test_path(void **state)
{
	for (size_t i = 0; i < sizeof path_cases / sizeof *path_cases; i++) {
		struct address_path path;
		address_path(*state, exact(path_cases[i].text), &path);
		if (path.null != path_cases[i].null ||
		    (path.reason[0] != '\0') != path_cases[i].defect)
			fprintf(stderr, "case %zu: %s: \"%s\"\n", i,
				path_cases[i].text, path.reason);
		assert_int_equal(path.null, path_cases[i].null);
		assert_int_equal(path.reason[0] != '\0', path_cases[i].defect);
		assert_str(path.local_part, path_cases[i].local);
		assert_str(path.domain, path_cases[i].domain);
		assert_str(path.raw_domain, path_cases[i].raw);
	}
}

/* RFC 5321 section 4.5.3.1, counted without brackets and route */
static void
test_path_length(void **state)
{
	struct address_path path;
	struct buf buf;

	for (size_t n = LIMIT_MAILBOX; n < LIMIT_MAILBOX + 2; n++) {
		buf_init(&buf, *state);
		buf_adds(&buf, "<@route.example:");
		for (size_t i = 0; i < n - 10; i++)
			buf_addc(&buf, 'a');
		buf_adds(&buf, "@b.example>");
		address_path(*state, exact_n(buf.p, buf.n), &path);
		assert_str(path.domain, n == LIMIT_MAILBOX ? "b.example" : "");
		assert_int_equal(path.reason[0] != '\0', n > LIMIT_MAILBOX);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_path),
	    cmocka_unit_test(test_path_length),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
