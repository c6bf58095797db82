#include "milter/cli/setup/reach/listener.h"

#include <netinet/in.h>
#include <sys/socket.h>

static uint16_t
port_of(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	return ntohs(address->ss_family == AF_INET6 ? v6->sin6_port
						    : v4->sin_port);
}

bool
listener_of(int fd, struct listening *who_out)
{
	struct sockaddr_storage address;
	struct ucred peer;
	socklen_t n = sizeof address, peer_n = sizeof peer;

	if (getpeername(fd, (struct sockaddr *)&address, &n) != 0)
		return false;
	if (address.ss_family != AF_UNIX)
		return listening_find(
		    ip_from_sockaddr((struct sockaddr *)&address),
		    port_of(&address), who_out);
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &peer_n) == 0 &&
	       listening_named(peer.pid, who_out);
}
