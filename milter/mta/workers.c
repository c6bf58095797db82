/*
 * Bounds libmilter's pool of threads.
 *
 * The pool makes a thread for every session that is ready while none of its
 * threads is idle.  Turns (turns.h) keep few of them running at once, but who
 * waits for DNS or for the rest of a packet leaves its turn to another and
 * keeps its thread: a dead resolver makes as many as there are sessions.
 * libmilter's pthread_create() and pthread_detach() are ours (below):
 * beyond the bound a session waits for a thread, the longest waiting one first.
 * A thread without a task stays for five seconds, since the next burst follows
 * soon.
 *
 * How many there may be, and why that is enough, stands in base/shares.h.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "milter/mta/parts.h"

/* How long a thread without a task stays: libmilter ends its workers after each
   burst, and the next one follows soon. */
#define PARK_MS 5000

struct task {
	void *(*run)(void *);
	void *session;
	struct task *next;
};

static struct {
	pthread_mutex_t lock;
	void *(*run)(void *); /* libmilter's worker, once it is known */
	unsigned bound, count;
	unsigned parked; /* of those, without a task */
	pthread_cond_t called;
	struct task *first, **last; /* waiting for a thread */
	unsigned queued;            /* of them */
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .last = &pool.first};

/* A worker detaches itself each time that it is run, which works once. */
static _Thread_local bool is_worker;

void
workers_bound(unsigned bound)
{
	pthread_mutex_lock(&pool.lock);
	clock_condition_init(&pool.called);
	pool.bound = bound;
	pthread_mutex_unlock(&pool.lock);
}

static void
enqueue(struct task *task)
{
	pool.queued++;
	*pool.last = task;
	pool.last = &task->next;
}

/* Within the lock: waits until there may be a task, but not for long. */
static void
park(void)
{
	int64_t end_ms = clock_monotonic_ms() + PARK_MS;
	bool patient = true;

	pool.parked++;
	while (pool.first == NULL && patient)
		patient = clock_wait(&pool.called, &pool.lock, end_ms);
	pool.parked--;
}

/* The next session without a thread; NULL: none, and one worker less. */
static struct task *
next_task(void)
{
	pthread_mutex_lock(&pool.lock);
	if (pool.first == NULL)
		park();
	struct task *task = pool.first;
	if (task != NULL) {
		pool.queued--;
		pool.first = task->next;
		if (pool.first == NULL)
			pool.last = &pool.first;
	} else {
		pool.count--;
	}
	pthread_mutex_unlock(&pool.lock);
	return task;
}

static void *
work(void *first)
{
	is_worker = true;
	for (struct task *task = first; task != NULL; task = next_task()) {
		task->run(task->session);
		free(task);
	}
	return NULL;
}

static int
start_thread(struct task *task)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	int error = pthread_create(&thread, &attr, work, task);
	pthread_attr_destroy(&attr);
	return error;
}

/* Within the lock.  A thread that cannot be made is one to wait for. */
static int
assign(struct task *task)
{
	if (pool.queued >= pool.parked && pool.count < pool.bound) {
		int error = start_thread(task);
		if (error == 0)
			pool.count++;
		if (error == 0 || pool.count == 0)
			return error;
	}
	enqueue(task);
	return 0;
}

/*
 * libmilter starts its first workers without a session; what it starts with
 * one, by the same function, is a worker for that session.
 */
static bool
is_for_session(void *(*run)(void *), const void *arg)
{
	if (arg == NULL)
		pool.run = run;
	return arg != NULL && run == pool.run;
}

int
mta_pthread_create(pthread_t *thread_out, const pthread_attr_t *attr,
		   void *(*run)(void *), void *arg)
{
	int error;

	call_reached(CALL_PTHREAD_CREATE);
	pthread_mutex_lock(&pool.lock);
	if (pool.bound == 0 || !is_for_session(run, arg)) {
		pthread_mutex_unlock(&pool.lock);
		return pthread_create(thread_out, attr, run, arg);
	}
	struct task *task = mem_alloc(sizeof *task);
	*task = (struct task){.run = run, .session = arg};
	error = assign(task);
	bool call = pool.queued > 0 && pool.parked > 0;
	pthread_mutex_unlock(&pool.lock);
	if (call)
		pthread_cond_signal(&pool.called);
	if (error != 0)
		free(task);
	return error;
}

int
mta_pthread_detach(pthread_t thread)
{
	call_reached(CALL_PTHREAD_DETACH);
	return is_worker ? 0 : pthread_detach(thread);
}
