/* One connection: who is let in, who the client is, what of a message is
   handed on. */
#include "tests/support/milter/mail_world.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "milter/limits.h"
#include "milter/session/lookup.h"

static const struct sockaddr_in foreign = {
    .sin_family = AF_INET, .sin_addr = {.s_addr = 0x010200c0}}; /* 192.0.2.1 */

static bool
connects(struct session *session, const char *name, bool resolved)
{
	enum iprev_result iprev =
	    lookup_result(exact(name), exact(resolved ? "" : "FORGED"),
			  exact("Postfix 3.7.11"));

	return session_connect(session, exact(name), iprev,
			       (const struct sockaddr *)&foreign);
}

static void
test_admission(void **state)
{
	struct server *server =
	    mail_world("max-sessions: 2\nmax-evaluations: 1\n", "");

	(void)state;
	struct session *first = session_new(server, true);
	struct session *second = session_new(server, true);
	assert_true(first->admitted && second->admitted);
	assert_string_equal(mail_world_logged(), "");
	struct session *third = session_new(server, true);
	struct session *fourth = session_new(server, true);
	assert_false(third->admitted || fourth->admitted);
	/* Once a minute, not for each. */
	assert_string_equal(mail_world_logged(),
			    "warning max-sessions: 2 connections are open, "
			    "further ones are refused for now\n");
	assert_true(connects(first, "a.example", true));
	assert_false(connects(third, "a.example", true));
	assert_int_equal(metrics_get(&server->metrics.sessions), 1);
	assert_int_equal(metrics_get(&server->metrics.refused), 1);
	/* Who was not let in leaves no place free. */
	session_free(third);
	session_free(fourth);
	assert_int_equal(gate_used(&server->sessions), 2);
	session_free(first);
	assert_int_equal(gate_used(&server->sessions), 1);
	struct session *fifth = session_new(server, true);
	assert_true(fifth->admitted);
	session_free(fifth);
	session_free(second);
	session_free(NULL);
	assert_int_equal(gate_used(&server->sessions), 0);
}

/* allow-remote-mta: where it was not seen who connects, nobody is let in. */
static void
test_unfiltered(void **state)
{
	struct server *server = mail_world("", "");
	struct session *session = session_new(server, false);

	(void)state;
	assert_false(session->admitted);
	assert_int_equal(gate_used(&server->sessions), 0);
	assert_false(connects(session, "a.example", true));
	/* Some go on all the same. */
	session_mail(session, exact("<a@b.example>"), false);
	assert_null(session->verify);
	session_rcpt(session, exact("<c@d.example>"), str_empty());
	session_header(session, exact("From"), exact(" a@b.example"));
	session_eoh(session);
	session_body(session, "x", 1);
	assert_int_equal(session_eom(session, NULL), SMFIS_TEMPFAIL);
	assert_string_equal(mail_world_said(),
			    "reply 451 4.3.2 Too busy to check this message, "
			    "try again later (queue id 4ABC)\n");
	session_free(session);
}

static void
test_client_name(void **state)
{
	static const struct {
		const char *name;
		bool resolved;
		const char *kept; /* NULL: none */
	} c[] = {
	    {"mx.a.example", true, "mx.a.example"},
	    {"mx.a.example", false, NULL},
	    {"[192.0.2.1]", true, NULL},
	    {"unknown", true, NULL},
	    {"UNKNOWN", true, NULL},
	    {"unknown.example", true, "unknown.example"},
	    {"", true, NULL},
	};
	struct server *server = mail_world("", "");
	char long_name[LIMIT_HELO + 10];

	(void)state;
	for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
		struct session *session = session_new(server, true);
		assert_true(connects(session, c[i].name, c[i].resolved));
		if (c[i].kept == NULL)
			assert_null(session->client_name);
		else
			assert_string_equal(session->client_name, c[i].kept);
		session_free(session);
	}
	memset(long_name, 'a', sizeof long_name);
	struct session *session = session_new(server, true);
	assert_true(
	    session_connect(session, exact_n(long_name, sizeof long_name),
			    IPREV_PASS, (const struct sockaddr *)&foreign));
	assert_int_equal(strlen(session->client_name), LIMIT_HELO);
	session_helo(session, exact_n(long_name, sizeof long_name));
	assert_int_equal(strlen(session->helo), LIMIT_HELO);
	/* EHLO again, after STARTTLS. */
	session_helo(session, exact("b.example"));
	assert_string_equal(session->helo, "b.example");
	session_free(session);
}

