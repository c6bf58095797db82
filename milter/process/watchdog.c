#include "milter/process/watchdog.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "milter/mta/mta.h"
#include "milter/process/notify.h"

/* How fast an end is seen. */
#define TICK_MS 100
/* The start: how long an answer may take before it is asked for again. */
#define START_MS 1000

/* The length and the letter: more of the answer is not looked at. */
#define ANSWER_N 5

static bool
is_over(const struct watchdog *watchdog)
{
	return atomic_load(&watchdog->stop) || mta_ending_signal() != 0;
}

/* Waits until the socket can be used; false: not before the deadline. */
static bool
wait_for(const struct watchdog *watchdog, int fd, short events,
	 int64_t deadline_ms)
{
	struct pollfd one = {.fd = fd, .events = events};

	while (!is_over(watchdog) && clock_monotonic_ms() < deadline_ms) {
		if (poll(&one, 1, TICK_MS) > 0)
			return true;
	}
	return false;
}

static bool
is_answered(const struct watchdog *watchdog, int fd, int64_t deadline_ms)
{
	char answer[ANSWER_N];
	size_t got = 0;

	while (got < sizeof answer) {
		if (!wait_for(watchdog, fd, POLLIN, deadline_ms))
			return false;
		ssize_t n = recv(fd, answer + got, sizeof answer - got, 0);
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return answer[ANSWER_N - 1] == 'O';
}

/* What every connection of a mail server begins with. */
static bool
negotiates(const struct watchdog *watchdog, int64_t deadline_ms)
{
	int fd = mta_connect_own();

	if (fd < 0)
		return false;
	bool answered = wait_for(watchdog, fd, POLLOUT, deadline_ms) &&
			send(fd, MTA_NEGOTIATION, MTA_NEGOTIATION_N,
			     MSG_NOSIGNAL) == (ssize_t)MTA_NEGOTIATION_N &&
			is_answered(watchdog, fd, deadline_ms);
	if (answered)
		(void)!send(fd, MTA_FAREWELL, MTA_FAREWELL_N, MSG_NOSIGNAL);
	close(fd);
	return answered;
}

static void
rest(int64_t ms)
{
	struct timespec pause = {.tv_nsec = ms * 1000000};

	nanosleep(&pause, NULL);
}

static bool
resolver_turns(const struct watchdog *watchdog, uint64_t before,
	       int64_t deadline_ms)
{
	while (dns_resolver_wake(watchdog->resolver) == before) {
		if (is_over(watchdog) || clock_monotonic_ms() >= deadline_ms)
			return false;
		rest(TICK_MS / 10);
	}
	return true;
}

/* What is not at work; NULL: all is. */
static const char *
find_trouble(const struct watchdog *watchdog, int64_t patience_ms)
{
	int64_t deadline_ms = clock_monotonic_ms() + patience_ms;
	uint64_t turns = dns_resolver_wake(watchdog->resolver);

	if (!negotiates(watchdog, deadline_ms))
		return "a connection to our own socket got no answer";
	if (!resolver_turns(watchdog, turns, deadline_ms))
		return "the resolver's thread does not turn";
	return NULL;
}

static void
rest_until(const struct watchdog *watchdog, int64_t end_ms)
{
	while (!is_over(watchdog) && clock_monotonic_ms() < end_ms)
		rest(TICK_MS);
}

static void
start(const struct watchdog *watchdog)
{
	while (!is_over(watchdog)) {
		if (find_trouble(watchdog, START_MS) == NULL) {
			notify_ready();
			return;
		}
		rest(TICK_MS / 2);
	}
}

static void
go_on(const struct watchdog *watchdog, int64_t interval_ms)
{
	int64_t step_ms = interval_ms / 3;

	while (!is_over(watchdog)) {
		int64_t next_ms = clock_monotonic_ms() + step_ms;
		const char *trouble = find_trouble(watchdog, step_ms);
		if (trouble == NULL)
			notify_watchdog();
		else if (!is_over(watchdog))
			log_printf(watchdog->log, LOG_LEVEL_WARNING,
				   "watchdog: %s within %lld ms", trouble,
				   (long long)step_ms);
		rest_until(watchdog, next_ms);
	}
}

static void *
watch(void *ctx)
{
	const struct watchdog *watchdog = ctx;
	int64_t interval_ms = notify_watchdog_ms();

	pthread_setname_np(pthread_self(), "watchdog");
	start(watchdog);
	if (interval_ms > 0)
		go_on(watchdog, interval_ms);
	while (!is_over(watchdog))
		rest(TICK_MS);
	notify_stopping();
	/* The last messages have a whole interval. */
	if (interval_ms > 0)
		notify_watchdog();
	return NULL;
}

bool
watchdog_start(struct watchdog *watchdog, const struct log *log,
	       struct dns_resolver *resolver)
{
	watchdog->log = log;
	watchdog->resolver = resolver;
	atomic_init(&watchdog->stop, false);
	watchdog->running = false;
	if (!notify_is_wanted())
		return true;
	errno = pthread_create(&watchdog->thread, NULL, watch, watchdog);
	watchdog->running = errno == 0;
	return watchdog->running;
}

void
watchdog_stop(struct watchdog *watchdog)
{
	if (!watchdog->running)
		return;
	atomic_store(&watchdog->stop, true);
	pthread_join(watchdog->thread, NULL);
	watchdog->running = false;
}
