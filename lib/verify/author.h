/*
 * The From domains of a whole header, which RFC 9989 calls Author Domains
 * (sections 4.2, 11.5): what the From fields together say, and whether that is
 * a usable From at all.
 */
#ifndef VERDICT_VERIFY_AUTHOR_H
#define VERDICT_VERIFY_AUTHOR_H

#include "base/arena.h"
#include "mail/header.h"
#include "verdict/verdict.h"

/*
 * Fills *from_out.  With several From fields the domains of all of them are
 * collected, up to LIMIT_AUTHOR_DOMAINS and within LIMIT_FROM_BYTES, since a
 * mail program may show any.  What other readers and mail servers make of the
 * header counts as well: a From hidden behind a bare CR or LF, lines that the
 * next hop folds, addresses that ours completes (rewriting).
 */
void author_domains(struct arena *arena, const struct header *header,
		    enum address_rewriting rewriting,
		    struct verdict_from *from_out);

#endif
