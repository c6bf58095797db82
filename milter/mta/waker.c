#include "milter/mta/waker.h"

#include <time.h>

#include "milter/mta/mta.h"

/* What a session may lie unseen: little against a lookup that times out. */
#define TICK_NS 100000000

static void *
watch(void *ctx)
{
	struct waker *waker = ctx;
	const struct timespec tick = {.tv_nsec = TICK_NS};
	bool waited = false;

	pthread_setname_np(pthread_self(), "waker");
	while (!atomic_load(&waker->stop)) {
		bool waits = gate_used(waker->evaluations) > 0;
		if (waits && waited)
			mta_knock();
		waited = waits;
		nanosleep(&tick, NULL);
	}
	return NULL;
}

bool
waker_start(struct waker *waker, const struct gate *evaluations)
{
	waker->evaluations = evaluations;
	atomic_init(&waker->stop, false);
	return pthread_create(&waker->thread, NULL, watch, waker) == 0;
}

void
waker_stop(struct waker *waker)
{
	atomic_store(&waker->stop, true);
	pthread_join(waker->thread, NULL);
}
