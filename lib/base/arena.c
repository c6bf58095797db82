#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/*
 * 8 KiB hold the header and the results of a usual message in one or two
 * chunks.  A chunk for a large request is made to its measure, and leaves what
 * is free of the last one to smaller ones: no more than a quarter stays unused.
 */
#define CHUNK_SIZE 8192
#define LARGE (CHUNK_SIZE / 4)
#define ALIGNMENT _Alignof(max_align_t)

struct chunk {
	struct chunk *next;
	size_t size; /* usable octets behind the header */
	size_t used;
	_Alignas(max_align_t) char data[];
};

struct arena {
	struct arena_pool *pool;
	struct account *account; /* NULL: nobody's */
	struct chunk *chunks;    /* the one for small requests first */
	size_t size;
	bool failed, over_share;
};

void
arena_pool_init(struct arena_pool *pool, size_t limit)
{
	atomic_init(&pool->used, 0);
	atomic_init(&pool->limit, limit);
}

enum arena_room
arena_pool_take(struct arena_pool *pool, struct account *account, size_t n)
{
	size_t held = account_add(account, ACCOUNT_MEMORY, n);

	if (pool == NULL)
		return ARENA_ROOM;
	size_t used = atomic_fetch_add(&pool->used, n);
	size_t limit = atomic_load_explicit(&pool->limit, memory_order_relaxed);
	if (limit == 0)
		return ARENA_ROOM;
	if (used + n > limit)
		return ARENA_ROOM_POOL;
	if (account != NULL && !account_may_take(held, limit - used))
		return ARENA_ROOM_SHARE;
	return ARENA_ROOM;
}

void
arena_pool_give(struct arena_pool *pool, struct account *account, size_t n)
{
	if (pool != NULL)
		atomic_fetch_sub(&pool->used, n);
	account_sub(account, ACCOUNT_MEMORY, n);
}

struct arena *
arena_new(struct arena_pool *pool)
{
	return arena_new_for(pool, NULL);
}

struct arena *
arena_new_for(struct arena_pool *pool, struct account *account)
{
	struct arena *arena = mem_alloc(sizeof *arena);

	arena->pool = pool;
	arena->account = account;
	return arena;
}

/* Returns what they were to the pool. */
static void
chunks_free(struct arena *arena, struct chunk *chunk)
{
	size_t total = 0;

	while (chunk != NULL) {
		struct chunk *next = chunk->next;
		total += chunk->size + sizeof(struct chunk);
		FENCE_TAKE(chunk->data, chunk->size);
		free(chunk);
		chunk = next;
	}
	arena->size -= total;
	arena_pool_give(arena->pool, arena->account, total);
}

void
arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	chunks_free(arena, arena->chunks);
	free(arena);
}

static bool
is_usual(const struct chunk *chunk)
{
	return chunk->size == CHUNK_SIZE - sizeof(struct chunk);
}

void
arena_reset(struct arena *arena)
{
	struct chunk *kept = arena->chunks;

	if (kept != NULL && is_usual(kept)) {
		chunks_free(arena, kept->next);
		kept->next = NULL;
		kept->used = 0;
		FENCE_TAKE(kept->data, kept->size);
		FENCE_PUT(kept->data, kept->size);
	} else {
		chunks_free(arena, kept);
		arena->chunks = NULL;
	}
	arena->failed = arena->over_share = false;
}

static struct chunk *
chunk_add(struct arena *arena, size_t need)
{
	bool large = need > LARGE;
	size_t size = large ? need : CHUNK_SIZE - sizeof(struct chunk);
	if (size > SIZE_MAX - sizeof(struct chunk))
		mem_exhausted(size);
	size_t total = size + sizeof(struct chunk);
	struct chunk *chunk = malloc(total);

	if (chunk == NULL)
		mem_exhausted(total);
	chunk->size = size;
	chunk->used = 0;
	FENCE_PUT(chunk->data, size);
	struct chunk **at = &arena->chunks;
	if (large && *at != NULL)
		at = &(*at)->next;
	chunk->next = *at;
	*at = chunk;
	arena->size += total;
	arena_note(arena, arena_pool_take(arena->pool, arena->account, total));
	return chunk;
}

/* What a piece of n octets takes of a chunk, its fence included. */
static size_t
piece_size(size_t n)
{
	if (n > SIZE_MAX - ALIGNMENT - FENCE_SIZE)
		mem_exhausted(n);
	return (n == 0 ? 1 : (n + ALIGNMENT - 1) / ALIGNMENT) * ALIGNMENT +
	       FENCE_SIZE;
}

void *
arena_alloc(struct arena *arena, size_t n)
{
	struct chunk *chunk = arena->chunks;
	size_t need = piece_size(n);

	if (chunk == NULL || chunk->size - chunk->used < need)
		chunk = chunk_add(arena, need);
	void *p = chunk->data + chunk->used;
	chunk->used += need;
	FENCE_TAKE(p, n);
	return memset(p, 0, n);
}

void *
arena_array(struct arena *arena, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		mem_exhausted(SIZE_MAX);
	return arena_alloc(arena, n * size);
}

void *
arena_grow(struct arena *arena, void *p, size_t old_n, size_t new_n)
{
	struct chunk *chunk = arena->chunks;

	if (p != NULL && chunk != NULL && new_n >= old_n) {
		size_t start = (size_t)((char *)p - chunk->data);
		bool newest = (char *)p >= chunk->data &&
			      start + piece_size(old_n) == chunk->used;
		if (newest && piece_size(new_n) <= chunk->size - start) {
			chunk->used = start + piece_size(new_n);
			FENCE_TAKE(p, new_n);
			return p;
		}
	}
	char *q = arena_alloc(arena, new_n);
	if (p != NULL)
		memcpy(q, p, old_n < new_n ? old_n : new_n);
	return q;
}

struct str
arena_copy(struct arena *arena, struct str s)
{
	char *copy = arena_alloc(arena, s.n + 1);

	if (s.n)
		memcpy(copy, s.p, s.n);
	return (struct str){copy, s.n};
}

struct str
arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	size_t n = str_print_size(fmt, args);
	char *text = arena_alloc(arena, n + 1);
	vsnprintf(text, n + 1, fmt, args);
	va_end(args);
	return (struct str){text, n};
}

bool
arena_failed(const struct arena *arena)
{
	return arena->failed;
}

void
arena_note(struct arena *arena, enum arena_room room)
{
	arena->failed |= room != ARENA_ROOM;
	arena->over_share |= room == ARENA_ROOM_SHARE;
}

bool
arena_over_share(const struct arena *arena)
{
	return arena->over_share;
}

size_t
arena_size(const struct arena *arena)
{
	return arena->size;
}
