/*
 * The plain way: between mail servers and libmilter as it is.
 *
 * libmilter listens on a unix socket whose name is gone once it is open, so
 * only this process reaches it.  One thread accepts who may connect, makes a
 * connection to libmilter for each, and hands on whole packets: who stops
 * within one holds no thread of libmilter, and macros that it must not see
 * (macros.c) are replaced on the way.  A connection waits while libmilter is at
 * as many others as may be, since it makes a thread for each.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <linux/sockios.h>

#include <libmilter/mfapi.h>

#include "base/clock.h"
#include "milter/mta/mta.h"
#include "milter/mta/parts.h"

/* How often it is looked for what has stopped. */
#define SWEEP_MS 500

static struct {
	int listener, libmilter, epoll, stop;
	bool is_listening;
	int64_t rests_until_ms; /* no more are accepted until then */
	unsigned other_threads; /* before the first connection; libmilter keeps
				   some that wait */
} relay = {.listener = -1, .libmilter = -1, .epoll = -1, .stop = -1};

/* --- libmilter's socket --- */

/* libmilter listens in a folder of root's or ours alone, until we have hold of
   its socket: then both names go.  Who can name it is us, whatever its mode. */
static bool
listen_unseen(const char *folder)
{
	char listen[128], path[120];

	snprintf(path, sizeof path, "%s/libmilter", folder);
	snprintf(listen, sizeof listen, "unix:%s", path);
	if (!mta_listen(listen, path, NULL)) {
		errno = EADDRNOTAVAIL;
		return false;
	}
	relay.libmilter = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	bool open = relay.libmilter >= 0 && chmod(path, 0666) == 0;
	int error = errno;
	unlink(path);
	errno = error;
	return open;
}

static bool
listen_below(const char *base)
{
	char folder[100];

	if (strlen(base) >= 70) {
		errno = ENAMETOOLONG;
		return false;
	}
	snprintf(folder, sizeof folder, "%s/verdict-XXXXXX", base);
	mode_t before = umask(077);
	bool opened = mkdtemp(folder) != NULL && listen_unseen(folder);
	int error = errno;
	umask(before);
	rmdir(folder);
	errno = error;
	return opened;
}

bool
relay_open(int listener)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
	const char *base = getenv("TMPDIR");

	relay.listener = listener;
	return (base != NULL && listen_below(base)) || listen_below("/tmp");
}

int
relay_connect(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval patience = {.tv_sec = 1};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d",
		 relay.libmilter);
	/* Where its backlog is full it comes soon, since it only accepts. */
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
			   sizeof patience);
	if (fd >= 0 &&
	    connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* --- what libmilter is at --- */

/* Each is a link of that folder. */
static unsigned
count_threads(void)
{
	struct stat tasks;

	return stat("/proc/self/task", &tasks) == 0 ? (unsigned)tasks.st_nlink
						    : 0;
}

unsigned
relay_threads(void)
{
	unsigned n = count_threads();

	return n > relay.other_threads ? n - relay.other_threads : 0;
}

bool
relay_was_read(int milter)
{
	int unread;

	return ioctl(milter, SIOCOUTQ, &unread) == 0 && unread == 0;
}

/* --- accepting --- */

/* Each link has three descriptors; a fourth is for all else. */
static bool
is_full(void)
{
	struct rlimit files;

	return getrlimit(RLIMIT_NOFILE, &files) == 0 &&
	       links_count() >= files.rlim_cur / RELAY_FILES_EACH;
}

static void
listen_on(bool on)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};

	if (on == relay.is_listening || relay.listener < 0)
		return;
	epoll_ctl(relay.epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
		  relay.listener, &event);
	relay.is_listening = on;
}

/* The thread serves others meanwhile. */
static void
rest(int error)
{
	if (mta_is_short(error)) {
		listen_on(false);
		relay.rests_until_ms = clock_monotonic_ms() + SWEEP_MS;
	}
}

static void
accept_one(void)
{
	if (is_full()) {
		rest(EMFILE);
		return;
	}
	struct sockaddr_storage peer;
	socklen_t n;
	if (relay.other_threads == 0)
		relay.other_threads = count_threads();
	int mta = accept_allowed(relay.listener, SOCK_NONBLOCK, &peer, &n);
	if (mta < 0) {
		rest(errno);
		return;
	}
	int milter = relay_connect();
	if (milter < 0) {
		rest(errno);
		close(mta);
		return;
	}
	link_open(mta, milter);
}

