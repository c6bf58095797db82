/*
 * A connection's octets, read ahead and written behind, in any order.  The
 * input is deeds of two octets each: what is done, and with how much.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "milter/mta/parts.h"
#include "milter/mta/stream.h"
#include "tests/fuzz/fuzz.h"

/* What is kept of either direction: so much a socket takes at once. */
#define ROOM 60000
/* As stream.c has it: a full buffer is for a thread to empty. */
#define AHEAD_N 16384

enum deed { SEND, SEND_MANY, FETCH, READ, PEEK, WRITE, HOLD, RECEIVE, DEEDS };

/* Both directions, as they should be. */
struct model {
	int fd, peer;
	struct stream *stream;
	struct buf sent; /* by the mail server */
	size_t read;     /* of it */
	struct buf written;
	size_t received; /* of it, by the mail server */
	size_t flushed;  /* of it, what is not held back */
};

static struct str
unread(const struct model *model)
{
	return str_from(buf_str(&model->sent), model->read);
}

static void
send_octets(struct model *model, struct str octets)
{
	if (model->sent.n + octets.n > ROOM || octets.n == 0)
		return;
	fuzz_require(send(model->peer, octets.p, octets.n,
			  MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)octets.n);
	buf_add(&model->sent, octets);
}

/* A packet's head, and what else comes, is there before a thread begins. */
static void
fetch(struct model *model)
{
	struct str left = unread(model);
	bool whole = left.n >= PACKET_HEAD_N &&
		     left.n >= PACKET_LENGTH_N + packet_length(left.p);
	bool ready = stream_fetch(model->stream);

	fuzz_require(ready == (whole || left.n >= AHEAD_N));
	fuzz_require(stream_is_ready(model->stream) == ready);
	fuzz_require(!stream_is_overdue(model->stream));
}

static void
read_octets(struct model *model, size_t n)
{
	struct str left = unread(model);

	if (n > left.n)
		n = left.n;
	char *p = malloc(n ? n : 1);
	fuzz_require(p != NULL && stream_read(model->stream, p, n));
	fuzz_require(str_eq(str_n(p, n), str_first(left, n)));
	fuzz_canary(str_n(p, n), "zq");
	stream_end_packet(model->stream);
	model->read += n;
	free(p);
}

static void
peek(struct model *model)
{
	char head[PACKET_HEAD_N];
	struct str left = unread(model);

	if (left.n < sizeof head)
		return;
	fuzz_require(stream_peek(model->stream, head, sizeof head));
	fuzz_require(
	    str_eq(str_n(head, sizeof head), str_first(left, sizeof head)));
}

/* What the mail server finds: all that is not held back, and no more. */
static void
receive(struct model *model)
{
	char *p = malloc(ROOM);
	ssize_t n = recv(model->peer, p, ROOM, MSG_DONTWAIT);
	size_t got = n > 0 ? (size_t)n : 0;
	struct str due = str_from(buf_str(&model->written), model->received);

	fuzz_require(got <= due.n);
	fuzz_require(str_eq(str_n(p, got), str_first(due, got)));
	fuzz_require(model->received + got >= model->flushed);
	model->received += got;
	free(p);
}

static void
write_packet(struct model *model, size_t n, bool hold)
{
	char head[PACKET_HEAD_N] = {0, 0, (char)(n >> 8), (char)n, 'h'};
	char *p = malloc(n ? n : 1);

	if (model->written.n - model->received + n + sizeof head > ROOM)
		receive(model);
	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i + n);
	fuzz_require(stream_write(model->stream, head, p, n, hold));
	buf_add(&model->written, str_n(head, sizeof head));
	buf_add(&model->written, str_n(p, n));
	if (!hold)
		model->flushed = model->written.n;
	free(p);
}

static void
act(struct model *model, enum deed deed, unsigned char much, struct str *rest)
{
	char run[255 * 64];

	switch (deed) {
	case SEND:
		send_octets(model, str_first(*rest, much));
		*rest = str_from(*rest, much);
		break;
	case SEND_MANY:
		memset(run, much, sizeof run);
		send_octets(model, str_n(run, (size_t)much * 64));
		break;
	case FETCH:
		fetch(model);
		break;
	case READ:
		/* A few octets, or more than is read ahead. */
		read_octets(model,
			    much < 128 ? much : (size_t)(much - 127) * 200);
		break;
	case PEEK:
		peek(model);
		break;
	case WRITE:
	case HOLD:
		write_packet(model, (size_t)much * 20, deed == HOLD);
		break;
	case RECEIVE:
	case DEEDS:
		receive(model);
		break;
	}
}

/* The mail server hangs up: what it sent can be read, then nothing. */
static void
finish(struct model *model)
{
	char octet;

	receive(model);
	shutdown(model->peer, SHUT_WR);
	read_octets(model, unread(model).n);
	fuzz_require(!stream_read(model->stream, &octet, 1));
	fuzz_require(stream_fetch(model->stream));
	write_packet(model, 1, false);
	receive(model);
	fuzz_require(model->received == model->written.n);
}

void
fuzz_one(struct str input)
{
	static bool is_open;
	struct model model = {.read = 0};
	int fd[2];

	/* The turns of so many sessions; one at a time has one. */
	if (!is_open)
		is_open = pool_open(4);
	fuzz_require(is_open);
	fuzz_require(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	fuzz_require(stream_open(fd[0]));
	model.fd = fd[0];
	model.peer = fd[1];
	model.stream = stream_of(fd[0]);
	buf_init(&model.sent, NULL);
	buf_init(&model.written, NULL);
	while (input.n >= 2) {
		enum deed deed = (enum deed)((unsigned char)input.p[0] % DEEDS);
		unsigned char much = (unsigned char)input.p[1];
		input = str_from(input, 2);
		act(&model, deed, much, &input);
	}
	finish(&model);
	fuzz_require(stream_of(fd[0]) == model.stream);
	mta_close(fd[0]);
	fuzz_require(stream_of(fd[0]) == NULL);
	close(fd[1]);
	buf_clear(&model.sent);
	buf_clear(&model.written);
}
