/*
 * How long something took, counted in fixed buckets.  Any thread, no lock; a
 * reader sees each bucket whole, not all of one moment.
 */
#ifndef VERDICT_BASE_HISTOGRAM_H
#define VERDICT_BASE_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

#define HISTOGRAM_BOUNDS 15

struct histogram {
	/* The last one: over every bound. */
	atomic_uint_fast64_t bucket[HISTOGRAM_BOUNDS + 1];
	atomic_uint_fast64_t sum_us;
};

struct histogram_counts {
	uint64_t bucket[HISTOGRAM_BOUNDS + 1]; /* each by itself */
	uint64_t sum_us;
};

/* The inclusive upper bounds, 250 us to 30 s. */
extern const int64_t histogram_bound_us[HISTOGRAM_BOUNDS];

/* A negative time counts as none. */
void histogram_add(struct histogram *histogram, int64_t us);
void histogram_read(const struct histogram *histogram,
		    struct histogram_counts *counts_out);

#endif
