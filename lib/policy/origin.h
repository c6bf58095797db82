/*
 * Where mail comes from: a client network (/24, or /48 of IPv6), which moves
 * less than a client, or one host of it (/32, or /56: each network has 256),
 * and a From domain.  Pure.
 */
#ifndef VERDICT_POLICY_ORIGIN_H
#define VERDICT_POLICY_ORIGIN_H

#include <stdint.h>

#include "base/ip.h"
#include "base/siphash.h"
#include "base/str.h"

/* Stands for both: 64 secret bits are enough. */
uint64_t origin_id(const struct siphash_key *key, struct ip client,
		   struct str author);
uint64_t origin_host_id(const struct siphash_key *key, struct ip client,
			struct str author);

#endif
