/* Threads for sessions: as many as are bound, kept for the next ones. */
#include "tests/support/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "milter/mta/parts.h"

#define BOUND 3
#define SESSIONS 10

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
/* Under the lock. */
static int running, most, begun, ended, let_go;
static int order[SESSIONS];
static pthread_t ran_in[SESSIONS];

static void
forget(void)
{
	running = most = begun = ended = let_go = 0;
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
	ran_in[number] = pthread_self();
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

static int numbers[SESSIONS];

static void
start(int number)
{
	pthread_t thread;

	numbers[number] = number;
	assert_int_equal(
	    mta_pthread_create(&thread, NULL, worker, &numbers[number]), 0);
}

/* Waits until it holds; what else may still happen has its time. */
static void
await(const int *count, int want)
{
	const struct timespec pause = {.tv_nsec = 20000000};

	pthread_mutex_lock(&lock);
	while (*count < want)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	nanosleep(&pause, NULL);
	pthread_mutex_lock(&lock);
	assert_int_equal(*count, want);
	pthread_mutex_unlock(&lock);
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
}

/* A thread whose session ended takes the next one. */
static void
test_threads_stay(void **state)
{
	(void)state;
	forget();
	start(0);
	await(&begun, 1);
	let_end(1);
	await(&ended, 1);
	start(1);
	await(&begun, 2);
	let_end(1);
	await(&ended, 2);
	/* Three are parked since the test before: one of those, no new one. */
	for (int i = 2; i < 2 + BOUND; i++)
		start(i);
	await(&begun, 2 + BOUND);
	int known = 0;
	for (int i = 2; i < 2 + BOUND; i++)
		for (int k = 0; k < 2; k++)
			known += pthread_equal(ran_in[i], ran_in[k]) != 0;
	assert_true(known > 0);
	let_end(BOUND);
	await(&ended, 2 + BOUND);
	assert_int_equal(most, BOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain_threads),
	    cmocka_unit_test(test_bound),
	    cmocka_unit_test(test_threads_stay),
	};

	return cmocka_run_group_tests_name("milter-workers", tests, NULL, NULL);
}
