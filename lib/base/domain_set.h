/*
 * A set of names, for lists of many thousand entries: exact names, and names
 * with everything below them (a subtree).  A question costs one hash for each
 * depth at which the set has subtrees, whatever the number of entries.
 *
 * Built once in an arena, then immutable and shared by threads.  The hash is
 * keyed, since names of mail are an attacker's.
 */
#ifndef VERDICT_BASE_DOMAIN_SET_H
#define VERDICT_BASE_DOMAIN_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

struct domain_set;

/* Room for `count` entries at most; octets: of all their names. */
struct domain_set *domain_set_new(struct arena *arena, size_t count,
				  size_t octets) MUST_CHECK;
/* name: canonical, or an address in lower case (see _has_exact). */
void domain_set_add(struct domain_set *set, struct str name, bool subtree);

/* Is the canonical name in the set, or below a subtree of it? */
bool domain_set_has(const struct domain_set *set, struct str name);
/* Was exactly that text added, other than as a subtree? */
bool domain_set_has_exact(const struct domain_set *set, struct str text);

#endif
