/* Inside tell/ only: what its parts ask of a verdict. */
#ifndef VERDICT_TELL_PARTS_H
#define VERDICT_TELL_PARTS_H

#include "base/domain.h"
#include "base/ip.h"
#include "tell/tell.h"

/* The client that SPF was asked for: of a relay whom that had it of, or none.
 */
struct ip tell_source(const struct verdict *verdict);
/* Is the domain of the organization of From? */
bool tell_is_own(const struct dmarc_outcome *dmarc, struct str domain);
/* A canonical name: it may stand as it is in a file or a sentence. */
bool tell_is_plain(struct arena *arena, struct str domain);
/* tell_cures(); to_stranger: without what is ours to do. */
void tell_cures_for(struct arena *arena, const struct verdict *verdict,
		    bool to_stranger, struct tell_cures *cures_out);

#endif
