#include "tests/support/test.h"

#include <string.h>

#include "base/buf.h"
#include "milter/session/logline.h"
#include "milter/session/outgoing.h"

static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct outgoing_reply lines;

/* The only line. */
static const char *
reply_text(struct str text, struct str queue_id)
{
	outgoing_reply(text, queue_id, &lines);
	assert_int_equal(lines.count, 1);
	return lines.line[0];
}

static void
test_reply_text(void **state)
{
	(void)state;
	assert_string_equal(
	    reply_text(exact("DMARC of a.example"), exact("4ABC")),
	    "DMARC of a.example (queue id 4ABC)");
	assert_string_equal(reply_text(exact("no id"), str_empty()), "no id");
	/* libmilter formats the text, and CR or LF would end the reply. */
	assert_string_equal(reply_text(exact("100%s"), exact("4%A")),
			    "100%%s (queue id 4%%A)");
	assert_string_equal(
	    reply_text(exact("a\rb\x01\xc3\xa4"), exact("4\r\nB")),
	    "a?b??? (queue id 4??B)");
	assert_string_equal(reply_text(exact_n("a\0b", 3), str_empty()), "a?b");
	assert_string_equal(reply_text(exact("id 4ABC."), exact("4ABC")),
			    "id 4ABC.");
	assert_string_equal(reply_text(str_empty(), str_empty()), "");
}

static void
test_reply_lines(void **state)
{
	(void)state;
	outgoing_reply(exact("one\ntwo 100%\nthree"), exact("4ABC"), &lines);
	assert_int_equal(lines.count, 3);
	assert_string_equal(lines.line[0], "one");
	assert_string_equal(lines.line[1], "two 100%%");
	assert_string_equal(lines.line[2], "three (queue id 4ABC)");
	outgoing_reply(exact("id 4ABC\ntwo"), exact("4ABC"), &lines);
	assert_string_equal(lines.line[1], "two");
	outgoing_reply(exact("1\n2\n3\n4\n5\n6\n7\n8\n9"), exact("4"), &lines);
	assert_int_equal(lines.count, LIMIT_REPLY_LINES);
}

static void
test_reply_text_is_cut(void **state)
{
	char percents[2000], letters[2000], id[300];
	const char *out;

	(void)state;
	memset(percents, '%', sizeof percents);
	memset(letters, 'a', sizeof letters);
	memset(id, '%', sizeof id);
	/* RFC 5321 section 4.5.3.1.5, "550-5.7.26 " and CRLF included. */
	out = reply_text(exact_n(letters, sizeof letters), exact("4ABC"));
	assert_int_equal(strlen(out) + strlen("550-5.7.26 \r\n"), 512);
	assert_non_null(strstr(out, "a (queue id 4ABC)"));
	out = reply_text(exact_n(percents, sizeof percents), str_empty());
	assert_int_equal(strlen(out), LIMIT_REPLY);
	/* Room is kept for the queue id, and no "%" stands alone. */
	out = reply_text(exact_n(percents, sizeof percents), exact("4ABC"));
	assert_in_range(strlen(out), LIMIT_REPLY - 1, LIMIT_REPLY);
	assert_non_null(strstr(out, "%% (queue id 4ABC)"));
	assert_int_equal(strspn(out, "%") % 2, 0);
	out = reply_text(str_empty(), exact_n(id, sizeof id));
	assert_int_equal(strlen(out), strlen(" (queue id )") + 128);
}

static struct str
tag(struct str reason)
{
	return outgoing_tag(arena, exact("X-Verdict-Action"), reason);
}

static void
test_reply_tag(void **state)
{
	(void)state;
	assert_str(tag(exact("dmarc=fail")), "quarantine (dmarc=fail)");
	assert_str(tag(exact("a) b (c \\\r\n")),
		   "quarantine (a\\) b \\(c \\\\\?\?)");
	/* A rule that looks for the text finds our result only. */
	assert_str(tag(exact("dmarc=fail shape=spoof: no spf=pass, no dkim = "
			     "pass")),
		   "quarantine (dmarc=fail shape=spoof: no spf pass, no "
		   "dkim   pass)");
	assert_str(tag(exact("rule a: dmarc=pass")),
		   "quarantine (rule a: dmarc pass)");
	char long_reason[5000];
	memset(long_reason, '(', sizeof long_reason);
	assert_true(tag(exact_n(long_reason, sizeof long_reason)).n < 998);
}

