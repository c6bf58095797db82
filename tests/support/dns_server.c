#include "tests/support/dns_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/zone.h"

struct asked {
	struct asked *next;
	struct str name; /* in a block of its own */
	int type;
	size_t count;
};

/* An answer whose time has not come. */
struct delayed {
	struct delayed *next;
	int64_t due_ms;
	struct sockaddr_in to;
	size_t n;
	uint8_t octet[];
};

struct dns_server_test {
	int udp, tcp, other_udp, wake;
	uint16_t port;
	pthread_t thread;
	struct delayed *delayed; /* the thread's own */

	pthread_mutex_t lock;
	struct zone *zone;
	struct asked *asked;
	uint8_t port_seen[65536];
	bool stop;
};

static _Noreturn void
die(const char *what)
{
	perror(what);
	abort();
}

/* --- counts --- */

static void
forget_counts(struct dns_server_test *server)
{
	while (server->asked) {
		struct asked *next = server->asked->next;

		free((char *)(uintptr_t)server->asked->name.p);
		free(server->asked);
		server->asked = next;
	}
	memset(server->port_seen, 0, sizeof server->port_seen);
}

static void
count(struct dns_server_test *server, const struct zone_question *question)
{
	struct asked *a = server->asked;

	while (a && (a->type != question->type ||
		     !str_eq_nocase(a->name, question->name)))
		a = a->next;
	if (a == NULL) {
		a = mem_alloc(sizeof *a);
		a->name = str_n(mem_copy(question->name.p, question->name.n),
				question->name.n);
		a->type = question->type;
		a->next = server->asked;
		server->asked = a;
	}
	a->count++;
}

void
dns_server_each_asked(struct dns_server_test *server,
		      void (*each)(void *ctx, struct str name, int type,
				   size_t count),
		      void *ctx)
{
	pthread_mutex_lock(&server->lock);
	for (struct asked *a = server->asked; a; a = a->next)
		each(ctx, a->name, a->type, a->count);
	pthread_mutex_unlock(&server->lock);
}

size_t
dns_server_asked(struct dns_server_test *server, const char *name, int type)
{
	size_t total = 0;

	pthread_mutex_lock(&server->lock);
	for (struct asked *a = server->asked; a; a = a->next)
		if ((name == NULL || str_is_nocase(a->name, name)) &&
		    (type == 0 || type == a->type))
			total += a->count;
	pthread_mutex_unlock(&server->lock);
	return total;
}

size_t
dns_server_ports_seen(struct dns_server_test *server)
{
	size_t total = 0;

	pthread_mutex_lock(&server->lock);
	for (size_t i = 0; i < sizeof server->port_seen; i++)
		total += server->port_seen[i];
	pthread_mutex_unlock(&server->lock);
	return total;
}

/* --- UDP --- */

static void
send_to(int fd, const struct sockaddr_in *to, const uint8_t *p, size_t n)
{
	sendto(fd, p, n, MSG_NOSIGNAL, (const struct sockaddr *)to, sizeof *to);
}

static bool
does(const struct dns_server_test *server, const struct zone_question *question,
     enum zone_deed deed)
{
	return zone_behaves(server->zone, question->name, question->type,
			    deed) != NULL;
}

/* What a forger sends first. */
static void
send_forgeries(struct dns_server_test *server,
	       const struct zone_question *question,
	       const struct sockaddr_in *to, uint8_t *p)
{
	size_t n = zone_wire_denial(question, p);

	if (does(server, question, ZONE_WRONG_PORT))
		send_to(server->other_udp, to, p, n);
	if (does(server, question, ZONE_WRONG_ID)) {
		p[1] ^= 1;
		send_to(server->udp, to, p, n);
		p[1] ^= 1;
	}
	if (does(server, question, ZONE_WRONG_QUESTION)) {
		p[13] ^= 1; /* the first letter of the name */
		send_to(server->udp, to, p, n);
		p[13] ^= 1;
		p[n - 3] ^= 1; /* the type */
		send_to(server->udp, to, p, n);
	}
	if (does(server, question, ZONE_GARBAGE)) {
		send_to(server->udp, to, p, 0);
		send_to(server->udp, to, p, 5);
		for (size_t i = 2; i < 300; i++)
			p[i] = (uint8_t)(i * 7919 >> 3);
		send_to(server->udp, to, p, 300);
	}
}

