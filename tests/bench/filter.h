/*
 * One connection of an MTA to one milter: protocol version 6, blocking.
 *
 * Commands that the milter wants no answer to are gathered and written with the
 * next one that has an answer, as Postfix does.  A connection belongs to one
 * thread.  Every function but filter_open() turns a lost connection into the
 * letter FILTER_LOST, and then nothing more is sent.
 */
#ifndef TESTS_BENCH_FILTER_H
#define TESTS_BENCH_FILTER_H

#include <sys/socket.h>

#include "base/buf.h"
#include "base/str.h"

#define FILTER_CHUNK \
	65535 /* octets of the body in a packet, MILTER_CHUNK_SIZE */
#define FILTER_LOST '?'

struct filter_address {
	struct sockaddr_storage name;
	socklen_t n;
};

/* One change that a milter asked for: 'h' add, 'i' insert, 'm' change. */
struct edit {
	char kind;
	uint32_t at;
	struct str name, value; /* in filter.edit_text */
};

struct filter {
	int fd;
	uint32_t protocol; /* what was agreed */
	char accepted;     /* the letter that ended the session, or 0 */
	struct buf out;    /* gathered, not written */
	struct buf in;     /* read, from in_at on not yet used */
	size_t in_at;
	struct buf reply; /* of the last 'y' */
	struct edit *edit;
	size_t edit_n;
	struct buf edit_text;
};

/* "unix:PATH" or "inet:ADDRESS:PORT" (IPv4); false: neither. */
bool filter_address_parse(const char *text, struct filter_address *out);

/* Connects and agrees on what is sent; false: errno says why not. */
bool filter_open(struct filter *filter, const struct filter_address *address);
/* Says goodbye and frees everything. */
void filter_close(struct filter *filter);

/*
 * A command and the letter of its answer: 'c' where none is waited for or the
 * milter did not want the command.
 */
char filter_ask(struct filter *filter, char letter, struct str data);
/* Macros of a command: name, value, ..., NULL. */
void filter_macros(struct filter *filter, char letter, ...);
/* The body, in chunks, until the milter has enough of it. */
char filter_body(struct filter *filter, struct str body);
/* A field of the header, with its leading blank or without. */
char filter_header(struct filter *filter, struct str name, struct str value);
/* End of message: the final letter; filter.edit holds what it asked for. */
char filter_eom(struct filter *filter);
/* Drops the message; there is no answer. */
void filter_abort(struct filter *filter);

#endif
