/*
 * Bounds libmilter's pool of threads.
 *
 * The pool makes a thread for every session that is ready while none of its
 * threads is idle.  Turns (turns.h) keep few of them running at once, but who
 * waits for DNS or for the rest of a packet leaves its turn to another and
 * keeps its thread: a dead resolver makes as many as there are sessions.
 * libmilter's pthread_create() and pthread_detach() are ours (workers.c):
 * beyond the bound a session waits for a thread, the longest waiting one first.
 * A thread without a task stays for five seconds, since the next burst follows
 * soon.
 *
 * How many there may be, and why that is enough, stands in base/shares.h.
 */
#ifndef VERDICT_MILTER_MTA_WORKERS_H
#define VERDICT_MILTER_MTA_WORKERS_H

/* Before smfi_main(): no more than so many threads of the pool have sessions;
   more sessions wait for one.  1 or more. */
void workers_bound(unsigned bound);

#endif
