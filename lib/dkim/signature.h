/*
 * One DKIM-Signature field: RFC 6376 section 3.5, with RFC 8301, RFC 8463 and
 * RFC 8616.  Reentrant; everything lives in the arena or in the field.
 */
#ifndef VERDICT_DKIM_SIGNATURE_H
#define VERDICT_DKIM_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "dkim/crypto.h"
#include "dkim/dkim.h"
#include "mail/canon.h"
#include "mail/header.h"

/* Why a signature cannot be used, and as what that counts; reason NULL: it
 * can. */
struct dkim_flaw {
	enum dkim_result result;
	const char *reason; /* static */
};

struct dkim_signature {
	const struct header_field *field;
	struct dkim_flaw flaw;
	/* Empty where absent or bad, so that a flawed one can still be shown.
	 */
	struct str domain;    /* d=, canonical */
	struct str selector;  /* s=, canonical */
	struct str algorithm; /* a=, where known */
	struct str identity;  /* i=, decoded, or "@" and d= */
	struct str b_text;    /* b= without FWS */

	enum key_type key_type;
	enum canon header_canon, body_canon;
	bool identity_below;     /* the domain of i= is below d= */
	struct str body_hash;    /* bh=, 32 octets */
	struct str octets;       /* b=, decoded */
	struct str *signed_name; /* h= */
	size_t signed_names;
	uint64_t body_limit;       /* l=, or BODYHASH_NO_LIMIT */
	uint64_t timestamp;        /* t=, or 0 */
	uint64_t expiration;       /* x=, or UINT64_MAX */
	struct str unsigned_value; /* the field's, with the value of b= taken
				      out (RFC 6376 section 3.7) */
};

/* now: seconds since 1970.  Always fills *signature_out; see its flaw. */
void dkim_signature_parse(struct arena *arena, const struct header_field *field,
			  int64_t now, struct dkim_signature *signature_out);

#endif
