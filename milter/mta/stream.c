#include "milter/mta/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "base/clock.h"
#include "base/mem.h"
#include "milter/limits.h"
#include "milter/mta/parts.h"
#include "milter/mta/turns.h"

/* All of a small message; of a large one the packets' rest is read past it. */
#define AHEAD_N 16384
/* Header edits and the answer behind them. */
#define HELD_N 4096

/* The streams by descriptor, in pages that are made when needed. */
#define PAGE_N 1024
#define PAGES 1024

struct page {
	_Atomic(struct stream *) stream[PAGE_N];
};

static _Atomic(struct page *) pages[PAGES];

/* --- the table --- */

static struct page *
page_of(int fd)
{
	if (fd < 0 || fd / PAGE_N >= PAGES)
		return NULL;
	return atomic_load(&pages[fd / PAGE_N]);
}

/* Open or not; NULL: there has been none of that number. */
static struct stream *
entry_of(int fd)
{
	struct page *page = page_of(fd);

	return page ? atomic_load(&page->stream[fd % PAGE_N]) : NULL;
}

struct stream *
stream_of(int fd)
{
	struct stream *stream = entry_of(fd);

	return stream && atomic_load(&stream->is_open) ? stream : NULL;
}

/* Only the listener's thread opens, so no two make the same page or entry. */
static struct stream *
make_entry(int fd)
{
	struct page *page = page_of(fd);

	if (page == NULL) {
		page = mem_alloc(sizeof *page);
		atomic_store(&pages[fd / PAGE_N], page);
	}
	struct stream *stream = mem_alloc(sizeof *stream);
	stream->fd = fd;
	atomic_store(&page->stream[fd % PAGE_N], stream);
	return stream;
}

bool
stream_open(int fd)
{
	if (fd / PAGE_N >= PAGES)
		return false;
	struct stream *stream = entry_of(fd);
	if (stream == NULL)
		stream = make_entry(fd);
	/* By its lock, what the last one's thread wrote is seen. */
	turns_begin();
	stream->ended = false;
	stream->begin = stream->end = stream->held_n = 0;
	stream->part_since = 0;
	stream->is_watched = false;
	stream->turn_ms = 0;
	stream->told = 0;
	atomic_store(&stream->is_pooled, false);
	atomic_store(&stream->is_open, true);
	return true;
}

static void
forget(int fd)
{
	struct stream *stream = stream_of(fd);

	if (stream == NULL)
		return;
	atomic_store(&stream->is_open, false);
	free(stream->ahead);
	free(stream->held);
	stream->ahead = stream->held = NULL;
	if (atomic_load(&stream->is_pooled))
		pool_forget(stream);
	else
		turns_end();
}

/* --- reading --- */

static size_t
ahead_n(const struct stream *stream)
{
	return stream->end - stream->begin;
}

/* Room for more behind what is there. */
static void
make_room(struct stream *stream)
{
	if (stream->ahead == NULL)
		stream->ahead = mem_resize(NULL, AHEAD_N);
	if (stream->begin > 0)
		memmove(stream->ahead, stream->ahead + stream->begin,
			ahead_n(stream));
	stream->end = ahead_n(stream);
	stream->begin = 0;
}

/*
 * Receives what is there: n octets to p, what is beyond them to the buffer.
 * Returns what came to p; -1: nothing is there yet, or ever.
 */
static ssize_t
receive(struct stream *stream, char *p, size_t n)
{
	make_room(stream);
	struct iovec part[] = {
	    {p, n}, {stream->ahead + stream->end, AHEAD_N - stream->end}};
	struct msghdr message = {.msg_iov = n > 0 ? part : part + 1,
				 .msg_iovlen = n > 0 ? 2 : 1};
	ssize_t got = recvmsg(stream->fd, &message, MSG_DONTWAIT);

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		stream->ended = true;
	if (got <= 0)
		return -1;
	if ((size_t)got <= n)
		return got;
	stream->end += (size_t)got - n;
	return (ssize_t)n;
}

size_t
packet_length(const char head[PACKET_LENGTH_N])
{
	const unsigned char *p = (const unsigned char *)head;

	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 |
	       (size_t)p[3];
}

void
packet_head(char head_out[PACKET_HEAD_N], char command, size_t n)
{
	size_t length = n + 1;
	const char head[PACKET_HEAD_N] = {
	    (char)(length >> 24), (char)(length >> 16), (char)(length >> 8),
	    (char)length, command};

	memcpy(head_out, head, sizeof head);
}

size_t
packet_size(const char *p, size_t n)
{
	if (n < PACKET_HEAD_N)
		return 0;
	/* Without more than its letter, a packet is complete. */
	size_t length = packet_length(p);
	size_t size = PACKET_LENGTH_N + (length > 0 ? length : 1);
	return n < size ? 0 : size;
}

void
packet_drop(struct buf *in, size_t n)
{
	if (n == in->n) {
		buf_clear(in);
		return;
	}
	if (n > 0)
		memmove(in->p, in->p + n, in->n - n);
	in->n -= n;
}

