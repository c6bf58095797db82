/*
 * How many messages wait for one registrable domain, so that a zone that does
 * not answer cannot hold all of them.  Any thread.
 */
#ifndef VERDICT_DNS_ZONES_H
#define VERDICT_DNS_ZONES_H

#include "base/compat.h"
#include "base/siphash.h"
#include "base/suffix.h"

struct dns_zones;

/* suffixes may be NULL: then the last two labels count. */
struct dns_zones *dns_zones_new(const struct suffix_list *suffixes,
				unsigned max) MUST_CHECK;
void dns_zones_free(struct dns_zones *zones);

/* False: max wait already.  Else *zone_out is for dns_zones_leave(). */
bool dns_zones_enter(struct dns_zones *zones, struct str name,
		     uint64_t *zone_out);
void dns_zones_leave(struct dns_zones *zones, uint64_t zone);

/* The registrable domain that lookups of a name (lower case) count for. */
struct str dns_zone_of(const struct suffix_list *suffixes, struct str name);

#endif
