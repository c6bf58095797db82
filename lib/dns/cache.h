/*
 * Cache of answers: bounded in octets, shared by all threads.  For the files
 * of this folder; the caller tells the time (monotonic milliseconds).
 *
 * Sixteen shards, each with its lock, a table and a segmented LRU list: what
 * is new stands on probation and is evicted first; what was asked for again is
 * protected, up to four fifths of the room.  So a flood of names that are
 * asked for once cannot evict what real mail uses.
 *
 * How long an answer lives: its TTL, at most LIMIT_DNS_TTL; without records
 * at most LIMIT_DNS_NEGATIVE_TTL (RFC 2308 section 5); trouble from
 * LIMIT_DNS_FAILURE_TTL_MIN, doubled while it lasts, to
 * LIMIT_DNS_FAILURE_TTL_MAX (RFC 9520 section 3.2).
 */
#ifndef VERDICT_DNS_CACHE_H
#define VERDICT_DNS_CACHE_H

#include "dns/answer.h"
#include "dns/key.h"

struct dns_cache;

struct dns_cache *dns_cache_new(size_t bytes) MUST_CHECK;
void dns_cache_free(struct dns_cache *cache);

/* A reference, or NULL. */
struct dns_answer *dns_cache_get(struct dns_cache *cache,
				 const struct dns_key *key,
				 int64_t now_ms) MUST_CHECK;
/* The same, with the time it has left, and without a change of its place. */
struct dns_answer *dns_cache_peek(struct dns_cache *cache,
				  const struct dns_key *key, int64_t now_ms,
				  int64_t *left_ms_out) MUST_CHECK;
/*
 * Sets the answer's ttl as above, which nobody else may see yet, and keeps a
 * reference unless it is over LIMIT_DNS_CACHED_BYTES.
 */
void dns_cache_put(struct dns_cache *cache, const struct dns_key *key,
		   struct dns_answer *answer, int64_t now_ms);
void dns_cache_flush(struct dns_cache *cache);
void dns_cache_size(struct dns_cache *cache, uint64_t *bytes_out,
		    uint64_t *entries_out);

#endif
