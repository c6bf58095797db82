#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "dns/ask.h"

/*
 * Locks: `lock` guards everything below it in the struct.  It may be held
 * while the resolver looks into its cache, never while it asks, and never over
 * a callback.
 */

/* One call of dns_prefetch() whose arrival function has not ended. */
struct arrival {
	struct arrival *next;
	dns_arrival *run;
	void *ctx;
	void (*release)(void *ctx);
	const struct dns_answer *answer; /* kept by its entry */
};

/* One distinct question of the session. */
struct entry {
	struct dns_waiter waiter; /* first: the engine hands it back */
	struct dns_key key;
	struct dns_answer *answer; /* NULL until it is there */
	struct arrival *pending;   /* for when it is */
	bool asked;
};

/* An answer that belongs to no entry: a deadline, a limit. */
struct kept {
	struct kept *next;
	struct dns_answer *answer;
};

struct dns_session {
	struct dns_resolver *resolver;
	struct dns_limits limits;
	atomic_uint refs;
	int64_t tick_every_ms, tick_last_ms; /* of the thread that looks up */
	void (*tick)(void *ctx);
	void *tick_ctx;

	pthread_mutex_t lock;
	pthread_cond_t changed; /* an answer came, or the draining ended */
	struct slot {
		uint64_t hash;
		struct entry *entry;
	} * slot;
	size_t n, cap;
	struct kept *kept;
	struct arrival *ready, **ready_end;
	bool cancelled;
	bool draining; /* one thread at a time runs arrivals */
	pthread_t drainer;
	unsigned arrivals;
	struct dns_usage usage;
};

struct dns_session *
dns_session_new(struct dns_resolver *resolver, const struct dns_limits *limits)
{
	struct dns_session *session = mem_alloc(sizeof *session);
	pthread_condattr_t attr;

	session->resolver = resolver;
	session->limits = limits ? *limits
				 : (struct dns_limits){LIMIT_DNS_QUESTIONS,
						       LIMIT_DNS_PREFETCHES};
	atomic_init(&session->refs, 1);
	session->ready_end = &session->ready;
	pthread_mutex_init(&session->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&session->changed, &attr);
	pthread_condattr_destroy(&attr);
	return session;
}

static void
release_all(struct arrival *arrival)
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
	for (size_t i = 0; i < session->n; i++) {
		release_all(session->slot[i].entry->pending);
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
	struct arrival *dropped = take_arrivals(session);
	/* An arrival's release may be what brought us here. */
	while (session->draining &&
	       !pthread_equal(session->drainer, pthread_self()))
		pthread_cond_wait(&session->changed, &session->lock);
	pthread_mutex_unlock(&session->lock);
	release_all(dropped);
}

