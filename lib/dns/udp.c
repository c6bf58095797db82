#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "dns/engine_parts.h"

/* Datagrams of one socket in a row, before the others have their turn. */
#define DATAGRAMS 32

/* Closed where it has no use any more. */
static void
close_if_idle(struct dns_engine *engine, struct dns_udp *udp)
{
	if (udp->live == 0 && engine->udp[udp->server] != udp &&
	    udp->io.fd >= 0)
		dns_io_close(engine, &udp->io);
}

/*
 * An error of the socket (an ICMP message) does not say which question it is
 * about: it is about the server.
 */
static void
broken(struct dns_engine *engine, struct dns_udp *udp)
{
	if (engine->udp[udp->server] == udp)
		engine->udp[udp->server] = NULL;
	for (unsigned i = 0; i < udp->uses; i++)
		if (udp->use[i].query)
			dns_query_unreachable(engine, udp->use[i].query,
					      udp->server);
	close_if_idle(engine, udp);
}

static void
take_datagram(struct dns_engine *engine, struct dns_udp *udp, size_t n)
{
	for (unsigned i = 0; i < udp->uses; i++) {
		struct dns_query *query = udp->use[i].query;

		if (query == NULL || query->tcp || query->failed[udp->server] ||
		    !dns_wire_is_answer_to(&query->question, udp->use[i].id,
					   engine->datagram, n))
			continue;
		dns_query_answered(engine, query, udp->server, engine->datagram,
				   n);
		return;
	}
	atomic_fetch_add(&engine->stats->dropped, 1);
}

static void
readable(struct dns_engine *engine, struct dns_io *io, uint32_t events)
{
	struct dns_udp *udp = (struct dns_udp *)io;

	(void)events;
	for (int i = 0; i < DATAGRAMS && io->fd >= 0; i++) {
		ssize_t n =
		    recv(io->fd, engine->datagram, sizeof engine->datagram, 0);
		if (n >= 0) {
			take_datagram(engine, udp, (size_t)n);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			broken(engine, udp);
		return;
	}
}

static struct dns_udp *
open_udp(struct dns_engine *engine, size_t server)
{
	int fd = dns_io_connect(&engine->dns.server[server], SOCK_DGRAM);

	if (fd < 0)
		return NULL;
	struct dns_udp *udp = mem_alloc(sizeof *udp);
	udp->io.fd = fd;
	udp->io.ready = readable;
	udp->server = server;
	if (!dns_io_add(engine, &udp->io, EPOLLIN)) {
		dns_io_close(engine, &udp->io);
		return NULL;
	}
	return udp;
}

static bool
is_id_used(const struct dns_udp *udp, uint16_t id)
{
	for (unsigned i = 0; i < udp->uses; i++)
		if (udp->use[i].id == id)
			return true;
	return false;
}

/* A place on a socket of the server, with a fresh ID. */
static bool
use_socket(struct dns_engine *engine, struct dns_query *query)
{
	size_t server = query->server;
	struct dns_udp *udp = engine->udp[server];
	uint16_t id;

	if (udp && udp->uses == LIMIT_DNS_PORT_USES) {
		engine->udp[server] = NULL;
		close_if_idle(engine, udp);
		udp = NULL;
	}
	if (udp == NULL)
		engine->udp[server] = udp = open_udp(engine, server);
	if (udp == NULL)
		return false;
	do {
		id = dns_engine_random(engine);
	} while (is_id_used(udp, id));
	udp->use[udp->uses++] = (struct dns_use){query, id};
	udp->live++;
	query->udp[server] = udp;
	query->id[server] = id;
	return true;
}

bool
dns_udp_send(struct dns_engine *engine, struct dns_query *query)
{
	size_t server = query->server;

	/*
	 * A question that is sent again keeps its port and ID, so that a late
	 * answer to the first datagram counts.
	 */
	if (query->udp[server] == NULL && !use_socket(engine, query))
		return false;
	dns_wire_set_id(&query->question, query->id[server]);
	if (!query->probe)
		atomic_fetch_add(query->sent ? &engine->stats->retransmissions
					     : &engine->stats->questions,
				 1);
	query->sent = true;
	ssize_t n = send(query->udp[server]->io.fd, query->question.octet,
			 query->question.n, MSG_NOSIGNAL);
	/* A full buffer is a datagram lost. */
	return n >= 0 || errno == EAGAIN || errno == ENOBUFS || errno == EINTR;
}

void
dns_udp_release(struct dns_engine *engine, struct dns_query *query,
		size_t server)
{
	struct dns_udp *udp = query->udp[server];

	if (udp == NULL)
		return;
	for (unsigned i = 0; i < udp->uses; i++)
		if (udp->use[i].query == query)
			udp->use[i].query = NULL;
	query->udp[server] = NULL;
	udp->live--;
	close_if_idle(engine, udp);
}
