/*
 * Names in signatures: d=, s= and the domain of i= (RFC 6376 section 3.5), in
 * A-labels or U-labels (RFC 8616 section 4).
 *
 * To map U-labels costs a hundred times what an ASCII name does, and a header
 * has room for thousands.  So only so many names of one message are mapped,
 * those of signatures near a From domain on an account of their own: other
 * signatures, however many, cannot hide them.  A name in ASCII is never
 * counted.
 */
#ifndef VERDICT_DKIM_NAME_H
#define VERDICT_DKIM_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "dkim/dkim.h"

struct dkim_labels {
	/* From domains in A-labels, then the same in U-labels. */
	struct str author[2 * LIMIT_AUTHOR_DOMAINS];
	size_t authors;
	unsigned left[DKIM_OTHER + 1]; /* names to map, by group */
	enum dkim_group group;         /* of the signature that is parsed */
};

/* author: canonical; beyond LIMIT_AUTHOR_DOMAINS they are not looked at. */
void dkim_labels_init(struct dkim_labels *labels, struct arena *arena,
		      const struct str *author, size_t authors);
/* A signature with this d= begins. */
void dkim_labels_of(struct dkim_labels *labels, struct str d);

enum dkim_name_status { DKIM_NAME_OK, DKIM_NAME_BAD, DKIM_NAME_NOT_MAPPED };

/* *domain_out: canonical.  labels NULL: no limit. */
enum dkim_name_status dkim_name(struct arena *arena, struct str value,
				struct dkim_labels *labels,
				struct str *domain_out);

/* i=: decoded, and what stands behind its "@"; false: not of that form. */
bool dkim_identity(struct arena *arena, struct str value, struct str *text_out,
		   struct str *domain_out);

/* Where `domain` (in any form) stands to From domains (in the same form). */
enum dkim_group dkim_group_of(const struct str *author, size_t authors,
			      struct str domain);

#endif