static void
answer_later(struct dns_server_test *server, int64_t due_ms,
	     const struct sockaddr_in *to, const uint8_t *p, size_t n)
{
	struct delayed *later = mem_alloc(sizeof *later + n);

	later->due_ms = due_ms;
	later->to = *to;
	later->n = n;
	memcpy(later->octet, p, n);
	later->next = server->delayed;
	server->delayed = later;
}

static void
answer_datagram(struct dns_server_test *server,
		const struct zone_question *question,
		const struct sockaddr_in *to)
{
	struct zone_behaviour *drop = zone_behaves(server->zone, question->name,
						   question->type, ZONE_DROP);
	struct zone_behaviour *delay = zone_behaves(
	    server->zone, question->name, question->type, ZONE_DELAY);

	if (does(server, question, ZONE_SILENT))
		return;
	if (drop && drop->n > 0) {
		drop->n--;
		return;
	}
	uint8_t *p = mem_alloc(ZONE_WIRE_MAX);
	send_forgeries(server, question, to, p);
	size_t n = zone_wire_answer(server->zone, question, false, p);
	if (delay)
		answer_later(server, clock_monotonic_ms() + (int64_t)delay->n,
			     to, p, n);
	else
		send_to(server->udp, to, p, n);
	free(p);
}

static void
take_datagram(struct dns_server_test *server)
{
	uint8_t p[2048];
	struct sockaddr_in from;
	socklen_t from_n = sizeof from;
	struct zone_question question;
	ssize_t n = recvfrom(server->udp, p, sizeof p, MSG_DONTWAIT,
			     (struct sockaddr *)&from, &from_n);

	if (n < 0 || !zone_question_parse(p, (size_t)n, &question))
		return;
	pthread_mutex_lock(&server->lock);
	server->port_seen[ntohs(from.sin_port)] = 1;
	count(server, &question);
	answer_datagram(server, &question, &from);
	pthread_mutex_unlock(&server->lock);
}

/* Sends what is due; how long to wait for the next, in ms, or -1. */
static int
send_delayed(struct dns_server_test *server)
{
	int64_t now = clock_monotonic_ms(), next = -1;
	struct delayed **link = &server->delayed;

	while (*link) {
		struct delayed *later = *link;

		if (later->due_ms > now) {
			if (next < 0 || later->due_ms - now < next)
				next = later->due_ms - now;
			link = &later->next;
			continue;
		}
		send_to(server->udp, &later->to, later->octet, later->n);
		*link = later->next;
		free(later);
	}
	return (int)next;
}

/* --- TCP: one connection at a time, in a hurry --- */

static bool
read_all(int fd, uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t got = read(fd, p, n);
		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

static void
write_all(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t put = send(fd, p, n, MSG_NOSIGNAL);
		if (put <= 0)
			return;
		p += put;
		n -= (size_t)put;
	}
}

static size_t
tcp_answer(struct dns_server_test *server, const struct zone_question *question,
	   uint8_t *p)
{
	size_t n = zone_wire_answer(server->zone, question, true, p);

	if (does(server, question, ZONE_WRONG_ID))
		p[1] ^= 1;
	if (does(server, question, ZONE_WRONG_QUESTION))
		p[13] ^= 1;
	if (does(server, question, ZONE_SILENT) ||
	    does(server, question, ZONE_TCP_CLOSE))
		n = 0;
	return n;
}

static void
serve_connection(struct dns_server_test *server, int fd)
{
	uint8_t p[2048], length[2], *out = mem_alloc(ZONE_WIRE_MAX);
	struct zone_question question;
	size_t n;

	while (read_all(fd, length, 2)) {
		n = (size_t)(length[0] << 8 | length[1]);
		if (n > sizeof p || !read_all(fd, p, n) ||
		    !zone_question_parse(p, n, &question))
			break;
		pthread_mutex_lock(&server->lock);
		count(server, &question);
		n = tcp_answer(server, &question, out);
		pthread_mutex_unlock(&server->lock);
		if (n == 0)
			break;
		length[0] = (uint8_t)(n >> 8);
		length[1] = (uint8_t)n;
		write_all(fd, length, 2);
		write_all(fd, out, n);
	}
	free(out);
}

