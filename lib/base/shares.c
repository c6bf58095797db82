#include "base/shares.h"

/* Beside the workers: ours, and libmilter's five, two of which are the first
   workers of its pool. */
#define OTHER_THREADS 16
/* At most two workers are idle while sessions wait, and two go on. */
#define FREE_WORKERS 4

unsigned
shares_brief_waiters(unsigned slow_waiters)
{
	return slow_waiters > 1 ? slow_waiters / 2 : 1;
}

static unsigned
workers_of(unsigned max_evaluations, unsigned evaluations)
{
	unsigned enough = evaluations + FREE_WORKERS;

	/* Fewer threads than messages that may wait: then a session waits for
	   a thread, and no message is put off. */
	return max_evaluations > enough + OTHER_THREADS
		   ? evaluations - FREE_WORKERS
		   : enough;
}

struct shares
shares_of(unsigned max_evaluations)
{
	unsigned eighth = max_evaluations / 8;
	unsigned evaluations = max_evaluations - eighth;
	unsigned slow = 3 * eighth + 1;

	return (struct shares){
	    .workers = workers_of(max_evaluations, evaluations),
	    .evaluations = evaluations,
	    .last_evaluations = evaluations / 8,
	    .slow_waiters = slow,
	    .brief_waiters = shares_brief_waiters(slow),
	};
}
