/* What libmilter's pool of sessions waits for, and who may go on. */
#include "tests/support/connection.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>

#include <libmilter/mfapi.h>

#include "base/clock.h"
#include "milter/limits.h"
#include "milter/mta/mta.h"
#include "milter/mta/turns.h"
#include "tests/support/stopped_clock.h"

int __real_epoll_wait(int fd, struct epoll_event *event, int n, int timeout_ms);
int __wrap_epoll_wait(int fd, struct epoll_event *event, int n, int timeout_ms);

/* The longest time for which the pool would have slept. */
static atomic_int longest_ms;

/* The pool's calls are linked to here (--wrap, see Makefile). */
int
__wrap_epoll_wait(int fd, struct epoll_event *event, int n, int timeout_ms)
{
	if (timeout_ms > longest_ms)
		longest_ms = timeout_ms;
	return __real_epoll_wait(fd, event, n, timeout_ms);
}

/* Something comes, and ends the wait. */
static int
poll_ended(struct pollfd *wait, nfds_t n)
{
	int64_t begun_ms = clock_monotonic_ms();
	int ready = poll_set(wait, n, PATIENCE_MS);

	assert_true(clock_monotonic_ms() - begun_ms < PATIENCE_MS);
	return ready;
}

static void
write_pipe(void)
{
	assert_int_equal(write(pipes[1], "x", 1), 1);
}

static void
empty_pipe(void)
{
	char octet;

	assert_int_equal(read(pipes[0], &octet, 1), 1);
}

/* The pool asks for all connections at once, and for its pipe. */
static void
test_many(void **state)
{
	struct pair a = connected(), b = connected();

	(void)state;
	struct pollfd wait[] = {{.fd = pipes[0], .events = POLLIN},
				{.fd = a.fd, .events = POLLIN},
				{.fd = b.fd, .events = POLLIN}};
	/* Their threads have waited in vain and handed them to the pool. */
	assert_int_equal(ready(a.fd, 0) + ready(b.fd, 0), 0);
	SEND(a.peer, "\0\0\0\5Lab");
	int64_t begun_ms = clock_monotonic_ms();
	longest_ms = 0;
	assert_int_equal(poll_set(wait, 3, 50), 0);
	assert_true(clock_monotonic_ms() - begun_ms >= 50);
	assert_in_range(longest_ms, 1, 50);
	SEND(b.peer, "\0\0\0\1E");
	assert_int_equal(poll_ended(wait, 3), 1);
	assert_int_equal(wait[0].revents | wait[1].revents, 0);
	assert_int_equal(wait[2].revents, POLLIN);
	assert_packet(b.fd, 'E', "", 0);
	write_pipe();
	SEND(a.peer, "cd");
	assert_int_equal(poll_set(wait, 3, -1), 2);
	assert_int_equal(wait[0].revents, POLLIN);
	assert_int_equal(wait[1].revents, POLLIN);
	/* A session is given to one thread, the pipe is there until read. */
	assert_int_equal(poll_set(wait, 3, 0), 1);
	assert_int_equal(wait[0].revents, POLLIN);
	empty_pipe();
	assert_packet(a.fd, 'L', "abcd", 4);
	end(a);
	end(b);
}

/* The pipe alone ends the wait, and so does a turn that is free already. */
static void
test_at_once(void **state)
{
	struct pair pair = connected();
	struct pollfd wait[] = {
	    {.fd = pipes[0], .events = POLLIN},
	    {.fd = pair.fd, .events = POLLIN, .revents = POLLIN}};

	(void)state;
	assert_int_equal(ready(pair.fd, 0), 0);
	write_pipe();
	assert_int_equal(poll_ended(wait, 2), 1);
	assert_int_equal(wait[1].revents, 0);
	empty_pipe();
	turns_enqueue(stream_of(pair.fd));
	longest_ms = 0;
	assert_int_equal(poll_ended(wait, 2), 1);
	assert_int_equal(wait[1].revents, POLLIN);
	assert_int_equal(longest_ms, 0);
	end(pair);
}

