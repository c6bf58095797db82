/*
 * What the files of the engine share: engine.c (thread, timers), query.c (the
 * life of a question), udp.c and tcp.c (sockets), health.c (who answers),
 * change.c (other servers).  All of it belongs to the engine's thread.
 */
#ifndef VERDICT_DNS_ENGINE_PARTS_H
#define VERDICT_DNS_ENGINE_PARTS_H

#include <pthread.h>

#include "dns/engine.h"
#include "dns/wire.h"

/* A file descriptor in the epoll set. */
struct dns_io {
	void (*ready)(struct dns_engine *engine, struct dns_io *io,
		      uint32_t events);
	int fd; /* -1: closed, to be freed after this round of events */
	struct dns_io *next_dead;
};

struct dns_query;

/* A connected UDP socket: one source port, for a few questions. */
struct dns_udp {
	struct dns_io io; /* first */
	size_t server;
	unsigned uses; /* questions it was given */
	unsigned live; /* of those, not done */
	struct dns_use {
		struct dns_query *query; /* NULL: done */
		uint16_t id;
	} use[LIMIT_DNS_PORT_USES];
};

/* A TCP connection for one question. */
struct dns_tcp {
	struct dns_io io; /* first */
	struct dns_query *query;
	size_t server;
	size_t sent, got, want; /* octets, with the two of the length */
	struct dns_wire_question question;
	uint8_t length[2];
	uint8_t *answer; /* NULL until its length is known */
};

struct dns_query {
	struct dns_query *next; /* in the inbox */
	struct dns_key key;
	void *asker;
	size_t at; /* in the heap of timers */
	int64_t begun_us, due_ms, end_ms;
	unsigned step;        /* timeouts so far */
	unsigned unreachable; /* ICMP errors and the like so far */
	bool sent, edns;
	bool probe;          /* of health.c: of one server, without asker */
	bool refused;        /* a probe, by its server */
	const char *trouble; /* the last server's, or NULL */
	size_t server;       /* asked now */
	bool failed[DNS_SERVERS_MAX];
	struct dns_udp *udp[DNS_SERVERS_MAX]; /* where answers may come in */
	uint16_t id[DNS_SERVERS_MAX];
	struct dns_tcp *tcp; /* or NULL */
	struct dns_wire_question question;
};

/* Of one server, beside what everybody sees of it. */
struct dns_health {
	struct dns_query *probe; /* on the wire, or NULL */
	int64_t due_ms;          /* the next one; 0: none */
	int64_t probed_ms;       /* when the last one began */
};

struct dns_engine {
	struct dns_options dns;
	const struct log *log;
	struct dns_stats *stats;
	void (*done)(void *ctx, void *asker, struct dns_answer *answer);
	void *ctx;

	pthread_t thread;
	atomic_uint_fast64_t turns; /* of the thread, so far */
	int epoll;
	struct dns_io wake; /* an eventfd */
	struct dns_io *dead;
	struct dns_udp *udp[DNS_SERVERS_MAX]; /* in use for new questions */
	size_t preferred;                     /* server */
	int64_t failover_ms;                  /* since when */
	struct dns_health health[DNS_SERVERS_MAX];
	unsigned tcp_open;
	struct dns_query **timer; /* binary heap by due_ms */
	size_t timers, timers_cap;
	uint16_t random[128];
	size_t random_left;
	uint8_t datagram[DNS_WIRE_ANSWER_MAX];

	pthread_mutex_t lock;     /* of what follows */
	struct dns_query *inbox;  /* newest first */
	struct dns_servers fresh; /* to be taken over; count 0: none */
	bool stop;
};

/* --- engine.c --- */
bool dns_io_add(struct dns_engine *engine, struct dns_io *io, uint32_t events);
void dns_io_events(struct dns_engine *engine, struct dns_io *io,
		   uint32_t events);
/* Closes it; free(io) follows after the round of events. */
void dns_io_close(struct dns_engine *engine, struct dns_io *io);
/* The number of the interface that its scope names; 0: none. */
uint32_t dns_server_scope(const struct dns_server *server);
/* A non-blocking socket connected (TCP: connecting) to a server, or -1. */
int dns_io_connect(const struct dns_server *server, int type);
uint16_t dns_engine_random(struct dns_engine *engine);
void dns_timer_add(struct dns_engine *engine, struct dns_query *query);
void dns_timer_remove(struct dns_engine *engine, struct dns_query *query);
/* After a change of due_ms. */
void dns_timer_moved(struct dns_engine *engine, struct dns_query *query);

/* --- query.c --- */
void dns_query_start(struct dns_engine *engine, struct dns_query *query);
/* Its due_ms has come. */
void dns_query_due(struct dns_engine *engine, struct dns_query *query,
		   int64_t now_ms);
/* A matching answer; the question may be gone on return, as with the rest. */
void dns_query_answered(struct dns_engine *engine, struct dns_query *query,
			size_t server, const uint8_t *p, size_t n);
/* The server did not take the question or will not answer it. */
void dns_query_failed(struct dns_engine *engine, struct dns_query *query,
		      size_t server, const char *reason);
/* The server cannot be reached right now. */
void dns_query_unreachable(struct dns_engine *engine, struct dns_query *query,
			   size_t server);
/* Anew, with the servers of now and all the time that a question has. */
void dns_query_restart(struct dns_engine *engine, struct dns_query *query);
/* Gives its sockets back: no answer reaches it any more. */
void dns_query_release(struct dns_engine *engine, struct dns_query *query);
/* Releases its sockets and itself, without a word to the asker. */
void dns_query_free(struct dns_engine *engine, struct dns_query *query);

/* How long a question waits before it is sent again: 1 s of 5. */
int64_t dns_query_first_ms(const struct dns_engine *engine);
/* Asks one server only; dns_health_probed() is called at its end. */
struct dns_query *dns_query_probe(struct dns_engine *engine,
				  const struct dns_key *key, size_t server);

/* --- change.c --- */
/* Asks these servers from now on, also what is on the wire. */
void dns_change(struct dns_engine *engine, const struct dns_servers *fresh);

/* --- health.c; all without effect unless dns.probe_ms is set --- */
/* On the engine's thread, once. */
void dns_health_start(struct dns_engine *engine);
/* Whatever it says, the server answers. */
void dns_health_answered(struct dns_engine *engine, size_t server);
/* It says REFUSED to a question. */
void dns_health_refused(struct dns_engine *engine, size_t server);
/* It left a question without answer. */
void dns_health_suspect(struct dns_engine *engine, size_t server);
/* engine->preferred is another one. */
void dns_health_failed_over(struct dns_engine *engine);
/* A probe ended, with an answer or without. */
void dns_health_probed(struct dns_engine *engine,
		       const struct dns_query *query);
/* When dns_health_run() is wanted next; INT64_MAX: never. */
int64_t dns_health_due(const struct dns_engine *engine);
void dns_health_run(struct dns_engine *engine, int64_t now_ms);

/* --- udp.c --- */
/* Sends to query->server; false: it cannot be reached. */
bool dns_udp_send(struct dns_engine *engine, struct dns_query *query);
void dns_udp_release(struct dns_engine *engine, struct dns_query *query,
		     size_t server);

/* --- tcp.c --- */
/* False: no connection can be made. */
bool dns_tcp_start(struct dns_engine *engine, struct dns_query *query,
		   size_t server);
void dns_tcp_close(struct dns_engine *engine, struct dns_query *query);

#endif
