#include "dns/zones.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/domain.h"
#include "base/mem.h"

#define BUCKETS 256

struct zone {
	struct zone *next;
	uint64_t hash; /* seeded and of 64 bits: it stands for the name */
	unsigned waiters;
};

struct dns_zones {
	const struct suffix_list *suffixes;
	unsigned max;
	struct siphash_key siphash_key;
	pthread_mutex_t lock;
	struct zone *bucket[BUCKETS];
};

struct dns_zones *
dns_zones_new(const struct suffix_list *suffixes, unsigned max)
{
	struct dns_zones *zones = mem_alloc(sizeof *zones);

	zones->suffixes = suffixes;
	zones->max = max;
	zones->siphash_key = siphash_key_random();
	pthread_mutex_init(&zones->lock, NULL);
	return zones;
}

void
dns_zones_free(struct dns_zones *zones)
{
	if (zones == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (zones->bucket[i]) {
			struct zone *next = zones->bucket[i]->next;

			free(zones->bucket[i]);
			zones->bucket[i] = next;
		}
	}
	pthread_mutex_destroy(&zones->lock);
	free(zones);
}

static bool
is_host_label(struct str label)
{
	for (size_t i = 0; i < label.n; i++)
		if (!ascii_is_alnum(label.p[i]) && label.p[i] != '-')
			return false;
	return true;
}

struct str
dns_zone_of(const struct suffix_list *suffixes, struct str name)
{
	struct str rest = name, label, host = name;

	/*
	 * Behind the last label that is no host's: a service label would make
	 * a public suffix look registrable, the suffix list takes no others.
	 */
	while (str_split(&rest, '.', &label))
		if (!is_host_label(label))
			host = rest.p ? rest : str_empty();
	return suffixes ? suffix_registrable(suffixes, host)
			: domain_last_labels(host, 2);
}

/* The link to a zone, or the NULL at the end of its bucket. */
static struct zone **
find(struct dns_zones *zones, uint64_t hash)
{
	struct zone **link = &zones->bucket[hash % BUCKETS];

	while (*link && (*link)->hash != hash)
		link = &(*link)->next;
	return link;
}

bool
dns_zones_enter(struct dns_zones *zones, struct str name, uint64_t *zone_out)
{
	uint64_t hash =
	    siphash(&zones->siphash_key, dns_zone_of(zones->suffixes, name));
	bool entered = false;

	pthread_mutex_lock(&zones->lock);
	struct zone **link = find(zones, hash);
	if (*link == NULL) {
		*link = mem_alloc(sizeof **link);
		(*link)->hash = hash;
	}
	if ((*link)->waiters < zones->max) {
		(*link)->waiters++;
		*zone_out = hash;
		entered = true;
	}
	pthread_mutex_unlock(&zones->lock);
	return entered;
}

void
dns_zones_leave(struct dns_zones *zones, uint64_t zone)
{
	pthread_mutex_lock(&zones->lock);
	struct zone **link = find(zones, zone);
	struct zone *left = *link;
	if (left && --left->waiters == 0) {
		*link = left->next;
		free(left);
	}
	pthread_mutex_unlock(&zones->lock);
}
