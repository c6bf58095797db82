/*
 * relay PORT UPSTREAM MS: hands DNS questions that come to UDP port PORT of
 * 127.0.0.1 to the server at port UPSTREAM there, and gives each answer back MS
 * milliseconds after its question: a name server far away.  Port 0 is a free
 * one.  Prints "port N"; SIGUSR1 prints "questions N" and begins to count anew;
 * SIGTERM ends it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

#define DATAGRAM 4096
#define ID(p) ((size_t)(p)[0] << 8 | (p)[1])

/* A question on its way, in the place of the ID it has upstream. */
struct question {
	struct sockaddr_in from;
	uint8_t id[2]; /* as it came */
	int64_t asked_ns;
};

/* An answer whose time has not come. */
struct answer {
	struct answer *next;
	struct sockaddr_in to;
	int64_t due_ns;
	size_t n;
	uint8_t octet[];
};

struct relay {
	int front, back, signals;
	int64_t delay_ns;
	struct question question[UINT16_MAX + 1];
	size_t last;
	struct answer *first, **end; /* the earliest first */
	size_t count;
};

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
take_question(struct relay *relay)
{
	uint8_t p[DATAGRAM];
	struct question *question =
	    &relay->question[(relay->last + 1) % (UINT16_MAX + 1)];
	socklen_t from_n = sizeof question->from;
	ssize_t n = recvfrom(relay->front, p, sizeof p, MSG_DONTWAIT,
			     (struct sockaddr *)&question->from, &from_n);

	if (n < 12)
		return;
	relay->last = (relay->last + 1) % (UINT16_MAX + 1);
	relay->count++;
	memcpy(question->id, p, 2);
	question->asked_ns = now_ns();
	p[0] = (uint8_t)(relay->last >> 8);
	p[1] = (uint8_t)relay->last;
	send(relay->back, p, (size_t)n, 0);
}

static void
take_answer(struct relay *relay)
{
	uint8_t p[DATAGRAM];
	ssize_t n = recv(relay->back, p, sizeof p, MSG_DONTWAIT);

	if (n < 12)
		return;
	const struct question *question = &relay->question[ID(p)];
	struct answer *answer = mem_alloc(sizeof *answer + (size_t)n);
	memcpy(p, question->id, 2);
	memcpy(answer->octet, p, (size_t)n);
	answer->n = (size_t)n;
	answer->to = question->from;
	answer->due_ns = question->asked_ns + relay->delay_ns;
	*relay->end = answer;
	relay->end = &answer->next;
}

/* Gives back what is due; how long the next has to wait, or -1. */
static int64_t
give_answers(struct relay *relay)
{
	while (relay->first) {
		struct answer *answer = relay->first;
		int64_t left = answer->due_ns - now_ns();

		if (left > 0)
			return left;
		sendto(relay->front, answer->octet, answer->n, 0,
		       (struct sockaddr *)&answer->to, sizeof answer->to);
		relay->first = answer->next;
		if (relay->first == NULL)
			relay->end = &relay->first;
		free(answer);
	}
	return -1;
}

/* False: it was SIGTERM. */
static bool
take_signal(struct relay *relay)
{
	struct signalfd_siginfo info;

	if (read(relay->signals, &info, sizeof info) != sizeof info ||
	    info.ssi_signo != SIGUSR1)
		return false;
	printf("questions %zu\n", relay->count);
	fflush(stdout);
	relay->count = 0;
	return true;
}

static void
serve(struct relay *relay)
{
	for (;;) {
		struct pollfd fds[] = {{relay->front, POLLIN, 0},
				       {relay->back, POLLIN, 0},
				       {relay->signals, POLLIN, 0}};
		int64_t left = give_answers(relay);
		struct timespec wait = {.tv_sec = left / 1000000000,
					.tv_nsec = left % 1000000000};

		if (ppoll(fds, 3, left < 0 ? NULL : &wait, NULL) < 0)
			continue;
		if (fds[0].revents)
			take_question(relay);
		if (fds[1].revents)
			take_answer(relay);
		if (fds[2].revents && !take_signal(relay))
			return;
	}
}

static struct sockaddr_in
loopback(uint64_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port)};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static bool
open_sockets(struct relay *relay, uint64_t front, uint64_t back)
{
	struct sockaddr_in here = loopback(front), there = loopback(back);
	socklen_t n = sizeof here;
	int room = 4 << 20;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGUSR1);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	relay->signals = signalfd(-1, &signals, SFD_CLOEXEC);
	relay->front = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	relay->back = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* A crowd's questions come at once. */
	setsockopt(relay->front, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	setsockopt(relay->back, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	if (bind(relay->front, (struct sockaddr *)&here, n) != 0 ||
	    connect(relay->back, (struct sockaddr *)&there, n) != 0 ||
	    getsockname(relay->front, (struct sockaddr *)&here, &n) != 0) {
		fprintf(stderr, "relay: %s\n", strerror(errno));
		return false;
	}
	printf("port %u\n", (unsigned)ntohs(here.sin_port));
	fflush(stdout);
	return true;
}

int
main(int argc, char **argv)
{
	struct relay *relay = mem_alloc(sizeof *relay);
	uint64_t front, back, delay_ms;

	if (argc != 4 || !str_uint(str_of(argv[1]), UINT16_MAX, &front) ||
	    !str_uint(str_of(argv[2]), UINT16_MAX, &back) ||
	    !str_uint(str_of(argv[3]), 60000, &delay_ms)) {
		fprintf(stderr, "usage: relay PORT UPSTREAM MS\n");
		return 64;
	}
	relay->delay_ns = (int64_t)delay_ms * 1000000;
	relay->end = &relay->first;
	if (!open_sockets(relay, front, back))
		return 1;
	serve(relay);
	free(relay);
	return 0;
}
