#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "milter/mta/mta.h"
#include "milter/mta/parts.h"
#include "milter/mta/stream.h"
#include "milter/mta/turns.h"

#define EVENTS_N 64
/* How often it is looked for packets that have stopped. */
#define SWEEP_MS 1000

static struct {
	int epoll;
	atomic_int pipe;    /* libmilter's, once it is known */
	atomic_bool is_old; /* its set holds a connection that was closed */
	int64_t swept_ms;
} pool = {.epoll = -1, .pipe = -1};

/* False where the system is short of something. */
static bool
watch(int fd, int operation, uint32_t more)
{
	struct epoll_event event = {.events = EPOLLIN | more, .data.fd = fd};

	return epoll_ctl(pool.epoll, operation, fd, &event) == 0;
}

bool
pool_open(unsigned turns)
{
	if (!turns_open(turns))
		return false;
	pool.epoll = epoll_create1(EPOLL_CLOEXEC);
	return pool.epoll >= 0 && watch(turns_descriptor(), EPOLL_CTL_ADD, 0);
}

/* --- a session's thread --- */

/* Whoever can go on waits for a turn, whoever cannot for its next packet. */
static void
let_wait(struct stream *stream, bool can_go_on)
{
	int operation = stream->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	stream->is_watched = stream->is_watched || !can_go_on;
	/* From here on the pool's thread may have it. */
	atomic_store(&stream->is_pooled, true);
	/* Who cannot be watched looks for itself, again and again. */
	if (can_go_on || !watch(stream->fd, operation, EPOLLONESHOT))
		turns_enqueue(stream);
}

static int
leave_to_pool(struct stream *stream)
{
	let_wait(stream, stream_is_ready(stream));
	turns_end();
	return 0;
}

static int
poll_session(struct pollfd *wait, struct stream *stream, int timeout_ms)
{
	int64_t now_ms = clock_monotonic_ms();
	int64_t deadline_ms = now_ms + timeout_ms;

	wait->revents = 0;
	if (stream->turn_ms == 0)
		stream->turn_ms = now_ms;
	if (turns_waiting() > 0 && now_ms - stream->turn_ms >= TURN_MS)
		return leave_to_pool(stream);
	while (!stream_fetch(stream)) {
		int events = now_ms < deadline_ms
				 ? poll(wait, 1, (int)(deadline_ms - now_ms))
				 : 0;
		if (events <= 0)
			return leave_to_pool(stream);
		now_ms = clock_monotonic_ms();
	}
	wait->revents = POLLIN;
	return 1;
}

/* --- the pool's thread --- */

static struct pollfd *
entry_of(struct pollfd *wait, nfds_t n, const struct stream *stream)
{
	for (nfds_t i = 1; i < n; i++)
		if (wait[i].fd == stream->fd)
			return &wait[i];
	return NULL;
}

/* Who may go on now.  A session that libmilter is about to add comes later. */
static int
give_turns(struct pollfd *wait, nfds_t n)
{
	struct stream *stream;
	int given = 0;

	while ((stream = turns_first()) != NULL) {
		struct pollfd *entry = entry_of(wait, n, stream);
		if (entry == NULL)
			break;
		turns_give(stream);
		stream->turn_ms = 0;
		atomic_store(&stream->is_pooled, false);
		entry->revents = POLLIN;
		given++;
	}
	return given;
}

/* Packets that have stopped: their sessions go on, to their end. */
static void
sweep(const struct pollfd *wait, nfds_t n)
{
	for (nfds_t i = 1; i < n; i++) {
		struct stream *stream = stream_of(wait[i].fd);
		if (stream == NULL || !atomic_load(&stream->is_pooled) ||
		    stream->is_waiting || !stream_is_overdue(stream))
			continue;
		watch(stream->fd, EPOLL_CTL_DEL, 0);
		stream->is_watched = false;
		turns_enqueue(stream);
	}
}

static void
take_event(int fd, struct pollfd *pipe)
{
	struct stream *stream = stream_of(fd);

	if (fd == pipe->fd)
		pipe->revents = POLLIN;
	else if (fd == turns_descriptor())
		turns_heed();
	else if (stream != NULL && atomic_load(&stream->is_pooled))
		let_wait(stream, stream_fetch(stream));
}

static void
take_events(struct pollfd *pipe, int timeout_ms)
{
	struct epoll_event event[EVENTS_N];
	int n = epoll_wait(pool.epoll, event, EVENTS_N, timeout_ms);

	for (int i = 0; i < n; i++)
		take_event(event[i].data.fd, pipe);
}

/* So long may be slept until the deadline. */
static int
patience(int64_t left_ms)
{
	int64_t most_ms = turns_waiting() > 0 ? TURNS_STUCK_MS : SWEEP_MS;

	return (int)(left_ms < most_ms ? left_ms : most_ms);
}

void
pool_forget(struct stream *stream)
{
	turns_forget(stream);
	atomic_store(&pool.is_old, true);
}

/*
 * Its set keeps the number of a session that it closes itself, until something
 * happens: by then it may be another's.  EINTR makes it build a new one.
 */
static int
poll_again(void)
{
	errno = EINTR;
	return -1;
}

/* libmilter's pipe stands first. */
static int
poll_pool(struct pollfd *wait, nfds_t n, int timeout_ms)
{
	int64_t now_ms = clock_monotonic_ms();
	int64_t deadline_ms = timeout_ms < 0 ? INT64_MAX : now_ms + timeout_ms;

	if (pool.pipe != wait->fd && watch(wait->fd, EPOLL_CTL_ADD, 0))
		pool.pipe = wait->fd;
	if (atomic_exchange(&pool.is_old, false))
		return poll_again();
	for (nfds_t i = 0; i < n; i++)
		wait[i].revents = 0;
	int given = give_turns(wait, n);
	do {
		take_events(wait,
			    given > 0 ? 0 : patience(deadline_ms - now_ms));
		now_ms = clock_monotonic_ms();
		if (now_ms - pool.swept_ms >= SWEEP_MS) {
			sweep(wait, n);
			pool.swept_ms = now_ms;
		}
		given += give_turns(wait, n);
	} while (given == 0 && wait->revents == 0 && now_ms < deadline_ms);
	return given + (wait->revents != 0);
}

/* --- the listener's thread --- */

static int
poll_listener(struct pollfd *wait, int timeout_ms)
{
	int ready = poll(wait, 1, timeout_ms);

	if (ready <= 0 || turns_await(timeout_ms))
		return ready;
	wait->revents = 0;
	return 0;
}

/* --- what libmilter calls --- */

/* The pool's pipe is known since the first time that a session was with it. */
static bool
is_pool(const struct pollfd *wait, nfds_t n)
{
	return n > 1 && (wait->fd == pool.pipe || stream_of(wait[1].fd));
}

int
mta_poll(struct pollfd *wait, nfds_t n, int timeout_ms)
{
	call_reached(CALL_POLL);
	struct stream *stream = n == 1 ? stream_of(wait->fd) : NULL;

	/* Only what comes is waited for here. */
	if (n == 1 && (wait->events & POLLIN) == 0)
		return poll(wait, n, timeout_ms);
	if (is_pool(wait, n))
		return poll_pool(wait, n, timeout_ms);
	if (stream != NULL)
		return poll_session(wait, stream, timeout_ms);
	if (n == 1 && mta_is_listener(wait->fd))
		return poll_listener(wait, timeout_ms);
	return poll(wait, n, timeout_ms);
}
