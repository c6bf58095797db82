#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "dns/engine_parts.h"

#define EVENTS 64

/* --- file descriptors --- */

bool
dns_io_add(struct dns_engine *engine, struct dns_io *io, uint32_t events)
{
	struct epoll_event event = {.events = events, .data = {.ptr = io}};

	return epoll_ctl(engine->epoll, EPOLL_CTL_ADD, io->fd, &event) == 0;
}

void
dns_io_events(struct dns_engine *engine, struct dns_io *io, uint32_t events)
{
	struct epoll_event event = {.events = events, .data = {.ptr = io}};

	epoll_ctl(engine->epoll, EPOLL_CTL_MOD, io->fd, &event);
}

void
dns_io_close(struct dns_engine *engine, struct dns_io *io)
{
	close(io->fd);
	io->fd = -1;
	io->next_dead = engine->dead;
	engine->dead = io;
}

static void
free_dead(struct dns_engine *engine)
{
	while (engine->dead) {
		struct dns_io *next = engine->dead->next_dead;

		free(engine->dead);
		engine->dead = next;
	}
}

static socklen_t
sockaddr_of(const struct dns_server *server, struct sockaddr_storage *address)
{
	size_t n = ip_to_sockaddr(server->ip, server->port, address);

	/* Asked each time: an interface may come up after us. */
	if (address->ss_family == AF_INET6)
		((struct sockaddr_in6 *)address)->sin6_scope_id =
		    dns_server_scope(server);
	return (socklen_t)n;
}

int
dns_io_connect(const struct dns_server *server, int type)
{
	struct sockaddr_storage address;
	socklen_t n = sockaddr_of(server, &address);
	int fd =
	    socket(address.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	/* Unbound: the kernel chooses a random port (RFC 5452 section 9.2). */
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, n) != 0 &&
	    errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

uint16_t
dns_engine_random(struct dns_engine *engine)
{
	if (engine->random_left == 0) {
		if (getrandom(engine->random, sizeof engine->random, 0) !=
		    (ssize_t)sizeof engine->random)
			abort(); /* up to 256 octets always come whole */
		engine->random_left =
		    sizeof engine->random / sizeof *engine->random;
	}
	return engine->random[--engine->random_left];
}

/* --- timers --- */

static void
place(struct dns_engine *engine, size_t at, struct dns_query *query)
{
	engine->timer[at] = query;
	query->at = at;
}

static void
sift_up(struct dns_engine *engine, struct dns_query *query)
{
	size_t at = query->at;

	for (; at > 0; at = (at - 1) / 2) {
		struct dns_query *parent = engine->timer[(at - 1) / 2];
		if (parent->due_ms <= query->due_ms)
			break;
		place(engine, at, parent);
	}
	place(engine, at, query);
}

static void
sift_down(struct dns_engine *engine, struct dns_query *query)
{
	size_t at = query->at, child;

	for (; (child = 2 * at + 1) < engine->timers; at = child) {
		if (child + 1 < engine->timers &&
		    engine->timer[child + 1]->due_ms <
			engine->timer[child]->due_ms)
			child++;
		if (engine->timer[child]->due_ms >= query->due_ms)
			break;
		place(engine, at, engine->timer[child]);
	}
	place(engine, at, query);
}

void
dns_timer_moved(struct dns_engine *engine, struct dns_query *query)
{
	sift_up(engine, query);
	sift_down(engine, query);
}

void
dns_timer_add(struct dns_engine *engine, struct dns_query *query)
{
	if (engine->timers == engine->timers_cap) {
		engine->timers_cap =
		    engine->timers_cap ? engine->timers_cap * 2 : 64;
		engine->timer = mem_resize(
		    engine->timer, engine->timers_cap * sizeof *engine->timer);
	}
	place(engine, engine->timers++, query);
	sift_up(engine, query);
}

void
dns_timer_remove(struct dns_engine *engine, struct dns_query *query)
{
	struct dns_query *last = engine->timer[--engine->timers];

	if (last == query)
		return;
	place(engine, query->at, last);
	dns_timer_moved(engine, last);
}

/* --- the thread --- */

/* False: the engine is to stop. */
static bool
take_inbox(struct dns_engine *engine)
{
	struct dns_query *oldest = NULL;

	pthread_mutex_lock(&engine->lock);
	struct dns_query *query = engine->inbox;
	bool stop = engine->stop;
	struct dns_servers fresh = engine->fresh;
	engine->inbox = NULL;
	engine->fresh.count = 0;
	pthread_mutex_unlock(&engine->lock);
	if (fresh.count > 0)
		dns_change(engine, &fresh);
	while (query) {
		struct dns_query *next = query->next;

		query->next = oldest;
		oldest = query;
		query = next;
	}
	while (oldest) {
		struct dns_query *next = oldest->next;

		dns_query_start(engine, oldest);
		oldest = next;
	}
	return !stop;
}

static void
woken(struct dns_engine *engine, struct dns_io *io, uint32_t events)
{
	eventfd_t value;

	(void)engine;
	(void)events;
	eventfd_read(io->fd, &value);
}

static int
next_due(const struct dns_engine *engine)
{
	int64_t due = dns_health_due(engine);

	if (engine->timers > 0 && engine->timer[0]->due_ms < due)
		due = engine->timer[0]->due_ms;
	if (due == INT64_MAX)
		return -1;
	int64_t left = due - clock_monotonic_ms();
	/* A millisecond more, for the part of one that the clock cut off. */
	return left < 0 ? 0 : (int)left + 1;
}

static void
run_timers(struct dns_engine *engine)
{
	int64_t now = clock_monotonic_ms();

	while (engine->timers > 0 && engine->timer[0]->due_ms <= now)
		dns_query_due(engine, engine->timer[0], now);
	dns_health_run(engine, now);
}

static void *
run(void *arg)
{
	struct dns_engine *engine = arg;
	struct epoll_event event[EVENTS];

	pthread_setname_np(pthread_self(), "dns");
	dns_health_start(engine);
	while (take_inbox(engine)) {
		atomic_fetch_add_explicit(&engine->turns, 1,
					  memory_order_relaxed);
		int n =
		    epoll_wait(engine->epoll, event, EVENTS, next_due(engine));
		for (int i = 0; i < n; i++) {
			struct dns_io *io = event[i].data.ptr;
			if (io->fd >= 0)
				io->ready(engine, io, event[i].events);
		}
		run_timers(engine);
		free_dead(engine);
	}
	return NULL;
}

/* Signals are for the threads of the program. */
static int
start_thread(struct dns_engine *engine)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&engine->thread, NULL, run, engine);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return error;
}

