/*
 * The ARC Sets of a message and their structure: RFC 8617 sections 4.1, 4.2 and
 * 5.2, steps 1 to 3.  Reentrant; everything lives in the arena or in the
 * header.
 */
#ifndef VERDICT_ARC_SET_H
#define VERDICT_ARC_SET_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "dkim/signature.h"
#include "mail/header.h"

struct arc_set {
	const struct header_field *results; /* ARC-Authentication-Results */
	struct str payload;                 /* of it: what follows "i=N;" */
	struct dkim_signature message;      /* ARC-Message-Signature */
	struct dkim_signature seal;         /* ARC-Seal; without a flaw */
};

struct arc_sets {
	struct arc_set *set; /* set[0] has instance 1 */
	size_t count;        /* 0: no ARC field, or a broken structure */
	struct str reason;   /* what is broken, or "" */
};

/* now: seconds since 1970. */
void arc_sets_collect(struct arena *arena, const struct header *header,
		      int64_t now, struct arc_sets *sets_out);

#endif
