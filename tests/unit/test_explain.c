/* A verdict as text for people, all of it. */
#include "tests/support/test.h"

#include <string.h>

#include "tests/support/passing.h"
#include "verdict/explain.h"

static void
assert_explained(const struct verdict *verdict, const char *field,
		 const char *want)
{
	struct arena *arena = arena_new(NULL);
	struct buf out;

	buf_init(&out, NULL);
	explain_verdict(&out, arena, verdict, exact(field));
	assert_str(buf_str(&out), want);
	buf_clear(&out);
	arena_free(arena);
}

#define COST "cost      0 DNS questions, 0.0 ms of waiting, 0.0 ms in all\n"

static void
test_passing(void **state)
{
	struct verdict verdict = passing();

	(void)state;
	verdict.client_class = CLIENT_FOREIGN;
	verdict.decision.wants = "";
	verdict.dmarc.outcome[0].has_record = false;
	assert_explained(&verdict, "mx.example; dmarc=pass",
			 "client    not given, MAIL FROM not given\n"
			 "          foreign\n"
			 "From      one\n"
			 "SPF       pass for sender.example (mailfrom)\n"
			 "DKIM      pass d=sender.example s=s1 a=rsa-sha256\n"
			 "DMARC     pass for sender.example\n"
			 "decision  accept\n" COST
			 "\nAuthentication-Results: mx.example; dmarc=pass\n");
}

static void
assert_shows(const struct buf *out, const char *part)
{
	if (memmem(out->p, out->n, part, strlen(part)) == NULL)
		fail_msg("no \"%s\" in %.*s", part, (int)out->n, out->p);
}

/* Whom a relay saw, and when. */
static void
test_seen(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct verdict verdict = passing();
	struct buf out;

	(void)state;
	buf_init(&out, NULL);
	verdict.client_class = CLIENT_RELAY;
	verdict.decision.wants = "";
	verdict.now = 1700000000;
	verdict.seen = (struct verdict_seen){
	    .asked = true,
	    .helo = exact("h.\x1b"),
	    .time = 1699999000,
	    .reason = "",
	};
	assert_true(ip_parse(exact("192.0.2.9"), &verdict.seen.client));
	explain_verdict(&out, arena, &verdict, str_empty());
	assert_shows(&out, "          relay\n"
			   "          which saw 192.0.2.9, HELO h.\\x1b, "
			   "1000 s ago\nFrom ");
	out.n = 0;
	verdict.seen =
	    (struct verdict_seen){.asked = true, .reason = "it wrote none"};
	explain_verdict(&out, arena, &verdict, str_empty());
	assert_shows(&out, "          which saw no client to check: it "
			   "wrote none\nFrom ");
	buf_clear(&out);
	arena_free(arena);
}

/* Of what is not checked there is nothing to say. */
static void
test_internal(void **state)
{
	struct verdict verdict = passing();

	(void)state;
	verdict.client_class = CLIENT_INTERNAL;
	verdict.client_name = exact("mx.a.example");
	verdict.helo = exact("a\x1b.example");
	verdict.mail_from_known = true;
	assert_true(ip_parse(str_lit("192.0.2.1"), &verdict.client));
	assert_explained(&verdict, "",
			 "client    192.0.2.1 (mx.a.example), HELO "
			 "a\\x1b.example, MAIL FROM <>\n"
			 "          internal\n"
			 "decision  accept\n" COST);
}

/* By which element of a list the client is what it is. */
static void
test_listed(void **state)
{
	static const struct client_element relay = {
	    .by = CLIENT_BY_DOMAIN, .domain = STR("out.provider.example")};
	static const struct client_element forwarder = {
	    .by = CLIENT_BY_SPF, .domain = STR("b.example")};
	static const struct client_spf spf[] = {
	    {STR("a.example"), SPF_PASS, true, STR("all\x80")},
	    {STR("b.example"), SPF_PASS, false, STR("ip4:192.0.2.1")},
	    {STR("c.example"), SPF_TEMPERROR, false, STR("")},
	};
	struct verdict verdict = passing();

	(void)state;
	verdict.client_class = CLIENT_RELAY;
	verdict.relay = &relay;
	verdict.client_spf = spf;
	verdict.client_spfs = 3;
	verdict.dmarc.count = 0;
	verdict.dkim.count = 0;
	verdict.decision.wants = "";
	verdict.decision.shape = (struct shape_outcome){
	    SHAPE_FORWARDED, true, STR("forwarder-spf"), &forwarder};
	assert_explained(
	    &verdict, "",
	    "client    not given, MAIL FROM not given\n"
	    "          relay by name:*.out.provider.example\n"
	    "          spf:a.example pass-for-anybody: all\\x80\n"
	    "          spf:b.example pass: ip4:192.0.2.1\n"
	    "          spf:c.example temperror\n"
	    "From      one\n"
	    "SPF       pass for sender.example (mailfrom)\n"
	    "DKIM      no signature\n"
	    "decision  accept\n"
	    "          shape forwarded, evidence strong: forwarder-spf; a "
	    "forwarder by\n"
	    "            spf:b.example\n" COST);
}

