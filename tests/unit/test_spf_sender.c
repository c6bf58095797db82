/* check_host(): identities, RFC 8616, explanations, %{p}, the deadline. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tests/support/dns_server.h"
#include "tests/support/spf_case.h"

/* A path, and the domain and scope that are checked for it. */
static const struct {
	const char *from, *helo, *domain;
	enum spf_scope scope;
	enum spf_result result;
} identities[] = {
    {"u@d.example", "h.example", "d.example", SPF_MAILFROM, SPF_PASS},
    {"<u@D.Example>", "h.example", "d.example", SPF_MAILFROM, SPF_PASS},
    {"<u@d.example.>", "h.example", "d.example", SPF_MAILFROM, SPF_PASS},
    {"<@a.test,@b.test:u@d.example>", "h.example", "d.example", SPF_MAILFROM,
     SPF_PASS},
    {"\"a@b\"@d.example", "h.example", "d.example", SPF_MAILFROM, SPF_PASS},
    {"@d.example", "h.example", "d.example", SPF_MAILFROM, SPF_PASS},
    {"<@r.test:u@d.example>", "h.example", "d.example", SPF_MAILFROM, SPF_PASS},
    {"a b@d.example", "h.example", "d.example", SPF_MAILFROM, SPF_PASS},
    {"\"\"@d.example", "h.example", "d.example", SPF_MAILFROM, SPF_PASS},
    /* What no address is, by RFC 5321, has no domain, whatever stands in it. */
    {"d.example", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"<postmaster>", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"a(b@d.example", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"a@b@d.example", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"\"a@d.example", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"a\"b\"@d.example", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"\"a\"b@d.example", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"a\\@d.example", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"a,b@d.example", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"<u@d.example", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"u@d.example>", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"<u@d.example> x", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"<@r.test:@d.example>", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"@r.test u@d.example", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"u@", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"u@[IPv6:2001:db8::1]", "h.example", "[IPv6:2001:db8::1]", SPF_MAILFROM,
     SPF_NONE},
    {"\xfc@d.example", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"", "h.example", "h.example", SPF_HELO, SPF_FAIL},
    {"<>", "H.Example", "h.example", SPF_HELO, SPF_FAIL},
    {"<>", "localhost", "localhost", SPF_HELO, SPF_NONE},
    {"<>", "[192.0.2.1]", "[192.0.2.1]", SPF_HELO, SPF_NONE},
    {"<>", "", "", SPF_HELO, SPF_NONE},
    {"<>", "u@d.example", "u@d.example", SPF_HELO, SPF_NONE},
    {"<>", "h\n.example", "h\n.example", SPF_HELO, SPF_NONE},
    {"u@localhost", "h.example", "localhost", SPF_MAILFROM, SPF_NONE},
    {"u@[192.0.2.1]", "h.example", "[192.0.2.1]", SPF_MAILFROM, SPF_NONE},
    {"u@d..example", "h.example", "d..example", SPF_MAILFROM, SPF_NONE},
    {"u@.d.example", "h.example", ".d.example", SPF_MAILFROM, SPF_NONE},
    {"u@d!.example", "h.example", "d!.example", SPF_MAILFROM, SPF_NONE},
    {"u\r\n@d.example", "h.example", "", SPF_MAILFROM, SPF_NONE},
    {"u\x7f@d.example", "h.example", "", SPF_MAILFROM, SPF_NONE},
    /* U-labels are checked as A-labels (RFC 8616 section 3). */
    {"u@b\xc3\xbc"
     "cher.example",
     "h.example", "xn--bcher-kva.example", SPF_MAILFROM, SPF_SOFTFAIL},
    {"<>",
     "b\xc3\xbc"
     "cher.example",
     "xn--bcher-kva.example", SPF_HELO, SPF_SOFTFAIL},
};

static void
test_identity(void **state)
{
	struct spf_world *world =
	    spf_world_new("d.example TXT \"v=spf1 +all\"\n"
			  "h.example TXT \"v=spf1 -all\"\n"
			  "xn--bcher-kva.example TXT \"v=spf1 ~all\"\n");

	(void)state;
	for (size_t i = 0; i < sizeof identities / sizeof *identities; i++) {
		struct spf_outcome outcome = spf_world_check(
		    world, identities[i].from, identities[i].helo, "192.0.2.1");
		assert_int_equal(outcome.scope, identities[i].scope);
		assert_str(outcome.domain, identities[i].domain);
		assert_int_equal(outcome.result, identities[i].result);
		assert_true(outcome.reason.n > 0);
	}
	spf_world_free(world);
}

