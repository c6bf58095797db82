#include "milter/server/guard.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/siphash.h"
#include "milter/limits.h"

#define WAYS 4
#define SETS (LIMIT_GUARD_CLIENTS / WAYS)

struct guard_client {
	uint64_t hash; /* stands for the client: 64 secret bits are enough */
	int64_t since_ms;
	unsigned prefetched; /* 0: the place is free */
};

struct guard {
	pthread_mutex_t lock;
	struct siphash_key key;
	struct guard_client client[SETS][WAYS];
};

struct guard *
guard_new(void)
{
	struct guard *guard = mem_alloc(sizeof *guard);

	pthread_mutex_init(&guard->lock, NULL);
	guard->key = siphash_key_random();
	return guard;
}

void
guard_free(struct guard *guard)
{
	if (guard == NULL)
		return;
	pthread_mutex_destroy(&guard->lock);
	free(guard);
}

/* A host has a whole /64 of IPv6 to itself. */
static uint64_t
hash_of(const struct guard *guard, struct ip client)
{
	return siphash(&guard->key, ip_head(&client, 32, 64));
}

static bool
is_over(const struct guard_client *client, int64_t now_ms)
{
	return now_ms - client->since_ms >= LIMIT_GUARD_MS;
}

static struct guard_client *
find(struct guard *guard, uint64_t hash, int64_t now_ms)
{
	struct guard_client *set = guard->client[hash % SETS];

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].prefetched > 0 && set[i].hash == hash &&
		    !is_over(&set[i], now_ms))
			return &set[i];
	return NULL;
}

/* The place to give away: one whose minute is over, else the least guilty. */
static struct guard_client *
victim(struct guard *guard, uint64_t hash, int64_t now_ms)
{
	struct guard_client *set = guard->client[hash % SETS];
	struct guard_client *least = &set[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].prefetched == 0 || is_over(&set[i], now_ms))
			return &set[i];
		if (set[i].prefetched < least->prefetched)
			least = &set[i];
	}
	return least;
}

bool
guard_allows(struct guard *guard, struct ip client, int64_t now_ms)
{
	uint64_t hash = hash_of(guard, client);

	pthread_mutex_lock(&guard->lock);
	const struct guard_client *known = find(guard, hash, now_ms);
	bool allowed =
	    known == NULL || known->prefetched <= LIMIT_GUARD_PREFETCHES;
	pthread_mutex_unlock(&guard->lock);
	return allowed;
}

void
guard_aborted(struct guard *guard, struct ip client, unsigned prefetched,
	      int64_t now_ms)
{
	uint64_t hash = hash_of(guard, client);

	if (prefetched == 0)
		return;
	pthread_mutex_lock(&guard->lock);
	struct guard_client *known = find(guard, hash, now_ms);
	if (known == NULL) {
		known = victim(guard, hash, now_ms);
		*known =
		    (struct guard_client){.hash = hash, .since_ms = now_ms};
	}
	known->prefetched += prefetched;
	pthread_mutex_unlock(&guard->lock);
}