/* What comes for a session that has its turn is for its thread alone. */
static void
test_given(void **state)
{
	struct pair pair = connected();
	struct pollfd wait[] = {{.fd = pipes[0], .events = POLLIN},
				{.fd = pair.fd, .events = POLLIN}};

	(void)state;
	assert_int_equal(ready(pair.fd, 0), 0);
	SEND(pair.peer, "\0\0\0\1L");
	assert_int_equal(poll_ended(wait, 2), 1);
	SEND(pair.peer, "\0\0\0\1E");
	assert_int_equal(poll_set(wait, 2, 0), 0);
	const struct stream *stream = stream_of(pair.fd);
	assert_int_equal(stream->end - stream->begin, PACKET_HEAD_N);
	end(pair);
}

/* The first one is in the pool and could go on, the others have all turns. */
static void
take_all_turns(struct pair pair[1 + TURNS])
{
	for (size_t i = 0; i <= TURNS; i++)
		pair[i] = connected();
	assert_int_equal(ready(pair[0].fd, 0), 0);
	SEND(pair[0].peer, "\0\0\0\1L");
}

/* Where no turn ends, one more is given soon, and the pool does not spin. */
static void
test_stuck(void **state)
{
	struct pair pair[1 + TURNS];

	(void)state;
	take_all_turns(pair);
	struct pollfd wait[] = {{.fd = pipes[0], .events = POLLIN},
				{.fd = pair[0].fd, .events = POLLIN}};
	/* What has come makes it wait for a turn. */
	assert_int_equal(poll_set(wait, 2, 0), 0);
	longest_ms = 0;
	run_clock();
	assert_int_equal(poll_ended(wait, 2), 1);
	assert_true(longest_ms <= TURNS_STUCK_MS);
	/* It was called for turns that have been given since. */
	turns_enqueue(stream_of(pair[1].fd));
	for (size_t i = 0; i <= TURNS; i++)
		turns_pause(true);
	turns_forget(stream_of(pair[1].fd));
	assert_int_equal(poll_set(wait, 2, 0), 0);
	struct pollfd event = {.fd = turns_descriptor(), .events = POLLIN};
	assert_int_equal(ppoll(&event, 1, &(struct timespec){0}, NULL), 0);
	for (size_t i = 0; i <= TURNS; i++)
		turns_pause(false);
	for (size_t i = 0; i <= TURNS; i++)
		end(pair[i]);
}

/* The pool may still hold the number of a session that runs on a thread. */
static void
test_not_pooled(void **state)
{
	struct pair pair = connected();
	char octet;

	(void)state;
	struct pollfd wait[] = {{.fd = pipes[0], .events = POLLIN},
				{.fd = pair.fd, .events = POLLIN}};
	SEND(pair.peer, "\0\0\0\1L");
	assert_int_equal(poll_set(wait, 2, 0), 0);
	/* Nothing was fetched by that. */
	assert_int_equal(recv(pair.fd, &octet, 1, MSG_DONTWAIT), 1);
	end(pair);
}

