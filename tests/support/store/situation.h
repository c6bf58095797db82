/*
 * A message as it comes: zone, configuration, envelope and text, judged as the
 * daemon judges it, recorded as the daemon records it, fed into the store of
 * the test, and read back from there.
 */
#ifndef TESTS_SUPPORT_STORE_SITUATION_H
#define TESTS_SUPPORT_STORE_SITUATION_H

#include "config/config.h"
#include "store/store.h"
#include "tell/tell.h"

#define SITUATION_NOW 1764453480 /* 2025-11-29 21:58 UTC */
#define SITUATION_RCPTS 3

struct situation {
	const char *name;
	const char *zone;   /* tests/support/dns_server.h; "%P%": of the key */
	const char *config; /* of a configuration file, or NULL */
	const char *client, *client_name, *helo, *mail_from;
	const char *rcpt[SITUATION_RCPTS];
	bool smtp_auth;
	const char *sign; /* tags, "d=a.example; s=s1", over From: or NULL */
	const char *field[4]; /* with From: "Name: value" */
	const char *body;
	const char *changed_body; /* as it arrives; NULL: as it was signed */
	const char *queue_id;
	enum hindrance hindrance;
	unsigned deferrals; /* it was put off so often before */
};

struct situation_store {
	struct store *store;
	struct batch *batch;
	struct journal_cursor cursor;
};

/* cmocka's: the key that signs. */
int situation_group_setup(void **state);
int situation_group_teardown(void **state);

/* On the store of store_world.h. */
void situation_open(struct situation_store *store);
void situation_close(struct situation_store *store);

/* It came at that time. */
void situation_feed(struct situation_store *store,
		    const struct situation *situation, int64_t now);
/* Writes what was fed. */
void situation_write(struct situation_store *store);
/* The only one with that queue id; fails the test where there is none. */
void situation_find(struct situation_store *store, struct arena *arena,
		    const char *queue_id, struct verdict *verdict_out);
/* What its configuration decides now. */
struct decision situation_decide(struct arena *arena,
				 const struct verdict *verdict,
				 const char *config);

#endif
