/*
 * The connections of mail servers, read ahead and written behind.
 *
 * By itself libmilter asks the system four times for a packet (is there a
 * length, read it, is there more, read that), and a thread that has begun a
 * packet waits for its end.  Here one recv() fetches all that is there, and
 * our poll() (pool.c) calls a connection ready once a whole packet is.  Whoever
 * stops within one holds a connection, no thread.
 *
 * A stream lives from accept() to close().  It belongs to the thread that runs
 * its session or, between commands, to libmilter's pool, which never uses it at
 * the same time.
 */
#ifndef VERDICT_MILTER_MTA_STREAM_H
#define VERDICT_MILTER_MTA_STREAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compat.h"

/* The length of a packet, and the letter that it begins with. */
#define PACKET_LENGTH_N 4
#define PACKET_HEAD_N (PACKET_LENGTH_N + 1)

/* What the length in a packet's head says: its letter and what follows. */
size_t packet_length(const char head[PACKET_LENGTH_N]);
/* Octets of the packet at p, of which n are there; 0: not all of them. */
size_t packet_size(const char *p, size_t n);
/* Is it an answer that ends a message? */
bool packet_is_final(const char head[PACKET_HEAD_N]);
/* The first n octets, packets that were handed on, go. */
void packet_drop(struct buf *in, size_t n);
/* The head of a packet with n octets after its letter. */
void packet_head(char head_out[PACKET_HEAD_N], char command, size_t n);

/*
 * What is known of a descriptor.  It stays when that is closed, for the next
 * connection of its number: libmilter may have the old one still in its set.
 */
struct stream {
	int fd;
	atomic_bool is_open;
	/* Its session waits in libmilter's pool, whose thread may then touch
	   what follows; else it has a turn, and its thread may. */
	atomic_bool is_pooled;
	bool ended;         /* nothing more will come */
	size_t begin, end;  /* what was read ahead, in `ahead` */
	char *ahead;        /* of AHEAD_N; NULL where that is nothing */
	int64_t part_since; /* when a packet was found unfinished; 0: none */
	unsigned told;      /* commands whose macros came (packet.c) */
	size_t held_n;
	char *held;          /* of HELD_N; NULL where nothing is held */
	int64_t turn_ms;     /* when its thread had the turn; 0: not yet */
	bool is_watched;     /* by the pool's epoll */
	bool is_waiting;     /* for a turn; under turns.c's lock, as are: */
	struct stream *next; /* who waits behind it */
	int64_t waits_us;    /* since when */
};

/* A new connection; false: its number is beyond all that is provided for. */
bool stream_open(int fd) MUST_CHECK;
/* NULL: no connection of a mail server. */
struct stream *stream_of(int fd);

/*
 * The next n octets.  Waits for what a packet that has begun lacks, for
 * LIMIT_PACKET_MS at most; false: that passed, or the connection ended.
 */
bool stream_read(struct stream *stream, char *p, size_t n) MUST_CHECK;
/* The same, and they stay the next ones; a packet's head at most. */
bool stream_peek(struct stream *stream, char *p, size_t n) MUST_CHECK;
/* What was read makes up a packet; what follows is another one. */
void stream_end_packet(struct stream *stream);
/*
 * Sends a packet, or keeps it until the next one that may not be held: then
 * both go in one piece.  False: the connection ended, or the mail server took
 * nothing for LIMIT_PACKET_MS.
 */
bool stream_write(struct stream *stream, const char head[PACKET_HEAD_N],
		  const char *p, size_t n, bool hold) MUST_CHECK;

/* --- for the pool --- */

/* May a thread begin to read?  It finds a packet, its beginning or the end. */
bool stream_is_ready(const struct stream *stream);
/* Has a packet been unfinished for LIMIT_PACKET_MS? */
bool stream_is_overdue(const struct stream *stream);
/* Fetches what is there without waiting.  May a thread begin to read? */
bool stream_fetch(struct stream *stream);

/*
 * How libmilter waits for connections (pool.c): its pool calls our poll() with
 * its pipe and all sessions that have no thread, and gives each that is ready
 * to one.  A session is ready once a whole packet is there and its turn has
 * come (turns.h).  The system is asked by epoll, since poll() costs it as much
 * as there are sessions, each time.
 *
 * A session's thread calls poll() with its own connection alone, for a
 * millisecond, before it leaves it to the pool; the listener's with the socket
 * that connections come to.
 */

/* Before mta_run().  turns: how many sessions run at once, 0: what suits the
   processors.  False: errno tells. */
bool pool_open(unsigned turns) MUST_CHECK;
/* libmilter closes a session that the pool has. */
void pool_forget(struct stream *stream);

#endif
