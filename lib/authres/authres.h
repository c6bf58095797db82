/*
 * Authentication-Results, RFC 8601: the one field we write, and the forged
 * ones we delete.
 *
 * Reentrant; results live in the arena.
 */
#ifndef VERDICT_AUTHRES_AUTHRES_H
#define VERDICT_AUTHRES_AUTHRES_H

#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "mail/header.h"
#include "verdict/verdict.h"

/*
 * The field's value: no leading space, folded with "\n\t" (never CR), only
 * registered methods, properties and results; every text passes one encoder.
 */
struct str authres_build(struct arena *arena, struct str authserv_id,
			 const struct verdict *verdict);

/*
 * Could this value of an Authentication-Results field be read as a result of
 * one of `ids` (RFC 8601 section 5)?  True also where the identifier cannot be
 * parsed, and for a version other than 1: such a field is better deleted.  Ids
 * compare as canonical domains (case, U-labels, trailing dot), also with a
 * "/job" suffix.
 */
bool authres_claims(struct arena *arena, struct str value,
		    const struct str *ids, size_t n_ids);

/* A field to delete, as smfi_chgheader() counts. */
struct authres_deletion {
	struct str name;   /* canonical spelling */
	size_t occurrence; /* 1-based among fields of that name */
};

/*
 * The fields to delete, the highest occurrence first: those that claim one of
 * `ids` (none where keep_own), and every field named `tag_header` (empty: no
 * such header).
 */
struct authres_deletion *authres_forged(struct arena *arena,
					const struct header *header,
					const struct str *ids, size_t n_ids,
					bool keep_own, struct str tag_header,
					size_t *count_out);

#endif