static void
free_parts(struct dns_engine *engine)
{
	int error = errno;

	if (engine->wake.fd >= 0)
		close(engine->wake.fd);
	if (engine->epoll >= 0)
		close(engine->epoll);
	pthread_mutex_destroy(&engine->lock);
	free(engine->timer);
	free(engine);
	errno = error;
}

int
dns_engine_new(const struct dns_engine_options *options,
	       struct dns_engine **engine_out)
{
	struct dns_engine *engine = mem_alloc(sizeof *engine);

	engine->dns = *options->dns;
	engine->log = options->log;
	engine->stats = options->stats;
	engine->done = options->done;
	engine->ctx = options->ctx;
	pthread_mutex_init(&engine->lock, NULL);
	engine->wake.ready = woken;
	engine->wake.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	engine->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (engine->wake.fd < 0 || engine->epoll < 0 ||
	    !dns_io_add(engine, &engine->wake, EPOLLIN) ||
	    start_thread(engine) != 0) {
		free_parts(engine);
		return ERR_SYSTEM;
	}
	*engine_out = engine;
	return ERR_OK;
}

void
dns_engine_free(struct dns_engine *engine)
{
	if (engine == NULL)
		return;
	pthread_mutex_lock(&engine->lock);
	engine->stop = true;
	pthread_mutex_unlock(&engine->lock);
	eventfd_write(engine->wake.fd, 1);
	pthread_join(engine->thread, NULL);
	while (engine->timers > 0)
		dns_query_free(engine, engine->timer[0]);
	while (engine->inbox) {
		struct dns_query *next = engine->inbox->next;

		free(engine->inbox);
		engine->inbox = next;
	}
	for (size_t i = 0; i < engine->dns.servers; i++)
		if (engine->udp[i])
			dns_io_close(engine, &engine->udp[i]->io);
	free_dead(engine);
	free_parts(engine);
}

void
dns_engine_ask(struct dns_engine *engine, const struct dns_key *key,
	       void *asker)
{
	struct dns_query *query = mem_alloc(sizeof *query);

	query->key = *key;
	query->asker = asker;
	pthread_mutex_lock(&engine->lock);
	bool first = engine->inbox == NULL;
	query->next = engine->inbox;
	engine->inbox = query;
	pthread_mutex_unlock(&engine->lock);
	if (first)
		eventfd_write(engine->wake.fd, 1);
}

void
dns_engine_change(struct dns_engine *engine, const struct dns_servers *fresh)
{
	pthread_mutex_lock(&engine->lock);
	engine->fresh = *fresh;
	pthread_mutex_unlock(&engine->lock);
	eventfd_write(engine->wake.fd, 1);
}

uint64_t
dns_engine_wake(struct dns_engine *engine)
{
	uint64_t turns = atomic_load(&engine->turns);

	eventfd_write(engine->wake.fd, 1);
	return turns;
}
