/*
 * Lists that hold so much that a client, or a domain, in one proves nothing:
 * networks (LIMIT_BROAD_V4, LIMIT_BROAD_V6 of base/limits.h), and domains below
 * which anybody can have one.  Pure.
 */
#ifndef VERDICT_CONFIG_BROAD_H
#define VERDICT_CONFIG_BROAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"
#include "base/str.h"
#include "base/suffix.h"

/*
 * Do they hold as much of IPv4, or of IPv6, together?  What overlaps is counted
 * once; an empty list is not broad.
 */
bool networks_are_broad(const struct ip_network *network, size_t n);

/*
 * A canonical domain, alone or with all below it (subtree).  Broad is a single
 * label; with all below it a public suffix, and alone one of a registry
 * ("co.uk"): that of a company ("github.io") is the company's own.
 */
bool broad_domain(const struct suffix_list *suffixes, struct str domain,
		  bool subtree);

#endif
