/*
 * Between a session and its resolver.  For the files of this folder.
 */
#ifndef VERDICT_DNS_ASK_H
#define VERDICT_DNS_ASK_H

#include "dns/answer.h"
#include "dns/key.h"
#include "dns/places.h"

/* A place in a session that waits for one answer; owned by the session. */
struct dns_waiter {
	struct dns_waiter *next;
	struct dns_session *session;
};

const struct siphash_key *dns_resolver_siphash_key(
    const struct dns_resolver *resolver);
/* A reference to what is known without asking, or NULL.  Never blocks. */
struct dns_answer *dns_resolver_known(struct dns_resolver *resolver,
				      const struct dns_key *key) MUST_CHECK;
/* What the cache holds, without making it any younger; or NULL. */
struct dns_answer *dns_resolver_peek(struct dns_resolver *resolver,
				     const struct dns_key *key,
				     int64_t *left_ms_out) MUST_CHECK;
/*
 * A reference to the answer where it is there at once; else NULL, and
 * dns_session_deliver() is called once for the waiter, on another thread.
 * No lock may be held: an offline resolver asks its oracle here.
 */
struct dns_answer *dns_resolver_ask(struct dns_resolver *resolver,
				    const struct dns_key *key,
				    struct dns_waiter *waiter) MUST_CHECK;
/* Are so many questions on the wire that nothing should be prefetched? */
bool dns_resolver_is_busy(struct dns_resolver *resolver);
/* Where lookups wait; NULL: dns_resolver_ask() always answers at once. */
struct dns_places *dns_resolver_places(const struct dns_resolver *resolver);
/* The caller's thread waits for an answer, from `true` to `false`. */
void dns_resolver_waits(const struct dns_resolver *resolver, bool begins);

/* Takes the reference to the answer, and the session's for the waiter. */
void dns_session_deliver(struct dns_waiter *waiter, struct dns_answer *answer);

#endif