static void
test_long_sender(void **state)
{
	struct spf_world *world =
	    spf_world_new("d.example TXT \"v=spf1 +all\"\n");
	char from[400];

	(void)state;
	snprintf(from, sizeof from, "%0310d@d.example", 7);
	assert_int_equal(
	    spf_world_check(world, from, "h.example", "192.0.2.1").result,
	    SPF_PASS);
	snprintf(from, sizeof from, "%0311d@d.example", 7);
	struct spf_outcome outcome =
	    spf_world_check(world, from, "h.example", "192.0.2.1");
	assert_int_equal(outcome.result, SPF_NONE);
	assert_str(outcome.reason, "path is too long");
	spf_world_free(world);
}

static void
test_unknown_inputs(void **state)
{
	struct spf_world *world = spf_world_new("d.example TXT \"v=spf1\"\n");
	struct arena *arena = arena_new(NULL);
	struct spf_input input = {.mail_from_known = true};
	struct spf_outcome outcome;

	(void)state;
	address_path(arena, exact("u@d.example"), &input.mail_from);
	/* Neither asks anything, so no session is needed. */
	spf_evaluate(spf_begin(arena, NULL, &input), 0, &outcome);
	assert_int_equal(outcome.result, SPF_NONE);
	assert_str(outcome.reason, "no client address");
	assert_true(ip_parse(str_lit("192.0.2.1"), &input.client));
	input.mail_from_known = false;
	spf_evaluate(spf_begin(arena, NULL, &input), 0, &outcome);
	assert_int_equal(outcome.result, SPF_NONE);
	assert_str(outcome.reason, "no envelope sender");
	spf_prefetch(spf_begin(arena, NULL, &input));
	arena_free(arena);
	spf_world_free(world);
}

