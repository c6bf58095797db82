/*
 * Lists of networks that hold so many addresses that a client in one proves
 * nothing (LIMIT_BROAD_V4, LIMIT_BROAD_V6 of base/limits.h).  Pure.
 */
#ifndef VERDICT_CONFIG_BROAD_H
#define VERDICT_CONFIG_BROAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"

/*
 * Do they hold as much of IPv4, or of IPv6, together?  What overlaps is counted
 * once; an empty list is not broad.
 */
bool networks_are_broad(const struct ip_network *network, size_t n);

#endif