void
dns_session_usage(struct dns_session *session, struct dns_usage *usage_out)
{
	pthread_mutex_lock(&session->lock);
	*usage_out = session->usage;
	pthread_mutex_unlock(&session->lock);
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

static struct entry *
find(struct dns_session *session, const struct dns_key *key)
{
	/* A few hundred hashes in a row: no slower than a table. */
	for (size_t i = 0; i < session->n; i++)
		if (session->slot[i].hash == key->hash &&
		    dns_key_eq(&session->slot[i].entry->key, key))
			return session->slot[i].entry;
	return NULL;
}

/* Makes an entry, or says false where the message's questions are used up. */
static bool
count_question(struct dns_session *session, const struct dns_key *key,
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

/* An answer of our own making, which lives as long as the session. */
static const struct dns_answer *
keep(struct dns_session *session, const struct dns_key *key,
     enum dns_status status, const char *reason)
{
	struct kept *kept = mem_alloc(sizeof *kept);

	kept->answer =
	    dns_answer_new(dns_key_name(key), key->type, status, reason);
	kept->next = session->kept;
	session->kept = kept;
	return kept->answer;
}

static void
push_ready(struct dns_session *session, struct arrival *arrival,
	   const struct dns_answer *answer)
{
	arrival->answer = answer;
	arrival->next = NULL;
	*session->ready_end = arrival;
	session->ready_end = &arrival->next;
}

/*
 * Runs what is ready, unlocked, one at a time; what an arrival makes ready is
 * run after it, so that a chain of cached answers does not nest.
 */
static void
drain(struct dns_session *session)
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
		release_all(arrival);
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
	while (entry->pending) {
		struct arrival *arrival = entry->pending;
		entry->pending = arrival->next;
		push_ready(session, arrival, answer);
	}
	pthread_cond_broadcast(&session->changed);
}

/* Looks into the cache for an entry that was not asked yet. */
static bool
is_known(struct dns_session *session, struct entry *entry)
{
	if (!entry->asked) {
		struct dns_answer *answer =
		    dns_resolver_known(session->resolver, &entry->key);
		if (answer)
			arrive(session, entry, answer);
	}
	return entry->answer != NULL;
}

/* Puts the question; the lock is open meanwhile. */
static void
ask(struct dns_session *session, struct entry *entry)
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

/* Waits once: for news, the deadline or the next tick. */
static void
wait_once(struct dns_session *session, int64_t deadline_ms)
{
	int64_t until = deadline_ms;

	if (session->tick && session->tick_last_ms <= until &&
	    until - session->tick_last_ms > session->tick_every_ms)
		until = session->tick_last_ms + session->tick_every_ms;
	struct timespec at = {until / 1000, (until % 1000) * 1000000};
	pthread_cond_timedwait(&session->changed, &session->lock, &at);
	int64_t now = clock_monotonic_ms();
	if (session->tick == NULL ||
	    now - session->tick_last_ms < session->tick_every_ms)
		return;
	session->tick_last_ms = now;
	pthread_mutex_unlock(&session->lock);
	session->tick(session->tick_ctx);
	pthread_mutex_lock(&session->lock);
}

/* Asks where nobody did and waits; NULL: the deadline passed. */
static const struct dns_answer *
wait_for(struct dns_session *session, struct entry *entry, int64_t deadline_ms)
{
	int64_t begun = clock_monotonic_us();

	ask(session, entry);
	while (entry->answer == NULL && clock_monotonic_ms() < deadline_ms)
		wait_once(session, deadline_ms);
	session->usage.waited_us += clock_monotonic_us() - begun;
	return entry->answer;
}

/* The deadline ended a lookup. */
static const struct dns_answer *
too_late(struct dns_session *session, const struct dns_key *key,
	 const char *reason)
{
	session->usage.late++;
	return keep(session, key, DNS_TIMEOUT, reason);
}

/* The place of a lookup that has to wait, among all that wait for its zone. */
static bool
enter_zone(struct dns_session *session, const struct dns_key *key,
	   uint64_t *zone_out)
{
	bool entered =
	    dns_zone_enter(session->resolver, dns_key_name(key), zone_out);

	if (!entered)
		session->usage.zone_waiters_exhausted = true;
	return entered;
}

static const struct dns_answer *
lookup(struct dns_session *session, const struct dns_key *key,
       int64_t deadline_ms)
{
	struct entry *entry = find(session, key);
	const struct dns_answer *answer;
	uint64_t zone = 0;

	if (entry == NULL && !count_question(session, key, &entry))
		return keep(session, key, DNS_LIMIT,
			    "the message's questions are used up");
	if (is_known(session, entry))
		return entry->answer;
	if (clock_monotonic_ms() >= deadline_ms)
		return too_late(session, key,
				"the deadline had passed before the question");
	bool blocks = !dns_resolver_is_offline(session->resolver);
	if (blocks && !enter_zone(session, key, &zone))
		return keep(session, key, DNS_TIMEOUT,
			    "too many messages wait for this zone");
	answer = wait_for(session, entry, deadline_ms);
	if (blocks)
		dns_zone_leave(session->resolver, zone);
	return answer ? answer
		      : too_late(session, key, "no answer before the deadline");
}

/* False where the limits forbid it. */
static bool
prefetch_entry(struct dns_session *session, const struct dns_key *key,
	       struct entry **entry_out)
{
	*entry_out = find(session, key);
	if (*entry_out)
		return true;
	if (session->usage.prefetches >= session->limits.prefetches ||
	    !count_question(session, key, entry_out)) {
		session->usage.prefetches_exhausted = true;
		return false;
	}
	session->usage.prefetches++;
	return true;
}

/*
 * Arrivals are bounded too: two records that name each other would otherwise
 * call each other's for ever, since what is known is no new question.
 */
static bool
count_arrival(struct dns_session *session)
{
	if (session->arrivals / 2 >= session->limits.prefetches) {
		session->usage.prefetches_exhausted = true;
		return false;
	}
	session->arrivals++;
	return true;
}

static bool
prefetch(struct dns_session *session, const struct dns_key *key,
	 struct arrival *arrival)
{
	struct entry *entry;

	if (session->cancelled || !prefetch_entry(session, key, &entry))
		return false;
	bool wanted = arrival->run && count_arrival(session);
	if (is_known(session, entry)) {
		if (wanted)
			push_ready(session, arrival, entry->answer);
		return wanted;
	}
	/* Who needs the answer will ask for it. */
	if (!entry->asked && dns_resolver_is_busy(session->resolver))
		return false;
	if (wanted) {
		arrival->next = entry->pending;
		entry->pending = arrival;
	}
	ask(session, entry);
	return wanted;
}

/* --- the calls --- */

const struct dns_answer *
dns_lookup(struct dns_session *session, struct str name, enum dns_type type,
	   int64_t deadline_ms)
{
	struct dns_key key;

	dns_key_make(dns_resolver_siphash_key(session->resolver), name, type,
		     &key);
	pthread_mutex_lock(&session->lock);
	const struct dns_answer *answer = lookup(session, &key, deadline_ms);
	drain(session);
	pthread_mutex_unlock(&session->lock);
	return answer;
}

void
dns_prefetch(struct dns_session *session, struct str name, enum dns_type type,
	     dns_arrival *arrival, void *ctx, void (*release)(void *ctx))
{
	struct arrival *mine = mem_alloc(sizeof *mine);
	struct dns_key key;

	*mine = (struct arrival){NULL, arrival, ctx, release, NULL};
	dns_key_make(dns_resolver_siphash_key(session->resolver), name, type,
		     &key);
	/* A release may drop the owner's reference. */
	atomic_fetch_add_explicit(&session->refs, 1, memory_order_relaxed);
	pthread_mutex_lock(&session->lock);
	bool taken = prefetch(session, &key, mine);
	drain(session);
	pthread_mutex_unlock(&session->lock);
	if (!taken)
		release_all(mine);
	dns_session_unref(session);
}

void
dns_session_deliver(struct dns_waiter *waiter, struct dns_answer *answer)
{
	struct dns_session *session = waiter->session;

	pthread_mutex_lock(&session->lock);
	arrive(session, (struct entry *)(void *)waiter, answer);
	drain(session);
	pthread_mutex_unlock(&session->lock);
	dns_session_unref(session);
}
