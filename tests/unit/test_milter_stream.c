/* Packets read ahead and written behind, as libmilter would ask for them. */
#include "tests/support/connection.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "base/mem.h"
#include "milter/limits.h"
#include "milter/mta/turns.h"

static void
test_ahead(void **state)
{
	struct pair pair = connected();
	char left;

	(void)state;
	SEND(pair.peer, "\0\0\0\4Lab\0\0\0\0\1N\0\0\0\3Bcd\0\0");
	assert_int_equal(ready(pair.fd, 1000), 1);
	/* All of it was fetched. */
	assert_int_equal(recv(pair.fd, &left, 1, MSG_DONTWAIT), -1);
	assert_packet(pair.fd, 'L', "ab", 3);
	assert_int_equal(ready(pair.fd, 0), 1);
	assert_packet(pair.fd, 'N', "", 0);
	/* Where nobody waits it goes on, however long it has. */
	stream_of(pair.fd)->turn_ms = 1;
	assert_int_equal(ready(pair.fd, 0), 1);
	assert_packet(pair.fd, 'B', "cd", 2);
	/* Two octets of a length are no packet. */
	assert_int_equal(ready(pair.fd, 5), 0);
	SEND(pair.peer, "\0\2Tx");
	assert_int_equal(ready(pair.fd, 1000), 1);
	assert_packet(pair.fd, 'T', "x", 1);
	assert_int_equal(ready(pair.fd, 0), 0);
	end(pair);
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

static unsigned
turns_given(void)
{
	struct turns_report report;

	turns_report(&report);
	return report.given;
}

static void *
read_packet(void *ctx)
{
	assert_packet(*(int *)ctx, 'B', "abc", 3);
	return NULL;
}

/* Whoever waits for the rest of a packet leaves its turn to another. */
static void
test_rest_awaited(void **state)
{
	struct pair pair = connected();
	pthread_t thread;

	(void)state;
	assert_int_equal(turns_given(), 1);
	SEND(pair.peer, "\0\0\0\4Ba");
	pthread_create(&thread, NULL, read_packet, &pair.fd);
	while (turns_given() > 0)
		sched_yield();
	SEND(pair.peer, "bc");
	pthread_join(thread, NULL);
	assert_int_equal(turns_given(), 1);
	end(pair);
	assert_int_equal(turns_given(), 0);
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
	mta_close(pair.fd);
	/* The end within a packet that began. */
	pair = connected();
	SEND(pair.peer, "\0\0\0\7Lab");
	close(pair.peer);
	assert_int_equal(ready(pair.fd, 1000), 1);
	assert_no_packet(pair.fd);
	mta_close(pair.fd);
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
	/* As if there were none. */
	assert_packet(pair.fd, 'D', "H\0\0", 3);
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
	SEND(pair.peer, "\0\0\0\5L");
	assert_int_equal(ready(pair.fd, 5), 0);
	assert_non_null(stream_of(pair.fd));
	mta_close(pair.fd);
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

static atomic_bool closed;

static void *
receive_and_close(void *ctx)
{
	int fd = *(int *)ctx;

	assert_int_equal(ready(fd, 1000), 1);
	mta_close(fd);
	atomic_store_explicit(&closed, true, memory_order_relaxed);
	return NULL;
}

/* One thread closes, and another opens, with nothing else between them. */
static void
test_reopened(void **state)
{
	struct pair pair = connected();
	pthread_t thread;

	(void)state;
	close(pair.peer);
	pthread_create(&thread, NULL, receive_and_close, &pair.fd);
	while (!atomic_load_explicit(&closed, memory_order_relaxed))
		sched_yield();
	struct pair other = connected();
	assert_int_equal(other.fd, pair.fd);
	pthread_join(thread, NULL);
	end(other);
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
	assert_int_equal(mta_mi_wr_cmd(pair.fd, NULL, 'h', (char[]){"ab"}, 2),
			 0);
	assert_int_equal(mta_mi_wr_cmd(pair.fd, NULL, 'i', (char[]){"d"}, 1),
			 0);
	assert_int_equal(receive(pair.peer, got, sizeof got), 0);
	assert_int_equal(mta_mi_wr_cmd(pair.fd, NULL, 'c', NULL, 0), 0);
	assert_int_equal(receive(pair.peer, got, sizeof got), sizeof all - 1);
	assert_memory_equal(got, all, sizeof all - 1);
	/* Progress is told at once, behind what was held. */
	assert_int_equal(mta_mi_wr_cmd(pair.fd, NULL, 'm', NULL, 0), 0);
	assert_int_equal(mta_mi_wr_cmd(pair.fd, NULL, 'p', NULL, 0), 0);
	assert_int_equal(receive(pair.peer, got, sizeof got), 10);
	assert_memory_equal(got, "\0\0\0\1m\0\0\0\1p", 10);
	/* More than is held goes at once, in its order. */
	memset(large, 'x', sizeof large);
	assert_int_equal(mta_mi_wr_cmd(pair.fd, NULL, 'q', large, 10), 0);
	assert_int_equal(mta_mi_wr_cmd(pair.fd, NULL, 'h', large, sizeof large),
			 0);
	assert_int_equal(receive(pair.peer, got, 20), 20);
	assert_memory_equal(got, "\0\0\0\13qxxxxxxxxxx\0\0\23\x89h", 20);
	assert_int_not_equal(
	    mta_mi_wr_cmd(pair.fd, NULL, 'h', large, LIMIT_MILTER_PACKET + 1),
	    0);
	close(pair.peer);
	assert_int_not_equal(mta_mi_wr_cmd(pair.fd, NULL, 'c', NULL, 0), 0);
	mta_close(pair.fd);
	assert_int_not_equal(mta_mi_wr_cmd(pair.fd, NULL, 'c', NULL, 0), 0);
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
	assert_int_equal(mta_mi_wr_cmd(pair.fd, NULL, 'h', (char[]){"ab"}, 2),
			 0);
	assert_int_equal(mta_mi_wr_cmd(pair.fd, NULL, 'b', p, n), 0);
	shutdown(pair.fd, SHUT_WR);
	pthread_join(thread, &sum);
	assert_int_equal((size_t)sum, n + 2 * PACKET_HEAD_N + 2);
	free(p);
	end(pair);
}

/* Macros count for the command that they come before, and for no other. */
static void
test_macros_of_one_command(void **state)
{
	struct pair pair = connected();

	(void)state;
	SEND(pair.peer, "\0\0\0\6DMa\0b\0\0\0\0\3Mx\0\0\0\0\3My\0");
	assert_packet(pair.fd, 'D', "Ma\0b\0", 5);
	assert_packet(pair.fd, 'M', "x", 2);
	assert_packet(pair.fd, 'D', "M\0\0", 3);
	assert_int_equal(ready(pair.fd, 0), 1);
	assert_packet(pair.fd, 'M', "y", 2);
	SEND(pair.peer, "\0\0\0\2DM");
	assert_packet(pair.fd, 'D', "M\0\0", 3);
	/* An abort and an end of message end what waits for its command. */
	SEND(pair.peer, "\0\0\0\6DRa\0b\0\0\0\0\1A\0\0\0\1R");
	assert_packet(pair.fd, 'D', "Ra\0b\0", 5);
	assert_packet(pair.fd, 'A', "", 0);
	assert_packet(pair.fd, 'D', "R\0\0", 3);
	assert_packet(pair.fd, 'R', "", 0);
	SEND(pair.peer, "\0\0\0\6DHa\0b\0\0\0\0\1E\0\0\0\1H");
	assert_packet(pair.fd, 'D', "Ha\0b\0", 5);
	assert_packet(pair.fd, 'E', "", 0);
	assert_packet(pair.fd, 'D', "H\0\0", 3);
	assert_packet(pair.fd, 'H', "", 0);
	end(pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ahead),
	    cmocka_unit_test(test_large),
	    cmocka_unit_test(test_rest_awaited),
	    cmocka_unit_test(test_end),
	    cmocka_unit_test(test_odd_lengths),
	    cmocka_unit_test(test_macros),
	    cmocka_unit_test(test_macros_of_one_command),
	    cmocka_unit_test(test_closed),
	    cmocka_unit_test(test_reopened),
	    cmocka_unit_test(test_held),
	    cmocka_unit_test(test_write_large),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
