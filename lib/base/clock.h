/*
 * Clocks.  Deadlines and latencies use the monotonic clock in milliseconds;
 * what a signature or a log line calls time is wall-clock seconds and travels
 * as a value, so that a test or `verdict check --time` can set it.
 */
#ifndef VERDICT_BASE_CLOCK_H
#define VERDICT_BASE_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Milliseconds since an arbitrary start; never goes back. */
int64_t clock_monotonic_ms(void);
/* Microseconds since the same start. */
int64_t clock_monotonic_us(void);
/* Seconds since 1970-01-01 UTC. */
int64_t clock_wall_seconds(void);
/* CPU time of the calling thread, in microseconds. */
int64_t clock_thread_cpu_us(void);

/* For clock_wait(). */
void clock_condition_init(pthread_cond_t *condition);
/* Within the lock: until the condition is signalled, or, false, the monotonic
   clock shows until_ms. */
bool clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock,
		int64_t until_ms);

#endif
