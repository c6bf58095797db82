/*
 * How the threads of a mail verifier are shared out, all by one number: how
 * many there may be (max-evaluations).  Pure.
 *
 * A thread that waits for DNS is held up, and dead names hold up as many as
 * they get.  So that mail whose results are known always finds a thread, what
 * waits is bounded, and what waits for names that are slow once more:
 *
 *   max-evaluations   8/8, all threads, those beside the workers included
 *   workers           threads for sessions; a session beyond waits for one
 *   evaluations       7/8, messages that wait for their results; one beyond is
 *                     put off
 *   last_evaluations  1/8 of those, for networks of clients that hold fewer
 *   slow_waiters      3/8, lookups that wait longer than a healthy one
 *   brief_waiters     half as many, lookups in zones that are slow; with the
 *                     slow ones nine of sixteen threads, so that dead names
 *                     leave a third of evaluations to other mail (from 57
 *                     threads on)
 *
 * From 168 threads on there are fewer workers than evaluations, so sessions
 * wait and no message is put off.  Where there are fewer, workers are as many
 * as may wait and four more, and the process has up to 20 threads beyond
 * max-evaluations.
 */
#ifndef VERDICT_BASE_SHARES_H
#define VERDICT_BASE_SHARES_H

struct shares {
	unsigned workers;
	unsigned evaluations, last_evaluations;
	unsigned slow_waiters, brief_waiters;
};

/* max_evaluations: 1 or more. */
struct shares shares_of(unsigned max_evaluations);
/* The brief ones to so many slow ones, at least one. */
unsigned shares_brief_waiters(unsigned slow_waiters);

#endif
