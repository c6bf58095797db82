/* Packets read ahead and written behind, as libmilter would ask for them. */
#include "tests/support/test.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "milter/pool.h"
#include "milter/stream_parts.h"
#include "milter/turns.h"

char *mi_rd_cmd(int fd, struct timeval *timeout, char *command_out,
		size_t *n_out, char *name);
int mi_wr_cmd(int fd, struct timeval *timeout, int command, char *p, size_t n);

/* A connection: ours, and the mail server's end. */
struct pair {
	int fd, peer;
};

static struct pair
connected(void)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	assert_true(stream_open(fd[0]));
	return (struct pair){fd[0], fd[1]};
}

static void
end(struct pair pair)
{
	close(pair.fd);
	close(pair.peer);
}

static void
send_octets(int fd, const void *p, size_t n)
{
	assert_int_equal(send(fd, p, n, MSG_NOSIGNAL), n);
}

/* At once, in these tests. */
#define TURNS 4

#define SEND(fd, lit) send_octets(fd, lit, sizeof(lit) - 1)

/* libmilter's, by which a thread says that the set of sessions changed. */
static int pipes[2];

static int
begin(void **state)
{
	(void)state;
	return pool_open(TURNS) && pipe(pipes) == 0 ? 0 : -1;
}

static int
finish(void **state)
{
	(void)state;
	close(pipes[0]);
	close(pipes[1]);
	return 0;
}

/* As libmilter's pool asks: again, where its set is no longer right. */
static int
poll_set(struct pollfd *wait, nfds_t n, int timeout_ms)
{
	int ready;

	do
		ready = poll(wait, n, timeout_ms);
	while (ready < 0 && errno == EINTR);
	return ready;
}

