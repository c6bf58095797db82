/*
 * What a mail server sends, packet by packet.  The first octet of the input
 * says how the rest is cut into pieces, which arrive one after the other.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmilter/mfdef.h>

#include "milter/limits.h"
#include "milter/mta/parts.h"
#include "milter/mta/stream.h"
#include "tests/fuzz/fuzz.h"

/* A connection, and what of it is not read yet. */
struct connection {
	int fd, peer;
	struct str sent; /* what arrived */
	struct str all;  /* and what will */
	bool has_ended;
	/* Of HELO, MAIL and RCPT: were macros read since the last one? */
	bool told[256];
};

static bool
is_repeated(char command)
{
	return command == SMFIC_HELO || command == SMFIC_MAIL ||
	       command == SMFIC_RCPT;
}

/* --- what was sent --- */

struct packet {
	char command;
	struct str rest;
};

static bool
is_too_long(struct str sent)
{
	return sent.n >= PACKET_HEAD_N &&
	       packet_length(sent.p) > LIMIT_MILTER_PACKET;
}

/* The next one, if all of it is there. */
static bool
next_packet(struct str sent, struct packet *packet_out)
{
	if (sent.n < PACKET_HEAD_N || is_too_long(sent))
		return false;
	size_t length = packet_length(sent.p);
	size_t n = length > 1 ? length - 1 : 0;
	if (sent.n - PACKET_HEAD_N < n)
		return false;
	packet_out->command = sent.p[PACKET_LENGTH_N];
	packet_out->rest = str_n(sent.p + PACKET_HEAD_N, n);
	return true;
}

/* --- what is read --- */

static bool
is_empty_list(const struct packet *packet, char of)
{
	const char list[] = {of, '\0', '\0'};

	return packet->command == SMFIC_MACRO &&
	       str_eq(packet->rest, str_n(list, sizeof list));
}

/* libmilter walks over names and values by two. */
static bool
are_pairs(struct str rest)
{
	size_t ends = 0;

	for (size_t i = 1; i < rest.n; i++)
		ends += rest.p[i] == '\0';
	return ends > 0 && ends % 2 == 0;
}

/* Does the sent packet stand behind what was read?  False: that was put before
   it, as macros of a command that brought none. */
static bool
is_of(const struct packet *read, const struct packet *sent)
{
	if (sent->command == SMFIC_QUIT_NC)
		return read->command == SMFIC_QUIT &&
		       str_eq(read->rest, sent->rest);
	if (read->command == sent->command && str_eq(read->rest, sent->rest))
		return true;
	return sent->command == SMFIC_MACRO && sent->rest.n > 0 &&
	       !are_pairs(sent->rest) && is_empty_list(read, sent->rest.p[0]);
}

/* A command's macros are its own: none of an earlier one are left. */
static void
check_macros(struct connection *connection, const struct packet *read)
{
	if (read->command == SMFIC_MACRO && read->rest.n > 0) {
		fuzz_require(are_pairs(read->rest));
		connection->told[(unsigned char)read->rest.p[0]] = true;
	} else if (is_repeated(read->command)) {
		fuzz_require(connection->told[(unsigned char)read->command]);
		connection->told[(unsigned char)read->command] = false;
	} else if (read->command == SMFIC_ABORT ||
		   read->command == SMFIC_BODYEOB) {
		memset(connection->told, 0, sizeof connection->told);
	}
}

/* Reads one; the next of what was sent is whole. */
static void
read_packet(struct connection *connection, const struct packet *sent)
{
	struct packet read;
	char *p = mta_mi_rd_cmd(connection->fd, NULL, &read.command,
				&read.rest.n, NULL);

	fuzz_require((p == NULL) == (read.rest.n == 0));
	read.rest.p = p;
	check_macros(connection, &read);
	if (is_of(&read, sent))
		connection->sent =
		    str_from(connection->sent, PACKET_HEAD_N + sent->rest.n);
	else
		fuzz_require(is_repeated(sent->command) &&
			     is_empty_list(&read, sent->command));
	if (read.command == SMFIC_HEADER)
		fuzz_canary(read.rest, "zq");
	free(p);
}

/* Nothing more.  Macros of a command whose packet has begun may still come. */
static void
check_end(struct connection *connection)
{
	struct packet read;
	char *p = mta_mi_rd_cmd(connection->fd, NULL, &read.command,
				&read.rest.n, NULL);

	if (p != NULL) {
		struct str head = connection->sent;
		read.rest.p = p;
		fuzz_require(head.n >= PACKET_HEAD_N && !is_too_long(head));
		fuzz_require(is_repeated(head.p[PACKET_LENGTH_N]));
		fuzz_require(is_empty_list(&read, head.p[PACKET_LENGTH_N]));
		free(p);
		p = mta_mi_rd_cmd(connection->fd, NULL, &read.command,
				  &read.rest.n, NULL);
	}
	/* No letter of a command. */
	fuzz_require(p == NULL && read.rest.n == 0 && read.command < ' ');
}

static void
read_packets(struct connection *connection)
{
	struct stream *stream = stream_of(connection->fd);
	struct packet sent;
	bool ready = stream_fetch(stream);

	while (next_packet(connection->sent, &sent)) {
		fuzz_require(ready);
		read_packet(connection, &sent);
		ready = stream_fetch(stream);
	}
	if (is_too_long(connection->sent)) {
		connection->has_ended = true;
		check_end(connection);
	}
}

/* --- the mail server --- */

static void
send_piece(struct connection *connection, size_t n)
{
	ssize_t sent =
	    send(connection->peer, connection->sent.p + connection->sent.n, n,
		 MSG_DONTWAIT | MSG_NOSIGNAL);

	fuzz_require(sent == (ssize_t)n);
	connection->sent.n += n;
}

static void
send_all(struct connection *connection, unsigned cut)
{
	const char *end = connection->all.p + connection->all.n;

	for (unsigned i = 0; !connection->has_ended; i++) {
		size_t left =
		    (size_t)(end - (connection->sent.p + connection->sent.n));
		/* 1 to 8 octets, or all: odd places and even ones. */
		size_t n = cut == 0 ? left : 1 + (cut >> i % 6 & 7);
		if (left == 0)
			break;
		send_piece(connection, n < left ? n : left);
		read_packets(connection);
	}
}

void
fuzz_one(struct str input)
{
	static bool is_open;
	struct connection connection = {.peer = -1};
	int fd[2];

	/* The turns of so many sessions; one at a time has one. */
	if (!is_open)
		is_open = pool_open(4);
	fuzz_require(is_open);
	/* A socket takes this much at once. */
	if (input.n == 0 || input.n > 65536)
		return;
	fuzz_require(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	fuzz_require(stream_open(fd[0]));
	connection.fd = fd[0];
	connection.peer = fd[1];
	connection.all = str_from(input, 1);
	connection.sent = str_first(connection.all, 0);
	send_all(&connection, (unsigned char)input.p[0]);
	shutdown(fd[1], SHUT_WR);
	if (!connection.has_ended)
		read_packets(&connection);
	check_end(&connection);
	mta_close(fd[0]);
	close(fd[1]);
}
