/* Whose turn it is: the sessions of the pool, and the listener. */
#include "tests/support/test.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "milter/mta/stream.h"
#include "milter/mta/turns.h"
#include "tests/support/stopped_clock.h"

#define LIMIT 3

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
	assert_false(turns_await(0));
	/* A thread that waits for something else makes room. */
	turns_pause(true);
	assert_true(turns_await(0));
	turns_pause(false);
	assert_false(turns_await(0));
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
	assert_null(turns_first());
	pool_is_called();
	turns_end();
	assert_true(pool_is_called());
	assert_ptr_equal(turns_first(), &stream[0]);
	turns_give(&stream[0]);
	assert_false(pool_is_called());
	assert_false(stream[0].is_waiting);
	assert_null(turns_first());
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

/* Where none has begun or ended for a while there is one more, and one more. */
static void
test_stuck(void **state)
{
	enum { SESSIONS = 3 };
	struct stream stream[SESSIONS] = {0};

	(void)state;
	take(LIMIT);
	for (size_t i = 0; i < SESSIONS; i++)
		turns_enqueue(&stream[i]);
	for (size_t i = 0; i < SESSIONS; i++) {
		pass_ms(TURNS_STUCK_MS - 1);
		assert_null(turns_first());
		pass_ms(1);
		assert_ptr_equal(turns_first(), &stream[i]);
		turns_give(&stream[i]);
		assert_null(turns_first());
		give_up(1);
	}
	pass_ms(TURNS_STUCK_MS - 1);
	assert_false(turns_await(0));
	pass_ms(1);
	assert_true(turns_await(0));
	give_up(LIMIT);
	pool_is_called();
}

/* Who is not next waits for the time that was given, and not for more. */
static void
test_timeout(void **state)
{
	enum { TIMEOUT_MS = 30, TRIES = 100 };
	struct stream next = {0};
	int64_t ms = INT64_MAX;

	(void)state;
	take(LIMIT);
	turns_enqueue(&next);
	/* Once more where the machine itself stood still for that while. */
	for (int i = 0; i < TRIES && ms >= TURNS_STUCK_MS; i++) {
		int64_t begun_ms = clock_monotonic_ms();
		assert_false(turns_await(TIMEOUT_MS));
		ms = clock_monotonic_ms() - begun_ms;
		assert_true(ms >= TIMEOUT_MS);
	}
	assert_true(ms < TURNS_STUCK_MS);
	turns_forget(&next);
	give_up(LIMIT);
	pool_is_called();
}

/* Nobody wakes it, and it has not looked in vain for good. */
static void
test_stuck_while_waiting(void **state)
{
	int64_t begun_ms = clock_monotonic_ms();

	(void)state;
	take(LIMIT);
	assert_true(turns_await(PATIENCE_MS));
	int64_t ms = clock_monotonic_ms() - begun_ms;
	assert_in_range(ms, TURNS_STUCK_MS, PATIENCE_MS - 1);
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
	pass_ms(5);
	turns_give(turns_first());
	assert_true(turns_await(0));
	turns_begin();
	turns_report(&after);
	assert_int_equal(after.given, 2);
	assert_int_equal(after.waiting, 1);
	assert_int_equal(waits(&after.waited) - waits(&before.waited), 2);
	assert_int_equal(after.waited.sum_us - before.waited.sum_us, 5000);
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
	unsigned connections, expected;
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

static bool
one_waits(const void *ctx)
{
	return turns_waiting() == *(const unsigned *)ctx;
}

/* Waits until the listener waits too, beside so many sessions. */
static void
meet(unsigned sessions)
{
	const unsigned all = sessions + 1;

	assert_true(becomes(one_waits, &all));
}

static bool
all_are_accepted(const void *ctx)
{
	const struct listener *listener = ctx;

	return listener->accepted == listener->expected;
}

static void
assert_accepted(struct listener *listener, unsigned n)
{
	listener->expected = n;
	assert_true(becomes(all_are_accepted, listener));
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
		meet(3 - i);
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
	struct listener listener = {.connections = 3};

	(void)state;
	take(LIMIT);
	pthread_create(&listener.thread, NULL, listen, &listener);
	for (unsigned i = 0; i < listener.connections; i++) {
		meet(0);
		turns_end();
		assert_accepted(&listener, i + 1);
	}
	pthread_join(listener.thread, NULL);
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
	stop_clock(HOUR_MS);
	return turns_open(LIMIT) ? 0 : -1;
}

static int
run(void **state)
{
	(void)state;
	run_clock();
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	stop_clock(HOUR_MS);
	return 0;
}

#define WITH_TIME(test) cmocka_unit_test_setup_teardown(test, run, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_twice),
	    cmocka_unit_test(test_stuck),
	    WITH_TIME(test_timeout),
	    WITH_TIME(test_stuck_while_waiting),
	    cmocka_unit_test(test_report),
	    cmocka_unit_test(test_behind_connection),
	    cmocka_unit_test(test_alternation),
	    cmocka_unit_test(test_listener_is_woken),
	    cmocka_unit_test(test_own_limit),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
