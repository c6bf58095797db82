/*
 * What an ARC-Authentication-Results field says of DMARC: RFC 8601 section 2.2.
 *
 * Read to trust, so anything odd counts as nothing said.  Reentrant.
 */
#ifndef VERDICT_ARC_RESULTS_H
#define VERDICT_ARC_RESULTS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/*
 * payload: authres-payload, whose authserv-id is not looked at.  True where
 * there is one dmarc result, it is pass, and its one header.from is `author`
 * (a canonical name).
 */
bool arc_dmarc_passed(struct arena *arena, struct str payload,
		      struct str author);

#endif
