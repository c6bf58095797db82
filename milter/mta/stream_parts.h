/*
 * The inside of a stream, for the files that make it up: stream.c reads and
 * writes, pool.c waits for the next packet, turns.c says who goes on.
 */
#ifndef VERDICT_MILTER_MTA_STREAM_PARTS_H
#define VERDICT_MILTER_MTA_STREAM_PARTS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "milter/mta/stream.h"

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

/* May a thread begin to read?  It finds a packet, its beginning or the end. */
bool stream_is_ready(const struct stream *stream);
/* Has a packet been unfinished for STREAM_PACKET_MS? */
bool stream_is_overdue(const struct stream *stream);
/* Fetches what is there without waiting.  May a thread begin to read? */
bool stream_fetch(struct stream *stream);

#endif