/* As libmilter asks: a session's thread, or the pool where that left it. */
static int
ready(int fd, int timeout_ms)
{
	struct pollfd wait[] = {{.fd = pipes[0], .events = POLLIN},
				{.fd = fd, .events = POLLIN}};
	const struct stream *stream = stream_of(fd);
	bool pooled = stream && atomic_load(&stream->is_pooled);
	int n = pooled ? poll_set(wait, 2, timeout_ms)
		       : poll(wait + 1, 1, timeout_ms);

	assert_int_equal(wait[1].revents, n > 0 ? POLLIN : 0);
	return n;
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

static void
assert_packet(int fd, char command, const char *text, size_t text_n)
{
	char found;
	size_t n;
	char *p = mi_rd_cmd(fd, NULL, &found, &n, NULL);

	assert_int_equal(found, command);
	assert_int_equal(n, text_n);
	assert_int_equal(p != NULL, text_n > 0);
	if (p != NULL)
		assert_memory_equal(p, text, n);
	free(p);
}

static void
assert_no_packet(int fd)
{
	char command = 'x';
	size_t n = 1;

	assert_null(mi_rd_cmd(fd, NULL, &command, &n, NULL));
	assert_true(command < ' ');
	assert_int_equal(n, 0);
}

static void
test_ahead(void **state)
{
	struct pair pair = connected();
	char left;

	(void)state;
	SEND(pair.peer, "\0\0\0\4Hab\0\0\0\0\1N\0\0\0\3Bcd\0\0");
	assert_int_equal(ready(pair.fd, 1000), 1);
	/* All of it was fetched. */
	assert_int_equal(recv(pair.fd, &left, 1, MSG_DONTWAIT), -1);
	assert_packet(pair.fd, 'H', "ab", 3);
	assert_int_equal(ready(pair.fd, 0), 1);
	assert_packet(pair.fd, 'N', "", 0);
	assert_int_equal(ready(pair.fd, 0), 1);
	assert_packet(pair.fd, 'B', "cd", 2);
	/* Two octets of a length are no packet. */
	assert_int_equal(ready(pair.fd, 5), 0);
	SEND(pair.peer, "\0\2Rx");
	assert_int_equal(ready(pair.fd, 1000), 1);
	assert_packet(pair.fd, 'R', "x", 1);
	assert_int_equal(ready(pair.fd, 0), 0);
	end(pair);
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
	SEND(a.peer, "\0\0\0\5Hab");
	int64_t begun = clock_monotonic_ms();
	assert_int_equal(poll_set(wait, 3, 50), 0);
	assert_true(clock_monotonic_ms() - begun >= 49);
	SEND(b.peer, "\0\0\0\1E");
	assert_int_equal(poll_set(wait, 3, 1000), 1);
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
	assert_packet(a.fd, 'H', "abcd", 4);
	end(a);
	end(b);
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
	SEND(pair.peer, "\0\0\0\1H");
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
		SEND(pair[i].peer, "\0\0\0\1H\0\0\0\1E");
		if (i > 2)
			assert_int_equal(poll_set(wait, 1 + SESSIONS, 1000), 1);
	}
	assert_int_equal(poll_set(wait, 1 + SESSIONS, 20), 0);
	/* Who waits for its mail server gives its turn away. */
	assert_packet(pair[6].fd, 'H', "", 0);
	assert_packet(pair[6].fd, 'E', "", 0);
	assert_int_equal(ready(pair[6].fd, 1), 0);
	assert_int_equal(poll_set(wait, 1 + SESSIONS, 1000), 1);
	assert_int_equal(wait[1 + 2].revents, POLLIN);
	/* So does one that is over, and one that had it long enough. */
	end(pair[5]);
	assert_int_equal(poll_set(wait, 1 + SESSIONS, 1000), 1);
	assert_int_equal(wait[1 + 1].revents, POLLIN);
	assert_packet(pair[1].fd, 'H', "", 0);
	assert_int_equal(ready(pair[1].fd, 0), 1);
	nanosleep(&(struct timespec){.tv_nsec = TURN_MS * 1000000}, NULL);
	assert_int_equal(ready(pair[1].fd, 1000), 0);
	assert_int_equal(poll_set(wait, 1 + SESSIONS, 1000), 1);
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
	struct timespec turn = {.tv_nsec = TURN_MS * 1000000};
	turns_enqueue(stream_of(waits.fd));
	SEND(late.peer, "\0\0\0\1H\0\0\0\1E");
	/* One that was accepted. */
	nanosleep(&turn, NULL);
	assert_int_equal(ready(late.fd, 0), 1);
	assert_packet(late.fd, 'H', "", 0);
	nanosleep(&turn, NULL);
	assert_int_equal(ready(late.fd, 0), 0);
	/* And one that was in the pool. */
	turns_forget(stream_of(waits.fd));
	assert_int_equal(poll_set(wait, 2, 1000), 1);
	turns_enqueue(stream_of(waits.fd));
	nanosleep(&turn, NULL);
	assert_int_equal(ready(late.fd, 0), 1);
	assert_packet(late.fd, 'E', "", 0);
	turns_forget(stream_of(waits.fd));
	end(late);
	end(waits);
}

struct parts {
	int fd;
	const char *p;
	size_t n, piece;
};

static void *
send_parts(void *ctx)
{
	struct parts *parts = ctx;

	for (size_t at = 0; at < parts->n;) {
		size_t left = parts->n - at;
		ssize_t sent = send(parts->fd, parts->p + at,
				    left < parts->piece ? left : parts->piece,
				    MSG_NOSIGNAL);
		assert_true(sent > 0);
		at += (size_t)sent;
	}
	return NULL;
}

