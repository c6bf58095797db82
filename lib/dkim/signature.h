/*
 * One DKIM-Signature field: RFC 6376 section 3.5, with RFC 8301, RFC 8463 and
 * RFC 8616; and the two fields of ARC that are made after it (RFC 8617 sections
 * 4.1.2 and 4.1.3).  Reentrant; everything lives in the arena or in the field.
 */
#ifndef VERDICT_DKIM_SIGNATURE_H
#define VERDICT_DKIM_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "dkim/bodyhash.h"
#include "dkim/crypto.h"
#include "dkim/dkim.h"
#include "dkim/name.h"
#include "mail/canon.h"
#include "mail/header.h"

/* Which tags a field has, and which of them it must have. */
enum dkim_form {
	FORM_DKIM = 1 << 0,        /* DKIM-Signature */
	FORM_ARC_MESSAGE = 1 << 1, /* ARC-Message-Signature */
	FORM_ARC_SEAL = 1 << 2     /* ARC-Seal */
};

/* Why a signature cannot be used, and as what that counts; reason NULL: it
 * can. */
struct dkim_flaw {
	enum dkim_result result;
	const char *reason; /* static */
};

struct dkim_signature {
	const struct header_field *field;
	struct dkim_flaw flaw;
	struct dkim_labels *labels; /* of the message; NULL once parsed */
	bool not_mapped;            /* a name in U-labels was one too many */
	/* Empty where absent or bad, so that a flawed one can still be shown.
	 */
	struct str domain;    /* d=, canonical */
	struct str selector;  /* s=, canonical */
	struct str algorithm; /* a=, where known */
	struct str identity;  /* i=, decoded, or "@" and d= */
	struct str b_text;    /* b= without FWS, as long as one may be */

	/* Empty or 0 where there is a flaw. */
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

	/* of ARC */
	unsigned instance; /* i=, or 0: absent or bad */
	struct str status; /* cv= of a seal: "none", "pass", "fail", or "" */
};

/*
 * now: seconds since 1970; an x= before it has passed.  labels: how many names
 * in U-labels the message may still have mapped, NULL for any number.  Always
 * fills *signature_out; see its flaw.
 */
void dkim_signature_parse(struct arena *arena, enum dkim_form form,
			  const struct header_field *field, int64_t now,
			  struct dkim_labels *labels,
			  struct dkim_signature *signature_out);

#endif
