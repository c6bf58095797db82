/*
 * A set of networks, for lists of many thousand entries: sorted ranges without
 * overlap, found by bisection.
 *
 * Built once in an arena, then immutable and shared by threads.
 */
#ifndef VERDICT_BASE_NETWORK_SET_H
#define VERDICT_BASE_NETWORK_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/ip.h"

struct network_set;

struct network_set *network_set_new(struct arena *arena,
				    const struct ip_network *network,
				    size_t count) MUST_CHECK;
bool network_set_has(const struct network_set *set, struct ip ip);

#endif
