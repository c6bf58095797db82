/*
 * A mail server's connection and ours to libmilter for it, on the plain way:
 * packets go on whole, in both directions.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "base/clock.h"
#include "base/mem.h"
#include "milter/limits.h"
#include "milter/mta/parts.h"
#include "milter/mta/stream.h"

#define READ_N 65536

/* One end of a link: what came from it, and what waits to be sent to it. */
struct end {
	struct link *link;
	int fd; /* -1: closed */
	uint32_t watched;
	struct buf in;  /* not handed on yet */
	struct buf out; /* from `sent` on */
	size_t sent;
	int64_t
	    stuck_since; /* `in` is unfinished, or `out` waits; 0: neither */
	bool ended;      /* nothing more comes */
};

/* A mail server's connection.  It lasts until libmilter hangs up. */
struct link {
	struct end mta, milter;
	unsigned told; /* macros.c */
	bool is_last;  /* waits for the answer to the end of a message */
	bool is_past;  /* libmilter was handed what follows that */
	bool is_held;  /* its end of a message waits for its turn */
	struct link **at, *next, *next_held;
};

static struct {
	int epoll;
	unsigned most, last; /* messages at their end */
	size_t count;
	struct link *first, *first_held, **last_held;
} links = {.epoll = -1, .last_held = &links.first_held};

void
links_open(int epoll, unsigned most)
{
	links.epoll = epoll;
	links.most = most;
}

size_t
links_count(void)
{
	return links.count;
}

/* --- links --- */

static size_t
waiting_n(const struct end *end)
{
	return end->out.n - end->sent;
}

static bool
watch(struct end *end, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = end};

	end->watched = events;
	return epoll_ctl(links.epoll, EPOLL_CTL_ADD, end->fd, &event) == 0;
}

static void
close_end(struct end *end)
{
	if (end->fd >= 0)
		close(end->fd);
	end->fd = -1;
	end->ended = true;
	buf_reset(&end->out);
	end->sent = 0;
}

/* Nothing of it counts any more. */
static void
give_up(struct end *end)
{
	close_end(end);
	buf_clear(&end->in);
}

/* --- turns --- */

static void
hold(struct link *link)
{
	link->is_held = true;
	*links.last_held = link;
	links.last_held = &link->next_held;
}

static void
release(struct link *link)
{
	struct link **at = &links.first_held;

	if (!link->is_held)
		return;
	while (*at != link)
		at = &(*at)->next_held;
	*at = link->next_held;
	if (*at == NULL)
		links.last_held = at;
	link->next_held = NULL;
	link->is_held = false;
}

static void
end_last(struct link *link)
{
	links.last -= link->is_last;
	link->is_last = false;
}

/* libmilter answers no end of a message that comes out of order: then it has
   read what follows. */
static void
end_unanswered(struct link *link)
{
	int unread;

	if (link->is_last && link->is_past && waiting_n(&link->milter) == 0 &&
	    ioctl(link->milter.fd, SIOCOUTQ, &unread) == 0 && unread == 0)
		end_last(link);
}

/* May its end of a message go to libmilter? */
static bool
takes_turn(struct link *link)
{
	end_unanswered(link);
	if (link->is_held || link->is_last)
		return false;
	if (links.last >= links.most) {
		hold(link);
		return false;
	}
	link->is_last = true;
	link->is_past = false;
	links.last++;
	return true;
}

/* --- their life --- */

void
link_open(int mta, int milter)
{
	struct link *link = mem_alloc(sizeof *link);
	struct end *end[] = {&link->mta, &link->milter};

	link->mta.fd = mta;
	link->milter.fd = milter;
	fcntl(milter, F_SETFL, O_NONBLOCK);
	for (size_t i = 0; i < 2; i++) {
		end[i]->link = link;
		buf_init(&end[i]->in, NULL);
		buf_init(&end[i]->out, NULL);
		if (!watch(end[i], EPOLLIN))
			close_end(end[i]);
	}
	link->next = links.first;
	link->at = &links.first;
	if (link->next != NULL)
		link->next->at = &link->next;
	links.first = link;
	links.count++;
}

