#include "tests/support/test.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "dkim/signature.h"

#define NOW 1000000

/* 32 octets of zero. */
#define BH "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static const char *const usual[][2] = {
    {"v", "1"},       {"a", "rsa-sha256"}, {"d", "a.example"}, {"s", "s1"},
    {"h", "from:to"}, {"bh", BH},          {"b", "AAAA BBBB"},
};
#define USUAL (sizeof usual / sizeof *usual)

/* The usual tags, with one of them replaced, removed (NULL) or added. */
static struct str
tags_with(struct arena *arena, const char *name, const char *value)
{
	struct buf text;
	bool done = false;

	buf_init(&text, arena);
	for (size_t i = 0; i < USUAL; i++) {
		const char *other = usual[i][1];
		if (strcmp(usual[i][0], name) == 0) {
			other = value;
			done = true;
		}
		if (other != NULL)
			buf_printf(&text, " %s=%s;", usual[i][0], other);
	}
	if (!done && value != NULL)
		buf_printf(&text, "\r\n\t%s = %s", name, value);
	return exact_n(text.p, text.n);
}

static struct dkim_signature
parse(struct arena *arena, struct str value)
{
	struct header_field *field = arena_alloc(arena, sizeof *field);
	struct dkim_signature sig;

	field->value = value;
	dkim_signature_parse(arena, FORM_DKIM, field, NOW, NULL, &sig);
	return sig;
}

static struct dkim_signature
good(void **state, const char *name, const char *value)
{
	struct dkim_signature sig =
	    parse(*state, tags_with(*state, name, value));

	if (sig.flaw.reason != NULL)
		print_error("%s=%s\n", name, value);
	assert_null(sig.flaw.reason);
	return sig;
}

static void
flawed(void **state, const char *name, const char *value,
       enum dkim_result result, const char *reason)
{
	struct dkim_signature sig =
	    parse(*state, tags_with(*state, name, value));

	if (!str_is(str_of(sig.flaw.reason), reason))
		print_error("%s=%s\n", name, value ? value : "(none)");
	assert_str(str_of(sig.flaw.reason), reason);
	assert_int_equal(sig.flaw.result, result);
}

static void
bad(void **state, const char *name, const char *value, const char *reason)
{
	flawed(state, name, value, DKIM_PERMERROR, reason);
}

static void
test_usual(void **state)
{
	struct dkim_signature sig = good(state, "z", "From:x|To:y");

	assert_str(sig.domain, "a.example");
	assert_str(sig.selector, "s1");
	assert_str(sig.algorithm, "rsa-sha256");
	assert_str(sig.identity, "@a.example");
	assert_str(sig.b_text, "AAAABBBB");
	assert_int_equal(sig.key_type, KEY_RSA);
	assert_int_equal(sig.header_canon, CANON_SIMPLE);
	assert_int_equal(sig.body_canon, CANON_SIMPLE);
	assert_false(sig.identity_below);
	assert_int_equal(sig.octets.n, 6);
	assert_int_equal(sig.body_hash.n, 32);
	assert_int_equal(sig.signed_names, 2);
	assert_str(sig.signed_name[1], "to");
	assert_true(sig.body_limit == BODYHASH_NO_LIMIT);
}

static void
test_missing(void **state)
{
	bad(state, "v", NULL, "v= is missing");
	bad(state, "a", NULL, "a= is missing");
	bad(state, "d", NULL, "d= is missing");
	bad(state, "s", NULL, "s= is missing");
	bad(state, "h", NULL, "h= is missing");
	bad(state, "bh", NULL, "bh= is missing");
	bad(state, "b", NULL, "b= is missing");
	/* Names compare with case: "B" is an unknown tag. */
	good(state, "B", "AAAA");
}

static void
test_not_a_tag_list(void **state)
{
	struct dkim_signature sig = parse(*state, exact(" hello world"));

	assert_int_equal(sig.flaw.result, DKIM_NEUTRAL);
	assert_str(str_of(sig.flaw.reason),
		   "tag list has a name without \"=\"");
	assert_str(sig.domain, "");
	sig = parse(*state, exact("v=1; v=1"));
	assert_int_equal(sig.flaw.result, DKIM_NEUTRAL);
	sig = parse(*state, str_empty());
	assert_int_equal(sig.flaw.result, DKIM_NEUTRAL);
}

