/*
 * The inside of a session.  For the files of this folder that make it up:
 * session.c keeps entries and answers, lookup.c waits for them, prefetch.c
 * lets functions follow them.
 */
#ifndef VERDICT_DNS_SESSION_PARTS_H
#define VERDICT_DNS_SESSION_PARTS_H

#include <pthread.h>
#include <stdatomic.h>

#include "dns/ask.h"

/*
 * Locks: `lock` guards everything below it in the struct.  It may be held
 * while the resolver looks into its cache, never while it asks, and never over
 * a callback.
 */

/* One call of dns_prefetch() whose arrival function has not ended. */
struct arrival {
	struct arrival *next;
	dns_arrival *run;
	void *ctx;
	void (*release)(void *ctx);
	const struct dns_answer *answer; /* kept by its entry */
};

/* One distinct question of the session. */
struct entry {
	struct dns_waiter waiter; /* first: the engine hands it back */
	struct dns_key key;
	struct dns_answer *answer; /* NULL until it is there */
	struct arrival *pending;   /* for when it is */
	bool asked;
};

/* An answer that belongs to no entry: a deadline, a limit. */
struct kept {
	struct kept *next;
	struct dns_answer *answer;
};

struct dns_session {
	struct dns_resolver *resolver;
	struct dns_limits limits;
	uint64_t network; /* 0: none */
	struct arena_pool *pool;
	struct account *account;
	atomic_uint refs;
	int64_t tick_every_ms, tick_last_ms; /* of the thread that looks up */
	void (*tick)(void *ctx);
	void *tick_ctx;

	pthread_mutex_t lock;
	pthread_cond_t changed; /* an answer came, or the draining ended */
	struct slot {
		uint64_t hash;
		struct entry *entry;
	} * slot;
	size_t n, cap;
	struct kept *kept;
	struct arrival *ready, **ready_end;
	bool cancelled;
	bool draining; /* one thread at a time runs arrivals */
	pthread_t drainer;
	unsigned arrivals;
	size_t charged; /* octets of large answers */
	enum arena_room room;
	struct dns_usage usage;
};

/* All of these are called under the lock. */

struct entry *dns_session_find(struct dns_session *session,
			       const struct dns_key *key);
/* Makes an entry, or says false where the message's questions are used up. */
bool dns_session_admit(struct dns_session *session, const struct dns_key *key,
		       struct entry **entry_out);
/* Looks into the cache for an entry that was not asked yet. */
bool dns_session_knows(struct dns_session *session, struct entry *entry);
/* Puts the question; the lock is open meanwhile. */
void dns_session_ask(struct dns_session *session, struct entry *entry);
/* Appends to what dns_session_drain() runs. */
void dns_session_push(struct dns_session *session, struct arrival *arrival,
		      const struct dns_answer *answer);
/*
 * Runs what is ready, unlocked, one at a time; what an arrival makes ready is
 * run after it, so that a chain of cached answers does not nest.
 */
void dns_session_drain(struct dns_session *session);

/* Without the lock: frees a list, after each one's release(). */
void dns_arrivals_release(struct arrival *arrival);

#endif
