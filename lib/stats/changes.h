/*
 * Inside stats/ only: what of a sender's DNS changed when its mail broke.
 */
#ifndef VERDICT_STATS_CHANGES_H
#define VERDICT_STATS_CHANGES_H

#include "stats/domains.h"

/*
 * Adds to broke->change what was replaced, or went, about the time of the
 * break: keys (of the selector; NULL: of all), the SPF record where it is no
 * selector that broke, and the DMARC record.  last_failed: since then nothing
 * was asked for.
 */
bool changes_find(struct store *store, struct arena *arena,
		  const struct stats_domain *domain,
		  const struct stats_origin *selector, int64_t last_failed,
		  struct stats_break *broke) MUST_CHECK;

#endif
