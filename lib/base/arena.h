/*
 * Memory of one message: allocated piece by piece, freed at once.
 *
 * All arenas of a process share one pool, which counts what they hold, in all
 * and, where an arena has an account, for a network of clients.  An allocation
 * never fails: once the pool's limit or the network's share is passed the arena
 * is marked, and the pipeline, which asks arena_failed() before each field,
 * before it evaluates and at the end, keeps nothing more of the message and
 * ends it with a temporary error.  The overshoot is what one step may allocate,
 * and limits.h bounds that.
 *
 * A pool is shared by all threads.  An arena belongs to one thread at a time.
 */
#ifndef VERDICT_BASE_ARENA_H
#define VERDICT_BASE_ARENA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/account.h"
#include "base/compat.h"
#include "base/str.h"

struct arena_pool {
	atomic_size_t used; /* octets held by all arenas of the pool */
	/* 0: no limit.  May be set anew while arenas grow. */
	atomic_size_t limit;
};

struct arena;

void arena_pool_init(struct arena_pool *pool, size_t limit);

/* Where the last of what was taken did not fit. */
enum arena_room { ARENA_ROOM, ARENA_ROOM_POOL, ARENA_ROOM_SHARE };

/*
 * For what a message holds beside its arena: n octets count as those of arenas
 * do, until they are given back.  They are counted in any case; the result
 * tells whether they fit.  NULL is fine for both.
 */
enum arena_room arena_pool_take(struct arena_pool *pool,
				struct account *account, size_t n);
void arena_pool_give(struct arena_pool *pool, struct account *account,
		     size_t n);

/* A new empty arena; pool may be NULL (no limit) and must outlive it. */
struct arena *arena_new(struct arena_pool *pool) MUST_CHECK;
/* What it holds counts for the account, too; that must outlive it. */
struct arena *arena_new_for(struct arena_pool *pool,
			    struct account *account) MUST_CHECK;
/* Frees the arena and all that came from it; NULL is fine. */
void arena_free(struct arena *arena);
/* Frees all that came from it, and keeps room for as much as a usual message
   takes: for who uses one arena for many, one after the other. */
void arena_reset(struct arena *arena);

/* Zeroed memory, aligned for any type; never NULL, n may be 0. */
void *arena_alloc(struct arena *arena, size_t n) MUST_CHECK;
void *arena_array(struct arena *arena, size_t n, size_t size) MUST_CHECK;
/* A copy of s, with a NUL behind it that its length does not count. */
struct str arena_copy(struct arena *arena, struct str s) MUST_CHECK;
/* printf into the arena. */
struct str arena_printf(struct arena *arena, const char *fmt, ...)
    PRINTF_LIKE(2, 3) MUST_CHECK;

/*
 * Makes the block at p (the newest one, of old_n octets) new_n octets long,
 * in place where it can, else as a copy.  Used by growing builders.
 */
void *arena_grow(struct arena *arena, void *p, size_t old_n,
		 size_t new_n) MUST_CHECK;

/* Did the pool pass its limit while this arena was growing, or the account its
   share?  Sticky. */
bool arena_failed(const struct arena *arena);
/* Marks it for what is held beside it; ARENA_ROOM changes nothing. */
void arena_note(struct arena *arena, enum arena_room room);
/* Was it the account? */
bool arena_over_share(const struct arena *arena);
/* Octets held from the system. */
size_t arena_size(const struct arena *arena);

#endif
