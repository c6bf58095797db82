/*
 * The header hash of a signature: which fields h= names (RFC 6376 section
 * 5.4.2) and what is hashed of them (section 3.7).
 *
 * The fields of a message are sorted by name once, so that h= costs a search
 * for each name and not a walk.  One thread at a time; lives in the arena.
 */
#ifndef VERDICT_DKIM_HEADERHASH_H
#define VERDICT_DKIM_HEADERHASH_H

#include <stdint.h>

#include "base/arena.h"
#include "dkim/crypto.h"
#include "dkim/signature.h"
#include "mail/header.h"

struct headerhash;

/* header must outlive it and no longer change. */
struct headerhash *headerhash_new(struct arena *arena,
				  const struct header *header) MUST_CHECK;
/*
 * RFC 6376 section 3.7, step 2.  False: the budget is used up, nothing was
 * hashed.
 */
bool headerhash_digest(struct headerhash *headerhash,
		       const struct dkim_signature *signature,
		       struct crypto_budget *budget,
		       uint8_t digest_out[SHA256_OCTETS]) MUST_CHECK;
/*
 * Did the signature whose digest was made last cover every field of each name
 * in its h=?  Else a field was added that it does not speak of.
 */
bool headerhash_covers_all(const struct headerhash *headerhash,
			   const struct dkim_signature *signature) MUST_CHECK;

#endif
