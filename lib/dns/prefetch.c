#include <stdlib.h>

#include "base/mem.h"
#include "dns/session_parts.h"

/* --- under the lock --- */

/* False where the limits forbid it. */
static bool
prefetch_entry(struct dns_session *session, const struct dns_key *key,
	       struct entry **entry_out)
{
	*entry_out = dns_session_find(session, key);
	if (*entry_out)
		return true;
	if (session->usage.prefetches >= session->limits.prefetches ||
	    !dns_session_admit(session, key, entry_out)) {
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

	if (session->cancelled || session->room != ARENA_ROOM ||
	    !prefetch_entry(session, key, &entry))
		return false;
	bool wanted = arrival->run && count_arrival(session);
	if (dns_session_knows(session, entry)) {
		if (wanted)
			dns_session_push(session, arrival, entry->answer);
		return wanted;
	}
	/* Who needs the answer will ask for it. */
	if (!entry->asked && dns_resolver_is_busy(session->resolver))
		return false;
	if (wanted) {
		arrival->next = entry->pending;
		entry->pending = arrival;
	}
	dns_session_ask(session, entry);
	return wanted;
}

/* --- the call --- */

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
	dns_session_drain(session);
	pthread_mutex_unlock(&session->lock);
	if (!taken)
		dns_arrivals_release(mine);
	dns_session_unref(session);
}
