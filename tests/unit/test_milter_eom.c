/* End of message: what is said to the mail server, answered, logged and
   counted. */
#include "tests/support/milter/mail_world.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/shares.h"

#define ENFORCE "mode: enforce\non-reject: reject\non-quarantine: hold\n"
#define ZONE                                                \
	"p.example TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"     \
	"_dmarc.p.example TXT \"v=DMARC1; p=reject\"\n"     \
	"_dmarc.q.example TXT \"v=DMARC1; p=quarantine\"\n" \
	"_dmarc.t.example !servfail\n"
#define FROM_P "From: joe@p.example\n"
#define FROM_Q "From: joe@q.example\n"
#define GOOD "192.0.2.1"
#define BAD "198.51.100.66"

/* One message of a connection; its answer. */
static sfsistat
mail(const char *client, const char *mail_from, const char *header)
{
	struct session *session = mail_world_session(client);
	sfsistat answer = mail_world_send(session, mail_from, header);

	/* The message is over, the connection is not. */
	assert_null(session->verify);
	session_free(session);
	return answer;
}

/* The log line's field, with its name; the line stays. */
static void
assert_field(const char *line, const char *field)
{
	char begun[200];

	snprintf(begun, sizeof begun, " %s", field);
	const char *at = strstr(line, begun);
	if (at == NULL ||
	    (at[strlen(begun)] != ' ' && at[strlen(begun)] != '\n'))
		fail_msg("no \"%s\" in %s", field, line);
}

static void
test_pass(void **state)
{
	struct server *server = mail_world(ENFORCE, ZONE);

	(void)state;
	assert_int_equal(mail(GOOD, "<joe@p.example>", FROM_P), SMFIS_CONTINUE);
	assert_string_equal(
	    mail_world_said(),
	    "insert 0 Authentication-Results: mx.receiver.example;\n"
	    "\tspf=pass smtp.mailfrom=p.example;\n"
	    "\tdkim=none;\n"
	    "\tdmarc=pass header.from=p.example policy.dmarc=reject\n");
	const char *line = mail_world_logged();
	assert_begins(line, "info queue-id=4ABC client=192.0.2.1 ");
	assert_field(line, "action=accept");
	assert_field(line, "spf=pass");
	assert_field(line, "dmarc=pass");
	assert_null(strstr(line, "would="));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_int_equal(metrics_get(&server->metrics.applied[ACTION_ACCEPT]),
			 1);
	assert_int_equal(metrics_get(&server->metrics.spf[SPF_PASS]), 1);
	assert_int_equal(metrics_get(&server->metrics.dmarc[DMARC_PASS]), 1);
}

/* authres-comments: no */
static void
test_no_comments(void **state)
{
	static const char *const words[] = {"yes", "no"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		char config[40];
		snprintf(config, sizeof config, "authres-comments: %s\n",
			 words[i]);
		mail_world(config, ZONE);
		assert_int_equal(mail(BAD, "<joe@p.example>", FROM_P),
				 SMFIS_CONTINUE);
		const char *said = mail_world_said();
		assert_non_null(strstr(said, "\tspf=fail "));
		assert_int_equal(strchr(said, '(') == NULL, i == 1);
		mail_world_teardown(state);
	}
	mail_world("", ZONE);
}

/* No reply and no mark: the log alone tells. */
static void
test_discard(void **state)
{
	struct server *server = mail_world(
	    ENFORCE "rules: [{name: r, from: p.example, action: discard}]\n",
	    ZONE);

	(void)state;
	assert_int_equal(mail(BAD, "<joe@p.example>",
			      FROM_P "Authentication-Results: "
				     "mx.receiver.example; dmarc=pass\n"),
			 SMFIS_DISCARD);
	assert_string_equal(mail_world_said(), "");
	const char *line = mail_world_logged();
	assert_field(line, "action=discard");
	assert_field(line, "rule=r");
	assert_int_equal(metrics_get(&server->metrics.applied[ACTION_DISCARD]),
			 1);
	mail_world_teardown(state);
	mail_world("rules: [{name: r, from: p.example, action: discard}]\n",
		   ZONE);
	assert_int_equal(mail(BAD, "<joe@p.example>", FROM_P), SMFIS_CONTINUE);
	assert_field(mail_world_logged(), "would=discard");
}

static void
test_reject(void **state)
{
	struct server *server = mail_world(ENFORCE, ZONE);

	(void)state;
	/* A refused message needs no marks, and its fields may stay. */
	assert_int_equal(mail(BAD, "<joe@p.example>",
			      FROM_P "Authentication-Results: "
				     "mx.receiver.example; dmarc=pass\n"),
			 SMFIS_REJECT);
	const char *said = mail_world_said();
	assert_begins(said, "reply 550 5.7.26 ");
	assert_non_null(strstr(said, " (queue id 4ABC)\n"));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	const char *line = mail_world_logged();
	assert_field(line, "action=reject");
	assert_field(line, "dmarc=fail");
	assert_int_equal(metrics_get(&server->metrics.applied[ACTION_REJECT]),
			 1);
	assert_int_equal(metrics_get(&server->metrics.decided[ACTION_REJECT]),
			 1);
}

