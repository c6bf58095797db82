/*
 * Inside authres/ only: whose results a field may be read as.
 */
#ifndef VERDICT_AUTHRES_CLAIMS_H
#define VERDICT_AUTHRES_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

/* Our names, canonical where they are domains, as they stand where not. */
struct own_ids {
	struct str *id;
	size_t count;
	unsigned mapped; /* names with 8-bit octets so far */
};

struct own_ids own_ids_of(struct arena *arena, const struct str *ids,
			  size_t n_ids);
/* See authres_claims(). */
bool claims(struct own_ids *own, struct str value);

/* What authres_plain() does, where it stands. */
void break_results(char *text, size_t n, char instead);

/*
 * Octets at the start of s that some reader takes for a blank or does not show,
 * SP and TAB aside; 0: there are none.
 */
size_t odd_blank(struct str s);

#endif
