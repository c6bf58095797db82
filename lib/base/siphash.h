/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash for tables whose
 * keys an attacker chooses.
 */
#ifndef VERDICT_BASE_SIPHASH_H
#define VERDICT_BASE_SIPHASH_H

#include <stdint.h>

#include "base/str.h"

struct siphash_key {
	uint64_t k[2];
};

/* A key from the kernel's random source; aborts where there is none. */
struct siphash_key siphash_key_random(void);
uint64_t siphash(const struct siphash_key *key, struct str data);

#endif