/* Lines of 78 columns, with the name; each with more than blanks. */
static void
test_reply_tag_folds(void **state)
{
	char blanks[300];

	(void)state;
	assert_str(tag(exact("dmarc=fail shape=spoof policy=reject "
			     "from=bank.example: no aligned identifier: no "
			     "signature, no record of the domain at all")),
		   "quarantine (dmarc=fail shape=spoof policy=reject\n"
		   " from=bank.example: no aligned identifier: no signature, "
		   "no record of the\n"
		   " domain at all)");
	memset(blanks, ' ', sizeof blanks);
	blanks[100] = 'a';
	struct str rest = tag(exact_n(blanks, sizeof blanks)), line;
	while (str_split(&rest, '\n', &line))
		assert_true(str_trim_wsp(line).n > 0);
}

static void
test_reply_hold(void **state)
{
	char long_reason[500];

	(void)state;
	assert_string_equal(outgoing_hold(arena, exact("dmarc=fail\n")),
			    "dmarc=fail?");
	assert_string_equal(outgoing_hold(arena, str_empty()), "policy");
	memset(long_reason, 'x', sizeof long_reason);
	assert_int_equal(strlen(outgoing_hold(
			     arena, exact_n(long_reason, sizeof long_reason))),
			 LIMIT_HOLD_REASON);
	assert_int_equal(strlen(outgoing_hold(
			     arena, exact_n(long_reason, LIMIT_HOLD_REASON))),
			 LIMIT_HOLD_REASON);
	/* No name is cut. */
	assert_string_equal(
	    outgoing_hold(arena, exact("dmarc=fail shape=spoof policy=reject "
				       "from=bank.example: no aligned "
				       "identifier: spf=pass for evil.example, "
				       "no signature")),
	    "dmarc=fail shape=spoof policy=reject from=bank.example: no "
	    "aligned identifier: spf=pass for...");
}

static const struct dkim_outcome signatures[] = {
    {.result = DKIM_PASS, .domain = STR("a.example"), .selector = STR("s1")},
    {.result = DKIM_PERMERROR,
     .domain = STR(""),
     .selector = STR(""),
     .reason = STR("d= is missing")},
    {.result = DKIM_FAIL,
     .domain = STR("b.example"),
     .selector = STR("s2"),
     .reason = STR("body hash did not verify")},
};

static struct verdict
a_verdict(void)
{
	struct verdict verdict = {
	    .client_class = CLIENT_FOREIGN,
	    .client_name = exact("mx.a.example"),
	    .queue_id = exact("4ABC"),
	    .helo = exact("a b"),
	    .mail_from_known = true,
	    .mail_from = exact("x@a.example"),
	    .mail_from_domain = exact("a.example"),
	    .message_id = exact("<1@a.example>"),
	    .recipients = 2,
	    .recipients_dropped = 3,
	    .from = {.domain = {STR("a.example")}, .count = 1},
	    .spf = {.result = SPF_SOFTFAIL, .domain = STR("a.example")},
	    .dkim = {.outcome = signatures, .count = 3},
	    .dns = {.questions = 5, .sent = 3, .waited_us = 12999},
	    .total_us = 15000,
	    .decision = {.action = ACTION_REJECT,
			 .applied = ACTION_ACCEPT,
			 .cause = CAUSE_DMARC,
			 .reason = STR("dmarc=fail policy=reject")},
	};

	assert_true(ip_parse(exact("192.0.2.7"), &verdict.client));
	verdict.dmarc.count = 1;
	verdict.dmarc.outcome[0] = (struct dmarc_outcome){
	    .result = DMARC_FAIL,
	    .from = STR("a.example"),
	    .org_domain = STR("a.example"),
	    .has_record = true,
	    .policy_domain = STR("a.example"),
	    .policy = DMARC_P_REJECT,
	};
	return verdict;
}

