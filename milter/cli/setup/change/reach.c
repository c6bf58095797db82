#include "milter/cli/setup/change/reach.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* A busy daemon, and DNS of the whole message, may take this long. */
#define PATIENCE_SECONDS 60

static int
connect_within(int family, const void *address, socklen_t size)
{
	struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (connect(fd, address, size) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int
connect_unix(struct str path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (path.n >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path.p, path.n);
	return connect_within(AF_UNIX, &address, sizeof address);
}

/* "PORT@ADDRESS"; that of all addresses means loopback here. */
static int
connect_inet(bool is_v4, struct str place)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	size_t at = str_chr(place, '@');
	char host[INET6_ADDRSTRLEN];
	uint64_t port = 0;

	snprintf(host, sizeof host, "%.*s", STR_ARG(str_from(place, at + 1)));
	if (!str_uint(str_first(place, at), UINT16_MAX, &port)) {
		errno = EINVAL;
		return -1;
	}
	v4.sin_port = v6.sin6_port = htons((uint16_t)port);
	if (is_v4) {
		inet_pton(AF_INET, host, &v4.sin_addr);
		return connect_within(AF_INET, &v4, sizeof v4);
	}
	inet_pton(AF_INET6, host, &v6.sin6_addr);
	return connect_within(AF_INET6, &v6, sizeof v6);
}

int
reach_connect(const struct config *config)
{
	struct str kind =
	    str_first(config->listen, str_chr(config->listen, ':'));
	struct str place = str_from(config->listen, kind.n + 1);

	return str_is(kind, "unix") ? connect_unix(place)
				    : connect_inet(str_is(kind, "inet"), place);
}

bool
reach_answers(const struct config *config)
{
	int fd = reach_connect(config);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}
