/* Whose turn it is: the sessions of the pool, and the listener. */
#include "tests/support/test.h"

#include <poll.h>
#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "milter/stream_parts.h"
#include "milter/turns.h"

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
	int64_t begun_ms = clock_monotonic_ms();
	assert_false(turns_await(30));
	assert_true(clock_monotonic_ms() - begun_ms >= 30);
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
	assert_null(turns_first());
	assert_false(pool_is_called());
	turns_end();
	assert_true(pool_is_called());
	assert_ptr_equal(turns_first(), &stream[0]);
	turns_give(&stream[0]);
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

static void
test_stuck(void **state)
{
	struct stream stream[2] = {0};

	(void)state;
	take(LIMIT);
	turns_enqueue(&stream[0]);
	turns_enqueue(&stream[1]);
	pause_ms(TURNS_STUCK_MS / 2);
	assert_null(turns_first());
	pause_ms(TURNS_STUCK_MS / 2 + 1);
	assert_ptr_equal(turns_first(), &stream[0]);
	turns_give(&stream[0]);
	assert_null(turns_first());
	turns_forget(&stream[1]);
	int64_t begun_ms = clock_monotonic_ms();
	assert_true(turns_await(5000));
	assert_true(clock_monotonic_ms() - begun_ms < 2000);
	give_up(LIMIT + 1);
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

struct listener {
	pthread_t thread;
	unsigned accepted;
};

static void *
listen(void *ctx)
{
	struct listener *listener = ctx;

	while (listener->accepted < 3)
		if (turns_await(10000)) {
			turns_begin();
			listener->accepted++;
		}
	return NULL;
}

/* Waits until the listener waits too. */
static void
meet_listener(unsigned sessions)
{
	while (turns_waiting() < sessions + 1)
		pause_ms(1);
}

/* Where both wait, a connection and a session have every other turn. */
static void
test_alternation(void **state)
{
	struct stream stream[3] = {0};
	struct listener listener = {.accepted = 0};

	(void)state;
	take(LIMIT);
	for (size_t i = 0; i < 3; i++)
		turns_enqueue(&stream[i]);
	pthread_create(&listener.thread, NULL, listen, &listener);
	for (size_t i = 0; i < 3; i++) {
		meet_listener((unsigned)(3 - i));
		turns_end();
		/* It was a connection's turn last. */
		while (turns_first() == NULL)
			pause_ms(1);
		assert_ptr_equal(turns_first(), &stream[i]);
		turns_give(&stream[i]);
		assert_null(turns_first());
		turns_end();
	}
	pthread_join(listener.thread, NULL);
	assert_int_equal(listener.accepted, 3);
	give_up(LIMIT);
	pool_is_called();
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
	    cmocka_unit_test(test_limit),  cmocka_unit_test(test_order),
	    cmocka_unit_test(test_twice),  cmocka_unit_test(test_stuck),
	    cmocka_unit_test(test_report), cmocka_unit_test(test_alternation),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
