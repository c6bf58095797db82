/*
 * How libmilter waits for connections: its poll() is ours.
 *
 * Its pool calls poll() with its pipe and all sessions that have no thread, and
 * gives each that is ready to one.  Here a session is ready once a whole packet
 * is there and its turn has come (turns.h).  The system is asked by epoll,
 * since poll() costs it as much as there are sessions, each time.
 *
 * A session's thread calls poll() with its own connection alone, for a
 * millisecond, before it leaves it to the pool; the listener's with the socket
 * that connections come to.
 */
#ifndef VERDICT_MILTER_MTA_POOL_H
#define VERDICT_MILTER_MTA_POOL_H

#include <stdbool.h>

#include "base/compat.h"
#include "milter/mta/stream.h"

/* Before smfi_main().  turns: how many sessions run at once, 0: what suits the
   processors.  False: errno tells. */
bool pool_open(unsigned turns) MUST_CHECK;
/* libmilter closes a session that the pool has. */
void pool_forget(struct stream *stream);

#endif
