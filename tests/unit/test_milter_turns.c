/* Whose turn it is: the sessions of the pool, and the listener. */
#include "tests/support/test.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "milter/mta/stream.h"
#include "milter/mta/turns.h"

#define LIMIT 3

static void
pause_ms(int64_t ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static void
take(unsigned n)
{
	while (n-- > 0)
		turns_begin();
}

static void
give_up(unsigned n)
{
	while (n-- > 0)
		turns_end();
}

/* Something moves, so that for a while nothing seems stuck. */
static void
move(void)
{
	turns_pause(true);
	turns_pause(false);
}

/* Once more where this machine itself stood still for that while. */
#define TRIES 5

static bool
sessions_wait(void)
{
	bool wait = false;

	for (int i = 0; i < TRIES && !wait; i++) {
		move();
		wait = turns_first() == NULL;
	}
	return wait;
}

static bool
connection_waits(int timeout_ms)
{
	bool waits = false;

	for (int i = 0; i < TRIES && !waits; i++) {
		move();
		waits = !turns_await(timeout_ms);
	}
	return waits;
}

static bool
pool_is_called(void)
{
	struct pollfd one = {.fd = turns_descriptor(), .events = POLLIN};
	bool called = ppoll(&one, 1, &(struct timespec){0}, NULL) == 1;

	if (called)
		turns_heed();
	return called;
}

static void
test_limit(void **state)
{
	(void)state;
	assert_true(turns_await(0));
	take(LIMIT - 1);
	assert_true(turns_await(0));
	take(1);
	assert_true(connection_waits(0));
	int64_t begun_ms = clock_monotonic_ms();
	assert_true(connection_waits(30));
	assert_true(clock_monotonic_ms() - begun_ms >= 30);
	/* A thread that waits for something else makes room. */
	turns_pause(true);
	assert_true(turns_await(0));
	turns_pause(false);
	assert_true(connection_waits(0));
	turns_end();
	assert_true(turns_await(0));
	give_up(LIMIT - 1);
}

static void
test_order(void **state)
{
	struct stream stream[4] = {0};

	(void)state;
	assert_null(turns_first());
	assert_int_equal(turns_waiting(), 0);
	take(LIMIT);
	for (size_t i = 0; i < 4; i++)
		turns_enqueue(&stream[i]);
	assert_int_equal(turns_waiting(), 4);
	assert_false(pool_is_called());
	assert_true(sessions_wait());
	pool_is_called();
	turns_end();
	assert_true(pool_is_called());
	assert_ptr_equal(turns_first(), &stream[0]);
	turns_give(&stream[0]);
	assert_false(pool_is_called());
	assert_false(stream[0].is_waiting);
	assert_true(sessions_wait());
	/* The second and the last were closed. */
	turns_forget(&stream[1]);
	turns_forget(&stream[3]);
	turns_enqueue(&stream[0]);
	give_up(LIMIT);
	assert_ptr_equal(turns_first(), &stream[2]);
	turns_give(&stream[2]);
	assert_ptr_equal(turns_first(), &stream[0]);
	turns_give(&stream[0]);
	assert_null(turns_first());
	assert_int_equal(turns_waiting(), 0);
	turns_forget(&stream[0]);
	give_up(2);
	pool_is_called();
}

/* Who asks twice has one place. */
static void
test_twice(void **state)
{
	struct stream stream[2] = {0};

	(void)state;
	turns_enqueue(&stream[0]);
	turns_enqueue(&stream[1]);
	turns_enqueue(&stream[0]);
	turns_give(turns_first());
	assert_ptr_equal(turns_first(), &stream[1]);
	turns_give(&stream[1]);
	assert_null(turns_first());
	assert_int_equal(turns_waiting(), 0);
	give_up(2);
	pool_is_called();
}

static void
test_stuck(void **state)
{
	struct stream stream[1 + TRIES] = {0};
	bool waits = false;

	(void)state;
	take(LIMIT);
	for (size_t i = 0; i <= TRIES; i++)
		turns_enqueue(&stream[i]);
	assert_true(sessions_wait());
	/* One more at a time. */
	for (size_t i = 0; i < TRIES && !waits; i++) {
		pause_ms(TURNS_STUCK_MS + 1);
		assert_ptr_equal(turns_first(), &stream[i]);
		turns_give(&stream[i]);
		waits = turns_first() == NULL;
		give_up(1);
	}
	assert_true(waits);
	for (size_t i = 0; i <= TRIES; i++)
		turns_forget(&stream[i]);
	int64_t begun_ms = clock_monotonic_ms();
	assert_true(turns_await(5000));
	assert_true(clock_monotonic_ms() - begun_ms < 2000);
	give_up(LIMIT);
	pool_is_called();
}

static uint64_t
waits(const struct histogram_counts *counts)
{
	uint64_t n = 0;

	for (int i = 0; i <= HISTOGRAM_BOUNDS; i++)
		n += counts->bucket[i];
	return n;
}

static void
test_report(void **state)
{
	struct turns_report before, after;
	struct stream stream[2] = {0};

	(void)state;
	turns_report(&before);
	assert_int_equal(before.limit, LIMIT);
	assert_int_equal(before.given, 0);
	assert_int_equal(before.waiting, 0);
	turns_enqueue(&stream[0]);
	turns_enqueue(&stream[1]);
	pause_ms(5);
	turns_give(turns_first());
	assert_true(turns_await(0));
	turns_begin();
	turns_report(&after);
	assert_int_equal(after.given, 2);
	assert_int_equal(after.waiting, 1);
	assert_int_equal(waits(&after.waited) - waits(&before.waited), 2);
	assert_true(after.waited.sum_us - before.waited.sum_us >= 5000);
	turns_forget(&stream[1]);
	give_up(2);
	pool_is_called();
}

/* Whoever was woken for a connection is done; the sessions are not. */
static void
test_behind_connection(void **state)
{
	struct stream stream[2] = {0};

	(void)state;
	turns_enqueue(&stream[0]);
	turns_enqueue(&stream[1]);
	turns_give(&stream[0]);
	pool_is_called();
	assert_true(turns_await(0));
	assert_true(pool_is_called());
	/* The connection is accepted, and one more waits. */
	turns_begin();
	assert_ptr_equal(turns_first(), &stream[1]);
	assert_false(turns_await(0));
	turns_forget(&stream[1]);
	assert_true(turns_await(0));
	give_up(2);
	pool_is_called();
}

struct listener {
	pthread_t thread;
	unsigned connections;
	atomic_uint accepted;
};

static void *
listen(void *ctx)
{
	struct listener *listener = ctx;

	while (listener->accepted < listener->connections)
		if (turns_await(10000)) {
			turns_begin();
			atomic_fetch_add(&listener->accepted, 1);
		}
	return NULL;
}

/* Waits until the listener waits too, unless it is done. */
static void
meet(const struct listener *listener, unsigned sessions)
{
	while (turns_waiting() < sessions + 1 &&
	       listener->accepted < listener->connections)
		pause_ms(1);
}

static void
assert_accepted(const struct listener *listener, unsigned n)
{
	int64_t begun_ms = clock_monotonic_ms();

	while (listener->accepted < n &&
	       clock_monotonic_ms() - begun_ms < 10000)
		pause_ms(1);
	assert_true(listener->accepted >= n);
}

/* Where both wait, a connection and a session have every other turn. */
static void
test_alternation(void **state)
{
	struct stream stream[3] = {0};
	struct listener listener = {.connections = 3};

	(void)state;
	take(LIMIT);
	for (size_t i = 0; i < 3; i++)
		turns_enqueue(&stream[i]);
	pthread_create(&listener.thread, NULL, listen, &listener);
	for (unsigned i = 0; i < 3; i++) {
		meet(&listener, 3 - i);
		turns_end();
		/* It was a connection's turn last. */
		assert_ptr_equal(turns_first(), &stream[i]);
		assert_int_equal(listener.accepted, i);
		turns_give(&stream[i]);
		turns_end();
		assert_accepted(&listener, i + 1);
	}
	pthread_join(listener.thread, NULL);
	give_up(LIMIT);
	pool_is_called();
}

/* A connection need not look for itself whether it is its turn. */
static void
test_listener_is_woken(void **state)
{
	struct listener listener = {.connections = TRIES};
	int64_t least_ms = INT64_MAX;

	(void)state;
	take(LIMIT);
	pthread_create(&listener.thread, NULL, listen, &listener);
	for (unsigned i = 0; i < TRIES; i++) {
		meet(&listener, 0);
		move();
		int64_t begun_ms = clock_monotonic_ms();
		turns_end();
		assert_accepted(&listener, i + 1);
		int64_t ms = clock_monotonic_ms() - begun_ms;
		least_ms = ms < least_ms ? ms : least_ms;
	}
	pthread_join(listener.thread, NULL);
	assert_true(least_ms < TURNS_STUCK_MS / 2);
	give_up(LIMIT);
	pool_is_called();
}

/* Some for each processor, unless it is told. */
static void
test_own_limit(void **state)
{
	unsigned processors = (unsigned)sysconf(_SC_NPROCESSORS_CONF), n = 0;

	(void)state;
	close(turns_descriptor());
	assert_true(turns_open(0));
	for (; n < 100 * processors && turns_await(0); n++)
		turns_begin();
	assert_in_range(n, 2, 20 * processors);
	give_up(n);
}

static int
begin(void **state)
{
	(void)state;
	return turns_open(LIMIT) ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_twice),
	    cmocka_unit_test(test_stuck),
	    cmocka_unit_test(test_report),
	    cmocka_unit_test(test_behind_connection),
	    cmocka_unit_test(test_alternation),
	    cmocka_unit_test(test_listener_is_woken),
	    cmocka_unit_test(test_own_limit),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