static void
test_monitor(void **state)
{
	struct server *server = mail_world("", ZONE);

	(void)state;
	assert_int_equal(mail(BAD, "<joe@p.example>", FROM_P), SMFIS_CONTINUE);
	const char *said = mail_world_said();
	assert_non_null(strstr(said, "insert 0 Authentication-Results: "));
	assert_non_null(strstr(said, "dmarc=fail"));
	assert_null(strstr(said, "reply"));
	const char *line = mail_world_logged();
	assert_field(line, "action=accept");
	assert_field(line, "would=reject");
	assert_int_equal(metrics_get(&server->metrics.applied[ACTION_ACCEPT]),
			 1);
	assert_int_equal(metrics_get(&server->metrics.decided[ACTION_REJECT]),
			 1);
}

static void
test_hold(void **state)
{
	(void)state;
	mail_world(ENFORCE, ZONE);
	assert_int_equal(mail(BAD, "<joe@q.example>", FROM_Q), SMFIS_CONTINUE);
	const char *said = mail_world_said();
	assert_begins(said, "hold ");
	assert_non_null(strstr(said, "\ninsert 0 Authentication-Results: "));
	assert_null(strstr(said, "X-Verdict-Action"));
	assert_field(mail_world_logged(), "action=quarantine quarantine=hold");
}

static void
test_tag(void **state)
{
	(void)state;
	mail_world("mode: enforce\non-quarantine: tag\ntag-filed: yes\n"
		   "tag-header: X-Tag\n",
		   ZONE);
	assert_int_equal(mail(BAD, "<joe@q.example>", FROM_Q), SMFIS_CONTINUE);
	const char *said = mail_world_said();
	/* The one inserted last stands on top. */
	assert_begins(said, "insert 0 X-Tag: quarantine (dmarc");
	assert_non_null(strstr(said, "\ninsert 0 Authentication-Results: "));
	assert_null(strstr(said, "hold"));
}

static void
test_quarantine_may_reject(void **state)
{
	(void)state;
	mail_world("mode: enforce\non-quarantine: reject\n", ZONE);
	assert_int_equal(mail(BAD, "<joe@q.example>", FROM_Q), SMFIS_REJECT);
	assert_begins(mail_world_said(), "reply 550 ");
	assert_non_null(strstr(mail_world_logged(),
			       "=\"a quarantine, refused by on-quarantine: "));
}

static void
test_tempfail(void **state)
{
	(void)state;
	mail_world(ENFORCE, ZONE);
	assert_int_equal(mail(GOOD, "<joe@t.example>", "From: joe@t.example\n"),
			 SMFIS_TEMPFAIL);
	assert_begins(mail_world_said(), "reply 451 4.7.5 ");
	assert_field(mail_world_logged(), "action=tempfail");
}

/* --- forged fields --- */

static void
test_forged(void **state)
{
	(void)state;
	mail_world("tag-header: X-Tag\n", ZONE);
	assert_int_equal(
	    mail(GOOD, "<joe@p.example>",
		 FROM_P
		 "Authentication-Results: other.example; spf=pass\n"
		 "Authentication-Results: mx.receiver.example; spf=pass\n"
		 "x-tag: quarantine\n"
		 "Authentication-Results: MX.receiver.example; dkim=pass\n"),
	    SMFIS_CONTINUE);
	const char *said = mail_world_said();
	const char *third = strstr(said, "delete Authentication-Results 3\n");
	const char *second = strstr(said, "delete Authentication-Results 2\n");
	assert_non_null(third);
	assert_non_null(second);
	/* The highest first: the numbers of those above stay right. */
	assert_true(third < second);
	assert_null(strstr(said, "delete Authentication-Results 1\n"));
	const char *tag = strstr(said, "delete X-Tag 1\n");
	if (tag == NULL)
		tag = strstr(said, "delete x-tag 1\n");
	assert_non_null(tag);
	assert_true(strstr(said, "insert 0 ") > second);
}