static void
test_v_and_a(void **state)
{
	const char *version = "unknown version in v=";
	const char *algorithm = "unknown algorithm in a=";

	bad(state, "v", "2", version);
	bad(state, "v", "", version);
	bad(state, "v", "1.0", version);
	bad(state, "v", "01", version);
	assert_int_equal(good(state, "a", "ed25519-sha256").key_type,
			 KEY_ED25519);
	bad(state, "a", "rsa-sha1", "rsa-sha1 is no longer valid");
	flawed(state, "a", "rsa-sha512", DKIM_NEUTRAL, algorithm);
	flawed(state, "a", "RSA-SHA256", DKIM_NEUTRAL, algorithm);
	flawed(state, "a", "", DKIM_NEUTRAL, algorithm);
	assert_str(parse(*state, tags_with(*state, "a", "x-y")).algorithm, "");
}

static void
test_d_and_s(void **state)
{
	const char *domain = "d= is not a domain name";
	const char *selector = "s= is not a selector";

	assert_str(good(state, "d", "A.EXAMPLE").domain, "a.example");
	assert_str(good(state, "d",
			"b\xc3\xbc"
			"cher.example")
		       .domain,
		   "xn--bcher-kva.example");
	bad(state, "d", "", domain);
	bad(state, "d", "a.example.", domain);
	bad(state, "d", "a..example", domain);
	bad(state, "d", ".example", domain);
	bad(state, "d", "a. example", domain);
	bad(state, "d", "a.exa\r\n mple", domain);
	bad(state, "d", "a@b.example", domain);
	bad(state, "d", "[192.0.2.1]", domain);
	bad(state, "d", "example", "d= is a single label");
	assert_str(good(state, "s", "Mar2005.Reykjavik").selector,
		   "mar2005.reykjavik");
	bad(state, "s", "", selector);
	bad(state, "s", "s1.", selector);
	bad(state, "s", "s/1", selector);
	bad(state, "s", "*", selector);
}

static void
test_h(void **state)
{
	struct dkim_signature sig =
	    good(state, "h", "To : FROM\r\n :\tx-1:from : dkim-signature");
	char names[6 * LIMIT_DKIM_H_NAMES] = "from";

	assert_int_equal(sig.signed_names, 5);
	assert_str(sig.signed_name[1], "FROM");
	assert_str(sig.signed_name[2], "x-1");
	good(state, "h", "from:!~");
	bad(state, "h", "", "h= has a bad field name");
	bad(state, "h", "from:", "h= has a bad field name");
	bad(state, "h", ":from", "h= has a bad field name");
	bad(state, "h", "from::to", "h= has a bad field name");
	bad(state, "h", "from:a b", "h= has a bad field name");
	bad(state, "h", "from:\xc3\xa9", "h= has a bad field name");
	bad(state, "h", "to:x-from:from-x", "From is not in h=");
	for (int i = 1; i < LIMIT_DKIM_H_NAMES; i++)
		strcat(names, ":to");
	sig = good(state, "h", names);
	assert_int_equal(sig.signed_names, LIMIT_DKIM_H_NAMES);
	strcat(names, ":to");
	bad(state, "h", names, "h= has too many names");
}