static void
test_logline(void **state)
{
	struct verdict verdict = a_verdict();

	(void)state;
	assert_str(
	    logline_message(arena, &verdict),
	    "queue-id=4ABC client=192.0.2.7 client-name=mx.a.example "
	    "class=foreign helo=\"a b\" mail-from=x@a.example recipients=5 "
	    "message-id=<1@a.example> from=a.example spf=softfail "
	    "dkim=pass:a.example:s1,permerror::,fail:b.example:s2 "
	    "dkim-reason=\":: d= is missing; b.example:s2: body hash did not "
	    "verify\" arc=none dmarc=fail policy=reject "
	    "action=accept would=reject cause=dmarc "
	    "reason=\"dmarc=fail policy=reject\" dns-questions=5 dns-sent=3 "
	    "dns-ms=12 total-ms=15");
}

/* What became of it, or would; not what is yet to be chosen. */
static void
test_logline_quarantine(void **state)
{
	static const struct {
		struct decision decision;
		const char *want;
	} rows[] = {
	    {{.action = ACTION_QUARANTINE,
	      .applied = ACTION_QUARANTINE,
	      .how = QUARANTINE_TAG},
	     " action=quarantine quarantine=tag cause="},
	    {{.action = ACTION_QUARANTINE, .how = QUARANTINE_HOLD},
	     " action=accept would=quarantine quarantine=hold cause="},
	    {{.action = ACTION_QUARANTINE, .wants = "on-quarantine"},
	     " action=accept would=quarantine wants=on-quarantine cause="},
	    {{.action = ACTION_REJECT, .quarantine_refused = true},
	     " action=accept would=reject quarantine=reject cause="},
	    {{.action = ACTION_REJECT}, " action=accept would=reject cause="},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct verdict verdict = a_verdict();
		verdict.decision = rows[i].decision;
		const char *line = logline_message(arena, &verdict).p;
		if (strstr(line, rows[i].want) == NULL)
			fail_msg("no \"%s\" in %s", rows[i].want, line);
	}
}

/* Both addresses: who connected, and whom that saw. */
static void
test_logline_seen(void **state)
{
	struct verdict verdict = a_verdict();

	(void)state;
	verdict.client_class = CLIENT_RELAY;
	verdict.now = 1700000000;
	verdict.seen =
	    (struct verdict_seen){.asked = true, .reason = "it wrote none"};
	assert_non_null(strstr(logline_message(arena, &verdict).p,
			       " helo=\"a b\" seen-client=- seen-reason=\"it "
			       "wrote none\" mail-from="));
	assert_true(ip_parse(exact("192.0.2.9"), &verdict.seen.client));
	verdict.seen.time = 1699999000;
	verdict.seen.reason = "";
	assert_non_null(strstr(logline_message(arena, &verdict).p,
			       "client=192.0.2.7 client-name=mx.a.example "
			       "class=relay helo=\"a b\" seen-client=192.0.2.9 "
			       "seen-helo=- held-s=1000 mail-from="));
}

/* Domains stand there where they are not the expected ones. */
static void
test_logline_domains(void **state)
{
	struct verdict verdict = a_verdict();

	(void)state;
	verdict.dkim.count = 1;
	verdict.from.domain[1] = exact("b.example");
	verdict.from.count = 2;
	verdict.spf.domain = exact("helo.example");
	verdict.dmarc.outcome[0].policy_domain = exact("example");
	verdict.dmarc.outcome[0].org_domain = exact("o.example");
	assert_non_null(
	    strstr(logline_message(arena, &verdict).p,
		   " from=a.example,b.example spf=softfail "
		   "spf-domain=helo.example dkim=pass:a.example:s1 arc=none "
		   "dmarc=fail policy=reject policy-domain=example "
		   "from-domain=a.example org-domain=o.example action="));
	verdict.dmarc.outcome[0].org_domain = str_empty();
	verdict.dmarc.outcome[0].org_trouble = exact("TXT lookup of _dmarc.b");
	assert_non_null(strstr(logline_message(arena, &verdict).p,
			       " org-domain=- org-domain-reason=\"TXT lookup "
			       "of _dmarc.b\" action="));
}

