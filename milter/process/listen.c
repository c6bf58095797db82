#include "milter/process/listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/precheck.h"
#include "milter/mta/mta.h"
#include "milter/process/process.h"

/* What follows "unix:"; NULL: another kind. */
static char *
unix_path(struct str listen)
{
	const struct str kind = str_lit("unix:");
	struct str path = str_from(listen, kind.n);

	return str_starts(listen, kind) ? mem_copy(path.p, path.n) : NULL;
}

/* A socket that listens; -1: errno tells. */
static int
listen_at(const struct sockaddr *address, socklen_t n)
{
	int on = 1;
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, address, n) == 0 && listen(fd, MTA_BACKLOG) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* "inet:PORT@HOST" or "inet6:PORT@HOST". */
static int
listen_inet(const char *named)
{
	char copy[300];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_PASSIVE};
	struct addrinfo *found;

	snprintf(copy, sizeof copy, "%s", named);
	hints.ai_family = strncmp(copy, "inet6:", 6) == 0 ? AF_INET6 : AF_INET;
	errno = EINVAL;
	char *port = strchr(copy, ':');
	if (port == NULL)
		return -1;
	char *host = strchr(++port, '@');
	if (host != NULL)
		*host++ = '\0';
	if (getaddrinfo(host, port, &hints, &found) != 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	int fd = listen_at(found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return fd;
}

static int
listen_oneself(const char *named, const struct sockaddr_un *address)
{
	return address->sun_family == AF_UNIX
		   ? listen_at((const struct sockaddr *)address,
			       sizeof *address)
		   : listen_inet(named);
}

/* What the system has against an address, as errno; libmilter does not say. */
static void
probe(const char *named, const struct sockaddr_un *address)
{
	int fd = listen_oneself(named, address);

	if (fd >= 0) {
		close(fd);
		errno = EINVAL;
	}
}

/* address: of a unix socket, or of no family.  False: errno tells. */
static bool
open_named(const char *named, const struct sockaddr_un *address)
{
	bool unix_socket = address->sun_family == AF_UNIX;

	if (!mta_is_plain()) {
		if (mta_listen(named, unix_socket ? address->sun_path : NULL))
			return true;
		probe(named, address);
		return false;
	}
	int fd = listen_oneself(named, address);
	return fd >= 0 && mta_relay(fd);
}

static bool
open_with_mode(const char *named, const struct sockaddr_un *address,
	       unsigned mode)
{
	/* bind() makes a unix socket with the mode that umask leaves. */
	mode_t before = umask((mode_t)(~mode & 0777));
	bool opened = open_named(named, address);
	int error = errno;

	umask(before);
	errno = error;
	return opened;
}

static bool
open_listener(const struct config *config, const struct run_as *run_as,
	      struct listener *listener, struct buf *fault)
{
	char *named = mem_copy(config->listen.p, config->listen.n);
	struct sockaddr_un address = {.sun_family = AF_UNSPEC};
	const char *path = listener->path;
	bool opened = false;

	if (path != NULL &&
	    !unixsock_address("listen", path, run_as->uid, &address, fault))
		goto out;
	opened = open_with_mode(named, &address, config->socket_mode);
	if (!opened)
		precheck_cannot("listen", "listen on",
				str_of(path != NULL ? path : named), errno,
				fault);
	else if (path != NULL)
		opened = unixsock_give("socket-group", listener, run_as->uid,
				       run_as->socket_gid, fault);
out:
	free(named);
	return opened;
}

bool
listen_open(const struct config *config, const struct run_as *run_as,
	    struct listener *listener_out)
{
	struct listener listener = {.path = unix_path(config->listen)};
	struct buf fault;

	buf_init(&fault, NULL);
	bool opened = open_listener(config, run_as, &listener, &fault);
	if (opened) {
		*listener_out = listener;
	} else {
		process_complain("%.*s", STR_ARG(buf_str(&fault)));
		free(listener.path);
	}
	buf_clear(&fault);
	return opened;
}
