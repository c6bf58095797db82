/*
 * growth FOLDER: pieces of work, each in a small and in a large size.  The
 * instructions of measured() are counted, which is called twice for each line
 *
 *	MOST NAME
 *
 * on standard output: the large one may take MOST hundredths of the small one.
 * tests/bench/20-growth runs it; the folder is for lists.
 */
#include "tests/bench/growth.h"

#include <stdio.h>

void measured(const struct work *work, struct job *job);

/* A name for the tool that counts. */
__attribute__((noinline)) void
measured(const struct work *work, struct job *job)
{
	work->run(job);
}

static void
measure_size(const struct work *work, const char *piece, size_t n)
{
	struct job job = {.arena = arena_new(NULL), .piece = piece, .n = n};

	work->prepare(&job);
	measured(work, &job);
	if (work->end != NULL)
		work->end(&job);
	arena_free(job.arena);
}

static void
print_line(const struct work *work, const char *piece)
{
	printf("%u %s", work->most, work->name);
	for (const char *p = piece; p != NULL && *p != '\0'; p++)
		printf(*p > ' ' && *p <= '~' ? "%s%c" : "%s\\x%02x",
		       p == piece ? ": " : "", (unsigned char)*p);
	putchar('\n');
}

static void
measure(const struct work *work, const char *piece)
{
	print_line(work, piece);
	measure_size(work, piece, work->small);
	measure_size(work, piece, work->large);
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: growth FOLDER\n");
		return 64;
	}
	growth_of_texts(measure);
	growth_of_headers(measure);
	growth_of_worlds(measure, argv[1]);
	return 0;
}
