#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "dns/session_parts.h"

struct dns_session *
dns_session_new(struct dns_resolver *resolver, const struct dns_limits *limits)
{
	struct dns_session *session = mem_alloc(sizeof *session);

	session->resolver = resolver;
	session->limits = limits ? *limits
				 : (struct dns_limits){LIMIT_DNS_QUESTIONS,
						       LIMIT_DNS_PREFETCHES};
	atomic_init(&session->refs, 1);
	session->ready_end = &session->ready;
	pthread_mutex_init(&session->lock, NULL);
	clock_condition_init(&session->changed);
	return session;
}

/* --- what large answers cost --- */

void
dns_session_charge(struct dns_session *session, struct arena_pool *pool,
		   struct account *account)
{
	session->pool = pool;
	session->account = account;
}

enum arena_room
dns_session_room(struct dns_session *session)
{
	pthread_mutex_lock(&session->lock);
	enum arena_room room = session->room;
	pthread_mutex_unlock(&session->lock);
	return room;
}

/* Once cancelled, those that pay for it may be gone. */
static void
charge(struct dns_session *session, const struct dns_answer *answer)
{
	size_t n = dns_answer_size(answer);

	if (n <= LIMIT_DNS_FREE_BYTES || session->cancelled)
		return;
	session->charged += n;
	enum arena_room room =
	    arena_pool_take(session->pool, session->account, n);
	if (room != ARENA_ROOM)
		session->room = room;
}

/* For good: those that paid may be gone before the last answer is. */
static void
give_back(struct dns_session *session)
{
	arena_pool_give(session->pool, session->account, session->charged);
	session->pool = NULL;
	session->account = NULL;
	session->charged = 0;
}

void
dns_arrivals_release(struct arrival *arrival)
{
	while (arrival) {
		struct arrival *next = arrival->next;

		if (arrival->release)
			arrival->release(arrival->ctx);
		free(arrival);
		arrival = next;
	}
}

void
dns_session_unref(struct dns_session *session)
{
	if (session == NULL || atomic_fetch_sub_explicit(
				   &session->refs, 1, memory_order_acq_rel) > 1)
		return;
	give_back(session);
	for (size_t i = 0; i < session->n; i++) {
		dns_arrivals_release(session->slot[i].entry->pending);
		dns_answer_unref(session->slot[i].entry->answer);
		free(session->slot[i].entry);
	}
	while (session->kept) {
		struct kept *next = session->kept->next;

		dns_answer_unref(session->kept->answer);
		free(session->kept);
		session->kept = next;
	}
	free(session->slot);
	pthread_cond_destroy(&session->changed);
	pthread_mutex_destroy(&session->lock);
	free(session);
}

/* Moves every arrival that has not begun to one list. */
static struct arrival *
take_arrivals(struct dns_session *session)
{
	struct arrival *all = session->ready, **end = session->ready_end;

	if (all == NULL)
		end = &all;
	session->ready = NULL;
	session->ready_end = &session->ready;
	for (size_t i = 0; i < session->n; i++) {
		*end = session->slot[i].entry->pending;
		session->slot[i].entry->pending = NULL;
		while (*end)
			end = &(*end)->next;
	}
	return all;
}

void
dns_session_cancel(struct dns_session *session)
{
	pthread_mutex_lock(&session->lock);
	session->cancelled = true;
	give_back(session);
	struct arrival *dropped = take_arrivals(session);
	/* An arrival's release may be what brought us here. */
	while (session->draining &&
	       !pthread_equal(session->drainer, pthread_self()))
		pthread_cond_wait(&session->changed, &session->lock);
	pthread_mutex_unlock(&session->lock);
	dns_arrivals_release(dropped);
}

void
dns_session_usage(struct dns_session *session, struct dns_usage *usage_out)
{
	pthread_mutex_lock(&session->lock);
	*usage_out = session->usage;
	pthread_mutex_unlock(&session->lock);
}

void
dns_session_count_for(struct dns_session *session, uint64_t network)
{
	session->network = network;
}

