#include "milter/process/listen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/endpoint.h"
#include "config/precheck.h"
#include "milter/mta/mta.h"
#include "milter/process/process.h"

/* Where to listen, in each form in which somebody wants it. */
struct place {
	const char *named; /* as libmilter takes it */
	const char *path;  /* of a unix socket; NULL: TCP */
	struct sockaddr_storage address;
	socklen_t size;
};

/* An old socket is gone then. */
static bool
find_address(const struct config *config, const struct run_as *run_as,
	     struct place *place, struct buf *fault)
{
	struct endpoint endpoint;

	if (place->path != NULL) {
		place->size = sizeof(struct sockaddr_un);
		return unixsock_address("listen", place->path, run_as->uid,
					(void *)&place->address, fault);
	}
	/* The reader of the configuration took it. */
	if (!endpoint_parse(config->listen, &endpoint))
		return false;
	place->size = (socklen_t)ip_to_sockaddr(endpoint.ip, endpoint.port,
						&place->address);
	return true;
}

/* A socket that listens; -1: errno tells. */
static int
listen_at(const struct place *place)
{
	const struct sockaddr *address = (const void *)&place->address;
	int on = 1;
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, address, place->size) == 0 && listen(fd, MTA_BACKLOG) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

static void
cannot(const struct place *place, struct buf *fault)
{
	const char *name = place->path != NULL ? place->path : place->named;

	precheck_cannot("listen", "listen on", str_of(name), errno, fault);
}

/* By libmilter, which does not say why it cannot in words for an admin: what
   the system has against the address shows where it is tried again. */
static bool
open_tamed(const struct place *place, struct buf *fault)
{
	struct buf words;
	int fd = -1;

	buf_init(&words, NULL);
	bool opened = mta_listen(place->named, place->path, &words);
	if (!opened && (fd = listen_at(place)) < 0)
		cannot(place, fault);
	else if (!opened)
		buf_printf(fault, "listen: libmilter cannot listen on %s: %.*s",
			   place->named, STR_ARG(buf_str(&words)));
	if (fd >= 0)
		close(fd);
	buf_clear(&words);
	return opened;
}

static bool
open_plain(const struct place *place, struct buf *fault)
{
	int fd = listen_at(place);

	if (fd >= 0 && mta_relay(fd))
		return true;
	cannot(place, fault);
	return false;
}

static bool
open_with_mode(const struct place *place, unsigned mode, struct buf *fault)
{
	/* bind() makes a unix socket with the mode that umask leaves. */
	mode_t before = umask((mode_t)(~mode & 0777));
	bool opened = mta_is_plain() ? open_plain(place, fault)
				     : open_tamed(place, fault);

	umask(before);
	return opened;
}

static bool
open_listener(const struct config *config, const struct run_as *run_as,
	      struct listener *listener, struct buf *fault)
{
	char *named = mem_copy(config->listen.p, config->listen.n);
	struct place place = {.named = named, .path = listener->path};
	bool opened = find_address(config, run_as, &place, fault) &&
		      open_with_mode(&place, config->socket_mode, fault) &&
		      (place.path == NULL ||
		       unixsock_give("socket-group", listener, run_as->uid,
				     run_as->socket_gid, fault));

	free(named);
	return opened;
}

bool
listen_open(const struct config *config, const struct run_as *run_as,
	    struct listener *listener_out)
{
	struct str path = endpoint_path(config->listen);
	struct listener listener = {
	    .path = path.n > 0 ? mem_copy(path.p, path.n) : NULL};
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
