/* What is promised of threads holds for every max-evaluations. */
#include "tests/support/test.h"

#include "base/shares.h"

#define MOST 10000
/* Of shares.h: from here on sessions wait, and no message is put off. */
#define MANY 168
/* The threads beside the workers. */
#define OTHERS 16

static void
test_known_values(void **state)
{
	static const struct {
		unsigned max;
		struct shares shares;
	} c[] = {
	    {1, {5, 1, 0, 1, 1}},
	    {2, {6, 2, 0, 1, 1}},
	    {8, {11, 7, 0, 4, 2}},
	    {10, {13, 9, 1, 4, 2}},
	    {64, {60, 56, 7, 25, 12}},
	    {167, {151, 147, 18, 61, 30}},
	    {168, {143, 147, 18, 64, 32}},
	    {256, {220, 224, 28, 97, 48}},
	    {10000, {8746, 8750, 1093, 3751, 1875}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
		struct shares got = shares_of(c[i].max);
		assert_memory_equal(&got, &c[i].shares, sizeof got);
	}
}

static void
test_the_process_keeps_within_its_threads(void **state)
{
	(void)state;
	for (unsigned max = 1; max <= MOST; max++) {
		unsigned all = shares_of(max).workers + OTHERS;
		assert_true(all <= (max < MANY ? max + 20 : max));
	}
}

/* Either no message is put off, or each that may wait leaves four workers: two
   that may be idle and two that go on. */
static void
test_there_is_a_worker_for_known_results(void **state)
{
	(void)state;
	for (unsigned max = 1; max <= MOST; max++) {
		struct shares shares = shares_of(max);
		if (max < MANY)
			assert_int_equal(shares.workers,
					 shares.evaluations + 4);
		else
			assert_true(shares.workers < shares.evaluations);
		/* Of those, what dead names leave: two idle, three that go
		   on. */
		if (max >= MANY)
			assert_true(shares.slow_waiters + shares.brief_waiters +
					5 <=
				    shares.workers);
	}
}

static void
test_parts_are_what_they_are_called(void **state)
{
	(void)state;
	for (unsigned max = 1; max <= MOST; max++) {
		struct shares s = shares_of(max);
		unsigned slow = s.slow_waiters + s.brief_waiters;
		assert_true(s.evaluations >= 1 && s.evaluations <= max);
		assert_true(8 * s.evaluations >= 7 * max);
		assert_true(8 * s.evaluations < 7 * max + 8);
		assert_true(8 * s.last_evaluations <= s.evaluations);
		assert_true(s.slow_waiters >= 1 && s.brief_waiters >= 1);
		assert_true(8 * (s.slow_waiters - 1) <= 3 * max);
		assert_true(s.brief_waiters <= s.slow_waiters);
		/* Nine of sixteen, and the one and half that rounds up. */
		assert_true(16 * slow <= 9 * max + 24);
		/* A third of what may wait is left to other mail. */
		if (max >= 57)
			assert_true(3 * (s.evaluations - slow) >=
				    s.evaluations);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_values),
	    cmocka_unit_test(test_the_process_keeps_within_its_threads),
	    cmocka_unit_test(test_there_is_a_worker_for_known_results),
	    cmocka_unit_test(test_parts_are_what_they_are_called),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