void
dns_session_set_tick(struct dns_session *session, int64_t every_ms,
		     void (*tick)(void *ctx), void *ctx)
{
	session->tick_every_ms = every_ms;
	session->tick_last_ms = clock_monotonic_ms();
	session->tick = tick;
	session->tick_ctx = ctx;
}

/* --- under the lock --- */

struct entry *
dns_session_find(struct dns_session *session, const struct dns_key *key)
{
	/* A few hundred hashes in a row: no slower than a table. */
	for (size_t i = 0; i < session->n; i++)
		if (session->slot[i].hash == key->hash &&
		    dns_key_eq(&session->slot[i].entry->key, key))
			return session->slot[i].entry;
	return NULL;
}

bool
dns_session_admit(struct dns_session *session, const struct dns_key *key,
		  struct entry **entry_out)
{
	if (session->usage.questions >= session->limits.questions) {
		session->usage.questions_exhausted = true;
		return false;
	}
	session->usage.questions++;
	if (session->n == session->cap) {
		session->cap = session->cap ? session->cap * 2 : 16;
		session->slot = mem_resize(
		    session->slot, session->cap * sizeof *session->slot);
	}
	struct entry *entry = mem_alloc(sizeof *entry);
	entry->waiter.session = session;
	entry->key = *key;
	session->slot[session->n++] = (struct slot){key->hash, entry};
	*entry_out = entry;
	return true;
}

void
dns_session_push(struct dns_session *session, struct arrival *arrival,
		 const struct dns_answer *answer)
{
	arrival->answer = answer;
	arrival->next = NULL;
	*session->ready_end = arrival;
	session->ready_end = &arrival->next;
}

void
dns_session_drain(struct dns_session *session)
{
	if (session->draining || session->ready == NULL)
		return;
	session->draining = true;
	session->drainer = pthread_self();
	while (session->ready) {
		struct arrival *arrival = session->ready;
		session->ready = arrival->next;
		if (session->ready == NULL)
			session->ready_end = &session->ready;
		bool cancelled = session->cancelled;
		pthread_mutex_unlock(&session->lock);
		if (!cancelled)
			arrival->run(session, arrival->answer, arrival->ctx);
		arrival->next = NULL;
		dns_arrivals_release(arrival);
		pthread_mutex_lock(&session->lock);
	}
	session->draining = false;
	pthread_cond_broadcast(&session->changed);
}

/* The answer is there: takes the reference. */
static void
arrive(struct dns_session *session, struct entry *entry,
       struct dns_answer *answer)
{
	entry->asked = true;
	entry->answer = answer;
	charge(session, answer);
	while (entry->pending) {
		struct arrival *arrival = entry->pending;
		entry->pending = arrival->next;
		dns_session_push(session, arrival, answer);
	}
	pthread_cond_broadcast(&session->changed);
}

bool
dns_session_knows(struct dns_session *session, struct entry *entry)
{
	if (!entry->asked) {
		struct dns_answer *answer =
		    dns_resolver_known(session->resolver, &entry->key);
		if (answer)
			arrive(session, entry, answer);
	}
	return entry->answer != NULL;
}

void
dns_session_ask(struct dns_session *session, struct entry *entry)
{
	if (entry->asked)
		return;
	entry->asked = true;
	session->usage.sent++;
	atomic_fetch_add_explicit(&session->refs, 1, memory_order_relaxed);
	pthread_mutex_unlock(&session->lock);
	struct dns_answer *answer =
	    dns_resolver_ask(session->resolver, &entry->key, &entry->waiter);
	if (answer)
		dns_session_unref(session); /* the caller's one remains */
	pthread_mutex_lock(&session->lock);
	if (answer)
		arrive(session, entry, answer);
}

/* --- from the resolver --- */

void
dns_session_deliver(struct dns_waiter *waiter, struct dns_answer *answer)
{
	struct dns_session *session = waiter->session;

	pthread_mutex_lock(&session->lock);
	arrive(session, (struct entry *)(void *)waiter, answer);
	dns_session_drain(session);
	pthread_mutex_unlock(&session->lock);
	dns_session_unref(session);
}
