#include "arc/arc.h"
#include "arc/results.h"

static bool
is_trusted(const struct arc_hop *hop, const struct domain_list *sealers)
{
	for (size_t i = 0; i < sealers->count; i++) {
		if (str_eq(hop->domain, sealers->name[i]))
			return true;
	}
	return false;
}

static const struct arc_hop *
oldest_trusted(const struct arc_results *results,
	       const struct domain_list *sealers)
{
	const struct arc_hop *oldest = NULL;
	size_t n = results->result == ARC_PASS ? results->count : 0;

	for (; n > 0 && is_trusted(&results->hop[n - 1], sealers); n--)
		oldest = &results->hop[n - 1];
	return oldest;
}

unsigned
arc_trusted_run(const struct arc_results *results,
		const struct domain_list *sealers)
{
	const struct arc_hop *oldest = oldest_trusted(results, sealers);

	return oldest != NULL ? oldest->instance : 0;
}

/*
 * The hop whose results count: the oldest of the run.  One that sealed its own
 * user's mail at instance 1 had no results to find; then the next one tells
 * how the mail came to it.
 */
unsigned
arc_trusted(struct arena *arena, const struct arc_results *results,
	    const struct domain_list *sealers, struct str author)
{
	const struct arc_hop *hop = oldest_trusted(results, sealers);

	if (hop == NULL || author.n == 0)
		return 0;
	enum arc_dmarc said = arc_dmarc_said(arena, hop->payload, author);
	if (said == ARC_DMARC_SILENT && hop->instance == 1 &&
	    results->count > 1) {
		hop++; /* of the run, too, which reaches to the newest */
		said = arc_dmarc_said(arena, hop->payload, author);
	}
	return said == ARC_DMARC_PASS ? hop->instance : 0;
}