/* Packets larger than what is read ahead, in pieces of odd sizes. */
static void
test_large(void **state)
{
	static const size_t size[] = {1,     16378, 16379, 16380,
				      16384, 65535, 300000};
	struct pair pair = connected();
	const size_t sizes = sizeof size / sizeof size[0];
	char *all = mem_alloc(2000000), *p = all;
	pthread_t thread;

	(void)state;
	for (size_t i = 0; i < sizes; i++) {
		unsigned char head[] = {0, (size[i] + 1) >> 16 & 0xff,
					(size[i] + 1) >> 8 & 0xff,
					(size[i] + 1) & 0xff, 'B'};
		memcpy(p, head, sizeof head);
		p += sizeof head;
		for (size_t k = 0; k < size[i]; k++)
			*p++ = (char)(k * 7 + i);
	}
	struct parts parts = {pair.peer, all, (size_t)(p - all), 1009};
	pthread_create(&thread, NULL, send_parts, &parts);
	p = all;
	for (size_t i = 0; i < sizes; i++) {
		while (ready(pair.fd, 1000) == 0)
			;
		assert_packet(pair.fd, 'B', p + PACKET_HEAD_N, size[i]);
		p += PACKET_HEAD_N + size[i];
	}
	pthread_join(thread, NULL);
	free(all);
	end(pair);
}

static void
test_end(void **state)
{
	struct pair pair = connected();

	(void)state;
	/* What was sent before the end is read. */
	SEND(pair.peer, "\0\0\0\1E\0\0\0\1Q\0\0");
	close(pair.peer);
	assert_int_equal(ready(pair.fd, 1000), 1);
	assert_packet(pair.fd, 'E', "", 0);
	assert_packet(pair.fd, 'Q', "", 0);
	assert_int_equal(ready(pair.fd, 1000), 1);
	assert_no_packet(pair.fd);
	assert_no_packet(pair.fd);
	close(pair.fd);
	/* The end within a packet that began. */
	pair = connected();
	SEND(pair.peer, "\0\0\0\7Hab");
	close(pair.peer);
	assert_int_equal(ready(pair.fd, 1000), 1);
	assert_no_packet(pair.fd);
	close(pair.fd);
}

static void
test_odd_lengths(void **state)
{
	struct pair pair = connected();

	(void)state;
	SEND(pair.peer, "\xff\xff\xff\xffH");
	assert_int_equal(ready(pair.fd, 5), 0);
	assert_no_packet(pair.fd);
	end(pair);
	pair = connected();
	SEND(pair.peer, "\0\0\0\0Q");
	assert_int_equal(ready(pair.fd, 1000), 1);
	assert_packet(pair.fd, 'Q', "", 0);
	end(pair);
}

static void
test_macros(void **state)
{
	struct pair pair = connected();

	(void)state;
	SEND(pair.peer, "\0\0\0\6DHa\0b\0");
	assert_packet(pair.fd, 'D', "Ha\0b\0", 5);
	SEND(pair.peer, "\0\0\0\5DHa\0b\0\0\0\5HHa\0b");
	assert_packet(pair.fd, 'D', "H", 1);
	assert_packet(pair.fd, 'H', "Ha\0b", 4);
	end(pair);
}

/* A number that was a connection's belongs to whoever opens it next. */
static void
test_closed(void **state)
{
	struct pair pair = connected();
	int other[2];
	char octet;

	(void)state;
	SEND(pair.peer, "\0\0\0\5H");
	assert_int_equal(ready(pair.fd, 5), 0);
	assert_non_null(stream_of(pair.fd));
	close(pair.fd);
	assert_null(stream_of(pair.fd));
	assert_int_equal(pipe(other), 0);
	assert_int_equal(dup2(other[0], pair.fd), pair.fd);
	assert_int_equal(write(other[1], "xy", 2), 2);
	assert_int_equal(ready(pair.fd, 0), 1);
	assert_int_equal(read(pair.fd, &octet, 1), 1);
	assert_int_equal(octet, 'x');
	assert_null(stream_of(-1));
	assert_null(stream_of(5000));
	close(other[0]);
	close(other[1]);
	end(pair);
}

