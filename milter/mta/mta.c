#include "milter/mta/mta.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

#include "base/clock.h"
#include "base/gate.h"
#include "base/mem.h"
#include "milter/limits.h"
#include "milter/mta/parts.h"
#include "milter/mta/stream.h"

/* The listener is opened early, so its descriptor is among the first. */
#define FEW_FILES 256
/* Most messages fit whole, so that their mail server need not stop and wait;
   what the system begins with holds 64 kB. */
#define RECEIVE_BUFFER (400 * 1024)
/* What a session may lie unseen: little against a lookup that times out. */
#define WAKER_TICK_NS 100000000

/* What package libmilter.a is of, "" where the shared one is linked; made by
   milter/mta/tame. */
extern const char mta_package[];

static struct {
	bool plain;        /* set before threads */
	struct buf *words; /* what libmilter says goes there; before threads */
	struct mta_filter filter;
	atomic_bool filtered; /* our accept() was called */
	atomic_int listener;  /* what libmilter accepts from; 0: not known */
	struct gate warnings; /* only to limit them */
	atomic_int ending_signal;
	struct {
		pthread_t thread;
		const struct gate *evaluations;
		atomic_bool stop;
	} waker;
} mta;

/* --- which way --- */

bool
mta_begin(struct buf *why)
{
	mta.plain = mta_package[0] == '\0' || !self_test(why);
	return !mta.plain;
}

bool
mta_is_plain(void)
{
	return mta.plain;
}

unsigned
mta_files_each(void)
{
	return mta.plain ? RELAY_FILES_EACH : 1;
}

/* --- opening --- */

/* libmilter keeps the descriptor to itself. */
static bool
is_listener(int fd, const char *path)
{
	struct sockaddr_storage own = {.ss_family = AF_UNSPEC};
	struct sockaddr_un *named = (struct sockaddr_un *)&own;
	socklen_t n = sizeof own, flag_n = sizeof(int);
	int accepting = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &flag_n) !=
		0 ||
	    !accepting || getsockname(fd, (struct sockaddr *)&own, &n) != 0)
		return false;
	if (path == NULL)
		return own.ss_family != AF_UNIX;
	return own.ss_family == AF_UNIX && strcmp(named->sun_path, path) == 0;
}

static int
find_listener(const char *path)
{
	for (int fd = STDERR_FILENO + 1; fd < FEW_FILES; fd++) {
		if (is_listener(fd, path))
			return fd;
	}
	return 0;
}

/* What connections inherit; of no use, and no harm, to unix sockets.  0: the
   listener is not known. */
static void
tune(int listener)
{
	int on = 1, octets = RECEIVE_BUFFER;

	if (listener == 0)
		return;
	setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
}

bool
mta_listen(const char *listen, const char *path, struct buf *words)
{
	char *copy = mem_copy(listen, strlen(listen));

	mta.words = words;
	smfi_setmaxdatasize(LIMIT_MILTER_PACKET);
	bool opened = smfi_settimeout(LIMIT_IDLE_S) == MI_SUCCESS &&
		      smfi_setconn(copy) == MI_SUCCESS &&
		      smfi_setbacklog(MTA_BACKLOG) == MI_SUCCESS &&
		      smfi_opensocket(false) == MI_SUCCESS;
	mta.words = NULL;
	free(copy);
	if (opened) {
		int fd = find_listener(path);
		atomic_store(&mta.listener, fd);
		tune(fd);
	}
	return opened;
}

bool
mta_relay(int listener)
{
	if (!relay_open(listener))
		return false;
	fcntl(listener, F_SETFL, O_NONBLOCK);
	atomic_store(&mta.listener, listener);
	tune(listener);
	return true;
}

bool
mta_is_listener(int fd)
{
	return fd > 0 && fd == atomic_load(&mta.listener);
}

/* One thread of so many is spared, since libmilter's pool ends idle threads and
   makes new ones all the time: those that end are there a little longer. */
