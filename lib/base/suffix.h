/*
 * The Public Suffix List through libpsl: read-only after opening, any thread.
 *
 * It never decides a DMARC result (RFC 9989 walks the DNS instead).  It names
 * the zone that lookups are charged to when many messages wait at once, and it
 * flags an organizational domain that is a public suffix.  A list of the admin
 * that holds one proves nothing (config/broad.h).
 */
#ifndef VERDICT_BASE_SUFFIX_H
#define VERDICT_BASE_SUFFIX_H

#include <stdbool.h>

#include "base/str.h"

struct suffix_list;

/* The system's list, else the one built into libpsl; never NULL. */
struct suffix_list *suffix_list_open(void);
void suffix_list_close(struct suffix_list *list);

/* All take a canonical domain. */
bool suffix_is_public(const struct suffix_list *list, struct str domain);
/* One of a registry ("co.uk"), not of a company ("github.io"), whose own mail
   may come from it? */
bool suffix_is_of_registry(const struct suffix_list *list, struct str domain);
/*
 * The public suffix and one label more, as a part of `domain`; the whole
 * domain where it is a suffix itself or the list knows none.
 */
struct str suffix_registrable(const struct suffix_list *list,
			      struct str domain);

#endif
