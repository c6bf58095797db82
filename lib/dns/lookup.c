#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "dns/session_parts.h"

/* --- under the lock --- */

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

/* Waits once: for news, the deadline or the next tick. */
static void
wait_once(struct dns_session *session, int64_t deadline_ms)
{
	int64_t until = deadline_ms;

	if (session->tick && session->tick_last_ms <= until &&
	    until - session->tick_last_ms > session->tick_every_ms)
		until = session->tick_last_ms + session->tick_every_ms;
	clock_wait(&session->changed, &session->lock, until);
	int64_t now = clock_monotonic_ms();
	if (session->tick == NULL ||
	    now - session->tick_last_ms < session->tick_every_ms)
		return;
	session->tick_last_ms = now;
	pthread_mutex_unlock(&session->lock);
	session->tick(session->tick_ctx);
	pthread_mutex_lock(&session->lock);
}

/* Waits for an entry that was asked: false where the deadline passed. */
static bool
wait_until(struct dns_session *session, const struct entry *entry,
	   int64_t deadline_ms)
{
	while (entry->answer == NULL && clock_monotonic_ms() < deadline_ms)
		wait_once(session, deadline_ms);
	return entry->answer != NULL;
}

/* How long this message may wait without a slow place: once, not each time. */
static int64_t
patience_end(const struct dns_session *session, int64_t now_ms,
	     int64_t deadline_ms)
{
	int64_t left = LIMIT_DNS_PATIENCE_MS - session->usage.waited_us / 1000;
	int64_t end = now_ms + (left > 0 ? left : 0);

	return end < deadline_ms ? end : deadline_ms;
}

/* Waits in the place that was entered. */
static enum dns_room
wait_in(struct dns_session *session, const struct entry *entry,
	struct dns_place *place, int64_t deadline_ms)
{
	struct dns_places *places = dns_resolver_places(session->resolver);
	int64_t patient_ms =
	    patience_end(session, place->since_ms, deadline_ms);
	enum dns_room room = DNS_ROOM;

	if (!wait_until(session, entry, patient_ms) &&
	    patient_ms < deadline_ms) {
		room = dns_places_stay(places, place, clock_monotonic_ms());
		if (room == DNS_ROOM)
			wait_until(session, entry, deadline_ms);
	}
	return room;
}

static enum dns_room
wait_for(struct dns_session *session, struct entry *entry, int64_t deadline_ms)
{
	struct dns_places *places = dns_resolver_places(session->resolver);
	int64_t begun = clock_monotonic_us();
	struct dns_place place;
	enum dns_room room =
	    dns_places_enter(places, dns_key_name(&entry->key),
			     session->network, begun / 1000, &place);

	if (room != DNS_ROOM)
		return room;
	dns_session_ask(session, entry);
	dns_resolver_waits(session->resolver, true);
	room = wait_in(session, entry, &place, deadline_ms);
	dns_resolver_waits(session->resolver, false);
	int64_t ended = clock_monotonic_us();
	dns_places_leave(places, &place, ended / 1000);
	session->usage.waited_us += ended - begun;
	return room;
}

/* The deadline ended a lookup. */
static const struct dns_answer *
too_late(struct dns_session *session, const struct dns_key *key,
	 const char *reason)
{
	session->usage.late++;
	return keep(session, key, DNS_TIMEOUT, reason);
}

/* A lookup without an answer: there was no room to wait, or no time. */
static const struct dns_answer *
unanswered(struct dns_session *session, const struct dns_key *key,
	   enum dns_room room)
{
	switch (room) {
	case DNS_ROOM_ZONE:
		session->usage.zone_waiters_exhausted = true;
		return keep(session, key, DNS_TIMEOUT,
			    "too many messages wait for this zone");
	case DNS_ROOM_ALL:
		session->usage.slow_waiters_exhausted = true;
		return keep(session, key, DNS_TIMEOUT,
			    "too many messages wait for slow answers");
	case DNS_ROOM_NETWORK:
		session->usage.slow_waiters_exhausted = true;
		return keep(session, key, DNS_TIMEOUT,
			    "too many messages of the client's network wait "
			    "for slow answers");
	default:
		return too_late(session, key, "no answer before the deadline");
	}
}

static const struct dns_answer *
lookup(struct dns_session *session, const struct dns_key *key,
       int64_t deadline_ms)
{
	struct entry *entry = dns_session_find(session, key);
	enum dns_room room = DNS_ROOM;

	if (entry == NULL && !dns_session_admit(session, key, &entry))
		return keep(session, key, DNS_LIMIT,
			    "the message's questions are used up");
	if (dns_session_knows(session, entry))
		return entry->answer;
	if (session->room != ARENA_ROOM)
		return keep(session, key, DNS_TIMEOUT,
			    "there is no memory left for answers");
	if (clock_monotonic_ms() >= deadline_ms)
		return too_late(session, key,
				"the deadline had passed before the question");
	if (dns_resolver_places(session->resolver) == NULL)
		dns_session_ask(session, entry); /* answers at once */
	else
		room = wait_for(session, entry, deadline_ms);
	return entry->answer ? entry->answer : unanswered(session, key, room);
}

static const struct dns_answer *
noted(struct dns_session *session, const struct dns_answer *answer)
{
	session->usage.records_exhausted |= answer->cut;
	return answer;
}

/* --- the call --- */

const struct dns_answer *
dns_lookup(struct dns_session *session, struct str name, enum dns_type type,
	   int64_t deadline_ms)
{
	struct dns_key key;

	dns_key_make(dns_resolver_siphash_key(session->resolver), name, type,
		     &key);
	pthread_mutex_lock(&session->lock);
	const struct dns_answer *answer =
	    noted(session, lookup(session, &key, deadline_ms));
	dns_session_drain(session);
	pthread_mutex_unlock(&session->lock);
	return answer;
}
