#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "dns/engine_parts.h"

/* Octets before a message that hold its length (RFC 1035 section 4.2.2). */
#define LENGTH 2

static const char broken[] = "the TCP connection to the DNS server broke";

enum progress { MORE, DONE, BROKEN };

static enum progress
progress_of(ssize_t n)
{
	if (n > 0)
		return DONE;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? MORE : BROKEN;
}

static enum progress
send_question(struct dns_tcp *tcp)
{
	uint8_t out[LENGTH + DNS_WIRE_QUESTION_MAX];
	size_t n = tcp->question.n;

	out[0] = (uint8_t)(n >> 8);
	out[1] = (uint8_t)n;
	memcpy(out + LENGTH, tcp->question.octet, n);
	while (tcp->sent < LENGTH + n) {
		ssize_t put = send(tcp->io.fd, out + tcp->sent,
				   LENGTH + n - tcp->sent, MSG_NOSIGNAL);
		if (progress_of(put) != DONE)
			return progress_of(put);
		tcp->sent += (size_t)put;
	}
	return DONE;
}

/* Some octets of the length, then of the message. */
static enum progress
receive_some(struct dns_tcp *tcp)
{
	uint8_t *to = tcp->got < LENGTH ? tcp->length + tcp->got
					: tcp->answer + tcp->got - LENGTH;
	size_t want = (tcp->got < LENGTH ? LENGTH : tcp->want) - tcp->got;
	ssize_t n = recv(tcp->io.fd, to, want, 0);

	if (progress_of(n) != DONE)
		return progress_of(n);
	tcp->got += (size_t)n;
	if (tcp->got < LENGTH)
		return DONE;
	if (tcp->answer == NULL) {
		size_t length = (size_t)(tcp->length[0] << 8 | tcp->length[1]);
		tcp->want = LENGTH + length;
		tcp->answer = mem_alloc(length);
	}
	return DONE;
}

static enum progress
receive_answer(struct dns_tcp *tcp)
{
	enum progress progress;

	do {
		progress = receive_some(tcp);
	} while (progress == DONE &&
		 (tcp->got < LENGTH || tcp->got < tcp->want));
	return progress;
}

/* The whole message is there; the octets are handed over before the close. */
static void
take_answer(struct dns_engine *engine, struct dns_tcp *tcp)
{
	struct dns_query *query = tcp->query;
	size_t server = tcp->server, n = tcp->want - LENGTH;
	uint16_t id =
	    (uint16_t)(tcp->question.octet[0] << 8 | tcp->question.octet[1]);
	uint8_t *answer = tcp->answer;
	bool ours = dns_wire_is_answer_to(&tcp->question, id, answer, n);

	tcp->answer = NULL;
	dns_tcp_close(engine, query);
	if (!ours)
		dns_query_failed(engine, query, server,
				 "a wrong answer over TCP");
	else if (dns_wire_is_truncated(answer))
		dns_query_failed(engine, query, server,
				 "an answer truncated over TCP");
	else
		dns_query_answered(engine, query, server, answer, n);
	free(answer);
}

static void
ready(struct dns_engine *engine, struct dns_io *io, uint32_t events)
{
	struct dns_tcp *tcp = (struct dns_tcp *)io;
	struct dns_query *query = tcp->query;
	size_t server = tcp->server;
	enum progress progress = DONE;

	(void)events;
	if (tcp->sent < LENGTH + tcp->question.n) {
		progress = send_question(tcp);
		if (progress == DONE)
			dns_io_events(engine, io, EPOLLIN);
	} else {
		progress = receive_answer(tcp);
		if (progress == DONE) {
			take_answer(engine, tcp);
			return;
		}
	}
	if (progress == BROKEN) {
		dns_tcp_close(engine, query);
		dns_query_failed(engine, query, server, broken);
	}
}

bool
dns_tcp_start(struct dns_engine *engine, struct dns_query *query, size_t server)
{
	if (engine->tcp_open >= LIMIT_DNS_TCP)
		return false;
	int fd = dns_io_connect(&engine->dns.server[server], SOCK_STREAM);
	if (fd < 0)
		return false;
	struct dns_tcp *tcp = mem_alloc(sizeof *tcp);
	tcp->io.fd = fd;
	tcp->io.ready = ready;
	tcp->query = query;
	tcp->server = server;
	tcp->question = query->question;
	dns_wire_set_id(&tcp->question, dns_engine_random(engine));
	if (!dns_io_add(engine, &tcp->io, EPOLLOUT)) {
		dns_io_close(engine, &tcp->io);
		return false;
	}
	query->tcp = tcp;
	engine->tcp_open++;
	atomic_fetch_add(&engine->stats->tcp, 1);
	return true;
}

void
dns_tcp_close(struct dns_engine *engine, struct dns_query *query)
{
	struct dns_tcp *tcp = query->tcp;

	if (tcp == NULL)
		return;
	query->tcp = NULL;
	engine->tcp_open--;
	free(tcp->answer);
	tcp->answer = NULL;
	dns_io_close(engine, &tcp->io);
}