static void
free_link(struct link *link)
{
	struct end *end[] = {&link->mta, &link->milter};

	for (size_t i = 0; i < 2; i++) {
		close_end(end[i]);
		buf_clear(&end[i]->in);
		buf_clear(&end[i]->out);
	}
	end_last(link);
	release(link);
	*link->at = link->next;
	if (link->next != NULL)
		link->next->at = link->at;
	links.count--;
	free(link);
}

/* --- octets --- */

static void
receive(struct end *end)
{
	ssize_t got;

	if (end->ended)
		return;
	got = recv(end->fd, buf_room(&end->in, READ_N), READ_N, MSG_DONTWAIT);
	if (got > 0)
		end->in.n += (size_t)got;
	else if (got == 0 || (errno != EAGAIN && errno != EINTR))
		end->ended = true;
}

/* False: it takes no more, ever. */
static bool
send_waiting(struct end *end)
{
	while (end->fd >= 0 && waiting_n(end) > 0) {
		ssize_t sent =
		    send(end->fd, end->out.p + end->sent, waiting_n(end),
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent < 0)
			return errno == EAGAIN || errno == EINTR;
		end->sent += (size_t)sent;
		end->stuck_since = 0;
	}
	buf_clear(&end->out);
	end->sent = 0;
	return true;
}

/* What was handed on goes from the beginning. */
static void
drop(struct buf *in, size_t n)
{
	if (n == in->n) {
		buf_clear(in);
		return;
	}
	if (n > 0)
		memmove(in->p, in->p + n, in->n - n);
	in->n -= n;
}

/* --- packets --- */

/* Octets of the packet at p, of which n are there; 0: not all of them. */
static size_t
packet_size(const char *p, size_t n)
{
	if (n < PACKET_HEAD_N)
		return 0;
	/* Without more than its letter, a packet is complete. */
	size_t length = packet_length(p);
	size_t size = PACKET_LENGTH_N + (length > 0 ? length : 1);
	return n < size ? 0 : size;
}

static void
add_packet(struct buf *out, char command, const char *p, size_t n)
{
	char head[PACKET_HEAD_N];

	packet_head(head, command, n);
	buf_add(out, str_n(head, sizeof head));
	if (n > 0)
		buf_add(out, (struct str){p, n});
}

static void
add_no_macros(struct link *link, char of)
{
	char list[MACROS_NONE_N];

	macros_none(&link->told, of, list);
	add_packet(&link->milter.out, SMFIC_MACRO, list, sizeof list);
}

/* A whole packet for libmilter, as packet.c hands it on. */
static void
hand_on(struct link *link, char command, const char *p, size_t n)
{
	if (macros_are_stale(link->told, command))
		add_no_macros(link, command);
	macros_note(&link->told, command, p, n);
	if (macros_are_broken(command, p, n))
		add_no_macros(link, p[0]);
	else
		add_packet(
		    &link->milter.out,
		    (char)(command == SMFIC_QUIT_NC ? SMFIC_QUIT : command), p,
		    n);
}

/* False: a packet is larger than any. */
static bool
hand_on_packets(struct link *link)
{
	struct buf *in = &link->mta.in;
	size_t done = 0, size;

	while (waiting_n(&link->milter) < READ_N &&
	       (size = packet_size(in->p + done, in->n - done)) > 0) {
		const char *p = in->p + done;
		char command = p[PACKET_LENGTH_N];
		if (packet_length(p) > LIMIT_MILTER_PACKET)
			return false;
		if (command != SMFIC_BODYEOB)
			link->is_past = true;
		else if (!takes_turn(link))
			break;
		hand_on(link, command, p + PACKET_HEAD_N, size - PACKET_HEAD_N);
		done += size;
	}
	if (done > 0)
		link->mta.stuck_since = 0;
	drop(in, done);
	return in->n < PACKET_LENGTH_N ||
	       packet_length(in->p) <= LIMIT_MILTER_PACKET;
}

