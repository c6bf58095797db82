/* Threads for sessions: as many as are bound, kept for the next ones. */
#include "tests/support/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/clock.h"
#include "milter/mta/parts.h"

#define BOUND 3
#define SESSIONS 10
/* Far longer than what is waited for takes. */
#define PATIENCE_S 20

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
/* Under the lock. */
static int running, most, begun, ended, let_go;
static int order[SESSIONS];
/* Threads that the pool made, that are parked in it, shall leave it and have
   left it. */
static int made, parked, leave, left;
static pthread_cond_t *called;
static pthread_mutex_t *pool_lock;

static void
forget(void)
{
	running = most = begun = ended = let_go = made = left = 0;
}

/* libmilter's worker: with a session, that one's commands; without one, it
   takes what the pool has. */
static void *
worker(void *session)
{
	if (session == NULL)
		return NULL;
	/* As libmilter's does, each time that it begins. */
	assert_int_equal(mta_pthread_detach(pthread_self()), 0);
	pthread_mutex_lock(&lock);
	int number = *(int *)session;
	order[begun++] = number;
	running++;
	most = running > most ? running : most;
	pthread_cond_broadcast(&changed);
	while (let_go == 0)
		pthread_cond_wait(&changed, &lock);
	let_go--;
	running--;
	ended++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void *
other(void *ctx)
{
	atomic_fetch_add((atomic_int *)ctx, 1);
	return NULL;
}

/* The pool's calls (--wrap, see Makefile): each thread that it makes is
   counted, and one that is parked stays until it shall leave. */
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg);
bool __real_clock_wait(pthread_cond_t *condition, pthread_mutex_t *mutex,
		       int64_t end_ms);
bool __wrap_clock_wait(pthread_cond_t *condition, pthread_mutex_t *mutex,
		       int64_t end_ms);

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
		      void *(*run)(void *), void *arg)
{
	pthread_mutex_lock(&lock);
	made += run != worker && run != other;
	pthread_mutex_unlock(&lock);
	return __real_pthread_create(thread, attr, run, arg);
}

bool
__wrap_clock_wait(pthread_cond_t *condition, pthread_mutex_t *mutex,
		  int64_t end_ms)
{
	(void)end_ms;
	pthread_mutex_lock(&lock);
	called = condition;
	pool_lock = mutex;
	parked++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	pthread_cond_wait(condition, mutex);
	pthread_mutex_lock(&lock);
	bool leaves = leave > 0;
	parked--;
	leave -= leaves;
	left += leaves;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	return !leaves;
}

static int numbers[SESSIONS];

static void
start(int number)
{
	pthread_t thread;

	numbers[number] = number;
	assert_int_equal(
	    mta_pthread_create(&thread, NULL, worker, &numbers[number]), 0);
}

/* Waits until it holds. */
static void
await(const int *count, int want)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += PATIENCE_S;
	pthread_mutex_lock(&lock);
	while (*count < want &&
	       pthread_cond_timedwait(&changed, &lock, &end) == 0)
		;
	int got = *count;
	pthread_mutex_unlock(&lock);
	assert_int_equal(got, want);
}

static void
let_end(int n)
{
	pthread_mutex_lock(&lock);
	let_go += n;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

/* Before there is a bound, and for threads that are no sessions', nothing is
   different. */
static void
test_plain_threads(void **state)
{
	atomic_int count = 0;
	pthread_t thread;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    mta_pthread_create(&thread, NULL, other, &count), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_int_equal(atomic_load(&count), i + 1);
	}
	assert_int_equal(mta_pthread_create(&thread, NULL, worker, NULL), 0);
	assert_int_equal(mta_pthread_detach(thread), 0);
}

static void
test_bound(void **state)
{
	atomic_int count = 0;
	pthread_t thread;

	(void)state;
	forget();
	workers_bound(BOUND);
	/* By this libmilter's function is known. */
	assert_int_equal(mta_pthread_create(&thread, NULL, worker, NULL), 0);
	pthread_join(thread, NULL);
	for (int i = 0; i < SESSIONS; i++)
		start(i);
	await(&begun, BOUND);
	/* One that ends makes room for one, the longest waiting. */
	for (int i = BOUND; i < SESSIONS; i++) {
		let_end(1);
		await(&begun, i + 1);
		assert_int_equal(order[i], i);
	}
	/* Other threads do not wait for that. */
	assert_int_equal(mta_pthread_create(&thread, NULL, other, &count), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(atomic_load(&count), 1);
	let_end(BOUND);
	await(&ended, SESSIONS);
	assert_int_equal(most, BOUND);
	assert_int_equal(made, BOUND);
}

/* A thread whose session ended takes the next one. */
static void
test_threads_stay(void **state)
{
	(void)state;
	await(&parked, BOUND);
	forget();
	for (int i = 0; i < 2 * BOUND; i++) {
		start(i);
		await(&begun, i + 1);
		let_end(1);
		await(&parked, BOUND);
	}
	for (int i = 0; i < BOUND; i++)
		start(i);
	await(&begun, 3 * BOUND);
	let_end(BOUND);
	await(&ended, 3 * BOUND);
	assert_int_equal(most, BOUND);
	assert_int_equal(made, 0);
}

/* Where none follows it leaves, and is made again for one that does. */
static void
test_threads_leave(void **state)
{
	(void)state;
	await(&parked, BOUND);
	forget();
	/* One that has said it is parked holds the pool's lock until it waits.
	 */
	pthread_mutex_lock(pool_lock);
	pthread_mutex_lock(&lock);
	leave = BOUND;
	pthread_mutex_unlock(&lock);
	pthread_cond_broadcast(called);
	pthread_mutex_unlock(pool_lock);
	await(&left, BOUND);
	for (int i = 0; i <= BOUND; i++)
		start(i);
	await(&begun, BOUND);
	assert_int_equal(made, BOUND);
	let_end(BOUND + 1);
	await(&ended, BOUND + 1);
	assert_int_equal(most, BOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain_threads),
	    cmocka_unit_test(test_bound),
	    cmocka_unit_test(test_threads_stay),
	    cmocka_unit_test(test_threads_leave),
	};

	return cmocka_run_group_tests_name("milter-workers", tests, NULL, NULL);
}
