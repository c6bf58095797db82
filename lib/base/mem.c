#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
mem_exhausted(size_t n)
{
	fprintf(stderr, "verdict: out of memory (wanted %zu octets)\n", n);
	abort();
}

void *
mem_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	if (p == NULL)
		mem_exhausted(n);
	return p;
}

void *
mem_array(size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		mem_exhausted(SIZE_MAX);
	return mem_alloc(n * size);
}

void *
mem_resize(void *p, size_t n)
{
	void *q = realloc(p, n ? n : 1);

	if (q == NULL)
		mem_exhausted(n);
	return q;
}

char *
mem_copy(const void *p, size_t n)
{
	char *copy = mem_alloc(n + 1);

	if (n)
		memcpy(copy, p, n);
	return copy;
}