/* --- the thread --- */

static void
stop_listening(void)
{
	uint64_t count;

	(void)!read(relay.stop, &count, sizeof count);
	listen_on(false);
	if (relay.listener >= 0)
		close(relay.listener);
	relay.listener = -1;
}

static void *
run(void *ctx)
{
	struct epoll_event event;
	int64_t swept_ms = clock_monotonic_ms();
	bool waits = false;

	pthread_setname_np(pthread_self(), "relay");
	for (;;) {
		/* One at a time: an event may free what the next is about. */
		int n = epoll_wait(relay.epoll, &event, 1,
				   waits ? LINKS_LOOK_MS : SWEEP_MS);
		if (n > 0 && event.data.ptr == NULL)
			accept_one();
		else if (n > 0 && event.data.ptr == &relay.stop)
			stop_listening();
		else if (n > 0)
			link_take_event(event.data.ptr, event.events);
		waits = links_go_on();
		int64_t now_ms = clock_monotonic_ms();
		if (now_ms - swept_ms >= SWEEP_MS) {
			links_sweep(now_ms);
			if (now_ms >= relay.rests_until_ms)
				listen_on(true);
			swept_ms = now_ms;
		}
	}
	return ctx;
}

bool
relay_start(unsigned most)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = &relay.stop};
	pthread_t thread;

	relay.epoll = epoll_create1(EPOLL_CLOEXEC);
	relay.stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (relay.epoll < 0 || relay.stop < 0 ||
	    epoll_ctl(relay.epoll, EPOLL_CTL_ADD, relay.stop, &event) != 0)
		return false;
	links_open(relay.epoll, most);
	listen_on(true);
	errno = pthread_create(&thread, NULL, run, NULL);
	return errno == 0 && pthread_detach(thread) == 0;
}

/* No connections any more; those that are there go on. */
static void
stop_relay(void)
{
	const uint64_t one = 1;

	(void)!write(relay.stop, &one, sizeof one);
}

/* --- the run of libmilter --- */

struct plain_run {
	sem_t over; /* a signal came, or libmilter ended */
	bool succeeded;
};

static struct plain_run plain_run;

static void *
run_libmilter(void *ctx)
{
	pthread_setname_np(pthread_self(), "libmilter");
	plain_run.succeeded = smfi_main() == MI_SUCCESS;
	sem_post(&plain_run.over);
	return ctx;
}

static void
take_ending_signal(int number)
{
	int error = errno;

	note_ending_signal(number);
	sem_post(&plain_run.over);
	errno = error;
}

/*
 * libmilter waits for all three, to end, and keeps to itself for which it did.
 * The kernel gives a signal to the first thread of the process where that has
 * not blocked it, and a second one at once perhaps to another: of SIGTERM and
 * SIGINT one is enough.  What the first thread ignores nobody gets.
 */
static void
take_signals(void)
{
	const struct sigaction ends = {.sa_handler = take_ending_signal,
				       .sa_flags = SA_RESTART};
	sigset_t set;

	signal(SIGHUP, SIG_IGN);
	sigaction(SIGTERM, &ends, NULL);
	sigaction(SIGINT, &ends, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* libmilter forgets to end where it is told before it has begun. */
static void
end_libmilter(pthread_t thread)
{
	struct timespec until;

	do {
		smfi_stop();
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
	} while (pthread_timedjoin_np(thread, NULL, &until) == ETIMEDOUT);
}

bool
relay_run(void)
{
	pthread_t thread;

	sem_init(&plain_run.over, 0, 0);
	take_signals();
	if (pthread_create(&thread, NULL, run_libmilter, NULL) != 0)
		return false;
	while (sem_wait(&plain_run.over) != 0)
		;
	stop_relay();
	end_libmilter(thread);
	/* It got a signal all the same. */
	if (mta_ending_signal() == 0 && plain_run.succeeded)
		note_ending_signal(SIGTERM);
	return mta_ending_signal() != 0;
}