static size_t
receive(int fd, char *p, size_t n)
{
	ssize_t got = recv(fd, p, n, MSG_DONTWAIT);

	assert_true(got >= 0 || errno == EAGAIN);
	return got < 0 ? 0 : (size_t)got;
}

static void
test_held(void **state)
{
	static const char all[] = "\0\0\0\3hab\0\0\0\2id\0\0\0\1c";
	struct pair pair = connected();
	char got[100], large[5000];

	(void)state;
	assert_int_equal(mi_wr_cmd(pair.fd, NULL, 'h', (char[]){"ab"}, 2), 0);
	assert_int_equal(mi_wr_cmd(pair.fd, NULL, 'i', (char[]){"d"}, 1), 0);
	assert_int_equal(receive(pair.peer, got, sizeof got), 0);
	assert_int_equal(mi_wr_cmd(pair.fd, NULL, 'c', NULL, 0), 0);
	assert_int_equal(receive(pair.peer, got, sizeof got), sizeof all - 1);
	assert_memory_equal(got, all, sizeof all - 1);
	/* Progress is told at once, behind what was held. */
	assert_int_equal(mi_wr_cmd(pair.fd, NULL, 'm', NULL, 0), 0);
	assert_int_equal(mi_wr_cmd(pair.fd, NULL, 'p', NULL, 0), 0);
	assert_int_equal(receive(pair.peer, got, sizeof got), 10);
	assert_memory_equal(got, "\0\0\0\1m\0\0\0\1p", 10);
	/* More than is held goes at once, in its order. */
	memset(large, 'x', sizeof large);
	assert_int_equal(mi_wr_cmd(pair.fd, NULL, 'q', large, 10), 0);
	assert_int_equal(mi_wr_cmd(pair.fd, NULL, 'h', large, sizeof large), 0);
	assert_int_equal(receive(pair.peer, got, 20), 20);
	assert_memory_equal(got, "\0\0\0\13qxxxxxxxxxx\0\0\23\x89h", 20);
	assert_int_not_equal(
	    mi_wr_cmd(pair.fd, NULL, 'h', large, LIMIT_MILTER_PACKET + 1), 0);
	close(pair.peer);
	assert_int_not_equal(mi_wr_cmd(pair.fd, NULL, 'c', NULL, 0), 0);
	close(pair.fd);
	assert_int_not_equal(mi_wr_cmd(pair.fd, NULL, 'c', NULL, 0), 0);
}

static void *
receive_slowly(void *ctx)
{
	int fd = *(int *)ctx;
	char p[70000];
	size_t sum = 0;

	for (ssize_t n; (n = recv(fd, p, sizeof p, 0)) > 0;)
		sum += (size_t)n;
	return (void *)sum;
}

/* More than a socket takes at once. */
static void
test_write_large(void **state)
{
	struct pair pair = connected();
	const size_t n = 1500000;
	char *p = mem_alloc(n);
	pthread_t thread;
	void *sum;

	(void)state;
	pthread_create(&thread, NULL, receive_slowly, &pair.peer);
	assert_int_equal(mi_wr_cmd(pair.fd, NULL, 'h', (char[]){"ab"}, 2), 0);
	assert_int_equal(mi_wr_cmd(pair.fd, NULL, 'b', p, n), 0);
	shutdown(pair.fd, SHUT_WR);
	pthread_join(thread, &sum);
	assert_int_equal((size_t)sum, n + 2 * PACKET_HEAD_N + 2);
	free(p);
	end(pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ahead),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_not_pooled),
	    cmocka_unit_test(test_turns),
	    cmocka_unit_test(test_late_thread),
	    cmocka_unit_test(test_large),
	    cmocka_unit_test(test_end),
	    cmocka_unit_test(test_odd_lengths),
	    cmocka_unit_test(test_macros),
	    cmocka_unit_test(test_closed),
	    cmocka_unit_test(test_held),
	    cmocka_unit_test(test_write_large),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
