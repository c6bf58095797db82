#include "milter/session/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "mail/recipient.h"
#include "milter/limits.h"
#include "milter/session/apply.h"

static bool
admit(struct server *server)
{
	struct config *config = server_config(server);
	unsigned limit = config->max_sessions;

	config_unref(config);
	bool admitted = gate_enter(&server->sessions, limit);
	if (!admitted && gate_may_warn(&server->sessions, clock_monotonic_ms()))
		log_printf(&server->log, LOG_LEVEL_WARNING,
			   "max-sessions: %u connections are open, further "
			   "ones are refused for now",
			   limit);
	return admitted;
}

struct session *
session_new(struct server *server, bool filtered)
{
	struct session *session = mem_alloc(sizeof *session);

	session->server = server;
	session->admitted = filtered && admit(server);
	return session;
}

void
session_free(struct session *session)
{
	if (session == NULL)
		return;
	session_end_message(session);
	if (session->admitted)
		gate_leave(&session->server->sessions);
	account_close(session->server->accounts, session->account);
	free(session->client_name);
	free(session->helo);
	free(session);
}

void
session_mailserver(struct session *session, struct str name, struct str version)
{
	struct server *server = session->server;
	struct config *config = server_config(server);
	const struct mailserver mailserver = {
	    .name = name,
	    .version = version,
	    .leading_space = (session->protocol & SMFIP_HDR_LEADSPC) != 0,
	};

	session->rewriting = mailserver_rewriting(version);
	mailservers_meet(&server->mailservers, &server->log, config,
			 &mailserver);
	config_unref(config);
}

bool
session_connect(struct session *session, struct str name,
		enum iprev_result iprev, const struct sockaddr *address)
{
	struct server *server = session->server;

	metrics_add(session->admitted ? &server->metrics.sessions
				      : &server->metrics.refused);
	if (!session->admitted)
		return false;
	session->client = ip_from_sockaddr(address);
	session->account = account_open(server->accounts, session->client);
	name = str_first(name, LIMIT_HELO);
	session->iprev = iprev;
	if (iprev == IPREV_PASS)
		session->client_name = mem_copy(name.p, name.n);
	return true;
}

void
session_helo(struct session *session, struct str name)
{
	name = str_first(name, LIMIT_HELO);
	free(session->helo);
	session->helo = mem_copy(name.p, name.n);
}

static enum client_class
class_of(const struct session *session, bool authenticated,
	 const struct client_element **relay_out)
{
	*relay_out = NULL;
	/* Without an address nobody knows who it is (XCLIENT may hide it): what
	   is handed in on a mail host itself comes with one of loopback. */
	return authenticated
		   ? CLIENT_AUTHENTICATED
		   : config_client_class(session->config, session->client,
					 str_of(session->client_name),
					 relay_out);
}

/* Hosts of our own and relays carry the mail of many. */
static bool
has_share(enum client_class client_class)
{
	return client_class == CLIENT_FOREIGN ||
	       client_class == CLIENT_AUTHENTICATED;
}

void
session_mail(struct session *session, struct str path, bool authenticated)
{
	struct server *server = session->server;

	session_end_message(session);
	session->config = server_config(server);
	/* Who goes on after it was turned away at connect has no address. */
	if (!session->admitted ||
	    !gate_enter(&server->messages, GATE_UNLIMITED))
		return;
	/* In this order: who stops looks at the count after the flag. */
	if (atomic_load(&server->stopping)) {
		gate_leave(&server->messages);
		return;
	}
	const struct client_element *relay;
	enum client_class client_class =
	    class_of(session, authenticated, &relay);
	session->payer = has_share(client_class) ? session->account : NULL;
	struct verify_envelope envelope = {
	    .client_class = client_class,
	    .relay = relay,
	    .client = session->client,
	    .client_name = str_of(session->client_name),
	    .iprev = session->iprev,
	    .helo = str_of(session->helo),
	    .mail_from_known = true,
	    .mail_from = path,
	    .blanks_lost = (session->protocol & SMFIP_HDR_LEADSPC) == 0,
	    .rewriting =
		config_address_rewriting(session->config, session->rewriting),
	    .prefetch = guard_allows(server->guard, session->client,
				     clock_monotonic_ms()),
	    .account = session->payer,
	};
	session->verify =
	    verify_begin(&server->engine, &session->config->verify, &envelope);
}

void
session_rcpt(struct session *session, struct str path, struct str resolved)
{
	if (session->verify != NULL)
		verify_rcpt(session->verify,
			    recipient_choose(verify_arena(session->verify),
					     path, resolved));
}

static void
note_unseen(struct session *session, struct str name)
{
	name = str_trim_wsp(name);
	for (size_t i = 0; i < AUTHRES_GUARDED; i++)
		session->unseen[i] += str_eq_nocase(
		    name, authres_guarded(&session->config->authres, i));
}

/*
 * Without SMFIP_HDR_LEADSPC the mail server has eaten one space behind the
 * colon; nearly every field has one, so it is put back.
 */
static bool
add_field(struct session *session, struct str name, struct str value)
{
	struct buf spaced;

	if (session->protocol & SMFIP_HDR_LEADSPC) {
		return verify_header(session->verify, name, value);
	}
	buf_init(&spaced, NULL);
	buf_addc(&spaced, ' ');
	buf_add(&spaced, value);
	bool kept = verify_header(session->verify, name, buf_str(&spaced));
	buf_clear(&spaced);
	return kept;
}

void
session_header(struct session *session, struct str name, struct str value)
{
	if (session->verify != NULL && !add_field(session, name, value))
		note_unseen(session, name);
}

void
session_eoh(struct session *session)
{
	if (session->verify != NULL)
		verify_eoh(session->verify);
}

void
session_body(struct session *session, const char *p, size_t n)
{
	if (session->verify != NULL)
		verify_body(session->verify, p, n);
}

void
session_end_message(struct session *session)
{
	struct server *server = session->server;

	if (session->verify != NULL) {
		if (!session->finished)
			guard_aborted(server->guard, session->client,
				      verify_prefetched(session->verify),
				      clock_monotonic_ms());
		verify_free(session->verify);
		gate_leave(&server->messages);
	}
	if (session->config != NULL)
		config_unref(session->config);
	session->verify = NULL;
	session->config = NULL;
	session->finished = false;
	memset(session->unseen, 0, sizeof session->unseen);
}
