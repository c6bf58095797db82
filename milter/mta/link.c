/*
 * A mail server's connection and ours to libmilter for it, on the plain way:
 * packets go on whole, in both directions.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

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

/*
 * A mail server's connection.  It lasts until libmilter hangs up.
 *
 * It has a place while a thread of libmilter is at it: from the first packet
 * that is handed on until libmilter has read all, and has answered the end of a
 * message.
 */
struct link {
	struct end mta, milter;
	unsigned told; /* macros.c */
	bool has_place;
	bool was_read; /* libmilter had read all at the last look */
	bool is_last;  /* waits for the answer to the end of a message */
	bool is_past;  /* libmilter was handed what follows that */
	bool is_over;  /* libmilter was told that nothing follows */
	bool is_held;  /* waits for a place */
	struct link **at, *next, *next_held;
};

static struct {
	int epoll;
	unsigned most, placed;
	size_t count;
	struct link *first, *first_held, **last_held;
	int64_t looked_ms; /* which places are left */
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

/* --- places --- */

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
leave_place(struct link *link)
{
	links.placed -= link->has_place;
	link->has_place = false;
}

static bool
has_read_all(const struct link *link)
{
	return waiting_n(&link->milter) == 0 && relay_was_read(link->milter.fd);
}

/* libmilter answers no end of a message that comes out of order: then it reads
   what follows, if only macros that nobody asks for. */
static void
end_unanswered(struct link *link)
{
	static const struct str unwanted = STR("N\0\0");

	if (!link->is_last || link->is_over || !has_read_all(link))
		return;
	link->is_last = !link->is_past;
	if (link->is_past)
		return;
	link->is_past = true;
	macros_hand_on(&link->milter.out, &link->told, SMFIC_MACRO, unwanted);
	(void)send_waiting(&link->milter);
}

/* At the second look in a row that finds all read: its thread may still be at
   what it has read last. */
static void
look_at(struct link *link)
{
	end_unanswered(link);
	bool is_read = !link->is_last && !link->is_over && has_read_all(link);
	if (is_read && link->was_read)
		leave_place(link);
	link->was_read = is_read;
}

/* Where the processors are busy a thread may be at what it has read for longer
   than two looks, and only its end shows that it is done: does libmilter have
   few, with those that it may make for what it has not begun to read? */
static bool
are_threads_few(void)
{
	unsigned n = relay_threads();

	for (struct link *link = links.first; link != NULL; link = link->next)
		n += link->has_place && !(link->is_last && link->is_past) &&
		     !has_read_all(link);
	return n < links.most + LINKS_SPARE_THREADS;
}

/* Nothing tells when libmilter has read all, so it is looked for where all
   places are taken. */
static void
look_for_places(void)
{
	int64_t now_ms = clock_monotonic_ms();

	if (now_ms - links.looked_ms < LINKS_LOOK_MS)
		return;
	links.looked_ms = now_ms;
	for (struct link *link = links.first; link != NULL; link = link->next)
		if (link->has_place)
			look_at(link);
}

static bool
is_place_free(void)
{
	if (links.placed >= links.most)
		look_for_places();
	return links.placed < links.most / 2 ||
	       (links.placed < links.most && are_threads_few());
}

/* May libmilter get something of it?  False: once there is a place. */
static bool
takes_place(struct link *link)
{
	if (link->has_place || link->is_held)
		return link->has_place;
	if (!is_place_free()) {
		link->is_held = true;
		*links.last_held = link;
		links.last_held = &link->next_held;
		return false;
	}
	link->has_place = true;
	links.placed++;
	return true;
}

/* May the packet go to libmilter? */
static bool
goes_on(struct link *link, char command)
{
	bool is_end = command == SMFIC_BODYEOB;

	end_unanswered(link);
	if ((is_end && link->is_last) || !takes_place(link))
		return false;
	link->is_last = link->is_last || is_end;
	link->is_past = !is_end;
	link->was_read = false;
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
	leave_place(link);
	release(link);
	*link->at = link->next;
	if (link->next != NULL)
		link->next->at = link->at;
	links.count--;
	free(link);
}

/* --- packets --- */

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
		if (!goes_on(link, command))
			break;
		macros_hand_on(
		    &link->milter.out, &link->told, command,
		    (struct str){p + PACKET_HEAD_N, size - PACKET_HEAD_N});
		done += size;
	}
	if (done > 0)
		link->mta.stuck_since = 0;
	packet_drop(in, done);
	return in->n < PACKET_LENGTH_N ||
	       packet_length(in->p) <= LIMIT_MILTER_PACKET;
}

/* What libmilter answers goes on as it is. */
static void
hand_back(struct link *link)
{
	struct buf *in = &link->milter.in;
	size_t done = 0, size;

	while ((size = packet_size(in->p + done, in->n - done)) > 0) {
		if (packet_is_final(in->p + done))
			link->is_last = false;
		done += size;
	}
	if (link->mta.fd >= 0 && done > 0)
		buf_add(&link->mta.out, (struct str){in->p, done});
	packet_drop(in, done);
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
	if (link->is_over || link->milter.fd < 0 ||
	    waiting_n(&link->milter) > 0 || holds_packet(&link->mta) ||
	    !takes_place(link))
		return;
	shutdown(link->milter.fd, SHUT_WR);
	link->is_over = true;
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

bool
links_go_on(void)
{
	while (links.first_held != NULL && is_place_free()) {
		struct link *link = links.first_held;
		release(link);
		if (!go_on(link))
			free_link(link);
	}
	return links.first_held != NULL;
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
