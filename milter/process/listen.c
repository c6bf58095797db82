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
#include "milter/mta/mta.h"
#include "milter/process/process.h"

static char *
unix_path(struct str listen)
{
	static const struct str kind[] = {STR("unix:"), STR("local:")};

	for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
		struct str path = str_from(listen, kind[i].n);
		if (str_starts(listen, kind[i]))
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
probe_inet(const char *named)
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

static bool
open_with_mode(const char *named, const char *path, unsigned mode)
{
	/* bind() makes a unix socket with the mode that umask leaves. */
	mode_t before = umask((mode_t)(~mode & 0777));
	bool opened = mta_listen(named, path);

	umask(before);
	return opened;
}

bool
listen_open(const struct config *config, const struct run_as *run_as,
	    struct listener *listener_out)
{
	char *named = mem_copy(config->listen.p, config->listen.n);
	struct listener listener = {.path = unix_path(config->listen)};
	struct sockaddr_un address;
	bool opened = false;

	if (listener.path != NULL &&
	    !unixsock_address("listen", listener.path, run_as->uid, &address))
		goto out;
	opened = open_with_mode(named, listener.path, config->socket_mode);
	if (!opened) {
		if (listener.path != NULL)
			probe((struct sockaddr *)&address, sizeof address);
		else
			probe_inet(named);
		process_complain("listen: cannot listen on %s: %m%s", named,
				 unixsock_cure(errno));
	} else if (listener.path != NULL) {
		opened = unixsock_give("socket-group", &listener, run_as->uid,
				       run_as->socket_gid);
	}
out:
	free(named);
	if (opened)
		*listener_out = listener;
	else
		free(listener.path);
	return opened;
}
