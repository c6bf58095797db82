#include "milter/mta/socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

#include "base/clock.h"
#include "base/gate.h"
#include "base/mem.h"
#include "milter/mta/stream.h"

/* Mail servers connect in bursts after a restart. */
#define BACKLOG 512
/* The listener is opened early, so its descriptor is among the first. */
#define FEW_FILES 256
/* Most messages fit whole, so that their mail server need not stop and wait;
   what the system begins with holds 64 kB. */
#define RECEIVE_BUFFER (400 * 1024)

static struct {
	struct server *server; /* NULL: everybody may connect */
	atomic_bool seen;
	atomic_int listener; /* what libmilter accepts from; 0: not known */
	struct gate gate;    /* only to limit warnings */
} filter;

/* --- opening --- */

static char *
unix_path(struct str spec)
{
	static const struct str kind[] = {STR("unix:"), STR("local:")};

	for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
		struct str path = str_from(spec, kind[i].n);
		if (str_starts(spec, kind[i]))
			return mem_copy(path.p, path.n);
	}
	return NULL;
}

/* What the system has against an address, as errno; libmilter does not say. */
static void
probe(const struct sockaddr *address, socklen_t n)
{
	int on = 1;
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	errno = 0;
	if (bind(fd, address, n) == 0 && listen(fd, 1) == 0)
		errno = EINVAL;
	int error = errno;
	close(fd);
	errno = error;
}

/* "inet:PORT@HOST" or "inet6:PORT@HOST". */
static void
probe_inet(const char *spec)
{
	char copy[300];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_PASSIVE};
	struct addrinfo *found;

	snprintf(copy, sizeof copy, "%s", spec);
	hints.ai_family = strncmp(copy, "inet6:", 6) == 0 ? AF_INET6 : AF_INET;
	errno = EINVAL;
	char *port = strchr(copy, ':');
	if (port == NULL)
		return;
	char *host = strchr(++port, '@');
	if (host != NULL)
		*host++ = '\0';
	if (getaddrinfo(host, port, &hints, &found) != 0) {
		errno = EADDRNOTAVAIL;
		return;
	}
	probe(found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
}

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

static bool
open_through_libmilter(char *spec, unsigned mode)
{
	/* bind() makes a unix socket with the mode that umask leaves. */
	mode_t before = umask((mode_t)(~mode & 0777));
	bool opened = smfi_setconn(spec) == MI_SUCCESS &&
		      smfi_setbacklog(BACKLOG) == MI_SUCCESS &&
		      smfi_opensocket(false) == MI_SUCCESS;

	umask(before);
	return opened;
}

bool
socket_open(const struct config *config, const struct identity *identity,
	    struct listener *listener_out)
{
	char *spec = mem_copy(config->listen.p, config->listen.n);
	struct listener listener = {.path = unix_path(config->listen)};
	struct sockaddr_un address;
	bool opened = false;

	if (listener.path != NULL &&
	    !unixsock_address("listen", listener.path, identity->uid, &address))
		goto out;
	opened = open_through_libmilter(spec, config->socket_mode);
	if (!opened) {
		if (listener.path != NULL)
			probe((struct sockaddr *)&address, sizeof address);
		else
			probe_inet(spec);
		process_complain("listen: cannot listen on %s: %m%s", spec,
				 unixsock_cure(errno));
	} else if (listener.path != NULL) {
		opened = unixsock_give("socket-group", &listener, identity->uid,
				       identity->socket_gid);
	}
out:
	free(spec);
	if (opened) {
		int fd = find_listener(listener.path);
		atomic_store(&filter.listener, fd);
		tune(fd);
		*listener_out = listener;
	}
	if (!opened)
		free(listener.path);
	return opened;
}

/* --- accepting --- */

void
socket_filter(struct server *server)
{
	gate_init(&filter.gate);
	filter.server = server;
}

bool
socket_is_filtered(void)
{
	return atomic_load(&filter.seen);
}

bool
socket_is_listener(int fd)
{
	return fd > 0 && fd == atomic_load(&filter.listener);
}

static bool
may_connect(const struct sockaddr *peer)
{
	struct ip ip = ip_from_sockaddr(peer);

	if (filter.server == NULL || peer->sa_family == AF_UNIX ||
	    ip_is_loopback(ip))
		return true;
	struct config *config = server_config(filter.server);
	const struct config_networks *allowed = &config->allow_remote_mta;
	bool may = ip_in_networks(ip, allowed->network, allowed->count);
	config_unref(config);
	return may;
}

static void
warn(const char *what, struct ip peer)
{
	char text[IP_TEXT_MAX];

	if (filter.server != NULL &&
	    gate_may_warn(&filter.gate, clock_monotonic_ms()))
		log_printf(&filter.server->log, LOG_LEVEL_WARNING, "%s peer=%s",
			   what, ip_format(peer, text));
}

void
socket_rest(int error)
{
	struct timespec pause = {.tv_nsec = 200000000};

	if (error != EMFILE && error != ENFILE && error != ENOBUFS &&
	    error != ENOMEM)
		return;
	warn("too many open files: connections wait; raise the limit "
	     "(LimitNOFILE=)",
	     ip_none());
	nanosleep(&pause, NULL);
}

/* The symbol that libmilter's call of accept() finds first. */
int socket_accept(int fd, struct sockaddr *address,
		  socklen_t *n) __asm__("accept");

int
socket_accept(int fd, struct sockaddr *address, socklen_t *n)
{
	struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
	socklen_t peer_n = sizeof peer;
	int accepted =
	    accept4(fd, (struct sockaddr *)&peer, &peer_n, SOCK_CLOEXEC);

	atomic_store(&filter.seen, true);
	if (accepted < 0) {
		int error = errno;
		/* libmilter tries again at once. */
		socket_rest(error);
		errno = error;
		return -1;
	}
	if (!may_connect((struct sockaddr *)&peer)) {
		warn("allow-remote-mta: a connection is turned away",
		     ip_from_sockaddr((struct sockaddr *)&peer));
		close(accepted);
		/* libmilter goes on to the next connection. */
		errno = ECONNABORTED;
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

/* Whichever address we listen on, a client on loopback is let in. */
static void
come_from_loopback(int fd, sa_family_t family)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET,
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
				  .sin6_addr = IN6ADDR_LOOPBACK_INIT};

	/* Where that fails connect() chooses, and we may be turned away. */
	if (family == AF_INET)
		(void)!bind(fd, (struct sockaddr *)&v4, sizeof v4);
	else if (family == AF_INET6)
		(void)!bind(fd, (struct sockaddr *)&v6, sizeof v6);
}

int
socket_connect_own(void)
{
	struct sockaddr_storage own;
	socklen_t n = sizeof own;
	int listener = atomic_load(&filter.listener);

	if (listener == 0 ||
	    getsockname(listener, (struct sockaddr *)&own, &n) != 0)
		return -1;
	int fd = socket(own.ss_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	come_from_loopback(fd, own.ss_family);
	if (connect(fd, (struct sockaddr *)&own, n) != 0 &&
	    errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

void
socket_knock(void)
{
	/* Whether it is let in does not matter: libmilter wakes either way. */
	int fd = socket_connect_own();

	if (fd >= 0)
		close(fd);
}
