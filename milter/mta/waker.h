/*
 * Keeps libmilter's pool of threads awake.
 *
 * Two sessions that become ready at the same moment wake one idle thread of
 * the pool, which takes one of them; where all other threads wait for DNS, the
 * second session lies until one of those is done.  Any new connection makes the
 * pool look again, so while messages wait, a thread of ours connects to our own
 * socket and hangs up, ten times a second.
 */
#ifndef VERDICT_MILTER_MTA_WAKER_H
#define VERDICT_MILTER_MTA_WAKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/compat.h"
#include "base/gate.h"

struct waker {
	pthread_t thread;
	const struct gate *evaluations; /* outlives the waker */
	atomic_bool stop;
};

/* False: no thread could be made. */
bool waker_start(struct waker *waker,
		 const struct gate *evaluations) MUST_CHECK;
/* Ends the thread, within a tenth of a second. */
void waker_stop(struct waker *waker);

#endif
