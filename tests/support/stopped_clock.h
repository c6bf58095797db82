/*
 * A monotonic clock that stands still until the test moves it, for programs
 * whose calls of clock_monotonic_*() are linked to here (--wrap, see Makefile).
 *
 * It is an hour ahead of the kernel's, by which threads wait: whoever waits for
 * a time of this clock is woken by another thread, or not at all.
 */
#ifndef TESTS_SUPPORT_STOPPED_CLOCK_H
#define TESTS_SUPPORT_STOPPED_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define AHEAD_US ((int64_t)3600 * 1000000)
/* Whatever else the machine does. */
#define PATIENCE_MS 60000

int64_t __real_clock_monotonic_us(void);
int64_t __wrap_clock_monotonic_us(void);
int64_t __wrap_clock_monotonic_ms(void);

static _Atomic int64_t stopped_us;

int64_t
__wrap_clock_monotonic_us(void)
{
	int64_t none = 0;

	if (stopped_us == 0)
		atomic_compare_exchange_strong(
		    &stopped_us, &none, __real_clock_monotonic_us() + AHEAD_US);
	return stopped_us;
}

int64_t
__wrap_clock_monotonic_ms(void)
{
	return __wrap_clock_monotonic_us() / 1000;
}

static inline void
pass_ms(int64_t ms)
{
	(void)__wrap_clock_monotonic_us();
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
