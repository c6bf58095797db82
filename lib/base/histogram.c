#include "base/histogram.h"

const int64_t histogram_bound_us[HISTOGRAM_BOUNDS] = {
    250,    500,    1000,   2500,    5000,    10000,    25000,   50000,
    100000, 250000, 500000, 1000000, 2500000, 10000000, 30000000};

void
histogram_add(struct histogram *histogram, int64_t us)
{
	int i = 0;

	if (us < 0)
		us = 0;
	while (i < HISTOGRAM_BOUNDS && us > histogram_bound_us[i])
		i++;
	atomic_fetch_add_explicit(&histogram->bucket[i], 1,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&histogram->sum_us, (uint64_t)us,
				  memory_order_relaxed);
}

void
histogram_read(const struct histogram *histogram,
	       struct histogram_counts *counts_out)
{
	for (int i = 0; i <= HISTOGRAM_BOUNDS; i++)
		counts_out->bucket[i] = atomic_load_explicit(
		    &histogram->bucket[i], memory_order_relaxed);
	counts_out->sum_us =
	    atomic_load_explicit(&histogram->sum_us, memory_order_relaxed);
}