static void
test_b_and_bh(void **state)
{
	char longest[4 * (LIMIT_DKIM_RSA_MAX / 8 / 3 + 1) + 5] = "";

	assert_int_equal(good(state, "bh",
			      "AAAAAAAAAAAAAAAAAAAAAAAAAA AAAA\r\n "
			      "AAAAAAAAAAAAA=")
			     .body_hash.n,
			 32);
	assert_int_equal(
	    good(state, "bh", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
		.body_hash.n,
	    32);
	bad(state, "bh", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
	    "bh= is not base64");
	bad(state, "bh", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"",
	    "bh= is not base64");
	assert_int_equal(good(state, "b", "AA").octets.n, 1);
	assert_int_equal(good(state, "b", "AA=").octets.n, 1);
	bad(state, "b", "AA===", "b= is not base64");
	bad(state, "b", "AAA==", "b= is not base64");
	bad(state, "b", "AAAA=", "b= is not base64");
	bad(state, "b", "A=AA", "b= is not base64");
	bad(state, "b", "AB", "b= is not base64");
	bad(state, "b", "AA\\", "b= is not base64");
	bad(state, "b", "\"AA\"", "b= is not base64");
	bad(state, "bh", "", "bh= does not have the length of its hash");
	bad(state, "bh", "AAAA", "bh= does not have the length of its hash");
	bad(state, "bh", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "bh= does not have the length of its hash");
	bad(state, "bh", "A*AA", "bh= is not base64");
	bad(state, "b", "", "b= is empty");
	bad(state, "b", "A", "b= is not base64");
	bad(state, "b", "AA-A", "b= is not base64");
	for (int i = 0; i < LIMIT_DKIM_RSA_MAX / 8 / 3; i++)
		strcat(longest, "AAAA");
	strcat(longest, "AA==");
	assert_int_equal(good(state, "b", longest).octets.n,
			 LIMIT_DKIM_RSA_MAX / 8);
	memcpy(strstr(longest, "=="), "A=", 2);
	bad(state, "b", longest, "b= is too long");
}

static void
test_c(void **state)
{
	const char *unknown = "unknown canonicalization in c=";
	struct dkim_signature sig = good(state, "c", "relaxed");

	assert_int_equal(sig.header_canon, CANON_RELAXED);
	assert_int_equal(sig.body_canon, CANON_SIMPLE);
	sig = good(state, "c", "simple/relaxed");
	assert_int_equal(sig.header_canon, CANON_SIMPLE);
	assert_int_equal(sig.body_canon, CANON_RELAXED);
	flawed(state, "c", "", DKIM_NEUTRAL, unknown);
	flawed(state, "c", "nofws", DKIM_NEUTRAL, unknown);
	flawed(state, "c", "/relaxed", DKIM_NEUTRAL, unknown);
	flawed(state, "c", "relaxed/", DKIM_NEUTRAL, unknown);
	flawed(state, "c", "relaxed/simple/x", DKIM_NEUTRAL, unknown);
	flawed(state, "c", "Relaxed", DKIM_NEUTRAL, unknown);
}

static void
test_i(void **state)
{
	struct dkim_signature sig = good(state, "i", "joe@a.example");

	assert_str(sig.identity, "joe@a.example");
	assert_false(sig.identity_below);
	assert_str(good(state, "i", "@A.Example").identity, "@A.Example");
	sig = good(state, "i", "j=2Bo=3be\r\n .x@sub.a.example");
	assert_str(sig.identity, "j+o;e.x@sub.a.example");
	assert_true(sig.identity_below);
	assert_str(good(state, "i", "j=30=7E@a.example").identity,
		   "j0~@a.example");
	sig = good(state, "i", "\"a@b\"@a.example");
	assert_str(sig.identity, "\"a@b\"@a.example");
	good(state, "i", "j\xc3\xb6rg@a.example");
}

static void
test_i_refused(void **state)
{
	static const char *const texts[] = {
	    "",
	    "joe",
	    "joe@",
	    "a@b@a.example",
	    "a@x.example@b.x",
	    "j=2@a.example",
	    "j=@a.example",
	    "j=zz@a.example",
	    "j=4g@a.example",
	    "j=g4@a.example",
	    "j=2",
	    "=0D=0Ax@a.example",
	    "=00@a.example",
	    "=7F@a.example",
	    "a=20b@a.example",
	    "joe@a..example",
	    "joe@a.example.",
	    "joe@a_b c@a.example",
	    "\"a@a.example",
	    "\"a\"b@a.example",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		bad(state, "i", texts[i], "i= is not an address");
	bad(state, "i", "joe@b.example", "i= is not at or below d=");
	bad(state, "i", "@xa.example", "i= is not at or below d=");
	bad(state, "i", "@example", "i= is not at or below d=");
}

static void
test_l(void **state)
{
	char digits[78];

	assert_int_equal(good(state, "l", "0").body_limit, 0);
	assert_int_equal(good(state, "l", "0012").body_limit, 12);
	memset(digits, '9', 77);
	digits[77] = '\0';
	bad(state, "l", digits, "l= is not a number");
	digits[76] = '\0';
	assert_true(good(state, "l", digits).body_limit ==
		    BODYHASH_NO_LIMIT - 1);
	/* 2^64 + 1 must not become 1. */
	assert_true(good(state, "l", "18446744073709551617").body_limit ==
		    BODYHASH_NO_LIMIT - 1);
	bad(state, "l", "", "l= is not a number");
	bad(state, "l", "-1", "l= is not a number");
	bad(state, "l", "1 2", "l= is not a number");
	bad(state, "l", "0x1", "l= is not a number");
}

static void
test_q(void **state)
{
	const char *unknown = "unknown query method in q=";

	good(state, "q", "dns/txt");
	good(state, "q", "x-http : dns/txt");
	flawed(state, "q", "dns", DKIM_NEUTRAL, unknown);
	flawed(state, "q", "dns/txtx", DKIM_NEUTRAL, unknown);
	flawed(state, "q", "", DKIM_NEUTRAL, unknown);
}

static void
test_times(void **state)
{
	char both[] = "1000000; t=1000000";

	assert_int_equal(good(state, "t", "999999999999").timestamp,
			 999999999999);
	bad(state, "t", "1000000000000", "t= is not a time");
	bad(state, "t", "", "t= is not a time");
	bad(state, "t", "-1", "t= is not a time");
	good(state, "x", "1000000"); /* is NOW */
	bad(state, "x", "999999", "signature has expired");
	bad(state, "x", "1e9", "x= is not a time");
	bad(state, "x", "1000000000000", "x= is not a time");
	bad(state, "x", both, "x= is not after t=");
	both[6] = '1';
	good(state, "x", both);
}

static void
test_first_flaw_counts(void **state)
{
	struct dkim_signature sig =
	    parse(*state, exact("v=2; a=none; d=a.example; s=s1; b=BBBB"));

	assert_str(str_of(sig.flaw.reason), "unknown version in v=");
	/* What can be shown is there all the same. */
	assert_str(sig.domain, "a.example");
	assert_str(sig.selector, "s1");
	assert_str(sig.b_text, "BBBB");
}

static void
test_b_taken_out(void **state)
{
	struct dkim_signature sig = parse(
	    *state, exact("v=1; a=rsa-sha256; b =\r\n\tAA\r\n\tAA ;d=a.example;"
			  "s=s;bb=b=AAAA;h=from;bh=" BH "; "));

	assert_null(sig.flaw.reason);
	assert_str(
	    sig.unsigned_value,
	    "v=1; a=rsa-sha256; b =;d=a.example;s=s;bb=b=AAAA;h=from;bh=" BH
	    "; ");
	sig = good(state, "v", "1");
	assert_true(str_ends_nocase(sig.unsigned_value, str_lit(" b=;")));
}

/* Every prefix and every octet changed: a result and no read beyond. */
static void
test_mutations(void **state)
{
	struct str whole =
	    tags_with(*state, "i", "\"j=20oe\"@a.example; l=5; t=1; x=2000000");

	for (size_t n = 0; n < whole.n; n++) {
		parse(*state, exact_n(whole.p, n));
		for (int c = 0; c < 256; c += 5) {
			struct str changed = exact_n(whole.p, whole.n);
			((char *)(uintptr_t)changed.p)[n] = (char)c;
			struct dkim_signature sig = parse(*state, changed);
			if (sig.flaw.reason == NULL)
				assert_int_equal(sig.body_hash.n, 32);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_usual, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_missing, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_not_a_tag_list, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_v_and_a, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_d_and_s, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_h, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_b_and_bh, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_c, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_i, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_i_refused, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_l, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_q, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_times, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_first_flaw_counts, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_b_taken_out, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_mutations, arena_setup,
					    arena_teardown),
	};

	return cmocka_run_group_tests_name("dkim_signature", tests, NULL, NULL);
}