static void
take_connection(struct dns_server_test *server)
{
	struct timeval patience = {1, 0};
	int fd = accept4(server->tcp, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	serve_connection(server, fd);
	close(fd);
}

/* --- life --- */

static bool
is_stopped(struct dns_server_test *server)
{
	pthread_mutex_lock(&server->lock);
	bool stop = server->stop;
	pthread_mutex_unlock(&server->lock);
	return stop;
}

static void *
run(void *arg)
{
	struct dns_server_test *server = arg;

	while (!is_stopped(server)) {
		struct pollfd fds[] = {{server->udp, POLLIN, 0},
				       {server->tcp, POLLIN, 0},
				       {server->wake, POLLIN, 0}};

		poll(fds, 3, send_delayed(server));
		if (fds[0].revents)
			take_datagram(server);
		if (fds[1].revents)
			take_connection(server);
	}
	return NULL;
}

/* Bound to 127.0.0.1; *port is a wish and becomes what was given. */
static int
open_socket(int type, uint16_t *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(*port)};
	socklen_t n = sizeof address;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), one = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		die("socket");
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&address, n) != 0) {
		close(fd);
		return -1;
	}
	getsockname(fd, (struct sockaddr *)&address, &n);
	*port = ntohs(address.sin_port);
	return fd;
}

static bool
open_pair(struct dns_server_test *server, uint16_t port)
{
	server->port = port;
	server->udp = open_socket(SOCK_DGRAM, &server->port);
	if (server->udp < 0)
		return false;
	server->tcp = open_socket(SOCK_STREAM, &server->port);
	if (server->tcp < 0 || listen(server->tcp, 128) != 0) {
		close(server->udp);
		return false;
	}
	return true;
}

struct dns_server_test *
dns_server_start_on(uint16_t port, const char *zone_text)
{
	struct dns_server_test *server = mem_alloc(sizeof *server);
	uint16_t other = 0;
	bool open = false;

	for (int tries = 0; tries < 20 && !open; tries++)
		open = open_pair(server, port);
	if (!open) {
		free(server);
		return NULL;
	}
	server->other_udp = open_socket(SOCK_DGRAM, &other);
	server->wake = eventfd(0, EFD_CLOEXEC);
	server->zone = zone_parse(zone_text);
	pthread_mutex_init(&server->lock, NULL);
	if (pthread_create(&server->thread, NULL, run, server) != 0)
		die("pthread_create");
	return server;
}

struct dns_server_test *
dns_server_start(const char *zone_text)
{
	struct dns_server_test *server = dns_server_start_on(0, zone_text);

	if (server == NULL)
		die("no free port");
	return server;
}

void
dns_server_zone(struct dns_server_test *server, const char *zone_text)
{
	struct zone *zone = zone_parse(zone_text);

	pthread_mutex_lock(&server->lock);
	zone_free(server->zone);
	server->zone = zone;
	forget_counts(server);
	pthread_mutex_unlock(&server->lock);
}

uint16_t
dns_server_port(const struct dns_server_test *server)
{
	return server->port;
}

void
dns_server_stop(struct dns_server_test *server)
{
	if (server == NULL)
		return;
	pthread_mutex_lock(&server->lock);
	server->stop = true;
	pthread_mutex_unlock(&server->lock);
	eventfd_write(server->wake, 1);
	pthread_join(server->thread, NULL);
	close(server->udp);
	close(server->tcp);
	close(server->other_udp);
	close(server->wake);
	while (server->delayed) {
		struct delayed *next = server->delayed->next;

		free(server->delayed);
		server->delayed = next;
	}
	forget_counts(server);
	zone_free(server->zone);
	pthread_mutex_destroy(&server->lock);
	free(server);
}
