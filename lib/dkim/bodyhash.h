/*
 * Body hashes of one message, SHA-256 (RFC 6376 section 3.7): the body passes
 * once through at most two canonicalizers, however many signatures ask.  A
 * body length limit (l=) is a copy of the digest context taken at that octet.
 *
 * One thread at a time; lives in the message's arena, but for the digest
 * contexts, which bodyhash_clear() frees.
 */
#ifndef VERDICT_DKIM_BODYHASH_H
#define VERDICT_DKIM_BODYHASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "mail/canon.h"

#define BODYHASH_OCTETS 32
#define BODYHASH_NO_LIMIT UINT64_MAX

struct bodyhash;

struct bodyhash *bodyhash_new(struct arena *arena) MUST_CHECK;
/* Frees digest contexts; the arena frees the rest.  NULL is fine. */
void bodyhash_clear(struct bodyhash *hashes);

/*
 * Asks for the hash of the canonical body, or of its first `limit` octets.
 * Before the first update only.  Same arguments, same handle.
 */
size_t bodyhash_request(struct bodyhash *hashes, enum canon canon,
			uint64_t limit);
/* Does any request need more of the body? */
bool bodyhash_wants_more(const struct bodyhash *hashes);
void bodyhash_update(struct bodyhash *hashes, const char *p, size_t n);
void bodyhash_finish(struct bodyhash *hashes);

/*
 * After finish.  The digest, and in *canonical_octets_out the length of the
 * whole canonical body, or at least limit + 1 where it is longer than the
 * limit and the rest was not read.  False: the body is shorter than the limit.
 */
bool bodyhash_get(const struct bodyhash *hashes, size_t handle,
		  uint8_t digest_out[BODYHASH_OCTETS],
		  uint64_t *canonical_octets_out);

#endif
