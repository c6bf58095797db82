/*
 * What all connections share.  Made before the threads, freed after them.
 */
#ifndef VERDICT_MILTER_SERVER_SERVER_H
#define VERDICT_MILTER_SERVER_SERVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/gate.h"
#include "base/log.h"
#include "base/siphash.h"
#include "config/config.h"
#include "milter/observe/hits.h"
#include "milter/observe/mailserver.h"
#include "milter/observe/metrics.h"
#include "milter/observe/trace.h"
#include "milter/observe/watch.h"
#include "milter/server/guard.h"
#include "milter/server/history.h"
#include "milter/server/reload.h"
#include "milter/server/resolvconf.h"
#include "policy/deferral.h"
#include "policy/rules.h"
#include "verify/verify.h"

struct server {
	pthread_mutex_t config_lock;
	struct config *config;  /* the current snapshot; under the lock */
	struct config *started; /* the first one, for what stays */
	struct reload reload;
	int64_t started_at; /* seconds since 1970 */
	bool by_root;       /* started, whoever it is now */
	struct log log;
	struct arena_pool pool;
	/* Of clients' networks; stays, as sessions that libmilter leaves open
	 * do. */
	struct accounts *accounts;
	struct suffix_list *suffixes;
	struct verify_engine engine;
	struct resolvconf resolvconf;
	struct guard *guard;
	struct deferrals *deferrals;
	struct watch *watch;
	struct history *history; /* NULL: there is none */
	/* Of addresses that are told and remembered, with `privacy: strict`. */
	struct siphash_key privacy_key;
	struct mailservers mailservers;

	struct gate sessions;    /* connections of mail servers */
	struct gate messages;    /* begun and not freed */
	struct gate evaluations; /* at end of message */
	struct metrics metrics;
	struct hits *hits; /* of rules */
	struct trace trace;
	atomic_bool stopping; /* no message begins any more */
};

/* Takes over the reference of config, which was read from path. */
void server_init(struct server *server, struct config *config,
		 const char *path);
/* Starts resolver and suffix list.  Negative: enum err; with ERR_SYSTEM errno
 * tells. */
int server_start(struct server *server) MUST_CHECK;
/*
 * Lets no further message begin and waits for those at end of message, as long
 * as they may take.  False: some are still in other hands.
 */
bool server_drain(struct server *server);
/* After a drain that was true, or without server_start(). */
void server_clear(struct server *server);

/* Takes over the reference of config: what begins from now on uses it. */
void server_adopt(struct server *server, struct config *config);
/* Is it on the list `allow-remote-mta` of the snapshot of now?  (struct
   mta_filter, milter/mta/mta.h) */
bool server_may_connect(void *server, struct ip peer);
/* The rules of a snapshot. */
const struct rules *server_rules(const struct config *config);
/* A reference to the snapshot of now, to be given back. */
struct config *server_config(struct server *server) MUST_CHECK;
/* Reads or makes the key of what is hidden (`privacy`), as the user that the
   daemon becomes; where that fails the log tells, and it is one of its own. */
void server_read_privacy_key(struct server *server);

#endif
