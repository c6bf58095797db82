/*
 * What processes have used, all their threads counted, ended ones too.
 */
#ifndef TESTS_BENCH_USAGE_H
#define TESTS_BENCH_USAGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define USAGE_PROCESSES 64

struct usage {
	int64_t cpu_ns;
	long rss_kb, peak_kb; /* summed; peak since usage_forget_peak() */
};

struct usage usage_of(const pid_t *pid, size_t n);
/* The largest memory is counted from now on. */
void usage_forget_peak(const pid_t *pid, size_t n);

#endif
