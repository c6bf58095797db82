/*
 * What an ARC-Authentication-Results field says of DMARC: RFC 8601 section 2.2.
 *
 * Read to trust, so what is odd about its DMARC result counts as nothing that
 * may be believed.  A result of another method may be off the grammar, as many
 * are: it ends at the next ";" outside quotes and comments.  Reentrant.
 */
#ifndef VERDICT_ARC_RESULTS_H
#define VERDICT_ARC_RESULTS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

enum arc_dmarc {
	/* Another result than these two, or a field that cannot be read. */
	ARC_DMARC_OTHER,
	/* No result, or one that is none: of the author, or of no domain. */
	ARC_DMARC_SILENT,
	/* One result, which is pass, and its one header.from is the author's.*/
	ARC_DMARC_PASS
};

/*
 * payload: authres-payload, whose authserv-id is not looked at.  author: a
 * canonical name; header.from may be an address of it.
 */
enum arc_dmarc arc_dmarc_said(struct arena *arena, struct str payload,
			      struct str author);

#endif
