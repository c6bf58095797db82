/*
 * How far something has come that takes its time: a line on standard error, on
 * a terminal alone, after two seconds, wiped at the end.
 */
#ifndef VERDICT_MILTER_CLI_PROGRESS_H
#define VERDICT_MILTER_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what; /* "records read" */
	int64_t begun_ms, shown_ms;
	bool terminal, shown;
};

void progress_begin(struct progress *progress, const char *what);
/* of: 0 where nobody knows.  Costs little however often it is called. */
void progress_step(struct progress *progress, uint64_t done, uint64_t of);
void progress_end(struct progress *progress);

#endif
