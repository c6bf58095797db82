/*
 * The prefetch guard: a client that makes us ask the DNS and then never
 * finishes its messages gets no prefetch for the rest of a minute.
 *
 * A table of fixed size, keyed by address (IPv6: by /64) under a secret hash.
 * Any thread.
 */
#ifndef VERDICT_MILTER_SERVER_GUARD_H
#define VERDICT_MILTER_SERVER_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compat.h"
#include "base/ip.h"

struct guard;

struct guard *guard_new(void) MUST_CHECK;
void guard_free(struct guard *guard);

/* May this client's messages ask ahead?  now_ms: monotonic. */
bool guard_allows(struct guard *guard, struct ip client, int64_t now_ms);
/* A message of this client ended early after `prefetched` questions. */
void guard_aborted(struct guard *guard, struct ip client, unsigned prefetched,
		   int64_t now_ms);

#endif
