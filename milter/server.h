/*
 * What all connections share.  Made before the threads, freed after them.
 */
#ifndef VERDICT_MILTER_SERVER_H
#define VERDICT_MILTER_SERVER_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/log.h"
#include "config/config.h"
#include "milter/deferral.h"
#include "milter/gate.h"
#include "milter/guard.h"
#include "milter/watch.h"
#include "verify/verify.h"

struct server {
	pthread_mutex_t config_lock;
	struct config *config; /* the current snapshot; under the lock */
	struct log log;
	struct arena_pool pool;
	struct suffix_list *suffixes;
	struct verify_engine engine;
	struct guard *guard;
	struct deferrals *deferrals;
	struct watch *watch;
	struct gate sessions;    /* connections of mail servers */
	struct gate messages;    /* begun and not freed */
	struct gate evaluations; /* at end of message */
	atomic_bool stopping;    /* no message begins any more */
};

/* Takes over the reference of config. */
void server_init(struct server *server, struct config *config);
/* Starts resolver and suffix list.  Negative: enum err, errno tells. */
int server_start(struct server *server) MUST_CHECK;
/*
 * Lets no further message begin and waits for those at end of message, as long
 * as they may take.  False: some are still in other hands.
 */
bool server_drain(struct server *server);
/* After a drain that was true, or without server_start(). */
void server_clear(struct server *server);

/* A reference to the snapshot of now, to be given back. */
struct config *server_config(struct server *server) MUST_CHECK;

#endif
