/* check_host(): records, mechanisms, include, redirect, error mapping. */
#include "tests/support/test.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/dns_server.h"
#include "tests/support/spf_case.h"

static void
test_networks(void **state)
{
	(void)state;
	SPF_RUN(
	    "n.example TXT \"v=spf1 ip4:192.0.2.0/28 -ip4:192.0.2.16/28"
	    " ~ip4:192.0.2.32/28 ?ip4:192.0.2.48/28 ip6:2001:db8:1::/48"
	    " -ip6:2001:db8::/32\"\n"
	    "zero.example TXT \"v=spf1 -ip6:::/0 ip4:198.51.100.9/0 -all\"\n"
	    "mapped.example TXT \"v=spf1 ip6:::ffff:192.0.2.0/120 -all\"\n"
	    "one.example TXT \"v=spf1 ip4:192.0.2.7 ip6:2001:db8::7 -all\"\n"
	    "32.one.example TXT \"v=spf1 ip4:192.0.2.7/32"
	    " ip6:2001:db8::7/128 -all\"\n"
	    "31.one.example TXT \"v=spf1 ip4:192.0.2.6/31"
	    " ip6:2001:db8::6/127 -all\"\n",
	    {"u@n.example", "192.0.2.1", SPF_PASS, "ip4:192.0.2.0/28",
	     "ip4:192.0.2.0/28 in the SPF record of n.example", ""},
	    {"u@n.example", "192.0.2.15", SPF_PASS, "ip4:192.0.2.0/28", NULL,
	     ""},
	    {"u@n.example", "192.0.2.16", SPF_FAIL, "-ip4:192.0.2.16/28", NULL,
	     ""},
	    {"u@n.example", "192.0.2.47", SPF_SOFTFAIL, "~ip4:192.0.2.32/28",
	     NULL, ""},
	    {"u@n.example", "192.0.2.48", SPF_NEUTRAL, "?ip4:192.0.2.48/28",
	     NULL, ""},
	    {"u@n.example", "192.0.2.64", SPF_NEUTRAL, "",
	     "no term of the SPF record of n.example matches", ""},
	    {"u@n.example", "2001:db8:1::1", SPF_PASS, "ip6:2001:db8:1::/48",
	     NULL, ""},
	    {"u@n.example", "2001:db8:2::1", SPF_FAIL, "-ip6:2001:db8::/32",
	     NULL, ""},
	    {"u@n.example", "::ffff:192.0.2.1", SPF_PASS, "ip4:192.0.2.0/28",
	     NULL, ""},
	    {"u@zero.example", "192.0.2.1", SPF_PASS, "ip4:198.51.100.9/0",
	     NULL, ""},
	    {"u@zero.example", "2001:db8::1", SPF_FAIL, "-ip6:::/0", NULL, ""},
	    {"u@mapped.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
	    {"u@mapped.example", "::ffff:192.0.2.1", SPF_FAIL, "-all", NULL,
	     ""},
	    {"u@one.example", "192.0.2.7", SPF_PASS, NULL, NULL, ""},
	    {"u@one.example", "192.0.2.6", SPF_FAIL, NULL, NULL, ""},
	    {"u@one.example", "2001:db8::7", SPF_PASS, NULL, NULL, ""},
	    {"u@one.example", "2001:db8::6", SPF_FAIL, NULL, NULL, ""},
	    {"u@32.one.example", "192.0.2.7", SPF_PASS, NULL, NULL, ""},
	    {"u@32.one.example", "192.0.2.6", SPF_FAIL, NULL, NULL, ""},
	    {"u@32.one.example", "2001:db8::7", SPF_PASS, NULL, NULL, ""},
	    {"u@32.one.example", "2001:db8::6", SPF_FAIL, NULL, NULL, ""},
	    {"u@31.one.example", "192.0.2.7", SPF_PASS, NULL, NULL, ""},
	    {"u@31.one.example", "192.0.2.8", SPF_FAIL, NULL, NULL, ""},
	    {"u@31.one.example", "2001:db8::7", SPF_PASS, NULL, NULL, ""},
	    {"u@31.one.example", "2001:db8::8", SPF_FAIL, NULL, NULL, ""});
}

/* A loopback client is nothing special. */
static void
test_loopback(void **state)
{
	(void)state;
	SPF_RUN("l.example TXT \"v=spf1 -all\"\n",
		{"u@l.example", "127.0.0.1", SPF_FAIL, "-all", NULL, ""},
		{"u@l.example", "::1", SPF_FAIL, "-all", NULL, ""});
}

static void
test_a(void **state)
{
	(void)state;
	SPF_RUN(
	    "a.example TXT \"v=spf1 -a ~a:b.example/24//64 -all\"\n"
	    "a.example A 192.0.2.1\na.example A 192.0.2.2\n"
	    "a.example AAAA 2001:db8::1\n"
	    "b.example A 198.51.100.1\nb.example AAAA 2001:db8:1::1\n"
	    "zero.example TXT \"v=spf1 a:b.example/0 ?a:b.example//0 -all\"\n"
	    "four.example TXT \"v=spf1 a:only4.example//0 a:only4.example/0"
	    " -all\"\n"
	    "only4.example A 198.51.100.1\n"
	    "fail.example TXT \"v=spf1 ip4:192.0.2.9 a:bad.example -all\"\n"
	    "zfail.example TXT \"v=spf1 a:bad.example/0 -all\"\n"
	    "bad.example !servfail\n",
	    {"u@a.example", "192.0.2.2", SPF_FAIL, "-a", NULL, ""},
	    {"u@a.example", "2001:db8::1", SPF_FAIL, "-a", NULL, ""},
	    {"u@a.example", "198.51.100.200", SPF_SOFTFAIL,
	     "~a:b.example/24//64", NULL, ""},
	    {"u@a.example", "2001:db8:1::ffff", SPF_SOFTFAIL,
	     "~a:b.example/24//64", NULL, ""},
	    {"u@a.example", "2001:db8:1:1::1", SPF_FAIL, "-all", NULL, ""},
	    {"u@a.example", "198.51.101.1", SPF_FAIL, "-all", NULL, ""},
	    {"u@zero.example", "192.0.2.77", SPF_PASS, "a:b.example/0", NULL,
	     ""},
	    {"u@zero.example", "2001:db8:9::", SPF_NEUTRAL, "?a:b.example//0",
	     NULL, ""},
	    {"u@four.example", "2001:db8:9::", SPF_FAIL, "-all", NULL, ""},
	    {"u@four.example", "192.0.2.77", SPF_PASS, "a:only4.example/0",
	     NULL, ""},
	    {"u@fail.example", "192.0.2.9", SPF_PASS, NULL, NULL, ""},
	    {"u@fail.example", "192.0.2.1", SPF_TEMPERROR, "",
	     "A lookup of bad.example failed: SERVFAIL", ""},
	    {"u@fail.example", "2001:db8::1", SPF_TEMPERROR, "",
	     "AAAA lookup of bad.example failed: SERVFAIL", ""},
	    {"u@zfail.example", "192.0.2.1", SPF_TEMPERROR, "",
	     "A lookup of bad.example failed: SERVFAIL", ""});
}

static void
test_mx(void **state)
{
	(void)state;
	SPF_RUN(
	    "m.example TXT \"v=spf1 mx -mx:other.example/24//64 -all\"\n"
	    "m.example MX 10 mx1.example\nm.example MX 20 mx2.example\n"
	    "mx1.example A 192.0.2.1\n"
	    "mx2.example A 192.0.2.2\nmx2.example AAAA 2001:db8::2\n"
	    "mx1.example AAAA 2001:db8::1\n"
	    "other.example MX 1 mx3.example\n"
	    "mx3.example A 198.51.100.1\nmx3.example AAAA 2001:db8:3::1\n"
	    "implicit.example TXT \"v=spf1 mx -all\"\n"
	    "implicit.example A 192.0.2.1\n"
	    "null.example TXT \"v=spf1 mx mx mx mx/0 -all\"\n"
	    "null.example MX 0 .\n"
	    "zero.example TXT \"v=spf1 mx:other.example/0 -all\"\n"
	    "bad.example TXT \"v=spf1 mx -all\"\nbad.example MX 1 mx1.example\n"
	    "bad.example MX 2 silent.example\nsilent.example !silent\n"
	    "worse.example TXT \"v=spf1 mx -all\"\nworse.example !servfail "
	    "MX\n",
	    {"u@m.example", "192.0.2.1", SPF_PASS, "mx", NULL, ""},
	    {"u@m.example", "192.0.2.2", SPF_PASS, "mx", NULL, ""},
	    {"u@m.example", "2001:db8::2", SPF_PASS, "mx", NULL, ""},
	    {"u@m.example", "198.51.100.9", SPF_FAIL,
	     "-mx:other.example/24//64", NULL, ""},
	    {"u@m.example", "2001:db8:3::9", SPF_FAIL,
	     "-mx:other.example/24//64", NULL, ""},
	    {"u@m.example", "192.0.2.3", SPF_FAIL, "-all", NULL, ""},
	    {"u@implicit.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
	    {"u@null.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
	    {"u@zero.example", "192.0.2.1", SPF_PASS, NULL, NULL, ""},
	    {"u@bad.example", "192.0.2.1", SPF_PASS, NULL, NULL, ""},
	    {"u@bad.example", "192.0.2.9", SPF_TEMPERROR, "",
	     "A lookup of silent.example timed out: no answer", ""},
	    {"u@worse.example", "192.0.2.9", SPF_TEMPERROR, "",
	     "MX lookup of worse.example failed: SERVFAIL", ""});
}

static void
test_ptr(void **state)
{
	(void)state;
	SPF_RUN(
	    "p.example TXT \"v=spf1 ptr -ptr:other.example ?all\"\n"
	    "1.2.0.192.in-addr.arpa PTR mail.p.example\n"
	    "mail.p.example A 192.0.2.1\n"
	    "2.2.0.192.in-addr.arpa PTR liar.p.example\n"
	    "liar.p.example A 192.0.2.99\n"
	    "3.2.0.192.in-addr.arpa PTR other.example\n"
	    "other.example A 192.0.2.3\n"
	    "4.2.0.192.in-addr.arpa PTR notp.example\n"
	    "notp.example A 192.0.2.4\n"
	    "5.2.0.192.in-addr.arpa !servfail\n"
	    "6.2.0.192.in-addr.arpa PTR bad.p.example\n"
	    "6.2.0.192.in-addr.arpa PTR good.p.example\n"
	    "bad.p.example !servfail\ngood.p.example A 192.0.2.6\n"
	    "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
	    ".ip6.arpa PTR six.p.example\n"
	    "six.p.example AAAA 2001:db8::7\n",
	    {"u@p.example", "192.0.2.1", SPF_PASS, "ptr", NULL, ""},
	    {"u@p.example", "192.0.2.2", SPF_NEUTRAL, "?all", NULL, ""},
	    {"u@p.example", "192.0.2.3", SPF_FAIL, "-ptr:other.example", NULL,
	     ""},
	    {"u@p.example", "192.0.2.4", SPF_NEUTRAL, "?all", NULL, ""},
	    {"u@p.example", "192.0.2.5", SPF_NEUTRAL, "?all", NULL, ""},
	    {"u@p.example", "192.0.2.6", SPF_PASS, "ptr", NULL, ""},
	    {"u@p.example", "2001:db8::7", SPF_PASS, "ptr", NULL, ""});
}

static void
test_exists(void **state)
{
	(void)state;
	SPF_RUN("e.example TXT \"v=spf1 -exists:%{ir}.bl.e.example"
		" exists:%{l}.users.e.example ~all\"\n"
		"1.2.0.192.bl.e.example A 127.0.0.2\n"
		"u+x=y.users.e.example A 127.0.0.2\n"
		"six.users.e.example AAAA 2001:db8::1\n"
		"50%off.users.e.example A 127.0.0.2\n"
		"bad.example TXT \"v=spf1 exists:x.bad.example -all\"\n"
		"x.bad.example !servfail\n",
		{"u@e.example", "192.0.2.1", SPF_FAIL,
		 "-exists:%{ir}.bl.e.example", NULL, ""},
		{"u+x=y@e.example", "192.0.2.2", SPF_PASS,
		 "exists:%{l}.users.e.example", NULL, ""},
		{"u+x=y@e.example", "2001:db8::2", SPF_PASS, NULL, NULL, ""},
		{"U+X=Y@e.example", "192.0.2.2", SPF_PASS, NULL, NULL, ""},
		{"50%off@e.example", "192.0.2.2", SPF_PASS, NULL, NULL, ""},
		{"six@e.example", "2001:db8::2", SPF_SOFTFAIL, NULL, NULL, ""},
		{"u@bad.example", "192.0.2.1", SPF_TEMPERROR, "",
		 "A lookup of x.bad.example failed: SERVFAIL", ""});
}

static void
test_include(void **state)
{
	(void)state;
	SPF_RUN("pass.example TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
		"soft.example TXT \"v=spf1 ip4:192.0.2.2 ~all\"\n"
		"neutral.example TXT \"v=spf1 ip4:192.0.2.3 ?all\"\n"
		"open.example TXT \"v=spf1 ip4:192.0.2.4\"\n"
		"i.example TXT \"v=spf1 include:pass.example"
		" -include:soft.example ~include:neutral.example"
		" ?include:open.example -all\"\n"
		"nest.example TXT \"v=spf1 include:i.example ~all\"\n"
		"redir.example TXT \"v=spf1 redirect=pass.example\"\n"
		"ir.example TXT \"v=spf1 include:redir.example -all\"\n"
		"inner.example TXT \"v=spf1 a:%{d} -all\"\n"
		"inner.example A 192.0.2.50\n"
		"back.example TXT \"v=spf1 include:inner.example a -all\"\n"
		"back.example A 192.0.2.51\n",
		{"u@i.example", "192.0.2.1", SPF_PASS, "include:pass.example",
		 "ip4:192.0.2.1 in the SPF record of pass.example", ""},
		{"u@i.example", "192.0.2.2", SPF_FAIL, "-include:soft.example",
		 NULL, ""},
		{"u@i.example", "192.0.2.3", SPF_SOFTFAIL,
		 "~include:neutral.example", NULL, ""},
		{"u@i.example", "192.0.2.4", SPF_NEUTRAL,
		 "?include:open.example", NULL, ""},
		{"u@i.example", "192.0.2.5", SPF_FAIL, "-all",
		 "-all in the SPF record of i.example", ""},
		{"u@nest.example", "192.0.2.1", SPF_PASS, "include:i.example",
		 "ip4:192.0.2.1 in the SPF record of pass.example", ""},
		{"u@nest.example", "192.0.2.2", SPF_SOFTFAIL, "~all", NULL, ""},
		{"u@ir.example", "192.0.2.1", SPF_PASS, "include:redir.example",
		 NULL, ""},
		{"u@back.example", "192.0.2.50", SPF_PASS,
		 "include:inner.example", NULL, ""},
		{"u@back.example", "192.0.2.51", SPF_PASS, "a", NULL, ""});
}

static void
test_include_trouble(void **state)
{
	(void)state;
	SPF_RUN("none.example A 192.0.2.1\n"
		"inone.example TXT \"v=spf1 include:none.example -all\"\n"
		"inx.example TXT \"v=spf1 include:nowhere.example -all\"\n"
		"ilabel.example TXT \"v=spf1 include:%{d1} -all\"\n"
		"iempty.example TXT \"v=spf1 include:a..example -all\"\n"
		"syntax.example TXT \"v=spf1 foo -all\"\n"
		"isyntax.example TXT \"v=spf1 ip4:192.0.2.9"
		" include:syntax.example -all\"\n"
		"temp.example !servfail\n"
		"itemp.example TXT \"v=spf1 ip4:192.0.2.9 include:temp.example"
		" -all\"\n"
		"deep.example TXT \"v=spf1 include:itemp.example -all\"\n",
		{"u@inone.example", "192.0.2.1", SPF_PERMERROR, "",
		 "include:none.example: no SPF record", ""},
		{"u@inx.example", "192.0.2.1", SPF_PERMERROR, "",
		 "include:nowhere.example: no such name", ""},
		{"u@ilabel.example", "192.0.2.1", SPF_PERMERROR, "",
		 "include:example: not a multi-label domain name", ""},
		{"u@iempty.example", "192.0.2.1", SPF_PERMERROR, "",
		 "include:a..example: no such name", ""},
		{"u@isyntax.example", "192.0.2.1", SPF_PERMERROR, "",
		 "SPF record of syntax.example: unknown mechanism in foo", ""},
		{"u@isyntax.example", "192.0.2.9", SPF_PASS, NULL, NULL, ""},
		{"u@itemp.example", "192.0.2.1", SPF_TEMPERROR, "",
		 "TXT lookup of temp.example failed: SERVFAIL", ""},
		{"u@deep.example", "192.0.2.1", SPF_TEMPERROR, "",
		 "TXT lookup of temp.example failed: SERVFAIL", ""});
}

static void
test_redirect(void **state)
{
	(void)state;
	SPF_RUN(
	    "to.example TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
	    "r.example TXT \"v=spf1 redirect=to.example ip4:192.0.2.2\"\n"
	    "rr.example TXT \"v=spf1 redirect=r.example.\"\n"
	    "all.example TXT \"v=spf1 redirect=to.example ?all\"\n"
	    "rnone.example TXT \"v=spf1 redirect=none.example\"\n"
	    "none.example TXT \"nothing\"\n"
	    "rnx.example TXT \"v=spf1 redirect=nowhere.example\"\n"
	    "rlabel.example TXT \"v=spf1 redirect=%{d1}\"\n"
	    "rtemp.example TXT \"v=spf1 ip4:192.0.2.9 redirect=t.example\"\n"
	    "t.example !silent\n"
	    "rsyntax.example TXT \"v=spf1 redirect=bad.example\"\n"
	    "bad.example TXT \"v=spf1 a/33\"\n",
	    {"u@r.example", "192.0.2.1", SPF_PASS, "ip4:192.0.2.1",
	     "ip4:192.0.2.1 in the SPF record of to.example", ""},
	    {"u@r.example", "192.0.2.2", SPF_PASS, "ip4:192.0.2.2", NULL, ""},
	    {"u@r.example", "192.0.2.3", SPF_FAIL, "-all", NULL, ""},
	    {"u@rr.example", "192.0.2.1", SPF_PASS, NULL, NULL, ""},
	    {"u@rr.example", "192.0.2.2", SPF_PASS, NULL, NULL, ""},
	    {"u@all.example", "192.0.2.1", SPF_NEUTRAL, "?all", NULL, ""},
	    {"u@rnone.example", "192.0.2.1", SPF_PERMERROR, "",
	     "redirect=none.example: no SPF record", ""},
	    {"u@rnx.example", "192.0.2.1", SPF_PERMERROR, "",
	     "redirect=nowhere.example: no such name", ""},
	    {"u@rlabel.example", "192.0.2.1", SPF_PERMERROR, "",
	     "redirect=example: not a multi-label domain name", ""},
	    {"u@rtemp.example", "192.0.2.1", SPF_TEMPERROR, "",
	     "TXT lookup of t.example timed out: no answer", ""},
	    {"u@rtemp.example", "192.0.2.9", SPF_PASS, NULL, NULL, ""},
	    {"u@rsyntax.example", "192.0.2.1", SPF_PERMERROR, "",
	     "SPF record of bad.example: invalid CIDR length in a/33", ""});
}

static void
test_record_lookup(void **state)
{
	(void)state;
	SPF_RUN(
	    "two.example TXT \"v=spf1 -all\"\ntwo.example TXT \"v=spf1 +all\"\n"
	    "mixed.example TXT \"v=spf10 +all\"\n"
	    "mixed.example TXT \"v=spf1 -all\"\nmixed.example TXT \"x\"\n"
	    "no.example TXT \"v=spf2.0/pra -all\"\nempty.example EMPTY\n"
	    "split.example TXT \"v=spf1 ip4:192.\" \"0.2.1 -all\"\n"
	    "nul.example TXT \"v=spf1 a\\000 -all\"\n"
	    "late.example TXT \"v=spf1 ip4:192.0.2.1 -all oops\"\n"
	    "alias.example CNAME mixed.example\n"
	    "temp.example !servfail\nslow.example !silent\n",
	    {"u@two.example", "192.0.2.1", SPF_PERMERROR, "",
	     "two.example has more than one SPF record", ""},
	    {"u@mixed.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
	    {"u@no.example", "192.0.2.1", SPF_NONE, "",
	     "no.example: no SPF record", ""},
	    {"u@empty.example", "192.0.2.1", SPF_NONE, "",
	     "empty.example: no SPF record", ""},
	    {"u@nowhere.example", "192.0.2.1", SPF_NONE, "",
	     "nowhere.example: no such name", ""},
	    {"u@split.example", "192.0.2.1", SPF_PASS, NULL, NULL, ""},
	    {"u@nul.example", "192.0.2.1", SPF_PERMERROR, "",
	     "SPF record of nul.example: argument is not a domain name in a?",
	     ""},
	    {"u@late.example", "192.0.2.1", SPF_PERMERROR, "",
	     "SPF record of late.example: unknown mechanism in oops", ""},
	    {"u@alias.example", "192.0.2.1", SPF_FAIL, NULL, NULL, ""},
	    {"u@temp.example", "192.0.2.1", SPF_TEMPERROR, "",
	     "TXT lookup of temp.example failed: SERVFAIL", ""},
	    {"u@slow.example", "192.0.2.1", SPF_TEMPERROR, "",
	     "TXT lookup of slow.example timed out: no answer", ""});
}

/* A name that was asked for a key before keeps that form of its answer. */
static void
test_record_of_shared_answer(void **state)
{
	static const char kind;
	struct zone *zone = zone_parse("o.example TXT \"v=spf1 -all\"\n");
	struct dns_resolver *resolver =
	    dns_resolver_new_offline(zone_oracle, zone);
	struct dns_session *session = dns_session_new(resolver, NULL);
	struct arena *arena = arena_new(NULL);
	struct spf_outcome outcome;
	struct spf_input input = {
	    .mail_from_known = true,
	};

	(void)state;
	address_path(arena, exact("u@o.example"), &input.mail_from);
	assert_true(ip_parse(str_lit("192.0.2.1"), &input.client));
	assert_non_null(dns_answer_set_form(
	    dns_lookup(session, str_lit("o.example"), DNS_TXT, INT64_MAX),
	    &kind, mem_alloc(1), free));
	spf_evaluate(spf_begin(arena, session, &input),
		     clock_monotonic_ms() + 20000, &outcome);
	assert_int_equal(outcome.result, SPF_FAIL);
	assert_str(outcome.reason, "-all in the SPF record of o.example");
	arena_free(arena);
	dns_session_unref(session);
	dns_resolver_free(resolver);
	zone_free(zone);
}

static void
test_texts(void **state)
{
	(void)state;
	assert_string_equal(spf_result_text(SPF_NONE), "none");
	assert_string_equal(spf_result_text(SPF_NEUTRAL), "neutral");
	assert_string_equal(spf_result_text(SPF_PASS), "pass");
	assert_string_equal(spf_result_text(SPF_FAIL), "fail");
	assert_string_equal(spf_result_text(SPF_SOFTFAIL), "softfail");
	assert_string_equal(spf_result_text(SPF_TEMPERROR), "temperror");
	assert_string_equal(spf_result_text(SPF_PERMERROR), "permerror");
	assert_string_equal(spf_scope_text(SPF_HELO), "helo");
	assert_string_equal(spf_scope_text(SPF_MAILFROM), "mailfrom");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_networks),
	    cmocka_unit_test(test_loopback),
	    cmocka_unit_test(test_a),
	    cmocka_unit_test(test_mx),
	    cmocka_unit_test(test_ptr),
	    cmocka_unit_test(test_exists),
	    cmocka_unit_test(test_include),
	    cmocka_unit_test(test_include_trouble),
	    cmocka_unit_test(test_redirect),
	    cmocka_unit_test(test_record_lookup),
	    cmocka_unit_test(test_record_of_shared_answer),
	    cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
