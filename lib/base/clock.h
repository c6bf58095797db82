/*
 * Clocks.  Deadlines and latencies use the monotonic clock in milliseconds;
 * what a signature or a log line calls time is wall-clock seconds and travels
 * as a value, so that a test or `verdict check --time` can set it.
 */
#ifndef VERDICT_BASE_CLOCK_H
#define VERDICT_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since an arbitrary start; never goes back. */
int64_t clock_monotonic_ms(void);
/* Microseconds since the same start. */
int64_t clock_monotonic_us(void);
/* Seconds since 1970-01-01 UTC. */
int64_t clock_wall_seconds(void);
/* CPU time of the calling thread, in microseconds. */
int64_t clock_thread_cpu_us(void);

#endif
