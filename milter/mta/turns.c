#include "milter/mta/turns.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "milter/mta/stream.h"

/*
 * More than can run: some always wait for a page, a lock or the next packet of
 * their mail server.  Measured with two processors: from 4 to 6 each a message
 * costs a tenth less, beyond only the time of the slowest grows.
 */
#define A_PROCESSOR 6

static struct {
	pthread_mutex_t lock;
	unsigned limit, given;
	int64_t moved_ms; /* when a turn began or ended */
	struct stream *first, **last;
	pthread_cond_t for_listener;
	bool listener_waits;
	bool listener_next;  /* where both wait */
	atomic_uint waiting; /* of both kinds */
	struct histogram waited;
	int event;
} turns = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .last = &turns.first, .event = -1};

static unsigned
suitable_limit(void)
{
	cpu_set_t set;
	long processors = sched_getaffinity(0, sizeof set, &set) == 0
			      ? CPU_COUNT(&set)
			      : sysconf(_SC_NPROCESSORS_ONLN);

	return A_PROCESSOR * (processors > 0 ? (unsigned)processors : 1);
}

bool
turns_open(unsigned limit)
{
	turns.limit = limit > 0 ? limit : suitable_limit();
	clock_condition_init(&turns.for_listener);
	turns.event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return turns.event >= 0;
}

/* --- within the lock --- */

static bool
is_one_free(int64_t now_ms)
{
	return turns.given < turns.limit ||
	       now_ms - turns.moved_ms >= TURNS_STUCK_MS;
}

static bool
is_listeners(void)
{
	return turns.listener_waits &&
	       (turns.first == NULL || turns.listener_next);
}

/* Unlocks, and wakes whose turn it is. */
static void
leave(void)
{
	const uint64_t one = 1;
	bool free = turns.given < turns.limit;
	bool listener = free && is_listeners();
	bool pool = free && !listener && turns.first != NULL;

	pthread_mutex_unlock(&turns.lock);
	if (listener)
		pthread_cond_signal(&turns.for_listener);
	if (pool)
		(void)!write(turns.event, &one, sizeof one);
}

/* Unlocks, too. */
static void
count(int more)
{
	turns.given += (unsigned)more;
	turns.moved_ms = clock_monotonic_ms();
	leave();
}

static void
unlink_stream(struct stream **at)
{
	struct stream *stream = *at;

	*at = stream->next;
	if (*at == NULL)
		turns.last = at;
	stream->next = NULL;
	stream->is_waiting = false;
	atomic_fetch_sub(&turns.waiting, 1);
}

/* --- any thread --- */

void
turns_begin(void)
{
	pthread_mutex_lock(&turns.lock);
	turns.listener_next = false;
	count(1);
}

void
turns_end(void)
{
	pthread_mutex_lock(&turns.lock);
	count(-1);
}

void
turns_pause(bool waits)
{
	pthread_mutex_lock(&turns.lock);
	count(waits ? -1 : 1);
}

void
turns_enqueue(struct stream *stream)
{
	pthread_mutex_lock(&turns.lock);
	if (!stream->is_waiting) {
		stream->is_waiting = true;
		stream->waits_us = clock_monotonic_us();
		*turns.last = stream;
		turns.last = &stream->next;
		atomic_fetch_add(&turns.waiting, 1);
	}
	pthread_mutex_unlock(&turns.lock);
}

void
turns_forget(struct stream *stream)
{
	pthread_mutex_lock(&turns.lock);
	for (struct stream **at = &turns.first; *at != NULL; at = &(*at)->next)
		if (*at == stream) {
			unlink_stream(at);
			break;
		}
	pthread_mutex_unlock(&turns.lock);
}

unsigned
turns_waiting(void)
{
	return atomic_load_explicit(&turns.waiting, memory_order_relaxed);
}

void
turns_report(struct turns_report *report_out)
{
	pthread_mutex_lock(&turns.lock);
	report_out->limit = turns.limit;
	report_out->given = turns.given;
	pthread_mutex_unlock(&turns.lock);
	report_out->waiting = turns_waiting();
	histogram_read(&turns.waited, &report_out->waited);
}

/* --- the listener's thread --- */

bool
turns_await(int timeout_ms)
{
	int64_t begun_us = clock_monotonic_us();
	int64_t now_ms = begun_us / 1000;
	int64_t deadline_ms = now_ms + timeout_ms;
	bool may = false;

	pthread_mutex_lock(&turns.lock);
	turns.listener_waits = true;
	atomic_fetch_add(&turns.waiting, 1);
	for (;;) {
		may = is_one_free(now_ms) && is_listeners();
		if (may || now_ms >= deadline_ms)
			break;
		int64_t stuck_ms = now_ms + TURNS_STUCK_MS;
		clock_wait(&turns.for_listener, &turns.lock,
			   stuck_ms < deadline_ms ? stuck_ms : deadline_ms);
		now_ms = clock_monotonic_ms();
	}
	turns.listener_waits = false;
	atomic_fetch_sub(&turns.waiting, 1);
	if (may)
		histogram_add(&turns.waited, clock_monotonic_us() - begun_us);
	leave();
	return may;
}

/* --- the pool's thread --- */

struct stream *
turns_first(void)
{
	pthread_mutex_lock(&turns.lock);
	struct stream *first =
	    is_one_free(clock_monotonic_ms()) && !is_listeners() ? turns.first
								 : NULL;
	pthread_mutex_unlock(&turns.lock);
	return first;
}

void
turns_give(struct stream *first)
{
	pthread_mutex_lock(&turns.lock);
	histogram_add(&turns.waited, clock_monotonic_us() - first->waits_us);
	unlink_stream(&turns.first);
	turns.listener_next = true;
	count(1);
}

int
turns_descriptor(void)
{
	return turns.event;
}

void
turns_heed(void)
{
	uint64_t count;

	(void)!read(turns.event, &count, sizeof count);
}
