/*
 * Connections of a mail server, for the tests of those parts of the daemon that
 * stand between it and libmilter (milter/mta/stream.h).  All
 * of it stands here, since other tests are linked without these parts.
 */
#ifndef TESTS_SUPPORT_CONNECTION_H
#define TESTS_SUPPORT_CONNECTION_H

#include "tests/support/test.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "milter/mta/parts.h"
#include "milter/mta/stream.h"

/* A connection: ours, and the mail server's end. */
struct pair {
	int fd, peer;
};

static inline struct pair
connected(void)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	assert_true(stream_open(fd[0]));
	return (struct pair){fd[0], fd[1]};
}

static inline void
end(struct pair pair)
{
	mta_close(pair.fd);
	close(pair.peer);
}

static inline void
send_octets(int fd, const void *p, size_t n)
{
	assert_int_equal(send(fd, p, n, MSG_NOSIGNAL), n);
}

#define SEND(fd, lit) send_octets(fd, lit, sizeof(lit) - 1)

/* At once, in these tests. */
#define TURNS 4

/* libmilter's, by which a thread says that the set of sessions changed. */
static int pipes[2];

static inline int
begin(void **state)
{
	(void)state;
	return pool_open(TURNS) && pipe(pipes) == 0 ? 0 : -1;
}

static inline int
finish(void **state)
{
	(void)state;
	close(pipes[0]);
	close(pipes[1]);
	return 0;
}

/* As libmilter's pool asks: again, where its set is no longer right. */
static inline int
poll_set(struct pollfd *wait, nfds_t n, int timeout_ms)
{
	int ready;

	do
		ready = mta_poll(wait, n, timeout_ms);
	while (ready < 0 && errno == EINTR);
	return ready;
}

/* As libmilter asks: a session's thread, or the pool where that left it. */
static inline int
ready(int fd, int timeout_ms)
{
	struct pollfd wait[] = {{.fd = pipes[0], .events = POLLIN},
				{.fd = fd, .events = POLLIN}};
	const struct stream *stream = stream_of(fd);
	bool pooled = stream && atomic_load(&stream->is_pooled);
	int n = pooled ? poll_set(wait, 2, timeout_ms)
		       : mta_poll(wait + 1, 1, timeout_ms);

	assert_int_equal(wait[1].revents, n > 0 ? POLLIN : 0);
	return n;
}

static inline void
assert_packet(int fd, char command, const char *text, size_t text_n)
{
	char found;
	size_t n;
	char *p = mta_mi_rd_cmd(fd, NULL, &found, &n, NULL);

	assert_int_equal(found, command);
	assert_int_equal(n, text_n);
	assert_int_equal(p != NULL, text_n > 0);
	if (p != NULL)
		assert_memory_equal(p, text, n);
	free(p);
}

static inline void
assert_no_packet(int fd)
{
	char command = 'x';
	size_t n = 1;

	assert_null(mta_mi_rd_cmd(fd, NULL, &command, &n, NULL));
	assert_true(command < ' ');
	assert_int_equal(n, 0);
}

#endif
