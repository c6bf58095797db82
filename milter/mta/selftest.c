/*
 * Do libmilter's calls come to us?  A child process lets it serve a connection
 * on a port of loopback, which negotiates and quits, and one that it refuses,
 * and tells which of our functions were called.  Its callbacks are none, and it
 * ends at once: nothing of it is left when mail servers connect.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

#include "milter/mta/mta.h"
#include "milter/mta/parts.h"

/* For each step; some milliseconds are usual. */
#define PATIENCE_S 5
#define LATE_MS 1000
/* Each has a thread: the second says nothing until the first has ended. */
#define CONNECTIONS 2

static const char *const name[CALLS] = {
    [CALL_ACCEPT] = "accept",
    [CALL_SIGWAIT] = "sigwait",
    [CALL_POLL] = "poll",
    [CALL_CLOSE] = "close",
    [CALL_PTHREAD_CREATE] = "pthread_create",
    [CALL_PTHREAD_DETACH] = "pthread_detach",
    [CALL_MI_RD_CMD] = "mi_rd_cmd",
    [CALL_MI_WR_CMD] = "mi_wr_cmd",
    [CALL_SYSLOG] = "syslog",
};

static atomic_bool reached[CALLS];

void
call_reached(enum call call)
{
	if (!atomic_load_explicit(&reached[call], memory_order_relaxed))
		atomic_store(&reached[call], true);
}

/* --- the child --- */

/* Version 1, which libmilter refuses, and says so. */
#define TOO_OLD "\0\0\0\x0dO\0\0\0\1\0\0\1\xff\0\x1f\xff\xff"

/* Until libmilter hangs up, and its close() has been called; false: it does
   not. */
static bool
speak(int fd, const char *negotiation)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct pollfd one = {.fd = fd, .events = POLLOUT};
	char answer[64];

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	poll(&one, 1, PATIENCE_S * 1000);
	one.events = POLLIN;
	(void)!send(fd, negotiation, MTA_NEGOTIATION_N, MSG_NOSIGNAL);
	if (poll(&one, 1, PATIENCE_S * 1000) <= 0)
		return false;
	(void)!send(fd, MTA_FAREWELL, MTA_FAREWELL_N, MSG_NOSIGNAL);
	while (poll(&one, 1, PATIENCE_S * 1000) > 0) {
		if (recv(fd, answer, sizeof answer, MSG_DONTWAIT) <= 0)
			return true;
	}
	return false;
}

/* Threads of libmilter that have only begun may still come. */
static void
await_all(void)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	size_t n = 0;

	for (int ms = 0; n < CALLS && ms < LATE_MS; ms++) {
		for (n = 0; n < CALLS && atomic_load(&reached[n]); n++)
			;
		if (n < CALLS)
			nanosleep(&pause, NULL);
	}
}

struct
try {
	int fd, old_fd, to_parent;
};

static void *
try_connection(void *ctx)
{
	const struct try *try = ctx;
	char octet[CALLS];

	/* One that waits in vain is enough. */
	if (speak(try->fd, MTA_NEGOTIATION))
		(void)speak(try->old_fd, TOO_OLD);
	await_all();
	for (size_t i = 0; i < CALLS; i++)
		octet[i] = (char)atomic_load(&reached[i]);
	(void)!write(try->to_parent, octet, sizeof octet);
	_exit(0);
}

/* Nothing is written where it cannot even listen. */
static void
child(int to_parent)
{
	static char own_name[] = "verdict-milter self-test";
	static const struct log unheard = {.write = NULL};
	struct smfiDesc none = {.xxfi_name = own_name,
				.xxfi_version = SMFI_VERSION};
	struct try try = {.to_parent = to_parent};
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	mta_filter(&(struct mta_filter){.log = &unheard});
	if (smfi_register(none) == MI_SUCCESS &&
	    mta_listen("inet:0@127.0.0.1", NULL, NULL) &&
	    mta_prepare(CONNECTIONS) && (try.fd = mta_connect_own()) >= 0 &&
	    (try.old_fd = mta_connect_own()) >= 0 &&
	    pthread_create(&thread, NULL, try_connection, &try) == 0 &&
	    mta_run())
		pause();
	_exit(1);
}

/* --- the parent --- */

/* Octets that came before the time was up, or the child ended. */
static size_t
hear(int from_child, char octet_out[CALLS])
{
	struct pollfd one = {.fd = from_child, .events = POLLIN};
	size_t n = 0;

	while (n < CALLS) {
		if (poll(&one, 1, 4 * PATIENCE_S * 1000) <= 0)
			break;
		ssize_t got = read(from_child, octet_out + n, CALLS - n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	return n;
}

static bool
judge(const char octet[CALLS], struct buf *why)
{
	for (size_t i = 0; i < CALLS; i++)
		if (!octet[i])
			buf_printf(why, "%s%s", why->n > 0 ? ", " : "",
				   name[i]);
	return why->n == 0;
}

bool
self_test(struct buf *why)
{
	char octet[CALLS] = {0};
	int ends[2];
	pid_t pid;

	if (pipe(ends) != 0 || (pid = fork()) < 0) {
		buf_printf(why, "that could not be tried: %s", strerror(errno));
		return false;
	}
	if (pid == 0) {
		close(ends[0]);
		child(ends[1]);
	}
	close(ends[1]);
	size_t n = hear(ends[0], octet);
	close(ends[0]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (n < CALLS) {
		buf_adds(why, "that could not be tried on 127.0.0.1");
		return false;
	}
	return judge(octet, why);
}
