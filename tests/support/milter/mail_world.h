/*
 * A whole server, and the mail server at the other end of libmilter: a unit
 * test links no libmilter, so the few smfi_* functions that a session calls
 * stand here and keep what was said (tests/e2e/40-protocol speaks with the
 * real one).
 */
#ifndef TESTS_SUPPORT_MILTER_MAIL_WORLD_H
#define TESTS_SUPPORT_MILTER_MAIL_WORLD_H

#include "tests/support/test.h"

#include <libmilter/mfapi.h>

#include "milter/server/server.h"
#include "milter/session/session.h"

/* Group setup and teardown of cmocka. */
int mail_world_group_setup(void **state);
int mail_world_group_teardown(void **state);
/* Teardown of a test that began a world. */
int mail_world_teardown(void **state);

/*
 * A server that runs, with these lines beside authserv-id and resolver
 * (mx.receiver.example, and a DNS server with this zone).  One at a time.
 */
struct server *mail_world(const char *config, const char *zone);
/* Replaces the configuration file: the same lines around these. */
void mail_world_write(const char *config);

/*
 * What the mail server was told, a line a call: "insert 0 NAME:VALUE",
 * "delete NAME N", "hold REASON", "progress", "reply CODE XCODE LINE|LINE".
 * Valid until the next call; forgotten then.
 */
const char *mail_world_said(void);
/* The lines of the log, with their level: "info TEXT"; the same way. */
const char *mail_world_logged(void);
void assert_begins(const char *text, const char *beginning);
/* The macro i of the messages that follow; NULL: none. */
void mail_world_queue_id(const char *queue_id);
/* From now on the mail server refuses calls whose line begins so; NULL: none.
   They are kept all the same. */
void mail_world_refuse(const char *beginning);

/* A session that has greeted: its client, which is also its name in HELO. */
struct session *mail_world_session(const char *client);
/* All of a message up to its end.  header: lines, each ended by LF. */
void mail_world_message(struct session *session, const char *mail_from,
			const char *header);
/* The same, and its end. */
sfsistat mail_world_send(struct session *session, const char *mail_from,
			 const char *header);

#endif
