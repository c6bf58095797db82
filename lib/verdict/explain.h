/*
 * A verdict as text for people: what was found, step by step, and why the
 * decision is what it is.  Lines have 80 columns (base/wrap.h).  Every octet is
 * printable ASCII or the end of a line, but for what the field holds.
 */
#ifndef VERDICT_VERDICT_EXPLAIN_H
#define VERDICT_VERDICT_EXPLAIN_H

#include "base/arena.h"
#include "base/buf.h"
#include "verdict/verdict.h"

void explain_verdict(struct buf *out, struct arena *arena,
		     const struct verdict *verdict, struct str field);
/* The part of it that was found, and that decides nothing by itself: who sent,
   SPF, DKIM, ARC and DMARC. */
void explain_evidence(struct buf *out, struct arena *arena,
		      const struct verdict *verdict);
void explain_spf(struct buf *out, const struct spf_outcome *spf);

#endif
