#include "policy/deferral.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <uthash.h>

#include "base/limits.h"
#include "base/mem.h"
#include "policy/origin.h"

struct deferral {
	uint64_t id; /* origin_id() */
	int64_t first_ms, counted_ms;
	unsigned times;
	UT_hash_handle hh; /* in the order of their last use */
};

struct deferrals {
	pthread_mutex_t lock;
	struct siphash_key key;
	struct deferral *table;
	atomic_uint count; /* read without the lock */
};

struct deferrals *
deferrals_new(void)
{
	struct deferrals *deferrals = mem_alloc(sizeof *deferrals);

	pthread_mutex_init(&deferrals->lock, NULL);
	deferrals->key = siphash_key_random();
	atomic_init(&deferrals->count, 0);
	return deferrals;
}

static void
drop(struct deferrals *deferrals, struct deferral *deferral)
{
	HASH_DEL(deferrals->table, deferral);
	free(deferral);
	atomic_fetch_sub(&deferrals->count, 1);
}

void
deferrals_free(struct deferrals *deferrals)
{
	if (deferrals == NULL)
		return;
	while (deferrals->table != NULL)
		drop(deferrals, deferrals->table);
	pthread_mutex_destroy(&deferrals->lock);
	free(deferrals);
}

static struct deferral *
find(struct deferrals *deferrals, uint64_t id)
{
	struct deferral *found;

	HASH_FIND(hh, deferrals->table, &id, sizeof id, found);
	return found;
}

static struct deferral *
add(struct deferrals *deferrals, uint64_t id, int64_t now_ms)
{
	struct deferral *added = mem_alloc(sizeof *added);

	if (atomic_load(&deferrals->count) >= LIMIT_DEFERRALS)
		drop(deferrals, deferrals->table);
	added->id = id;
	added->first_ms = now_ms;
	HASH_ADD(hh, deferrals->table, id, sizeof added->id, added);
	atomic_fetch_add(&deferrals->count, 1);
	return added;
}

/* To the end of the table, which forgets from its beginning. */
static void
use(struct deferrals *deferrals, struct deferral *deferral)
{
	HASH_DEL(deferrals->table, deferral);
	HASH_ADD(hh, deferrals->table, id, sizeof deferral->id, deferral);
}

/* Trouble that is long past was another one. */
static bool
is_stale(const struct deferral *deferral, const struct deferral_budget *budget,
	 int64_t now_ms)
{
	return now_ms - deferral->first_ms >= 2 * (int64_t)budget->span_ms;
}

static bool
count(struct deferral *deferral, const struct deferral_budget *budget,
      int64_t now_ms)
{
	bool again = deferral->times == 0 ||
		     now_ms - deferral->counted_ms >= LIMIT_DEFERRAL_BURST_MS;

	if (now_ms - deferral->first_ms >= budget->span_ms ||
	    (again && deferral->times >= budget->times))
		return false;
	if (again) {
		deferral->times++;
		deferral->counted_ms = now_ms;
	}
	return true;
}

bool
deferrals_allow(struct deferrals *deferrals, struct ip client,
		struct str author, const struct deferral_budget *budget,
		int64_t now_ms)
{
	uint64_t id = origin_id(&deferrals->key, client, author);

	pthread_mutex_lock(&deferrals->lock);
	struct deferral *known = find(deferrals, id);
	if (known != NULL && is_stale(known, budget, now_ms)) {
		drop(deferrals, known);
		known = NULL;
	}
	if (known == NULL)
		known = add(deferrals, id, now_ms);
	else
		use(deferrals, known);
	bool allowed = count(known, budget, now_ms);
	pthread_mutex_unlock(&deferrals->lock);
	return allowed;
}

void
deferrals_forget(struct deferrals *deferrals, struct ip client,
		 struct str author)
{
	/* Nearly always: no lock while there is no trouble. */
	if (atomic_load(&deferrals->count) == 0)
		return;
	uint64_t id = origin_id(&deferrals->key, client, author);
	pthread_mutex_lock(&deferrals->lock);
	struct deferral *known = find(deferrals, id);
	if (known != NULL)
		drop(deferrals, known);
	pthread_mutex_unlock(&deferrals->lock);
}

unsigned
deferrals_count(struct deferrals *deferrals)
{
	return atomic_load(&deferrals->count);
}
