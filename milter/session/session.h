/*
 * One connection of a mail server and, within it, one message at a time.
 *
 * A session belongs to the thread that runs its callback; libmilter moves it
 * between threads, but never uses two at once.
 */
#ifndef VERDICT_MILTER_SESSION_SESSION_H
#define VERDICT_MILTER_SESSION_SESSION_H

#include <stdbool.h>

#include <libmilter/mfapi.h>

#include "authres/authres.h"
#include "base/ip.h"
#include "base/str.h"
#include "milter/server/server.h"

struct session {
	struct server *server;
	unsigned long protocol;  /* the SMFIP_* that were agreed on */
	bool admitted;           /* and counted in server->sessions */
	struct ip client;        /* IP_NONE: not told */
	struct account *account; /* of its network; NULL: not admitted */
	char *client_name;       /* NULL: none that was confirmed */
	enum iprev_result iprev;
	char *helo; /* NULL: none */
	/* what the mail server does by itself, as far as that is known */
	enum address_rewriting rewriting;

	/* the message; config is NULL outside of one */
	struct config *config;
	struct verify *verify; /* NULL: begun while the daemon stops, or by a
				  connection that was turned away */
	bool finished;         /* reached its end */
	struct account *payer; /* of the message; NULL: it has no share */
	/* Fields beyond the header's bounds, by name: nobody looks into them,
	   so all of them are removed. */
	size_t unseen[AUTHRES_GUARDED];
};

/* filtered: it was seen who connects.  Not `admitted` where that is false, or
   there are too many connections.  protocol is 0. */
struct session *session_new(struct server *server, bool filtered);
/* Also ends the message; NULL is fine. */
void session_free(struct session *session);

/* Who speaks milter to us: the macros j and v, "" where they are not sent. */
void session_mailserver(struct session *session, struct str name,
			struct str version);
/* A client, and what the lookup of its name gave (lookup.h).  False: it is not
   admitted. */
bool session_connect(struct session *session, struct str name,
		     enum iprev_result iprev, const struct sockaddr *address);
void session_helo(struct session *session, struct str name);

/* path: the argument of MAIL FROM. */
void session_mail(struct session *session, struct str path, bool authenticated);
/* path: the argument of RCPT TO; resolved: what the mail server has made of
   it, or "". */
void session_rcpt(struct session *session, struct str path,
		  struct str resolved);
void session_header(struct session *session, struct str name, struct str value);
void session_eoh(struct session *session);
void session_body(struct session *session, const char *p, size_t n);
/* Ends the message, decided or not. */
void session_end_message(struct session *session);

/* At end of message: decides, marks, answers and logs (eom.c). */
sfsistat session_eom(struct session *session, SMFICTX *ctx);

#endif