static const struct dkim_outcome signatures[] = {
    {.result = DKIM_FAIL,
     .domain = STR("a.example"),
     .reason = STR("the body\x80 has changed"),
     .key_testing = true},
    {.result = DKIM_NEUTRAL, .reason = STR("not tried")},
};
static const struct arc_hop hops[] = {
    {.instance = 1, .domain = STR("one.example"), .selector = STR("s1")},
    {.instance = 2, .domain = STR("two.example"), .selector = STR("s2")},
};

static const char failing_text[] =
    "client    not given, MAIL FROM <a@a.example>\n"
    "          foreign\n"
    "From      one\n"
    "SPF       fail for a.example (mailfrom), matched by -all: no match\n"
    "          the domain explains: see a\\x0ab\n"
    "DKIM      fail d=a.example: the body\\x80 has changed (the key is "
    "in test mode)\n"
    "          neutral: not tried\n"
    "          and 7 signatures more\n"
    "ARC       pass\n"
    "          sealed 2 by d=two.example s=s2\n"
    "          sealed 1 by d=one.example s=s1\n"
    "          hop 1 is trusted to vouch for From\n"
    "          the message was changed before hop 2\n"
    "DMARC     fail for a.example: nothing aligned\n"
    "          organizational domain example, a public suffix\n"
    "          policy at _dmarc.a.example: sp=reject, lowered to "
    "quarantine by t=y\n"
    "          aligned: SPF no, DKIM yes\n"
    "decision  reject (in mode monitor: accept) (enforce wants "
    "on-quarantine first):\n"
    "            dmarc=fail\n"
    "          rule r\n"
    "          rule m, in mode monitor: quarantine\n"
    "          shape list, evidence weak: List-Id\n"
    "          reply 550 5.7.26 one\n"
    "          reply 550 5.7.26 two\\x0d\n"
    "limits    max-evaluations\n"
    "cost      12 DNS questions, 1.5 ms of waiting, 23.0 ms in all\n";

static struct verdict
failing(void)
{
	struct verdict verdict = passing();

	verdict.client_class = CLIENT_FOREIGN;
	verdict.mail_from_known = true;
	verdict.mail_from = exact("a@a.example");
	verdict.spf = (struct spf_outcome){.result = SPF_FAIL,
					   .domain = STR("a.example"),
					   .mechanism = STR("-all"),
					   .reason = STR("no match"),
					   .explanation = STR("see a\nb")};
	verdict.dkim = (struct dkim_results){
	    .outcome = signatures, .count = 2, .unshown = 7};
	verdict.arc = (struct arc_results){
	    .result = ARC_PASS, .hop = hops, .count = 2, .oldest_pass = 2};
	verdict.arc_trusted = 1;
	verdict.dmarc.outcome[0] =
	    (struct dmarc_outcome){.result = DMARC_FAIL,
				   .from = STR("a.example"),
				   .reason = STR("nothing aligned"),
				   .org_domain = STR("example"),
				   .org_domain_is_public_suffix = true,
				   .has_record = true,
				   .policy_domain = STR("a.example"),
				   .policy_tag = "sp",
				   .published = DMARC_P_REJECT,
				   .policy = DMARC_P_QUARANTINE,
				   .testing = true,
				   .dkim_aligned = true};
	verdict.decision =
	    (struct decision){.action = ACTION_REJECT,
			      .applied = ACTION_ACCEPT,
			      .wants = "on-quarantine",
			      .reason = STR("dmarc=fail"),
			      .rule = STR("r"),
			      .monitored_rule = STR("m"),
			      .monitored_action = ACTION_QUARANTINE,
			      .shape = {.shape = SHAPE_LIST,
					.evidence = STR("List-Id"),
					.strong = false},
			      .reply_code = "550",
			      .reply_xcode = "5.7.26",
			      .reply_text = STR("one\ntwo\r")};
	verdict.limits = VERDICT_LIMIT_EVALUATIONS;
	verdict.dns.questions = 12;
	verdict.dns.waited_us = 1500;
	verdict.total_us = 23040;
	return verdict;
}

static void
test_failing(void **state)
{
	struct verdict verdict = failing();

	(void)state;
	assert_explained(&verdict, "", failing_text);
}

static void
assert_unsaid(const struct verdict *verdict, const char *const *words, size_t n)
{
	struct arena *arena = arena_new(NULL);
	struct buf out;

	buf_init(&out, NULL);
	explain_verdict(&out, arena, verdict, str_empty());
	buf_addc(&out, '\0');
	for (size_t i = 0; i < n; i++)
		if (strstr(out.p, words[i]) != NULL)
			fail_msg("\"%s\" in %s", words[i], out.p);
	buf_clear(&out);
	arena_free(arena);
}