/* Does this answer end a message? */
static bool
is_final(char command)
{
	static const char letters[] = {
	    SMFIR_ACCEPT,   SMFIR_CONTINUE,  SMFIR_DISCARD,   SMFIR_REJECT,
	    SMFIR_TEMPFAIL, SMFIR_REPLYCODE, SMFIR_CONN_FAIL, SMFIR_SHUTDOWN};

	return memchr(letters, command, sizeof letters) != NULL;
}

/* What libmilter answers goes on as it is. */
static void
hand_back(struct link *link)
{
	struct buf *in = &link->milter.in;
	size_t done = 0, size;

	while ((size = packet_size(in->p + done, in->n - done)) > 0) {
		if (is_final(in->p[done + PACKET_LENGTH_N]))
			end_last(link);
		done += size;
	}
	if (link->mta.fd >= 0 && done > 0)
		buf_add(&link->mta.out, (struct str){in->p, done});
	drop(in, done);
}

/* --- what goes on --- */

/* Is it waited for, since something is unfinished or is not taken? */
static void
note_stuck(struct end *end, bool stuck)
{
	if (!stuck)
		end->stuck_since = 0;
	else if (end->stuck_since == 0)
		end->stuck_since = clock_monotonic_ms();
}

static bool
holds_packet(const struct end *end)
{
	return packet_size(end->in.p, end->in.n) > 0;
}

static void
watch_for(struct end *end, bool reads)
{
	uint32_t events = (reads && !end->ended ? EPOLLIN : 0U) |
			  (waiting_n(end) > 0 ? EPOLLOUT : 0U);
	struct epoll_event event = {.events = events, .data.ptr = end};

	if (end->fd < 0 || events == end->watched)
		return;
	epoll_ctl(links.epoll, EPOLL_CTL_MOD, end->fd, &event);
	end->watched = events;
}

/* libmilter reads what is there and then its end. */
static void
end_for_milter(struct link *link)
{
	if (link->milter.fd >= 0 && waiting_n(&link->milter) == 0 &&
	    !holds_packet(&link->mta))
		shutdown(link->milter.fd, SHUT_WR);
}

/* As much as libmilter takes. */
static void
hand_on_all(struct link *link)
{
	size_t before;

	do {
		if (!send_waiting(&link->milter))
			close_end(&link->milter);
		before = link->mta.in.n;
		if (!hand_on_packets(link))
			give_up(&link->mta);
	} while (link->mta.in.n != before);
}

/* False: it is over. */
static bool
go_on(struct link *link)
{
	struct end *mta = &link->mta, *milter = &link->milter;

	hand_back(link);
	if (milter->ended)
		close_end(milter);
	hand_on_all(link);
	if (!send_waiting(mta))
		close_end(mta);
	if (mta->ended)
		end_for_milter(link);
	if (milter->ended && waiting_n(mta) == 0)
		return false;
	note_stuck(mta,
		   waiting_n(mta) > 0 || (mta->in.n > 0 && !holds_packet(mta)));
	watch_for(mta, !holds_packet(mta));
	watch_for(milter, waiting_n(mta) < READ_N);
	return true;
}

/* --- for the relay --- */

void
link_take_event(struct end *end, uint32_t events)
{
	struct link *link = end->link;

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		receive(end);
	/* All was read, and nobody is left to be answered. */
	if (end->ended && events & (EPOLLHUP | EPOLLERR))
		close_end(end);
	if (!go_on(link))
		free_link(link);
}

void
links_go_on(void)
{
	while (links.first_held != NULL && links.last < links.most) {
		struct link *link = links.first_held;
		release(link);
		if (!go_on(link))
			free_link(link);
	}
}

void
links_sweep(int64_t now_ms)
{
	struct link *next;

	for (struct link *link = links.first; link != NULL; link = next) {
		next = link->next;
		if (link->mta.stuck_since > 0 &&
		    now_ms - link->mta.stuck_since >= LIMIT_PACKET_MS)
			give_up(&link->mta);
		end_unanswered(link);
		if ((link->mta.fd < 0 || holds_packet(&link->mta)) &&
		    !go_on(link))
			free_link(link);
	}
}
