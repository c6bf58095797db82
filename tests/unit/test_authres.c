#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "authres/authres.h"
#include "base/limits.h"
#include "tests/support/passing.h"

#define ID "mx.receiver.example"

static const struct authres_options options = {.id = STR(ID), .comments = true};

static struct str
built(struct arena *arena, const struct verdict *verdict)
{
	return authres_build(arena, &options, verdict);
}

#define DMARC_PASS_TEXT                            \
	"\tdmarc=pass header.from=sender.example " \
	"policy.dmarc=reject"
#define SPF_PASS_TEXT ID ";\n\tspf=pass smtp.mailfrom=sender.example;\n"
#define DKIM_PASS_TEXT                                                  \
	"\tdkim=pass header.d=sender.example header.i=@sender.example " \
	"header.s=s1\n\t header.a=rsa-sha256 header.b=AbCdEfGh;\n"

static void
test_passing(void **state)
{
	struct verdict verdict = passing();

	assert_str(built(*state, &verdict),
		   SPF_PASS_TEXT DKIM_PASS_TEXT DMARC_PASS_TEXT);
}

/* RFC 8601 section 2.7.2 */
static void
test_spf(void **state)
{
	static const struct {
		enum spf_result result;
		enum spf_scope scope;
		enum client_class client_class;
		const char *domain, *reason, *want;
	} cases[] = {
	    {SPF_PASS, SPF_HELO, CLIENT_FOREIGN, "h.example", "",
	     "spf=pass smtp.helo=h.example;"},
	    {SPF_NONE, SPF_MAILFROM, CLIENT_FOREIGN, "", "no client address",
	     "spf=none (no client address);"},
	    {SPF_NONE, SPF_MAILFROM, CLIENT_RELAY, "", "",
	     "spf=none (trusted relay);"},
	    {SPF_FAIL, SPF_MAILFROM, CLIENT_FOREIGN, "a.example", "",
	     "spf=fail smtp.mailfrom=a.example;"},
	    {SPF_PERMERROR, SPF_MAILFROM, CLIENT_FOREIGN, "a.example",
	     "two records at a.example",
	     "spf=permerror (two records at a.example) "
	     "smtp.mailfrom=a.example;"},
	    {SPF_TEMPERROR, SPF_MAILFROM, CLIENT_FOREIGN, "a.example", "x(y\\)",
	     "spf=temperror (x\\(y\\\\\\)) smtp.mailfrom=a.example;"},
	    /* Some readers decode encoded words wherever they stand. */
	    {SPF_NONE, SPF_HELO, CLIENT_FOREIGN,
	     "=?utf-8?q?=3B_dmarc?=", "x =?us-ascii?q?y?=",
	     "spf=none (x =\\?us-ascii?q?y?=) "
	     "smtp.helo=\"=\\?utf-8?q?=3B_dmarc??\";"},
	    {SPF_NONE, SPF_HELO, CLIENT_FOREIGN,
	     "=\xff"
	     "u;q;y?=",
	     "=\xff"
	     "u",
	     "spf=none (=\\?u) smtp.helo=\"=\\?u?q?y?=\";"},
	    {SPF_NONE, SPF_HELO, CLIENT_FOREIGN, "[192.0.2.1]", "",
	     "spf=none smtp.helo=\"[192.0.2.1]\";"},
	    {SPF_NONE, SPF_HELO, CLIENT_FOREIGN, "a\"b\\c d\r\n\xc3;e", "",
	     "spf=none smtp.helo=\"a\\\"b\\\\c d??"
	     "??e\";"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct verdict verdict = passing();
		verdict.client_class = cases[i].client_class;
		verdict.spf = (struct spf_outcome){
		    .result = cases[i].result,
		    .scope = cases[i].scope,
		    .domain = exact(cases[i].domain),
		    .reason = exact(cases[i].reason),
		};
		struct str got = built(*state, &verdict);
		got = str_from(got, strlen(ID ";\n\t"));
		assert_str(str_first(got, strlen(cases[i].want)),
			   cases[i].want);
	}
}

/* RFC 8601 section 2.7.1, RFC 6008 section 4 */
static void
test_dkim(void **state)
{
	static const struct {
		struct dkim_outcome outcome;
		const char *want;
	} cases[] = {
	    {{.result = DKIM_FAIL,
	      .domain = STR("a.example"),
	      .reason = STR("body hash did not verify")},
	     "dkim=fail (body hash did not verify) header.d=a.example;"},
	    {{.result = DKIM_PERMERROR}, "dkim=permerror;"},
	    {{.result = DKIM_NEUTRAL, .reason = STR("a; dkim=pass")},
	     "dkim=neutral (a, dkim pass);"},
	    {{.result = DKIM_NEUTRAL, .reason = STR("a\r\n\tb\x7f\xff")},
	     "dkim=neutral (a???b?"
	     "?);"},
	    {{.result = DKIM_POLICY, .b_start = STR("a/b+c=d=")},
	     "dkim=policy header.b=\"a/b+c=d=\";"},
	    {{.result = DKIM_PASS, .b_start = STR("ab+cd123")},
	     "dkim=pass header.b=ab+cd123;"},
	    /* header.i: [ [ local-part ] "@" ] domain-name */
	    {{.result = DKIM_PASS, .identity = STR("joe.q+x@A.Example")},
	     "dkim=pass header.i=joe.q+x@a.example;"},
	    {{.result = DKIM_PASS, .identity = STR("\"a b\"@a.example")},
	     "dkim=pass header.i=@a.example;"},
	    {{.result = DKIM_PASS, .identity = STR("a;b@a.example")},
	     "dkim=pass header.i=@a.example;"},
	    {{.result = DKIM_PASS,
	      .identity = STR("=?utf-8?q?=3B_dmarc=3Dpass?=@a.example")},
	     "dkim=pass header.i=@a.example;"},
	    {{.result = DKIM_PASS, .identity = STR("dmarc=pass@evil.example")},
	     "dkim=pass header.i=@evil.example;"},
	    {{.result = DKIM_PASS,
	      .identity = STR("b-joe=a.example@b.example")},
	     "dkim=pass header.i=@b.example;"},
	    {{.result = DKIM_PASS, .b_start = STR("arc=pass")},
	     "dkim=pass header.b=\"arc?pass\";"},
	    {{.result = DKIM_PASS, .identity = STR("a..b@a.example")},
	     "dkim=pass header.i=@a.example;"},
	    {{.result = DKIM_PASS, .identity = STR("j\xc3\xbc@a.example")},
	     "dkim=pass header.i=@a.example;"},
	    {{.result = DKIM_PASS, .identity = STR("x@b\xc3\xbc.example")},
	     "dkim=pass header.i=x@xn--b-eha.example;"},
	    {{.result = DKIM_PASS, .identity = STR("x@a b")}, "dkim=pass;"},
	    {{.result = DKIM_PASS, .identity = STR("x@")}, "dkim=pass;"},
	    {{.result = DKIM_PASS, .identity = STR("a@b@a.example")},
	     "dkim=pass header.i=@a.example;"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct verdict verdict = passing();
		verdict.dkim.outcome = &cases[i].outcome;
		struct str got = built(*state, &verdict);
		got = str_from(got, strlen(SPF_PASS_TEXT "\t"));
		assert_str(str_first(got, strlen(cases[i].want)),
			   cases[i].want);
	}
}

static void
test_no_signature(void **state)
{
	struct verdict verdict = passing();

	verdict.dkim.count = 0;
	assert_str(built(*state, &verdict),
		   SPF_PASS_TEXT "\tdkim=none;\n" DMARC_PASS_TEXT);
}

static void
test_unshown_signatures(void **state)
{
	struct verdict verdict = passing();
	struct dkim_outcome two[2] = {
	    {.result = DKIM_NEUTRAL, .reason = STR("not tried")},
	    {.result = DKIM_NEUTRAL, .reason = STR("not tried")},
	};

	verdict.dkim = (struct dkim_results){two, 2, 7, 7};
	verdict.limits = VERDICT_LIMIT_SIGNATURES | VERDICT_LIMIT_PREFETCHES;
	assert_str(built(*state, &verdict), SPF_PASS_TEXT
		   "\tdkim=neutral (not tried);\n"
		   "\tdkim=neutral (not tried) (and 7 more signatures, not "
		   "tried) (limit:\n\t signatures);\n" DMARC_PASS_TEXT);
}

static const struct arc_hop hops[] = {
    {.instance = 1, .domain = STR("a.example"), .selector = STR("s1")},
    {.instance = 2, .domain = STR("b.example"), .selector = STR("s2")},
};

static struct verdict
with_chain(enum arc_result result, struct str reason)
{
	struct verdict verdict = passing();

	assert_true(ip_parse(str_lit("2001:db8::1"), &verdict.client));
	verdict.arc = (struct arc_results){
	    .result = result, .reason = reason, .hop = hops, .count = 2};
	return verdict;
}

/* RFC 8617 section 10.2; an IPv6 address is no token. */
static void
test_arc_pass(void **state)
{
	struct verdict verdict = with_chain(ARC_PASS, str_empty());

	verdict.arc.oldest_pass = 2;
	assert_str(built(*state, &verdict), SPF_PASS_TEXT DKIM_PASS_TEXT
		   "\tarc=pass (as[2].d=b.example as[2].s=s2 "
		   "as[1].d=a.example as[1].s=s1)\n"
		   "\t smtp.remote-ip=\"2001:db8::1\" "
		   "header.oldest-pass=2;\n" DMARC_PASS_TEXT);
}

static void
test_arc_fail(void **state)
{
	struct verdict verdict = with_chain(ARC_FAIL, exact("no (key);"));

	verdict.arc.count = 0;
	verdict.limits = VERDICT_LIMIT_ARC_TIME;
	assert_str(built(*state, &verdict), SPF_PASS_TEXT DKIM_PASS_TEXT
		   "\tarc=fail (no \\(key\\),) (limit: arc-time) "
		   "smtp.remote-ip=\"2001:db8::1\";\n" DMARC_PASS_TEXT);
}

/* RFC 9989 section 9.1 */
static void
test_dmarc(void **state)
{
	struct verdict verdict = passing();
	struct dmarc_outcome *outcome = verdict.dmarc.outcome;

	verdict.dkim.count = 0;
#define EXPECT(want)                        \
	assert_str(built(*state, &verdict), \
		   SPF_PASS_TEXT "\tdkim=none;\n\tdmarc=" want)
	outcome[0].result = DMARC_FAIL;
	outcome[0].policy = DMARC_P_QUARANTINE;
	outcome[0].published = DMARC_P_REJECT;
	outcome[0].reason = str_lit("no aligned identifier");
	EXPECT("fail (no aligned identifier) header.from=sender.example\n"
	       "\t policy.dmarc=quarantine");
	outcome[0].has_record = false;
	outcome[0].result = DMARC_NONE;
	outcome[0].reason = str_lit("no record");
	EXPECT("none (no record) header.from=sender.example");
	verdict.limits = VERDICT_LIMIT_DNS_QUESTIONS | VERDICT_LIMIT_MEMORY;
	outcome[0].result = DMARC_TEMPERROR;
	EXPECT("temperror (no record) (limit: dns-questions)\n"
	       "\t header.from=sender.example");
	verdict.limits = 0;
	verdict.dmarc.count = 3;
	verdict.dmarc.decisive = 1;
	outcome[1] = (struct dmarc_outcome){.result = DMARC_FAIL,
					    .from = STR("b.example")};
	outcome[2] = (struct dmarc_outcome){.result = DMARC_PASS,
					    .from = STR("c.example")};
	verdict.from.state = FROM_SEVERAL;
	EXPECT("fail (several From domains) (also sender.example: "
	       "temperror) (also\n"
	       "\t c.example: pass) header.from=b.example");
	verdict.dmarc.count = 0;
	verdict.dmarc.decisive = 0;
	verdict.from.state = FROM_FIELDS;
	EXPECT("none (several From fields)");
	verdict.from.state = FROM_NO_DOMAIN;
	verdict.from.reason = "unterminated comment";
	EXPECT("none (no domain in From: unterminated comment)");
#undef EXPECT
}

/* Of whatever result, ours or another's: nothing in parentheses. */
static void
test_no_comments(void **state)
{
	static const struct authres_options plain = {.id = STR(ID)};
	struct verdict verdict = with_chain(ARC_FAIL, str_lit("no key"));

	verdict.client = ip_none();
	verdict.spf.result = SPF_FAIL;
	verdict.spf.reason = str_lit("-all (a comment)");
	verdict.dkim.unshown = 3;
	verdict.dmarc.outcome[0].reason = str_lit("x");
	verdict.decision.shape.shape = SHAPE_SPOOF;
	verdict.decision.cause = CAUSE_ARC;
	verdict.decision.reason = str_lit("arc=pass");
	verdict.decision.deferrals_spent = true;
	verdict.limits = ~0u;
	struct str value = authres_build(*state, &plain, &verdict);
	assert_true(str_chr(value, '(') == value.n);
	assert_true(str_chr(value, ')') == value.n);
	assert_str(str_first(value, strlen(ID ";\n\tspf=fail smtp")),
		   ID ";\n\tspf=fail smtp");
	assert_non_null(memmem(value.p, value.n, ";\n\tarc=fail;", 11));
	verdict.client_class = CLIENT_RELAY;
	value = authres_build(*state, &plain, &verdict);
	assert_true(str_chr(value, '(') == value.n);
}

/* RFC 8601 section 2.7.3, of clients from outside */
/* After a relay SPF is that of the client that it saw. */
static void
test_seen(void **state)
{
	static const char text[] = "spf=pass (client 192.0.2.9, seen by a "
				   "trusted relay)\n";
	static const struct authres_options mute = {.id = STR(ID)};
	struct verdict verdict = passing();

	verdict.client_class = CLIENT_RELAY;
	verdict.seen = (struct verdict_seen){.asked = true, .reason = ""};
	assert_true(ip_parse(exact("192.0.2.9"), &verdict.seen.client));
	struct str value = built(*state, &verdict);
	assert_non_null(memmem(value.p, value.n, text, strlen(text)));
	value = authres_build(*state, &mute, &verdict);
	assert_null(memmem(value.p, value.n, "client", 6));
	verdict.spf.result = SPF_FAIL;
	verdict.spf.reason = exact("no");
	value = built(*state, &verdict);
	assert_non_null(memmem(value.p, value.n, "relay) (no)", 11));
	verdict.seen.reason = "not sure";
	value = built(*state, &verdict);
	assert_non_null(
	    memmem(value.p, value.n, "spf=fail (trusted relay)", 24));
	assert_null(memmem(value.p, value.n, "(no)", 4));
}

static void
test_iprev(void **state)
{
	static const struct authres_options with = {.id = STR(ID),
						    .iprev = true};
	static const struct {
		enum iprev_result result;
		enum client_class class;
		const char *client, *want;
	} c[] = {
	    {IPREV_PASS, CLIENT_FOREIGN, "192.0.2.1",
	     ";\n\tiprev=pass policy.iprev=192.0.2.1"},
	    {IPREV_FAIL, CLIENT_FOREIGN, "2001:db8::1",
	     ";\n\tiprev=fail policy.iprev=\"2001:db8::1\""},
	    {IPREV_TEMPERROR, CLIENT_FOREIGN, "192.0.2.1",
	     ";\n\tiprev=temperror policy.iprev=192.0.2.1"},
	    {IPREV_PERMERROR, CLIENT_FOREIGN, "192.0.2.1",
	     ";\n\tiprev=permerror policy.iprev=192.0.2.1"},
	    {IPREV_NONE, CLIENT_FOREIGN, "192.0.2.1", ""},
	    {IPREV_PASS, CLIENT_RELAY, "192.0.2.1", ""},
	    {IPREV_PASS, CLIENT_FOREIGN, NULL, ""},
	};

	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		struct verdict verdict = passing();
		verdict.client_class = c[i].class;
		verdict.client = ip_none();
		if (c[i].client != NULL)
			assert_true(
			    ip_parse(str_of(c[i].client), &verdict.client));
		/* No octet of a name stands in the field. */
		verdict.client_name = exact("a\r\n (;\"=\xff");
		struct str plain = built(*state, &verdict);
		verdict.iprev = c[i].result;
		assert_str(built(*state, &verdict), plain.p);
		struct str value = authres_build(*state, &with, &verdict);
		struct str want = str_of(c[i].want);
		assert_true(str_ends_nocase(value, want));
		assert_true((memmem(value.p, value.n, "iprev", 5) != NULL) ==
			    (want.n > 0));
		assert_true(value.n < plain.n + 60);
	}
}

/* RFC 8601 section 2.2: the identifier is a value */
static void
test_authserv_id(void **state)
{
	static const struct {
		const char *id, *want;
	} cases[] = {
	    {"mx.example", "mx.example;"},
	    {"a/b", "\"a/b\";"},
	    {"a:1", "\"a:1\";"},
	    {"a\n;b", "\"a??b\";"},
	    {"", "\"\";"},
	};
	struct verdict verdict = passing();

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct authres_options other = {.id = exact(cases[i].id)};
		struct str got = authres_build(*state, &other, &verdict);
		assert_str(str_first(got, strlen(cases[i].want)),
			   cases[i].want);
	}
}

