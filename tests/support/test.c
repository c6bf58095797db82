#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"

static void **blocks;
static size_t n_blocks;

static void
free_blocks(void)
{
	for (size_t i = 0; i < n_blocks; i++)
		free(blocks[i]);
	free(blocks);
}

struct str
exact_n(const char *p, size_t n)
{
	char *copy = mem_alloc(n);

	if (n_blocks == 0)
		atexit(free_blocks);
	blocks = mem_resize(blocks, (n_blocks + 1) * sizeof *blocks);
	blocks[n_blocks++] = copy;
	if (n)
		memcpy(copy, p, n);
	return str_n(copy, n);
}

struct str
exact(const char *text)
{
	return exact_n(text, strlen(text));
}

void
assert_str_at(struct str got, const char *want, const char *file, int line)
{
	if (str_is(got, want))
		return;
	fprintf(stderr, "%s:%d: got \"%.*s\", want \"%s\"\n", file, line,
		STR_ARG(got), want);
	_fail(file, line);
}

int
arena_setup(void **state)
{
	*state = arena_new(NULL);
	return 0;
}

int
arena_teardown(void **state)
{
	arena_free(*state);
	return 0;
}
