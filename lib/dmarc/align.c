#include "dmarc/align.h"

#include "base/domain.h"

/* Adds the names whose lookup failed; false: more than can be tried out. */
static bool
guess_add(struct dmarc_guess *guess, const struct dmarc_walk *walk)
{
	for (size_t i = 0; i < walk->steps; i++) {
		const struct dmarc_step *step = &walk->step[i];
		bool known = step->trouble == NULL;
		for (size_t n = 0; n < guess->count && !known; n++)
			known = str_eq(guess->domain[n], step->domain);
		if (known)
			continue;
		if (guess->count == LIMIT_WALK_GUESSES)
			return false;
		guess->domain[guess->count++] = step->domain;
	}
	return true;
}

/*
 * Relaxed alignment under everything that the failed lookups may have hidden.
 * Often they change nothing: where _dmarc.TLD alone fails, two names of one
 * organization share its Organizational Domain whatever the answer was.
 */
static enum dmarc_alignment
compare_orgs(const struct dmarc_walk *author,
	     const struct dmarc_walk *identifier)
{
	struct dmarc_guess guess = {.count = 0};
	bool ever = false, always = true;

	if (!guess_add(&guess, author) || !guess_add(&guess, identifier))
		return DMARC_UNDECIDED;
	for (; guess.code < 1u << (2 * guess.count); guess.code++) {
		bool same = str_eq(dmarc_walk_org(author, &guess),
				   dmarc_walk_org(identifier, &guess));
		ever |= same;
		always &= same;
	}
	if (always)
		return DMARC_ALIGNED;
	return ever ? DMARC_UNDECIDED : DMARC_NOT_ALIGNED;
}

enum dmarc_alignment
dmarc_align(struct dmarc_walker *walker, const struct dmarc_walk *author,
	    struct str identifier, bool strict,
	    const struct dns_answer **trouble_out)
{
	if (str_eq(identifier, author->start))
		return DMARC_ALIGNED;
	/*
	 * An Organizational Domain is the name itself or above it, so that a
	 * name outside the author's can never share it: no foreign zone is
	 * asked, and none can make its own trouble ours.
	 */
	if (strict || author->limited ||
	    !domain_is_at_or_below(identifier, dmarc_walk_ceiling(author)))
		return DMARC_NOT_ALIGNED;
	const struct dmarc_walk *walk = dmarc_walk(walker, identifier);
	if (walk->limited)
		return DMARC_NOT_ALIGNED;
	enum dmarc_alignment alignment = compare_orgs(author, walk);
	if (alignment == DMARC_UNDECIDED)
		*trouble_out = walk->trouble ? walk->trouble : author->trouble;
	return alignment;
}
