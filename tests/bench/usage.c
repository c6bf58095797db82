#include "tests/bench/usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The kernel's precise clock of a process, not the ticks of its stat file. */
static int64_t
cpu_ns(pid_t pid)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 ||
	    clock_gettime(clock, &used) != 0)
		return 0;
	return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

static void
add_memory(pid_t pid, struct usage *usage)
{
	char line[256];
	FILE *file;

	snprintf(line, sizeof line, "/proc/%d/status", (int)pid);
	file = fopen(line, "re");
	if (file == NULL)
		return;
	while (fgets(line, sizeof line, file)) {
		if (strncmp(line, "VmRSS:", 6) == 0)
			usage->rss_kb += strtol(line + 6, NULL, 10);
		if (strncmp(line, "VmHWM:", 6) == 0)
			usage->peak_kb += strtol(line + 6, NULL, 10);
	}
	fclose(file);
}

struct usage
usage_of(const pid_t *pid, size_t n)
{
	struct usage usage = {0};

	for (size_t i = 0; i < n; i++) {
		usage.cpu_ns += cpu_ns(pid[i]);
		add_memory(pid[i], &usage);
	}
	return usage;
}

void
usage_forget_peak(const pid_t *pid, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char path[64];

		snprintf(path, sizeof path, "/proc/%d/clear_refs", (int)pid[i]);
		FILE *file = fopen(path, "we");
		if (file == NULL)
			continue;
		fputs("5\n", file);
		fclose(file);
	}
}