/* RFC 8616 section 4. */
static void
test_non_ascii_local(void **state)
{
	(void)state;
	SPF_RUN(
	    "e.example TXT \"v=spf1 exists:%{l}.e.example -exists:%{S}.e"
	    " exists:yes.e.example -all exp=%{l}.x.example\"\n"
	    "*.e.example A 127.0.0.2\n"
	    "i.example TXT \"v=spf1 include:%{l}.nowhere.example ~all\"\n"
	    "r.example TXT \"v=spf1 redirect=%{l}.r.example\"\n"
	    "f.example TXT \"v=spf1 -all exp=%{l}.x.example\"\n"
	    "*.x.example TXT \"text\"\n",
	    {"\xc3\xbc@e.example", "192.0.2.1", SPF_PASS,
	     "exists:yes.e.example", NULL, ""},
	    {"u@e.example", "192.0.2.1", SPF_PASS, "exists:%{l}.e.example",
	     NULL, ""},
	    {"\xc3\xbc@i.example", "192.0.2.1", SPF_SOFTFAIL, "~all", NULL, ""},
	    {"\xc3\xbc@r.example", "192.0.2.1", SPF_PERMERROR, "",
	     "redirect=%{l}.r.example: local-part is not ASCII", ""},
	    {"\xc3\xbc@f.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
	    {"u@f.example", "192.0.2.1", SPF_FAIL, "-all", NULL, "text"});
}

static void
test_explanation(void **state)
{
	(void)state;
	SPF_RUN("x.example TXT \"v=spf1 ip4:192.0.2.1 ~ip4:192.0.2.2"
		" -all exp=why.x.example\"\n"
		"why.x.example TXT \"%{i} is not %{d}'s, %{l} of %{r}%%\"\n"
		"in.example TXT \"v=spf1 include:x.example -all"
		" exp=why.in.example\"\nwhy.in.example TXT \"outer %{d}\"\n"
		"in2.example TXT \"v=spf1 include:x.example -all\"\n"
		"neg.example TXT \"v=spf1 -include:ok.example"
		" exp=why.neg.example\"\n"
		"ok.example TXT \"v=spf1 +all exp=why.x.example\"\n"
		"why.neg.example TXT \"neg\"\n"
		"re.example TXT \"v=spf1 redirect=x.example"
		" exp=why.in.example\"\n"
		"re2.example TXT \"v=spf1 redirect=bare.example"
		" exp=why.in.example\"\nbare.example TXT \"v=spf1 -all\"\n"
		"two.example TXT \"v=spf1 -all exp=two.x.example\"\n"
		"two.x.example TXT \"one\"\ntwo.x.example TXT \"two\"\n"
		"nx.example TXT \"v=spf1 -all exp=nowhere.x.example\"\n"
		"sf.example TXT \"v=spf1 -all exp=sf.x.example\"\n"
		"sf.x.example !servfail\n"
		"bad.example TXT \"v=spf1 -all exp=bad.x.example\"\n"
		"bad.x.example TXT \"100% sure\"\n"
		"eight.example TXT \"v=spf1 -all exp=eight.x.example\"\n"
		"eight.x.example TXT \"caf\\233\"\n"
		"crlf.example TXT \"v=spf1 -all exp=crlf.x.example\"\n"
		"crlf.x.example TXT \"a\\013\\010250 ok\"\n"
		"parts.example TXT \"v=spf1 -all exp=parts.x.example\"\n"
		"parts.x.example TXT \"a\" \" b\"\n"
		"p.example TXT \"v=spf1 -all exp=p.x.example\"\n"
		"p.x.example TXT \"%{p} at %{t}\"\n",
		{"u@x.example", "192.0.2.1", SPF_PASS, NULL, NULL, ""},
		{"u@x.example", "192.0.2.2", SPF_SOFTFAIL, NULL, NULL, ""},
		{"u@x.example", "192.0.2.3", SPF_FAIL, NULL, NULL,
		 "192.0.2.3 is not x.example's, u of mx.receiver.example%"},
		{"u@in.example", "192.0.2.3", SPF_FAIL, NULL, NULL,
		 "outer in.example"},
		{"u@in2.example", "192.0.2.3", SPF_FAIL, NULL, NULL, ""},
		{"u@neg.example", "192.0.2.3", SPF_FAIL, NULL, NULL, "neg"},
		{"u@re.example", "192.0.2.3", SPF_FAIL, NULL, NULL,
		 "192.0.2.3 is not x.example's, u of mx.receiver.example%"},
		{"u@re2.example", "192.0.2.3", SPF_FAIL, NULL, NULL, ""},
		{"u@two.example", "192.0.2.3", SPF_FAIL, NULL, NULL, ""},
		{"u@nx.example", "192.0.2.3", SPF_FAIL, NULL, NULL, ""},
		{"u@sf.example", "192.0.2.3", SPF_FAIL, NULL, NULL, ""},
		{"u@bad.example", "192.0.2.3", SPF_FAIL, NULL, NULL, ""},
		{"u@eight.example", "192.0.2.3", SPF_FAIL, NULL, NULL, ""},
		{"u@crlf.example", "192.0.2.3", SPF_FAIL, NULL, NULL, ""},
		{"u@parts.example", "192.0.2.3", SPF_FAIL, NULL, NULL, "a b"},
		{"u@p.example", "192.0.2.3", SPF_FAIL, NULL, NULL,
		 "unknown at 1700000000"});
}

/* HELO may hold anything; an explanation may not. */
static void
test_explanation_octets(void **state)
{
	struct spf_world *world =
	    spf_world_new("x.example TXT \"v=spf1 -all exp=w.example\"\n"
			  "w.example TXT \"hello %{h}\"\n");

	(void)state;
	struct spf_outcome outcome =
	    spf_world_check(world, "u@x.example", "a\r\nb", "192.0.2.1");
	assert_int_equal(outcome.result, SPF_FAIL);
	assert_str(outcome.explanation, "");
	outcome = spf_world_check(world, "u@x.example", "a b", "192.0.2.1");
	assert_str(outcome.explanation, "hello a b");
	spf_world_free(world);
}

static void
test_validated_name(void **state)
{
	(void)state;
	SPF_RUN("p.example TXT \"v=spf1 exists:%{p}.ok.example -all\"\n"
		"1.2.0.192.in-addr.arpa PTR other.example\n"
		"1.2.0.192.in-addr.arpa PTR liar.p.example\n"
		"1.2.0.192.in-addr.arpa PTR sub.p.example\n"
		"1.2.0.192.in-addr.arpa PTR p.example\n"
		"other.example A 192.0.2.1\nsub.p.example A 192.0.2.1\n"
		"p.example A 192.0.2.1\nliar.p.example A 192.0.2.9\n"
		"p.example.ok.example A 127.0.0.2\n"
		"2.2.0.192.in-addr.arpa PTR other2.example\n"
		"2.2.0.192.in-addr.arpa PTR sub2.p.example\n"
		"other2.example A 192.0.2.2\nsub2.p.example A 192.0.2.2\n"
		"sub2.p.example.ok.example A 127.0.0.2\n"
		"3.2.0.192.in-addr.arpa PTR other3.example\n"
		"other3.example A 192.0.2.3\n"
		"other3.example.ok.example A 127.0.0.2\n"
		"4.2.0.192.in-addr.arpa !servfail\n"
		"6.2.0.192.in-addr.arpa PTR mail.q.example\n"
		"6.2.0.192.in-addr.arpa PTR xp.example\n"
		"6.2.0.192.in-addr.arpa PTR mail.p.example\n"
		"mail.q.example A 192.0.2.6\nxp.example A 192.0.2.6\n"
		"mail.p.example A 192.0.2.6\n"
		"mail.p.example.ok.example A 127.0.0.2\n"
		"unknown.ok.example A 127.0.0.2\n",
		{"u@p.example", "192.0.2.1", SPF_PASS, NULL, NULL, ""},
		{"u@p.example", "192.0.2.2", SPF_PASS, NULL, NULL, ""},
		{"u@p.example", "192.0.2.3", SPF_PASS, NULL, NULL, ""},
		{"u@p.example", "192.0.2.4", SPF_PASS, NULL, NULL, ""},
		{"u@p.example", "192.0.2.5", SPF_PASS, NULL, NULL, ""},
		{"u@p.example", "192.0.2.6", SPF_PASS, NULL, NULL, ""});
}

/* The deadline: what is not cached ends in temperror, also under "ptr". */
static void
test_deadline(void **state)
{
	struct zone *zone = zone_parse("u.example TXT \"v=spf1 ptr -all\"\n"
				       "1.2.0.192.in-addr.arpa !silent\n");
	struct dns_resolver *resolver =
	    dns_resolver_new_offline(zone_oracle, zone);
	struct dns_session *session = dns_session_new(resolver, NULL);
	struct arena *arena = arena_new(NULL);
	struct spf_outcome outcome;
	struct spf_input input = {
	    .mail_from_known = true,
	    .helo = str_lit("h.example"),
	};

	(void)state;
	address_path(arena, exact("u@t.example"), &input.mail_from);
	assert_true(ip_parse(str_lit("192.0.2.1"), &input.client));
	spf_evaluate(spf_begin(arena, session, &input),
		     clock_monotonic_ms() - 1, &outcome);
	assert_int_equal(outcome.result, SPF_TEMPERROR);
	assert_str(outcome.reason,
		   "TXT lookup of t.example timed out: the deadline had "
		   "passed before the question");
	dns_prefetch(session, str_lit("u.example"), DNS_TXT, NULL, NULL, NULL);
	address_path(arena, exact("u@u.example"), &input.mail_from);
	spf_evaluate(spf_begin(arena, session, &input),
		     clock_monotonic_ms() - 1, &outcome);
	assert_int_equal(outcome.result, SPF_TEMPERROR);
	assert_str(outcome.reason,
		   "PTR lookup of 1.2.0.192.in-addr.arpa timed out: the "
		   "deadline had passed before the question");
	arena_free(arena);
	dns_session_unref(session);
	dns_resolver_free(resolver);
	zone_free(zone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_identity),
	    cmocka_unit_test(test_long_sender),
	    cmocka_unit_test(test_unknown_inputs),
	    cmocka_unit_test(test_non_ascii_local),
	    cmocka_unit_test(test_explanation),
	    cmocka_unit_test(test_explanation_octets),
	    cmocka_unit_test(test_validated_name),
	    cmocka_unit_test(test_deadline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
