#include "milter/cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define FIRST_MS 2000
#define EACH_MS 100

void
progress_begin(struct progress *progress, const char *what)
{
	*progress = (struct progress){.what = what,
				      .begun_ms = clock_monotonic_ms(),
				      .terminal = isatty(STDERR_FILENO)};
}

void
progress_step(struct progress *progress, uint64_t done, uint64_t of)
{
	if (!progress->terminal)
		return;
	int64_t now = clock_monotonic_ms();
	if (now - progress->begun_ms < FIRST_MS ||
	    now - progress->shown_ms < EACH_MS)
		return;
	fprintf(stderr, "\r\033[K%s: %llu", progress->what,
		(unsigned long long)done);
	if (of > 0)
		fprintf(stderr, " of %llu (%llu %%)", (unsigned long long)of,
			(unsigned long long)(done * 100 / of));
	fflush(stderr);
	progress->shown = true;
	progress->shown_ms = now;
}

void
progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