bool
packet_is_final(const char head[PACKET_HEAD_N])
{
	static const char letters[] = {
	    SMFIR_ACCEPT,   SMFIR_CONTINUE,  SMFIR_DISCARD,   SMFIR_REJECT,
	    SMFIR_TEMPFAIL, SMFIR_REPLYCODE, SMFIR_CONN_FAIL, SMFIR_SHUTDOWN};

	return memchr(letters, head[PACKET_LENGTH_N], sizeof letters) != NULL;
}

static bool
holds_packet(const struct stream *stream)
{
	return packet_size(stream->ahead + stream->begin, ahead_n(stream)) > 0;
}

bool
stream_is_ready(const struct stream *stream)
{
	return stream->ended || ahead_n(stream) == AHEAD_N ||
	       holds_packet(stream);
}

bool
stream_is_overdue(const struct stream *stream)
{
	return stream->part_since > 0 &&
	       clock_monotonic_ms() - stream->part_since >= LIMIT_PACKET_MS;
}

bool
stream_fetch(struct stream *stream)
{
	if (stream_is_ready(stream))
		return true;
	receive(stream, NULL, 0);
	if (ahead_n(stream) == 0) {
		free(stream->ahead);
		stream->ahead = NULL;
	} else if (stream->part_since == 0) {
		stream->part_since = clock_monotonic_ms();
	}
	return stream_is_ready(stream) || stream_is_overdue(stream);
}

static size_t
take(struct stream *stream, char *p, size_t n)
{
	if (n > ahead_n(stream))
		n = ahead_n(stream);
	if (n > 0)
		memcpy(p, stream->ahead + stream->begin, n);
	stream->begin += n;
	return n;
}

/* Waits for a direction of the socket; false: the deadline passed. */
static bool
wait_for(const struct stream *stream, short events, int64_t deadline_ms)
{
	struct pollfd one = {.fd = stream->fd, .events = events};
	int64_t left_ms = deadline_ms - clock_monotonic_ms();
	const struct timespec left = {left_ms / 1000, left_ms % 1000 * 1000000};

	if (left_ms <= 0)
		return false;
	turns_pause(true);
	int ready = ppoll(&one, 1, &left, NULL);
	turns_pause(false);
	return ready != 0;
}

/* Of a packet n octets are there; or its time begins, if it has not. */
static void
begin_part(struct stream *stream, size_t n)
{
	/* A whole packet that waited for a thread is none that stopped. */
	if (stream_is_ready(stream))
		stream->part_since = 0;
	if (ahead_n(stream) < n && stream->part_since == 0)
		stream->part_since = clock_monotonic_ms();
}

static bool
await_more(const struct stream *stream)
{
	return !stream->ended &&
	       wait_for(stream, POLLIN, stream->part_since + LIMIT_PACKET_MS);
}

bool
stream_peek(struct stream *stream, char *p, size_t n)
{
	begin_part(stream, n);
	while (ahead_n(stream) < n) {
		if (receive(stream, NULL, 0) < 0 && !await_more(stream))
			return false;
	}
	memcpy(p, stream->ahead + stream->begin, n);
	return true;
}

bool
stream_read(struct stream *stream, char *p, size_t n)
{
	begin_part(stream, n);
	size_t got = take(stream, p, n);

	while (got < n) {
		ssize_t more = receive(stream, p + got, n - got);
		if (more > 0)
			got += (size_t)more;
		else if (!await_more(stream))
			return false;
	}
	return true;
}

void
stream_end_packet(struct stream *stream)
{
	stream->part_since = 0;
}

/* --- writing --- */

/* Sends all parts whole. */
static bool
send_all(struct stream *stream, struct iovec *part, size_t parts)
{
	int64_t deadline_ms = clock_monotonic_ms() + LIMIT_PACKET_MS;

	while (parts > 0) {
		struct msghdr message = {.msg_iov = part, .msg_iovlen = parts};
		ssize_t sent =
		    sendmsg(stream->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (sent < 0 && !wait_for(stream, POLLOUT, deadline_ms))
			return false;
		size_t n = sent < 0 ? 0 : (size_t)sent;
		for (; parts > 0 && n >= part->iov_len; part++, parts--)
			n -= part->iov_len;
		if (parts > 0) {
			part->iov_base = (char *)part->iov_base + n;
			part->iov_len -= n;
		}
	}
	return true;
}

static void
hold_back(struct stream *stream, const char *p, size_t n)
{
	if (stream->held == NULL)
		stream->held = mem_resize(NULL, HELD_N);
	if (n > 0)
		memcpy(stream->held + stream->held_n, p, n);
	stream->held_n += n;
}

bool
stream_write(struct stream *stream, const char head[PACKET_HEAD_N],
	     const char *p, size_t n, bool hold)
{
	char copy[PACKET_HEAD_N];

	if (hold && stream->held_n + PACKET_HEAD_N + n <= HELD_N) {
		hold_back(stream, head, PACKET_HEAD_N);
		hold_back(stream, p, n);
		return true;
	}
	memcpy(copy, head, sizeof copy);
	struct iovec part[] = {{stream->held, stream->held_n},
			       {copy, sizeof copy},
			       {(char *)(uintptr_t)p, n}};
	bool sent = send_all(stream, part, 3);
	free(stream->held);
	stream->held = NULL;
	stream->held_n = 0;
	return sent;
}

/* --- what libmilter calls --- */

int
mta_close(int fd)
{
	call_reached(CALL_CLOSE);
	forget(fd);
	return close(fd);
}