/* Fields that nobody looked into all go. */
static void
test_unseen(void **state)
{
	struct buf header;

	(void)state;
	mail_world(
	    "on-oversize-header: accept\nlimits:\n  header-fields: 100\n",
	    ZONE);
	buf_init(&header, NULL);
	buf_adds(&header, FROM_P);
	buf_adds(&header, "Authentication-Results: other.example; spf=pass\n");
	for (int i = 0; i < 98; i++)
		buf_adds(&header, "Subject: x\n");
	for (int i = 0; i < 2; i++)
		buf_adds(&header,
			 "Authentication-Results: other.example; spf=pass\n"
			 "X-Verdict-Action: none\n");
	assert_int_equal(mail(GOOD, "<joe@p.example>", header.p),
			 SMFIS_CONTINUE);
	const char *said = mail_world_said();
	assert_begins(said, "delete X-Verdict-Action 2\n"
			    "delete X-Verdict-Action 1\n"
			    "delete Authentication-Results 3\n"
			    "delete Authentication-Results 2\n"
			    "insert 0 ");
	buf_clear(&header);
}

/* Mail of one's own: nothing is checked or written, forged fields go. */
static void
test_internal(void **state)
{
	(void)state;
	mail_world(ENFORCE, ZONE);
	assert_int_equal(
	    mail("127.0.0.1", "<joe@p.example>",
		 FROM_P "Authentication-Results: mx.receiver.example; x=y\n"),
	    SMFIS_CONTINUE);
	assert_string_equal(mail_world_said(),
			    "delete Authentication-Results 1\n");
	const char *line = mail_world_logged();
	assert_field(line, "class=internal");
	assert_field(line, "action=accept");
	assert_null(strstr(line, " spf="));
}

/* What a relay of ours wrote below its Received may be forged. */
static void
test_relay(void **state)
{
	static const char header[] =
	    "Authentication-Results: mx.receiver.example; spf=pass\n"
	    "Received: from a\n"
	    "Authentication-Results: mx.receiver.example; dkim=pass\n" FROM_P;

	(void)state;
	mail_world(ENFORCE "trusted-relays: [198.51.100.7]\n", ZONE);
	assert_int_equal(mail("198.51.100.7", "<joe@p.example>", header),
			 SMFIS_CONTINUE);
	const char *said = mail_world_said();
	assert_begins(said,
		      "delete Authentication-Results 2\nhold dmarc=fail ");
	mail_world_teardown(NULL);
	mail_world(ENFORCE "trusted-relays: [198.51.100.7]\n"
			   "relays-verify: yes\n",
		   ZONE);
	assert_int_equal(mail("198.51.100.7", "<joe@p.example>", header),
			 SMFIS_CONTINUE);
	assert_null(strstr(mail_world_said(), "delete"));
}

/* --- what goes wrong --- */

/* A message that lacks its marks must not pass. */
static void
test_mail_server_refuses(void **state)
{
	static const char *const refused[] = {"delete", "insert", "hold"};

	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct server *server = mail_world(ENFORCE, ZONE);
		mail_world_refuse(refused[i]);
		assert_int_equal(mail(BAD, "<joe@q.example>",
				      FROM_Q "Authentication-Results: "
					     "mx.receiver.example; x=y\n"),
				 SMFIS_TEMPFAIL);
		assert_non_null(
		    strstr(mail_world_said(), "\nreply 451 4.3.2 "));
		const char *line = strstr(mail_world_logged(), "\ninfo ");
		assert_non_null(line);
		assert_field(line, "action=tempfail");
		assert_field(line, "cause=milter");
		assert_field(line, "reason=\"the mail server did not take the "
				   "changes to the message\"");
		assert_int_equal(
		    metrics_get(&server->metrics.applied[ACTION_TEMPFAIL]), 1);
		mail_world_teardown(NULL);
	}
}

static void
test_too_many_evaluations(void **state)
{
	struct server *server = mail_world("max-evaluations: 16\n", ZONE);
	unsigned limit = shares_of(16).evaluations;

	(void)state;
	assert_int_equal(limit, 14);
	for (unsigned i = 0; i < limit; i++)
		assert_true(gate_enter(&server->evaluations, limit));
	assert_int_equal(mail(GOOD, "<joe@p.example>", FROM_P), SMFIS_TEMPFAIL);
	assert_begins(mail_world_said(), "reply 451 4.3.2 ");
	const char *line = mail_world_logged();
	assert_field(line, "limits=max-evaluations");
	assert_field(line, "cause=limit");
	assert_non_null(
	    strstr(line, "max-evaluations: too many messages wait"));
	assert_int_equal(gate_used(&server->evaluations), limit);
	/* One place is enough for the next one. */
	gate_leave(&server->evaluations);
	assert_int_equal(mail(GOOD, "<joe@p.example>", FROM_P), SMFIS_CONTINUE);
	assert_int_equal(gate_used(&server->evaluations), limit - 1);
	while (gate_used(&server->evaluations) > 0)
		gate_leave(&server->evaluations);
}

