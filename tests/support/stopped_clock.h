/*
 * A monotonic clock that the test stops and moves, for programs whose calls of
 * clock_monotonic_*() are linked to here (--wrap, see Makefile).
 *
 * Threads wait by the kernel's clock.  Where this one stands an hour ahead of
 * it, whoever waits for a time is woken by another thread, or not at all.
 */
#ifndef TESTS_SUPPORT_STOPPED_CLOCK_H
#define TESTS_SUPPORT_STOPPED_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define HOUR_MS ((int64_t)3600 * 1000)
/* Whatever else the machine does. */
#define PATIENCE_MS 60000

int64_t __real_clock_monotonic_us(void);
int64_t __wrap_clock_monotonic_us(void);
int64_t __wrap_clock_monotonic_ms(void);

/* 0: it runs, as the kernel's does. */
static _Atomic int64_t stopped_us;

int64_t
__wrap_clock_monotonic_us(void)
{
	int64_t us = stopped_us;

	return us != 0 ? us : __real_clock_monotonic_us();
}

int64_t
__wrap_clock_monotonic_ms(void)
{
	return __wrap_clock_monotonic_us() / 1000;
}

static inline void
stop_clock(int64_t ahead_ms)
{
	stopped_us = __real_clock_monotonic_us() + ahead_ms * 1000;
}

static inline void
run_clock(void)
{
	stopped_us = 0;
}

/* Of a clock that stands still. */
static inline void
pass_ms(int64_t ms)
{
	atomic_fetch_add(&stopped_us, ms * 1000);
}

/* Waits until it is so; false: it has not come. */
static inline bool
becomes(bool (*is_so)(const void *ctx), const void *ctx)
{
	int ms = 0;

	for (; !is_so(ctx) && ms < PATIENCE_MS; ms++)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	return is_so(ctx);
}

#endif