/* More sessions could go on than have a turn: the first ones first. */
static void
test_turns(void **state)
{
	enum { SESSIONS = 7 };
	struct pair pair[SESSIONS];
	struct pollfd wait[1 + SESSIONS];

	(void)state;
	wait[0] = (struct pollfd){.fd = pipes[0], .events = POLLIN};
	for (size_t i = 0; i < SESSIONS; i++) {
		pair[i] = connected();
		wait[1 + i] =
		    (struct pollfd){.fd = pair[i].fd, .events = POLLIN};
		assert_int_equal(ready(pair[i].fd, 0), 0);
	}
	for (size_t i = SESSIONS; i-- > 0;) {
		SEND(pair[i].peer, "\0\0\0\1L\0\0\0\1E");
		if (i > 2)
			assert_int_equal(poll_set(wait, 1 + SESSIONS, 0), 1);
	}
	assert_int_equal(poll_set(wait, 1 + SESSIONS, 0), 0);
	/* Who waits for its mail server gives its turn away. */
	assert_packet(pair[6].fd, 'L', "", 0);
	assert_packet(pair[6].fd, 'E', "", 0);
	assert_int_equal(ready(pair[6].fd, 1), 0);
	assert_int_equal(poll_set(wait, 1 + SESSIONS, 0), 1);
	assert_int_equal(wait[1 + 2].revents, POLLIN);
	/* So does one that is over, and one that had it long enough. */
	end(pair[5]);
	assert_int_equal(poll_set(wait, 1 + SESSIONS, 0), 1);
	assert_int_equal(wait[1 + 1].revents, POLLIN);
	assert_packet(pair[1].fd, 'L', "", 0);
	assert_int_equal(ready(pair[1].fd, 0), 1);
	pass_ms(TURN_MS);
	assert_int_equal(ready(pair[1].fd, 1000), 0);
	assert_int_equal(poll_set(wait, 1 + SESSIONS, 0), 1);
	assert_int_equal(wait[1 + 0].revents, POLLIN);
	for (size_t i = 0; i < SESSIONS; i++)
		if (i != 5)
			end(pair[i]);
}

/* A turn begins with the thread, however long that took to run. */
static void
test_late_thread(void **state)
{
	struct pair waits = connected(), late = connected();

	(void)state;
	struct pollfd wait[] = {{.fd = pipes[0], .events = POLLIN},
				{.fd = late.fd, .events = POLLIN}};
	turns_enqueue(stream_of(waits.fd));
	SEND(late.peer, "\0\0\0\1L\0\0\0\1E");
	/* One that was accepted. */
	pass_ms(TURN_MS);
	assert_int_equal(ready(late.fd, 0), 1);
	assert_packet(late.fd, 'L', "", 0);
	pass_ms(TURN_MS - 1);
	assert_int_equal(ready(late.fd, 0), 1);
	pass_ms(1);
	assert_int_equal(ready(late.fd, 0), 0);
	/* And one that was in the pool. */
	turns_forget(stream_of(waits.fd));
	assert_int_equal(poll_set(wait, 2, 0), 1);
	turns_enqueue(stream_of(waits.fd));
	pass_ms(TURN_MS);
	assert_int_equal(ready(late.fd, 0), 1);
	assert_packet(late.fd, 'E', "", 0);
	turns_forget(stream_of(waits.fd));
	end(late);
	end(waits);
}

/* Whoever stops within a packet gets a thread, to its end. */
static void
test_overdue(void **state)
{
	struct pair pair = connected();
	struct pollfd wait[] = {{.fd = pipes[0], .events = POLLIN},
				{.fd = pair.fd, .events = POLLIN}};

	(void)state;
	SEND(pair.peer, "\0\0\0\5Lab");
	assert_int_equal(ready(pair.fd, 0), 0);
	struct stream *stream = stream_of(pair.fd);
	stream->part_since += 1000 - LIMIT_PACKET_MS;
	assert_int_equal(poll_ended(wait, 2), 1);
	assert_true(clock_monotonic_ms() - stream->part_since >=
		    LIMIT_PACKET_MS);
	assert_int_equal(wait[1].revents, POLLIN);
	/* What comes now is for its thread alone. */
	SEND(pair.peer, "c");
	assert_int_equal(poll_set(wait, 2, 0), 0);
	assert_int_equal(stream->end - stream->begin, 7);
	assert_no_packet(pair.fd);
	end(pair);
}

