/*
 * Tells the service manager (notify.h) that the daemon is ready, that it goes
 * on working, and that it stops.
 *
 * A thread of its own does what a mail server does first, connect and
 * negotiate, and wakes the resolver's thread.  Only where libmilter's pool has
 * answered and the resolver's thread has turned is READY told, once, and
 * WATCHDOG, three times in the interval that WATCHDOG_USEC gives.
 */
#ifndef VERDICT_MILTER_PROCESS_WATCHDOG_H
#define VERDICT_MILTER_PROCESS_WATCHDOG_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/compat.h"
#include "base/log.h"
#include "dns/dns.h"

struct watchdog {
	pthread_t thread;
	bool running;
	const struct log *log;
	struct dns_resolver *resolver;
	atomic_bool stop;
};

/*
 * Does nothing without a service manager.  Both arguments outlive the watchdog.
 * False: no thread could be made, errno tells.
 */
bool watchdog_start(struct watchdog *watchdog, const struct log *log,
		    struct dns_resolver *resolver) MUST_CHECK;
/* Ends the thread, within a tenth of a second; never started is fine. */
void watchdog_stop(struct watchdog *watchdog);

#endif
