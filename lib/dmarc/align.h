/*
 * Identifier alignment, RFC 9989 sections 3.2.10 and 4.4, also where lookups
 * of a tree walk failed.
 */
#ifndef VERDICT_DMARC_ALIGN_H
#define VERDICT_DMARC_ALIGN_H

#include <stdbool.h>

#include "base/str.h"
#include "dmarc/treewalk.h"

enum dmarc_alignment {
	DMARC_NOT_ALIGNED,
	DMARC_ALIGNED,
	DMARC_UNDECIDED /* it depends on a lookup that failed */
};

/*
 * Is the identifier (a canonical domain, or "") aligned with the From domain
 * at which the walk started?  Walks from the identifier only where neither
 * equality nor its place in the tree settles it.  *trouble_out is set only
 * with DMARC_UNDECIDED: the lookup at fault.
 */
enum dmarc_alignment dmarc_align(struct dmarc_walker *walker,
				 const struct dmarc_walk *author,
				 struct str identifier, bool strict,
				 const struct dns_answer **trouble_out);

#endif
