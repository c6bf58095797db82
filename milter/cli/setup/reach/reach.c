#include "milter/cli/setup/reach/reach.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/endpoint.h"

static int
connect_within(int family, const void *address, socklen_t size,
	       unsigned seconds)
{
	struct timeval patience = {.tv_sec = (time_t)seconds};
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (connect(fd, address, size) == 0)
		return fd;
	/* So the kernel says that the patience is over. */
	int error = errno == EINPROGRESS || errno == EAGAIN ? ETIMEDOUT : errno;
	close(fd);
	errno = error;
	return -1;
}

int
reach_address(struct ip ip, unsigned port, unsigned seconds)
{
	struct sockaddr_storage address;
	size_t n = ip_to_sockaddr(ip, (uint16_t)port, &address);

	return connect_within(address.ss_family, &address, (socklen_t)n,
			      seconds);
}

int
reach_unix(struct str path, unsigned seconds)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (path.n >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path.p, path.n);
	return connect_within(AF_UNIX, &address, sizeof address, seconds);
}

int
reach_daemon(const struct config *config, unsigned seconds)
{
	struct endpoint endpoint;

	if (!endpoint_parse(config->listen, &endpoint)) {
		errno = EINVAL;
		return -1;
	}
	return endpoint.path.n > 0 ? reach_unix(endpoint.path, seconds)
				   : reach_address(endpoint_near(&endpoint),
						   endpoint.port, seconds);
}

bool
reach_write(int fd, struct str octets)
{
	while (octets.n > 0) {
		ssize_t n = send(fd, octets.p, octets.n, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return false;
		octets = str_from(octets, n > 0 ? (size_t)n : 0);
	}
	return true;
}

bool
reach_read(int fd, char *octets_out, size_t n)
{
	while (n > 0) {
		ssize_t got = recv(fd, octets_out, n, 0);
		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		octets_out += got > 0 ? got : 0;
		n -= got > 0 ? (size_t)got : 0;
	}
	return true;
}
