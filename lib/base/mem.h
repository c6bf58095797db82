/*
 * Heap memory whose failure ends the process: outside a message's arena there
 * is no useful way on, and the service manager restarts the daemon.
 */
#ifndef VERDICT_BASE_MEM_H
#define VERDICT_BASE_MEM_H

#include <stddef.h>

#include "base/compat.h"

/* Zeroed memory of n octets (at least 1), to be freed with free(). */
void *mem_alloc(size_t n) MUST_CHECK;
/* Zeroed memory of n * size octets; aborts on overflow. */
void *mem_array(size_t n, size_t size) MUST_CHECK;
/* As realloc(), never NULL. */
void *mem_resize(void *p, size_t n) MUST_CHECK;
/* A copy of n octets with a NUL behind. */
char *mem_copy(const void *p, size_t n) MUST_CHECK;
/* Writes one line to standard error and aborts. */
void mem_exhausted(size_t n) NO_RETURN;

#endif