#define PLAIN_SPARE 8

bool
mta_prepare(unsigned workers)
{
	if (mta.plain)
		return relay_start(workers - workers / PLAIN_SPARE);
	workers_bound(workers);
	return pool_open(0);
}

void
mta_version(struct buf *out)
{
	unsigned major, minor, patch;

	smfi_version(&major, &minor, &patch);
	buf_printf(out, "%u.%u.%u (%s%s)", major, minor, patch,
		   mta_package[0] ? "package " : "shared", mta_package);
}

/* --- the run --- */

/* smfi_main() may report failure when a signal comes early: only the signal
   tells the two apart. */
bool
mta_run(void)
{
	if (mta.plain)
		return relay_run();
	return smfi_main() == MI_SUCCESS || mta_ending_signal() != 0;
}

int
mta_ending_signal(void)
{
	return atomic_load(&mta.ending_signal);
}

void
note_ending_signal(int number)
{
	atomic_store(&mta.ending_signal, number);
}

int
mta_sigwait(const sigset_t *set, int *number_out)
{
	sigset_t ending = *set;
	int number;

	call_reached(CALL_SIGWAIT);
	/* It is for the control thread, which reloads; where nobody tames
	   libmilter, for nobody: take_signals(). */
	sigdelset(&ending, SIGHUP);
	do {
		number = sigwaitinfo(&ending, NULL);
	} while (number < 0 && errno == EINTR);
	if (number < 0)
		return errno;
	note_ending_signal(number);
	*number_out = number;
	return 0;
}

/* --- what libmilter says --- */

static enum log_level
level_of(int priority)
{
	int level = LOG_PRI(priority);

	if (level <= LOG_ERR)
		return LOG_LEVEL_ERROR;
	if (level == LOG_WARNING)
		return LOG_LEVEL_WARNING;
	return level <= LOG_INFO ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG;
}

/* Before there is a log, whoever starts the daemon reads it. */
static void
say(int priority, const char *fmt, va_list args)
{
	char text[1024];

	call_reached(CALL_SYSLOG);
	vsnprintf(text, sizeof text, fmt, args);
	if (mta.words != NULL)
		buf_printf(mta.words, "%s%s", mta.words->n > 0 ? "; " : "",
			   text);
	else if (mta.filter.log != NULL)
		log_printf(mta.filter.log, level_of(priority), "libmilter: %s",
			   text);
	else
		fprintf(stderr, "verdict-milter: libmilter: %s\n", text);
}

void
mta_syslog(int priority, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(priority, fmt, args);
	va_end(args);
}

void
mta___syslog_chk(int priority, int flag, const char *fmt, ...)
{
	va_list args;

	(void)flag;
	va_start(args, fmt);
	say(priority, fmt, args);
	va_end(args);
}

/* --- accepting --- */

void
mta_filter(const struct mta_filter *filter)
{
	gate_init(&mta.warnings);
	mta.filter = *filter;
}

bool
mta_is_filtered(void)
{
	return atomic_load(&mta.filtered);
}

static bool
may_connect(const struct sockaddr *peer)
{
	struct ip ip = ip_from_sockaddr(peer);

	return mta.filter.may_connect == NULL || peer->sa_family == AF_UNIX ||
	       ip_is_loopback(ip) || mta.filter.may_connect(mta.filter.ctx, ip);
}

static void
warn(const char *what, struct ip peer)
{
	char text[IP_TEXT_MAX];

	if (mta.filter.log != NULL &&
	    gate_may_warn(&mta.warnings, clock_monotonic_ms()))
		log_printf(mta.filter.log, LOG_LEVEL_WARNING, "%s peer=%s",
			   what, ip_format(peer, text));
}

bool
mta_is_short(int error)
{
	if (error != EMFILE && error != ENFILE && error != ENOBUFS &&
	    error != ENOMEM)
		return false;
	warn("too many open files: connections wait; raise the limit "
	     "(LimitNOFILE=)",
	     ip_none());
	return true;
}

