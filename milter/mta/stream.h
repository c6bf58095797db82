/*
 * The connections of mail servers, read ahead and written behind.
 *
 * By itself libmilter asks the system four times for a packet (is there a
 * length, read it, is there more, read that), and a thread that has begun a
 * packet waits for its end.  It makes these calls through the dynamic linker,
 * so the program's own take their place: one recv() fetches all that is there,
 * and poll() (pool.h) calls a connection ready once a whole packet is.  Whoever
 * stops within one holds a connection, no thread.
 *
 * A stream lives from accept() to close().  It belongs to the thread that runs
 * its session or, between commands, to libmilter's pool, which never uses it at
 * the same time.
 */
#ifndef VERDICT_MILTER_MTA_STREAM_H
#define VERDICT_MILTER_MTA_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compat.h"

/* The length of a packet, and the letter that it begins with. */
#define PACKET_LENGTH_N 4
#define PACKET_HEAD_N (PACKET_LENGTH_N + 1)

/* What the length in a packet's head says: its letter and what follows. */
size_t packet_length(const char head[PACKET_LENGTH_N]);

struct stream;

/* A new connection; false: its number is beyond all that is provided for. */
bool stream_open(int fd) MUST_CHECK;
/* NULL: no connection of a mail server. */
struct stream *stream_of(int fd);

/*
 * The next n octets.  Waits for what a packet that has begun lacks, for
 * STREAM_PACKET_MS at most; false: that passed, or the connection ended.
 */
bool stream_read(struct stream *stream, char *p, size_t n) MUST_CHECK;
/* The same, and they stay the next ones; a packet's head at most. */
bool stream_peek(struct stream *stream, char *p, size_t n) MUST_CHECK;
/* What was read makes up a packet; what follows is another one. */
void stream_end_packet(struct stream *stream);
/*
 * Sends a packet, or keeps it until the next one that may not be held: then
 * both go in one piece.  False: the connection ended, or the mail server took
 * nothing for STREAM_PACKET_MS.
 */
bool stream_write(struct stream *stream, const char head[PACKET_HEAD_N],
		  const char *p, size_t n, bool hold) MUST_CHECK;

/* What a mail server may pause within a packet; none does. */
#define STREAM_PACKET_MS 30000

#endif
