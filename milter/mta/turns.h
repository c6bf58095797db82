/*
 * Whose turn it is: how many sessions run at once, and who is next.
 *
 * More threads than the processors can run only change places with each other,
 * and each message takes as long as all of them.  So few sessions have a turn
 * at once, and keep it while their mail server sends on; where others wait, for
 * TURN_MS.  Sessions of the pool wait in the order in which something came for
 * them; a new connection waits to be accepted, and has every other turn.  A
 * thread that waits for something else than a processor counts for nothing
 * meanwhile.
 *
 * Nobody is refused here, and nobody waits in vain: where no turn began or
 * ended for TURNS_STUCK_MS, somebody else has one all the same.
 */
#ifndef VERDICT_MILTER_MTA_TURNS_H
#define VERDICT_MILTER_MTA_TURNS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compat.h"
#include "base/histogram.h"

struct stream;

/* Longer than any small message takes, and than most sessions. */
#define TURN_MS 20
/* Then something holds threads up that we know nothing of. */
#define TURNS_STUCK_MS 100

/* Before any other function; limit 0: what suits the processors.  False: errno
   tells. */
bool turns_open(unsigned limit) MUST_CHECK;

/* --- any thread --- */

/* A connection was accepted, and has a turn. */
void turns_begin(void);
/* Whoever had a turn has none any more. */
void turns_end(void);
/* Within a turn: the thread waits for something else than a processor, from
   `true` to `false`. */
void turns_pause(bool waits);
/* A session of the pool could go on. */
void turns_enqueue(struct stream *stream);
/* It is closed before its turn came. */
void turns_forget(struct stream *stream);
/* How many wait, sessions of the pool and a connection. */
unsigned turns_waiting(void);

struct turns_report {
	unsigned limit, given, waiting;
	/* From when a session, or the next connection, could go on to its
	   turn: one for each turn. */
	struct histogram_counts waited;
};
void turns_report(struct turns_report *report_out);

/* --- the listener's thread --- */

/* Waits until a connection may be accepted; false: not in timeout_ms. */
bool turns_await(int timeout_ms) MUST_CHECK;

/* --- the pool's thread --- */

/* The session whose turn it is; NULL: none, for now. */
struct stream *turns_first(void);
/* Takes it from the queue; it has a turn. */
void turns_give(struct stream *first);
/* Readable when turns_first() should be asked again; turns_heed() ends that. */
int turns_descriptor(void);
void turns_heed(void);

#endif