void
mta_rest(int error)
{
	struct timespec pause = {.tv_nsec = 200000000};

	if (mta_is_short(error))
		nanosleep(&pause, NULL);
}

int
accept_allowed(int fd, int flags, struct sockaddr_storage *peer_out,
	       socklen_t *n_out)
{
	struct sockaddr *peer = (struct sockaddr *)peer_out;

	*peer_out = (struct sockaddr_storage){.ss_family = AF_UNSPEC};
	*n_out = sizeof *peer_out;
	int accepted = accept4(fd, peer, n_out, SOCK_CLOEXEC | flags);
	atomic_store(&mta.filtered, true);
	if (accepted < 0 || may_connect(peer))
		return accepted;
	warn("allow-remote-mta: a connection is turned away",
	     ip_from_sockaddr(peer));
	close(accepted);
	errno = ECONNABORTED;
	return -1;
}

int
mta_accept(int fd, struct sockaddr *address, socklen_t *n)
{
	struct sockaddr_storage peer;
	socklen_t peer_n;

	call_reached(CALL_ACCEPT);
	if (mta.plain)
		return accept(fd, address, n);
	int accepted = accept_allowed(fd, 0, &peer, &peer_n);
	if (accepted < 0) {
		int error = errno;
		/* libmilter tries again at once. */
		mta_rest(error);
		errno = error;
		return -1;
	}
	if (!stream_open(accepted)) {
		close(accepted);
		errno = EMFILE;
		return -1;
	}
	if (address != NULL && n != NULL) {
		memcpy(address, &peer, *n < peer_n ? *n : peer_n);
		*n = peer_n;
	}
	return accepted;
}

/* --- connections of our own --- */

/* Whichever address we listen on, a client on loopback is let in.  Where that
   fails connect() chooses, and we may be turned away. */
static void
come_from_loopback(int fd, const struct sockaddr_storage *own)
{
	enum ip_family family =
	    ip_from_sockaddr((const struct sockaddr *)own).family;
	struct sockaddr_storage address;
	size_t n = ip_to_sockaddr(ip_loopback(family), 0, &address);

	if (n > 0)
		(void)!bind(fd, (struct sockaddr *)&address, (socklen_t)n);
}

int
mta_connect_own(void)
{
	struct sockaddr_storage own;
	socklen_t n = sizeof own;
	int listener = atomic_load(&mta.listener);

	if (listener == 0 ||
	    getsockname(listener, (struct sockaddr *)&own, &n) != 0)
		return -1;
	int fd = socket(own.ss_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	come_from_loopback(fd, &own);
	if (connect(fd, (struct sockaddr *)&own, n) != 0 &&
	    errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
knock(void)
{
	/* Whether it is let in does not matter: libmilter wakes either way. */
	int fd = mta.plain ? relay_connect() : mta_connect_own();

	if (fd >= 0)
		close(fd);
}

static void *
keep_awake(void *ctx)
{
	const struct timespec tick = {.tv_nsec = WAKER_TICK_NS};
	bool waited = false;

	pthread_setname_np(pthread_self(), "waker");
	while (!atomic_load(&mta.waker.stop)) {
		bool waits = gate_used(mta.waker.evaluations) > 0;
		if (waits && waited)
			knock();
		waited = waits;
		nanosleep(&tick, NULL);
	}
	return ctx;
}

bool
mta_waker_start(const struct gate *evaluations)
{
	mta.waker.evaluations = evaluations;
	atomic_store(&mta.waker.stop, false);
	errno = pthread_create(&mta.waker.thread, NULL, keep_awake, NULL);
	return errno == 0;
}

void
mta_waker_stop(void)
{
	atomic_store(&mta.waker.stop, true);
	pthread_join(mta.waker.thread, NULL);
}
