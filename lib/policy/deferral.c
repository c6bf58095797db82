#include "policy/deferral.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <uthash.h>

#include "base/limits.h"
#include "base/mem.h"
#include "policy/origin.h"

/* One troubled name. */
struct trouble {
	struct trouble *next;
	uint64_t name;
	int64_t first_ms, counted_ms;
	unsigned times;
};

struct origin {
	uint64_t id; /* origin_id() or origin_host_id() */
	struct trouble *troubles;
	UT_hash_handle hh; /* in the order of their last use */
};

struct deferrals {
	pthread_mutex_t lock;
	struct siphash_key key;
	struct origin *table;
	atomic_uint count; /* of troubles; read without the lock */
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

/* --- under the lock --- */

static void
drop_trouble(struct deferrals *deferrals, struct trouble **link)
{
	struct trouble *gone = *link;

	*link = gone->next;
	free(gone);
	atomic_fetch_sub(&deferrals->count, 1);
}

static void
drop(struct deferrals *deferrals, struct origin *origin)
{
	HASH_DEL(deferrals->table, origin);
	while (origin->troubles != NULL)
		drop_trouble(deferrals, &origin->troubles);
	free(origin);
}

static struct origin *
find(struct deferrals *deferrals, uint64_t id)
{
	struct origin *found;

	HASH_FIND(hh, deferrals->table, &id, sizeof id, found);
	return found;
}

/* The newest of the table, which forgets from its beginning. */
static struct origin *
use(struct deferrals *deferrals, uint64_t id)
{
	struct origin *origin = find(deferrals, id);

	if (origin != NULL)
		HASH_DEL(deferrals->table, origin);
	else
		origin = mem_alloc(sizeof *origin);
	origin->id = id;
	HASH_ADD(hh, deferrals->table, id, sizeof origin->id, origin);
	return origin;
}

/*
 * What is not known yet is added to an origin in use; NULL: no room.  There is
 * always some for name 0.
 */
static struct trouble *
trouble_of(struct deferrals *deferrals, struct origin *origin, uint64_t name,
	   int64_t now_ms)
{
	struct trouble **link = &origin->troubles;
	size_t names = 0;

	for (; *link != NULL && (*link)->name != name; link = &(*link)->next)
		names += (*link)->name != 0;
	if (*link != NULL)
		return *link;
	if (name != 0 && names >= LIMIT_DEFERRAL_NAMES)
		return NULL;
	if (atomic_load(&deferrals->count) >= LIMIT_DEFERRALS)
		drop(deferrals, deferrals->table);
	struct trouble *added = mem_alloc(sizeof *added);
	added->name = name;
	added->first_ms = now_ms;
	*link = added;
	atomic_fetch_add(&deferrals->count, 1);
	return added;
}

/* Trouble that is long past was another one. */
static void
drop_stale(struct deferrals *deferrals, struct origin *origin,
	   const struct deferral_budget *budget, int64_t now_ms)
{
	struct trouble **link = &origin->troubles;

	while (*link != NULL) {
		if (now_ms - (*link)->first_ms >= 2 * (int64_t)budget->span_ms)
			drop_trouble(deferrals, link);
		else
			link = &(*link)->next;
	}
}

/* deferrals_allow() */
static unsigned
count(struct trouble *trouble, const struct deferral_budget *budget,
      int64_t now_ms)
{
	bool again = trouble->times == 0 ||
		     now_ms - trouble->counted_ms >= LIMIT_DEFERRAL_BURST_MS;

	if (now_ms - trouble->first_ms >= budget->span_ms ||
	    (again && trouble->times >= budget->times))
		return 0;
	if (again) {
		trouble->times++;
		trouble->counted_ms = now_ms;
	}
	return trouble->times;
}

/* The trouble with a name, that of an origin in use; NULL: no room. */
static struct trouble *
used(struct deferrals *deferrals, uint64_t id, struct str name,
     const struct deferral_budget *budget, int64_t now_ms)
{
	struct origin *origin = use(deferrals, id);

	drop_stale(deferrals, origin, budget, now_ms);
	return trouble_of(deferrals, origin,
			  name.n > 0 ? siphash(&deferrals->key, name) : 0,
			  now_ms);
}

static void
forget(struct deferrals *deferrals, uint64_t id)
{
	struct origin *known = find(deferrals, id);

	if (known != NULL)
		drop(deferrals, known);
}

/* --- the calls --- */

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

unsigned
deferrals_allow(struct deferrals *deferrals, struct ip client,
		struct str author, struct str troubled,
		const struct deferral_budget *budget, int64_t now_ms)
{
	const struct siphash_key *key = &deferrals->key;

	pthread_mutex_lock(&deferrals->lock);
	struct trouble *trouble =
	    used(deferrals, origin_id(key, client, author), troubled, budget,
		 now_ms);
	if (trouble == NULL)
		trouble = used(deferrals, origin_host_id(key, client, author),
			       str_empty(), budget, now_ms);
	unsigned number = count(trouble, budget, now_ms);
	pthread_mutex_unlock(&deferrals->lock);
	return number;
}

void
deferrals_forget(struct deferrals *deferrals, struct ip client,
		 struct str author)
{
	const struct siphash_key *key = &deferrals->key;

	/* Nearly always: no lock while there is no trouble. */
	if (atomic_load(&deferrals->count) == 0)
		return;
	pthread_mutex_lock(&deferrals->lock);
	forget(deferrals, origin_id(key, client, author));
	forget(deferrals, origin_host_id(key, client, author));
	pthread_mutex_unlock(&deferrals->lock);
}

unsigned
deferrals_count(struct deferrals *deferrals)
{
	return atomic_load(&deferrals->count);
}