static void
test_classes(void **state)
{
	static const struct {
		const char *client;
		bool authenticated;
		enum client_class client_class;
		bool has_share;
	} c[] = {
	    {"192.0.2.1", false, CLIENT_FOREIGN, true},
	    {"192.0.2.1", true, CLIENT_AUTHENTICATED, true},
	    {"127.0.0.1", false, CLIENT_INTERNAL, false},
	    {"127.0.0.1", true, CLIENT_AUTHENTICATED, true},
	    {"198.51.100.7", false, CLIENT_RELAY, false},
	    {"198.51.100.7", true, CLIENT_AUTHENTICATED, true},
	};

	(void)state;
	mail_world("trusted-relays: [198.51.100.7]\n", "");
	for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
		struct session *session = mail_world_session(c[i].client);
		session_mail(session, exact("<a@b.example>"),
			     c[i].authenticated);
		const struct verdict *verdict = verify_verdict(session->verify);
		assert_int_equal(verdict->client_class, c[i].client_class);
		assert_str(verdict->helo, "client.example");
		assert_str(verdict->client_name, "client.example");
		assert_str(verdict->mail_from, "a@b.example");
		assert_ptr_equal(session->payer,
				 c[i].has_share ? session->account : NULL);
		session_free(session);
	}
}

/* By its name alone, as the mail server confirmed it. */
static void
test_named_relay(void **state)
{
	(void)state;
	mail_world("trusted-relays: [name:client.example]\n", "");
	struct session *session = mail_world_session("192.0.2.1");
	session_mail(session, exact("<a@b.example>"), false);
	const struct verdict *verdict = verify_verdict(session->verify);
	assert_int_equal(verdict->client_class, CLIENT_RELAY);
	assert_ptr_equal(verdict->relay,
			 session->config->trusted_relays.element);
	assert_null(session->payer);
	session_mail(session, exact("<a@b.example>"), true);
	verdict = verify_verdict(session->verify);
	assert_int_equal(verdict->client_class, CLIENT_AUTHENTICATED);
	assert_null(verdict->relay);
	free(session->client_name);
	session->client_name = NULL;
	session_mail(session, exact("<a@b.example>"), false);
	verdict = verify_verdict(session->verify);
	assert_int_equal(verdict->client_class, CLIENT_FOREIGN);
	assert_null(verdict->relay);
	session_free(session);
}

static void
test_messages_are_counted(void **state)
{
	struct server *server = mail_world("", "");
	struct session *session = mail_world_session("192.0.2.1");

	(void)state;
	session_mail(session, exact("<a@b.example>"), false);
	assert_int_equal(gate_used(&server->messages), 1);
	struct config *config = session->config;
	assert_ptr_equal(config, server->config);
	/* MAIL again: the first one is over. */
	session_mail(session, exact("<c@d.example>"), false);
	assert_int_equal(gate_used(&server->messages), 1);
	session_end_message(session);
	assert_null(session->verify);
	assert_null(session->config);
	assert_int_equal(gate_used(&server->messages), 0);
	session_end_message(session);
	assert_int_equal(gate_used(&server->messages), 0);
	/* None begins while the daemon stops. */
	atomic_store(&server->stopping, true);
	session_mail(session, exact("<a@b.example>"), false);
	assert_null(session->verify);
	assert_int_equal(gate_used(&server->messages), 0);
	assert_int_equal(session_eom(session, NULL), SMFIS_TEMPFAIL);
	assert_string_equal(mail_world_said(),
			    "reply 451 4.3.2 Too busy to check this message, "
			    "try again later (queue id 4ABC)\n");
	session_free(session);
}

/* A message keeps the snapshot that it began with. */
static void
test_snapshot(void **state)
{
	struct server *server = mail_world("tag-header: X-One\n", "");
	struct session *session = mail_world_session("192.0.2.1");
	struct buf out;

	(void)state;
	buf_init(&out, NULL);
	session_mail(session, exact("<a@b.example>"), false);
	mail_world_write("tag-header: X-Two\n");
	assert_true(reload_now(server, &out));
	assert_str(session->config->authres.tag_header, "X-One");
	session_mail(session, exact("<a@b.example>"), false);
	assert_str(session->config->authres.tag_header, "X-Two");
	buf_clear(&out);
	session_free(session);
}