/* libmilter's pool closes a session whose turn has not come. */
static void
test_closed_in_pool(void **state)
{
	struct pair pair[1 + TURNS];

	(void)state;
	take_all_turns(pair);
	struct pollfd wait[] = {{.fd = pipes[0], .events = POLLIN},
				{.fd = pair[0].fd, .events = POLLIN}};
	assert_int_equal(poll_set(wait, 2, 0), 0);
	assert_int_equal(turns_waiting(), 1);
	end(pair[0]);
	assert_int_equal(turns_waiting(), 0);
	/* Its set is no longer right, which it is told once. */
	assert_int_equal(mta_poll(wait, 2, 0), -1);
	assert_int_equal(errno, EINTR);
	assert_int_equal(mta_poll(wait, 2, 0), 0);
	for (size_t i = 1; i <= TURNS; i++)
		end(pair[i]);
}

static bool
pool_waits(const void *ctx)
{
	(void)ctx;
	return longest_ms > 0;
}

static void *
read_and_leave(void *ctx)
{
	const struct pair *pair = ctx;
	struct pollfd one = {.fd = pair->fd, .events = POLLIN};

	assert_true(becomes(pool_waits, NULL));
	assert_packet(pair->fd, 'L', "", 0);
	assert_int_equal(mta_poll(&one, 1, 0), 0);
	SEND(pair->peer, "\0\0\0\1E");
	return NULL;
}

/* A session comes back to the pool while that waits. */
static void
test_back(void **state)
{
	struct pair pair = connected();
	struct pollfd wait[] = {{.fd = pipes[0], .events = POLLIN},
				{.fd = pair.fd, .events = POLLIN}};
	pthread_t thread;

	(void)state;
	assert_int_equal(ready(pair.fd, 0), 0);
	SEND(pair.peer, "\0\0\0\1L");
	assert_int_equal(poll_ended(wait, 2), 1);
	longest_ms = 0;
	pthread_create(&thread, NULL, read_and_leave, &pair);
	assert_int_equal(poll_ended(wait, 2), 1);
	assert_int_equal(wait[1].revents, POLLIN);
	assert_packet(pair.fd, 'E', "", 0);
	pthread_join(thread, NULL);
	end(pair);
}

/* A connection waits to be accepted until its turn has come. */
static void
test_listener(void **state)
{
	static char name[] = "test";
	struct smfiDesc none = {.xxfi_name = name,
				.xxfi_version = SMFI_VERSION};

	(void)state;
	assert_int_equal(smfi_register(none), MI_SUCCESS);
	assert_true(mta_listen("inet:0@127.0.0.1", NULL, NULL));
	int fd = STDERR_FILENO + 1;
	while (!mta_is_listener(fd))
		fd++;
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	assert_int_equal(mta_poll(&wait, 1, 0), 0);
	int client = mta_connect_own();
	assert_true(client >= 0);
	assert_int_equal(mta_poll(&wait, 1, PATIENCE_MS), 1);
	assert_int_equal(wait.revents, POLLIN);
	for (size_t i = 0; i < TURNS; i++)
		turns_begin();
	assert_int_equal(mta_poll(&wait, 1, 0), 0);
	assert_int_equal(wait.revents, 0);
	turns_end();
	assert_int_equal(mta_poll(&wait, 1, 0), 1);
	for (size_t i = 1; i < TURNS; i++)
		turns_end();
	close(client);
	mta_close(fd);
}

static int
stop(void **state)
{
	(void)state;
	stop_clock(0);
	return 0;
}

static int
run(void **state)
{
	(void)state;
	run_clock();
	return 0;
}

#define WITHOUT_TIME(test) cmocka_unit_test_setup_teardown(test, stop, run)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_many),       cmocka_unit_test(test_at_once),
	    cmocka_unit_test(test_given),      WITHOUT_TIME(test_stuck),
	    cmocka_unit_test(test_not_pooled), WITHOUT_TIME(test_turns),
	    WITHOUT_TIME(test_late_thread),    cmocka_unit_test(test_overdue),
	    WITHOUT_TIME(test_closed_in_pool), cmocka_unit_test(test_back),
	    WITHOUT_TIME(test_listener),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
