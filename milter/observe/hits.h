/*
 * How often each rule decided, by its name, and when it did last: kept over
 * reloads.  A name once known stays; beyond LIMIT_RULE_NAMES no more are
 * counted.  Counting takes no lock.
 */
#ifndef VERDICT_MILTER_OBSERVE_HITS_H
#define VERDICT_MILTER_OBSERVE_HITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compat.h"
#include "base/str.h"

struct hits;

struct hits *hits_new(void) MUST_CHECK;
void hits_free(struct hits *hits);

/* The name is counted from now on.  One thread at a time. */
void hits_know(struct hits *hits, struct str name);
/* now: seconds since 1970.  A name that is not known is not counted. */
void hits_count(struct hits *hits, struct str name, int64_t now);
/* last: 0 never.  Zeros for a name that is not known. */
void hits_get(const struct hits *hits, struct str name, uint64_t *count_out,
	      int64_t *last_out);

#endif