/* Each limit that ended something stands in the field, once. */
static void
test_limits(void **state)
{
	/* These end no part of the evaluation, or all of it. */
	const unsigned unsaid = VERDICT_LIMIT_PREFETCHES |
				VERDICT_LIMIT_MEMORY |
				VERDICT_LIMIT_EVALUATIONS;

	for (size_t i = 0; verdict_limit_words[i] != NULL; i++) {
		unsigned limit = 1u << i;
		struct verdict verdict =
		    with_chain(ARC_FAIL, str_lit("no key"));
		size_t said = 0;
		verdict.limits = limit;
		struct str rest = built(*state, &verdict), word;
		char want[64];
		snprintf(want, sizeof want, "%s)", verdict_limit_words[i]);
		while (str_split(&rest, ' ', &word))
			said += str_is(str_first(word, strlen(want)), want);
		assert_int_equal(said, limit & unsaid ? 0 : 1);
	}
}

static void
test_lines_are_short(void **state)
{
	struct verdict verdict = passing();
	struct str line;

	verdict.spf.reason = str_lit(
	    "the record of a.example includes b.example whose record "
	    "includes c.example, which has no record; the lookup was void");
	struct str rest = built(*state, &verdict);
	while (str_split(&rest, '\n', &line))
		assert_true(line.n <= LIMIT_AUTHRES_LINE);
}

/* What we write is what we delete when it comes back. */
static void
test_own_is_claimed(void **state)
{
	static const char *names[] = {ID, "a/b", "xn--bcher-kva.example"};
	struct verdict verdict = passing();

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct str id = exact(names[i]);
		struct str other = exact("other.example");
		struct authres_options own = {.id = id};
		struct str value = authres_build(*state, &own, &verdict);
		assert_true(authres_claims(*state, value, &id, 1));
		assert_false(authres_claims(*state, value, &other, 1));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_passing),
	    cmocka_unit_test(test_spf),
	    cmocka_unit_test(test_dkim),
	    cmocka_unit_test(test_no_signature),
	    cmocka_unit_test(test_unshown_signatures),
	    cmocka_unit_test(test_arc_pass),
	    cmocka_unit_test(test_arc_fail),
	    cmocka_unit_test(test_dmarc),
	    cmocka_unit_test(test_no_comments),
	    cmocka_unit_test(test_seen),
	    cmocka_unit_test(test_iprev),
	    cmocka_unit_test(test_authserv_id),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_lines_are_short),
	    cmocka_unit_test(test_own_is_claimed),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
