/*
 * Which signatures of a message are tried and shown: those near a From domain
 * first, then from the top down, within limits.h.  For dkim/ only.
 * Reentrant; what is chosen lives in the arena and in the header.
 */
#ifndef VERDICT_DKIM_CHOOSE_H
#define VERDICT_DKIM_CHOOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "dkim/dkim.h"
#include "dkim/signature.h"

/* A signature that is shown. */
struct dkim_chosen {
	struct dkim_signature sig;
	enum dkim_group group;
	bool tried;
};

struct dkim_choice {
	const struct dkim_chosen *chosen; /* in header order */
	size_t count;                     /* at most LIMIT_DKIM_SHOWN */
	size_t unshown, untried;          /* as in struct dkim_results */
};

void dkim_choose(struct arena *arena, const struct header *header,
		 const struct dkim_input *input,
		 struct dkim_choice *choice_out);
/* How many may be tried. */
size_t dkim_most_tried(const struct dkim_input *input);

#endif