/* Simple canonicalization needs the blank that older mail servers eat. */
static void
test_leading_space(void **state)
{
	struct session *session;
	const struct header *header;

	(void)state;
	mail_world("", "");
	session = mail_world_session("192.0.2.1");
	session_mail(session, exact("<a@b.example>"), false);
	session_header(session, exact("A"), exact("x"));
	session_header(session, exact("B"), exact("  x"));
	header = verify_header_fields(session->verify);
	assert_str(header->field[0].value, "x");
	assert_str(header->field[1].value, "  x");
	session_end_message(session);
	session->protocol = 0;
	session_mail(session, exact("<a@b.example>"), false);
	session_header(session, exact("A"), exact("x"));
	session_header(session, exact("B"), exact(""));
	header = verify_header_fields(session->verify);
	assert_str(header->field[0].value, " x");
	assert_str(header->field[1].value, " ");
	session_free(session);
}

static void
test_lookup(void **state)
{
	static const struct {
		const char *name, *resolve, *version;
		enum iprev_result want;
	} c[] = {
	    {"mx.a.example", "OK", "", IPREV_PASS},
	    {"[192.0.2.1]", "OK", "", IPREV_NONE},
	    {"mx.a.example", "FORGED", "", IPREV_FAIL},
	    {"unknown", "FORGED", "", IPREV_FAIL},
	    {"[192.0.2.1]", "FAIL", "", IPREV_PERMERROR},
	    {"unknown", "FAIL", "", IPREV_PERMERROR},
	    {"mx.a.example", "TEMP", "", IPREV_TEMPERROR},
	    {"mx.a.example", "ok", "", IPREV_NONE},
	    {"mx.a.example", "OK; iprev=pass", "", IPREV_NONE},
	    /* the macro is not sent */
	    {"mx.a.example", "", "", IPREV_PASS},
	    {"unknown", "", "", IPREV_NONE},
	    {"[192.0.2.1]", "", "", IPREV_NONE},
	    {"", "", "", IPREV_NONE},
	    {"mx.a.example", "", "Postfix 3.7.11", IPREV_PASS},
	    /* which alone passes a forged name */
	    {"mx.a.example", "", "8.17.1.9", IPREV_NONE},
	    {"mx.a.example", "OK", "8.17.1.9", IPREV_PASS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof c / sizeof c[0]; i++)
		assert_int_equal(lookup_result(exact(c[i].name),
					       exact(c[i].resolve),
					       exact(c[i].version)),
				 c[i].want);
}

static void
test_unseen_fields(void **state)
{
	struct session *session;

	(void)state;
	mail_world("tag-header: X-Tag\nlimits:\n  header-fields: 100\n", "");
	session = mail_world_session("192.0.2.1");
	session_mail(session, exact("<a@b.example>"), false);
	for (int i = 0; i < 100; i++)
		session_header(session, exact("X-Tag"), exact(" seen"));
	assert_int_equal(session->unseen[0], 0);
	session_header(session, exact("BIMI-Indicator"), exact(" y"));
	session_header(session, exact("x-tag "), exact(" y"));
	session_header(session, exact("X-Tag"), exact(" y"));
	session_header(session, exact("authentication-RESULTS"), exact(" y"));
	session_header(session, exact("X-Tags"), exact(" y"));
	session_header(session, exact("Subject"), exact(" y"));
	assert_int_equal(session->unseen[0], 2);
	assert_int_equal(session->unseen[1], 1);
	assert_int_equal(session->unseen[2], 0);
	assert_int_equal(session->unseen[3], 1);
	session_end_message(session);
	for (size_t i = 0; i < AUTHRES_GUARDED; i++)
		assert_int_equal(session->unseen[i], 0);
	session_free(session);
}

static void
test_mailserver(void **state)
{
	struct server *server = mail_world("", "");
	struct session *session = mail_world_session("192.0.2.1");

	(void)state;
	session_mailserver(session, exact("mx.a.example"),
			   exact("Postfix 3.7.11"));
	assert_int_equal(session->rewriting,
			 mailserver_rewriting(str_lit("Postfix 3.7.11")));
	assert_int_equal(server->mailservers.count, 1);
	assert_non_null(strstr(mail_world_logged(), "Postfix 3.7.11"));
	session_mailserver(session, exact("mx.a.example"),
			   exact("Postfix 3.7.11"));
	assert_string_equal(mail_world_logged(), "");
	session_mailserver(session, exact("mx.a.example"), exact("8.17.1.9"));
	assert_int_equal(session->rewriting,
			 mailserver_rewriting(str_lit("8.17.1.9")));
	assert_int_equal(server->mailservers.count, 2);
	/* Beyond some they are too many to tell of. */
	for (int i = 2; i <= LIMIT_MAILSERVERS; i++) {
		char version[32];
		snprintf(version, sizeof version, "Postfix 3.%d", i);
		(void)mail_world_logged();
		session_mailserver(session, exact("mx.a.example"),
				   exact(version));
		assert_int_equal(strstr(mail_world_logged(), version) != NULL,
				 i < LIMIT_MAILSERVERS);
	}
	session_free(session);
}

/* What the log says of a mail server that the admin should set up. */
static void
test_mailserver_warnings(void **state)
{
	static const struct {
		const char *config, *version;
		unsigned long protocol;
		bool leading_space, canonified;
	} row[] = {
	    {"", "Postfix 3.7.11", SMFIP_HDR_LEADSPC, false, false},
	    {"", "Postfix 3.7.11", 0, true, false},
	    {"", "8.17.1.9", SMFIP_HDR_LEADSPC, false, true},
	    {"", "8.17.1.9", 0, true, true},
	    {"address-rewriting: complete\n", "8.17.1.9", SMFIP_HDR_LEADSPC,
	     false, false},
	    {"address-rewriting: canonify\n", "8.17.1.9", SMFIP_HDR_LEADSPC,
	     false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		mail_world(row[i].config, "");
		struct session *session = mail_world_session("192.0.2.1");
		session->protocol = row[i].protocol;
		session_mailserver(session, exact("mx.a.example"),
				   exact(row[i].version));
		const char *logged = mail_world_logged();
		assert_begins(logged, "info event=mail-server ");
		assert_int_equal(strstr(logged, "milter_protocol = 6") != NULL,
				 row[i].leading_space);
		assert_int_equal(strstr(logged, "nocanonify") != NULL,
				 row[i].canonified);
		session_mailserver(session, exact("mx.a.example"),
				   exact(row[i].version));
		assert_string_equal(mail_world_logged(), "");
		session_free(session);
		assert_int_equal(mail_world_teardown(NULL), 0);
	}
}

/* Who makes us ask and then hangs up asks no more for a minute. */
static void
test_aborted_messages(void **state)
{
	struct server *server =
	    mail_world("", "a.example TXT \"v=spf1 -all\"\n");
	struct session *session = mail_world_session("192.0.2.1");
	unsigned prefetched = 0;

	(void)state;
	for (int i = 0; i < 400 && guard_allows(server->guard, session->client,
						clock_monotonic_ms());
	     i++) {
		session_mail(session, exact("<a@a.example>"), false);
		session_rcpt(session, exact("<c@d.example>"), str_empty());
		session_header(session, exact("From"), exact(" a@a.example"));
		session_eoh(session);
		prefetched += verify_prefetched(session->verify);
		session_end_message(session);
	}
	assert_true(prefetched > 0);
	assert_false(
	    guard_allows(server->guard, session->client, clock_monotonic_ms()));
	session_mail(session, exact("<a@a.example>"), false);
	session_rcpt(session, exact("<c@d.example>"), str_empty());
	assert_int_equal(verify_prefetched(session->verify), 0);
	session_free(session);
}

#define ONE(name) cmocka_unit_test_teardown(name, mail_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ONE(test_admission),
	    ONE(test_unfiltered),
	    ONE(test_client_name),
	    ONE(test_classes),
	    ONE(test_snapshot),
	    ONE(test_named_relay),
	    ONE(test_messages_are_counted),
	    ONE(test_leading_space),
	    ONE(test_unseen_fields),
	    ONE(test_lookup),
	    ONE(test_mailserver),
	    ONE(test_mailserver_warnings),
	    ONE(test_aborted_messages),
	};

	return cmocka_run_group_tests_name("milter-session", tests,
					   mail_world_group_setup,
					   mail_world_group_teardown);
}
