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
 * At most two threads of the pool are idle while sessions wait, so all is well
 * as long as at least three are neither idle nor held up by DNS.  Slow lookups
 * hold nine of sixteen at most (dns/places.h); where there are few threads, a
 * message that would take the last ones is put off.
 */
#ifndef VERDICT_MILTER_MTA_WORKERS_H
#define VERDICT_MILTER_MTA_WORKERS_H

/*
 * Before smfi_main(): the process keeps to max_evaluations threads in all, and
 * sessions beyond wait for one.  Up to 167 those that must be free, and the 16
 * beside the pool, come on top: the fewer, the more, up to 20.
 */
void workers_bound(unsigned max_evaluations);
/* The messages that may wait for their results at once: seven of eight. */
unsigned workers_evaluations(unsigned max_evaluations);

#endif