static void
test_logline_removed(void **state)
{
	static const struct verdict_removed removed[] = {
	    {STR("Authentication-Results"), 2}, {STR("BIMI-Location"), 1}};
	struct verdict verdict = a_verdict();

	(void)state;
	verdict.removed = removed;
	verdict.removed_names = 2;
	assert_non_null(
	    strstr(logline_message(arena, &verdict).p,
		   " reason=\"dmarc=fail policy=reject\" "
		   "removed=Authentication-Results:2,BIMI-Location:1 "
		   "dns-questions="));
}

static void
test_logline_deferral(void **state)
{
	struct verdict verdict = a_verdict();

	(void)state;
	verdict.decision.deferral = 2;
	verdict.decision.deferrals_allowed = 5;
	assert_non_null(strstr(logline_message(arena, &verdict).p,
			       " cause=dmarc deferral=2/5 reason="));
	verdict.decision.deferral = 0;
	verdict.decision.deferrals_spent = true;
	assert_non_null(strstr(logline_message(arena, &verdict).p,
			       " cause=dmarc deferral=spent reason="));
}

static void
test_logline_arc(void **state)
{
	static const struct arc_hop hop[] = {
	    {.instance = 1, .domain = STR("b.example"), .selector = STR("s1")},
	    {.instance = 2, .domain = STR("c.example"), .selector = STR("s2")},
	};
	struct verdict verdict = a_verdict();

	(void)state;
	verdict.arc = (struct arc_results){
	    .result = ARC_FAIL, .reason = exact("why"), .hop = hop, .count = 2};
	assert_non_null(strstr(logline_message(arena, &verdict).p,
			       " arc=fail arc-seals=c.example:s2,b.example:s1 "
			       "arc-reason=why dmarc=fail "));
}

static void
test_logline_short(void **state)
{
	struct verdict verdict = a_verdict();

	(void)state;
	verdict.client_class = CLIENT_INTERNAL;
	verdict.client = ip_none();
	verdict.mail_from_null = true;
	verdict.queue_id = verdict.client_name = verdict.helo =
	    verdict.message_id = str_empty();
	verdict.recipients = verdict.recipients_dropped = 0;
	verdict.decision.action = ACTION_ACCEPT;
	verdict.decision.cause = CAUSE_NONE;
	verdict.decision.reason = str_empty();
	assert_str(logline_message(arena, &verdict),
		   "queue-id=- client=- client-name=- class=internal helo=- "
		   "mail-from=<> recipients=0 message-id=- action=accept "
		   "cause=none reason=-");
}

/* Whatever a sender writes stays inside one value of one line. */
static void
test_logline_cannot_be_forged(void **state)
{
	struct verdict verdict = a_verdict();
	char octets[256];

	(void)state;
	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (char)i;
	verdict.queue_id = exact("4 A");
	verdict.helo = exact_n(octets, sizeof octets);
	verdict.mail_from = exact("x\" action=reject\nqueue-id=5");
	struct str line = logline_message(arena, &verdict);
	assert_true(str_is_printable(line));
	char *text = (char *)arena_copy(arena, line).p;
	assert_non_null(strstr(
	    text, "mail-from=\"x\\\" action=reject\\x0aqueue-id=5\" recip"));
	assert_non_null(strstr(text, "queue-id=\"4 A\" client="));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reply_text),
	    cmocka_unit_test(test_reply_lines),
	    cmocka_unit_test(test_reply_text_is_cut),
	    cmocka_unit_test_setup_teardown(test_reply_tag, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_reply_tag_folds, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_reply_hold, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_logline, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_logline_quarantine, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_logline_seen, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_logline_domains, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_logline_removed, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_logline_deferral, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_logline_arc, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_logline_short, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_logline_cannot_be_forged,
					    setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