/* A reason that begins with the rule names it. */
static void
test_rule_is_named_once(void **state)
{
	static const char *const again[] = {"\n          rule r\n"};
	struct verdict verdict = failing();

	(void)state;
	verdict.decision.reason = exact("rule r: of ours");
	assert_unsaid(&verdict, again, 1);
	verdict.decision.reason = exact("rule r");
	assert_unsaid(&verdict, again, 1);
}

/* In a terminal of 80 columns; a word that is longer can be copied whole. */
static void
test_lines_are_wrapped(void **state)
{
	static const char *const said[] = {
	    "decision  reject (in mode monitor: accept) (enforce wants "
	    "on-quarantine first):\n"
	    "            dmarc=fail shape=spoof policy=reject "
	    "from=bank.example: no aligned\n"
	    "            identifier\n",
	    "          reply 550 5.7.26 DMARC: the policy of bank.example asks "
	    "to reject mail\n"
	    "            "
	    "https://receiver.example/an-address-that-is-as-long-as-"
	    "the-screen-is-wide-and-more\n"
	    "            without proof\n"};
	struct verdict verdict = failing();
	struct arena *arena = arena_new(NULL);
	struct buf out;

	(void)state;
	verdict.decision.reason =
	    exact("dmarc=fail shape=spoof policy=reject from=bank.example: no "
		  "aligned identifier");
	verdict.decision.reply_text =
	    exact("DMARC: the policy of bank.example asks to reject mail "
		  "https://receiver.example/an-address-that-is-as-long-as-the-"
		  "screen-is-wide-and-more without proof");
	buf_init(&out, NULL);
	explain_verdict(&out, arena, &verdict, str_empty());
	buf_addc(&out, '\0');
	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		if (strstr(out.p, said[i]) == NULL)
			fail_msg("no \"%s\" in %s", said[i], out.p);
	buf_clear(&out);
	arena_free(arena);
}

/* What there is nothing of is not named. */
static void
test_failing_plainly(void **state)
{
	static const char *const unsaid[] = {"trusted to vouch", "was changed",
					     "evidence", "reply"};
	struct verdict verdict = failing();

	(void)state;
	verdict.arc.result = ARC_FAIL;
	verdict.arc.oldest_pass = 0;
	verdict.arc_trusted = 0;
	verdict.decision.shape.evidence = str_empty();
	verdict.decision.reply_text = exact("");
	assert_unsaid(&verdict, unsaid, sizeof unsaid / sizeof *unsaid);
}

/* A term that the reason names is not named twice. */
static void
test_spf_behind_an_include(void **state)
{
	const struct spf_outcome spf = {.result = SPF_PASS,
					.domain = STR("a.example"),
					.mechanism = STR("include:b.example"),
					.reason = STR("include:b.example a")};
	struct buf out;

	(void)state;
	buf_init(&out, NULL);
	explain_spf(&out, &spf);
	assert_str(buf_str(&out), "SPF       pass for a.example (mailfrom): "
				  "include:b.example a\n");
	buf_clear(&out);
}

static void
test_without_signature(void **state)
{
	struct verdict verdict = passing();
	struct arena *arena = arena_new(NULL);
	struct buf out;

	(void)state;
	verdict.client_class = CLIENT_FOREIGN;
	verdict.dkim = (struct dkim_results){.count = 0};
	verdict.from.count = 2;
	verdict.from.domain[0] = exact("a.example");
	verdict.from.domain[1] = exact("b.example");
	verdict.from.domain[2] = exact("no.example");
	verdict.from.reason = "it says two";
	verdict.dmarc.outcome[0].org_trouble = exact("TXT lookup of b failed");
	buf_init(&out, NULL);
	explain_verdict(&out, arena, &verdict, str_empty());
	buf_addc(&out, '\0');
	assert_non_null(strstr(out.p, "DKIM      no signature\n"));
	assert_non_null(strstr(out.p, "\n          organizational domain "
				      "unknown: TXT lookup of b failed\n"));
	assert_non_null(
	    strstr(out.p, ": a.example, b.example (it says two)\n"));
	buf_clear(&out);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_passing),
	    cmocka_unit_test(test_seen),
	    cmocka_unit_test(test_internal),
	    cmocka_unit_test(test_listed),
	    cmocka_unit_test(test_failing),
	    cmocka_unit_test(test_rule_is_named_once),
	    cmocka_unit_test(test_lines_are_wrapped),
	    cmocka_unit_test(test_failing_plainly),
	    cmocka_unit_test(test_spf_behind_an_include),
	    cmocka_unit_test(test_without_signature),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