/* The last eighth is not for a network that holds as much. */
static void
test_last_evaluations(void **state)
{
	struct server *server = mail_world("max-evaluations: 128\n", ZONE);
	unsigned limit = shares_of(128).evaluations, share = limit / 8;
	struct session *greedy = mail_world_session(BAD);

	(void)state;
	account_add(greedy->account, ACCOUNT_EVALUATIONS, share);
	/* With its own place taken an eighth is left: it may. */
	while (gate_used(&server->evaluations) < limit - share - 1)
		assert_true(gate_enter(&server->evaluations, limit));
	assert_int_equal(mail_world_send(greedy, "<a@q.example>", FROM_Q),
			 SMFIS_CONTINUE);
	assert_true(gate_enter(&server->evaluations, limit));
	mail_world_said();
	mail_world_logged();
	assert_int_equal(mail_world_send(greedy, "<a@q.example>", FROM_Q),
			 SMFIS_TEMPFAIL);
	assert_non_null(strstr(mail_world_logged(),
			       "max-evaluations: too many messages of the "
			       "client's network wait"));
	/* Neither is counted for longer than it lasts. */
	account_sub(greedy->account, ACCOUNT_EVALUATIONS, 1);
	assert_int_equal(mail_world_send(greedy, "<a@q.example>", FROM_Q),
			 SMFIS_CONTINUE);
	assert_int_equal(account_add(greedy->account, ACCOUNT_EVALUATIONS, 0),
			 share - 1);
	assert_int_equal(mail(GOOD, "<joe@p.example>", FROM_P), SMFIS_CONTINUE);
	account_sub(greedy->account, ACCOUNT_EVALUATIONS, share - 1);
	session_free(greedy);
	while (gate_used(&server->evaluations) > 0)
		gate_leave(&server->evaluations);
}

/* --- who is told of it --- */

static void
test_rule_hits(void **state)
{
	struct server *server = mail_world(
	    ENFORCE "rules:\n"
		    "  - {name: p, from: p.example, action: reject}\n"
		    "  - {name: q, from: q.example, action: reject, "
		    "mode: monitor}\n",
	    ZONE);
	uint64_t hits;
	int64_t last, now = clock_wall_seconds();

	(void)state;
	assert_int_equal(mail(GOOD, "<joe@p.example>", FROM_P), SMFIS_REJECT);
	assert_field(mail_world_logged(), "rule=p");
	hits_get(server->hits, str_lit("p"), &hits, &last);
	assert_int_equal(hits, 1);
	assert_in_range(last, now, now + 60);
	assert_int_equal(mail(BAD, "<joe@q.example>", FROM_Q), SMFIS_CONTINUE);
	const char *line = mail_world_logged();
	assert_field(line, "monitored-rule=q");
	assert_field(line, "monitored-would=reject");
	hits_get(server->hits, str_lit("q"), &hits, &last);
	assert_int_equal(hits, 1);
	hits_get(server->hits, str_lit("p"), &hits, &last);
	assert_int_equal(hits, 1);
}

static void
test_trace(void **state)
{
	struct server *server = mail_world(ENFORCE, ZONE);

	(void)state;
	assert_true(trace_on(&server->trace, str_lit("p.example"),
			     clock_monotonic_ms()));
	mail(GOOD, "<joe@p.example>", FROM_P);
	const char *lines = mail_world_logged();
	assert_non_null(strstr(lines, "dmarc=pass header.from=p.example"));
	assert_non_null(strstr(lines, "_dmarc.p.example"));
	mail(BAD, "<joe@q.example>", FROM_Q);
	lines = mail_world_logged();
	assert_ptr_equal(strchr(lines, '\n'), lines + strlen(lines) - 1);
}

/* Without a queue id the log and the reply go without. */
static void
test_no_queue_id(void **state)
{
	(void)state;
	mail_world(ENFORCE, ZONE);
	mail_world_queue_id(NULL);
	assert_int_equal(mail(BAD, "<joe@p.example>", FROM_P), SMFIS_REJECT);
	assert_null(strstr(mail_world_said(), "queue id"));
	assert_begins(mail_world_logged(), "info queue-id=- client=");
}

#define ONE(name) cmocka_unit_test_teardown(name, mail_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ONE(test_pass),
	    ONE(test_reject),
	    ONE(test_discard),
	    ONE(test_monitor),
	    ONE(test_hold),
	    ONE(test_tag),
	    ONE(test_quarantine_may_reject),
	    ONE(test_tempfail),
	    ONE(test_forged),
	    ONE(test_no_comments),
	    ONE(test_unseen),
	    ONE(test_internal),
	    ONE(test_relay),
	    ONE(test_mail_server_refuses),
	    ONE(test_too_many_evaluations),
	    ONE(test_last_evaluations),
	    ONE(test_rule_hits),
	    ONE(test_trace),
	    ONE(test_no_queue_id),
	};

	return cmocka_run_group_tests_name("milter-eom", tests,
					   mail_world_group_setup,
					   mail_world_group_teardown);
}
