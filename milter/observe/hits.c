#include "milter/observe/hits.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/siphash.h"
#include "milter/limits.h"

#define PLACES (2 * LIMIT_RULE_NAMES)

struct hit {
	atomic_uint_fast64_t count;
	_Atomic int64_t last;
	size_t n;
	char name[];
};

struct hits {
	struct siphash_key key;
	size_t known;
	_Atomic(struct hit *) place[PLACES]; /* open addressing */
};

struct hits *
hits_new(void)
{
	struct hits *hits = mem_alloc(sizeof *hits);

	hits->key = siphash_key_random();
	return hits;
}

void
hits_free(struct hits *hits)
{
	for (size_t i = 0; i < PLACES; i++)
		free(atomic_load(&hits->place[i]));
	free(hits);
}

/* The name's hit, or NULL and the free place where it belongs. */
static struct hit *
find(const struct hits *hits, struct str name, size_t *at_out)
{
	size_t at = siphash(&hits->key, name) % PLACES;
	struct hit *hit;

	/* Half of the places are free: this ends. */
	while ((hit = atomic_load_explicit(&hits->place[at],
					   memory_order_acquire)) != NULL) {
		if (str_eq(str_n(hit->name, hit->n), name))
			return hit;
		at = (at + 1) % PLACES;
	}
	*at_out = at;
	return NULL;
}

void
hits_know(struct hits *hits, struct str name)
{
	size_t at;

	if (find(hits, name, &at) != NULL || hits->known >= LIMIT_RULE_NAMES)
		return;
	struct hit *hit = mem_alloc(sizeof *hit + name.n);
	memcpy(hit->name, name.p, name.n);
	hit->n = name.n;
	hits->known++;
	atomic_store_explicit(&hits->place[at], hit, memory_order_release);
}

void
hits_count(struct hits *hits, struct str name, int64_t now)
{
	size_t at;
	struct hit *hit = find(hits, name, &at);

	if (hit == NULL)
		return;
	atomic_fetch_add_explicit(&hit->count, 1, memory_order_relaxed);
	atomic_store_explicit(&hit->last, now, memory_order_relaxed);
}

void
hits_get(const struct hits *hits, struct str name, uint64_t *count_out,
	 int64_t *last_out)
{
	size_t at;
	const struct hit *hit = find(hits, name, &at);

	*count_out = hit ? atomic_load(&hit->count) : 0;
	*last_out = hit ? atomic_load(&hit->last) : 0;
}
