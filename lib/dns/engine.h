/*
 * The engine: one thread that owns the sockets and sends questions, again and
 * to the next server where needed, until each has its answer.  For the files
 * of this folder.
 */
#ifndef VERDICT_DNS_ENGINE_H
#define VERDICT_DNS_ENGINE_H

#include <stdatomic.h>

#include "base/histogram.h"
#include "dns/answer.h"
#include "dns/key.h"

struct dns_engine;

/* How a server does, on the monotonic clock; 0: never. */
struct dns_server_health {
	atomic_int state; /* enum dns_server_state */
	atomic_int_fast64_t answered_ms, silent_ms;
};

/* Counters, written by the engine and read by anyone. */
struct dns_stats {
	struct dns_server_health health[DNS_SERVERS_MAX];
	atomic_uint_fast64_t questions, retransmissions, tcp, timeouts,
	    failures, dropped;
	struct histogram latency;
};

struct dns_engine_options {
	const struct dns_options *dns; /* copied; every member is set */
	const struct log *log;         /* may be NULL */
	struct dns_stats *stats;
	/*
	 * On the engine's thread, once for each question, unless the engine is
	 * freed first.  Takes the reference.
	 */
	void (*done)(void *ctx, void *asker, struct dns_answer *answer);
	void *ctx;
};

int dns_engine_new(const struct dns_engine_options *options,
		   struct dns_engine **engine_out) MUST_CHECK;
/* Stops and joins the thread; what is not done is forgotten. */
void dns_engine_free(struct dns_engine *engine);

/* From any thread: dns_resolver_change().  The servers are usable and copied.
 */
void dns_engine_change(struct dns_engine *engine,
		       const struct dns_servers *fresh);

/*
 * From any thread.  Wakes the engine's thread and returns how often it had
 * turned before: a later call that returns another number shows that it turns.
 */
uint64_t dns_engine_wake(struct dns_engine *engine);

/* From any thread, also from done().  The key is askable and copied. */
void dns_engine_ask(struct dns_engine *engine, const struct dns_key *key,
		    void *asker);

#endif
