#include "dns/cache.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

#define SHARDS 16
/* Octets of room for which a shard gets one bucket: a usual entry's size. */
#define BUCKET_BYTES 512
#define BUCKETS_MIN 64

struct entry {
	struct entry *next; /* in its bucket */
	struct entry *newer, *older;
	uint64_t hash;
	struct dns_answer *answer;
	int64_t expires_ms;
	size_t bytes;
	uint32_t failure_ttl; /* 0: no trouble */
	bool is_protected;
};

/* A ring through `head`: head.older is the newest, head.newer the oldest. */
struct segment {
	struct entry head;
	size_t bytes;
};

struct shard {
	pthread_mutex_t lock;
	struct entry **bucket;
	size_t mask;
	struct segment probation, protected_;
	size_t room;
	size_t entries;
};

struct dns_cache {
	struct shard shard[SHARDS];
};

static void
segment_init(struct segment *segment)
{
	segment->head.newer = segment->head.older = &segment->head;
}

struct dns_cache *
dns_cache_new(size_t bytes)
{
	struct dns_cache *cache = mem_alloc(sizeof *cache);
	size_t buckets = BUCKETS_MIN;

	while (buckets < bytes / SHARDS / BUCKET_BYTES)
		buckets *= 2;
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &cache->shard[i];

		pthread_mutex_init(&shard->lock, NULL);
		shard->bucket = mem_array(buckets, sizeof *shard->bucket);
		shard->mask = buckets - 1;
		shard->room = bytes / SHARDS;
		segment_init(&shard->probation);
		segment_init(&shard->protected_);
	}
	return cache;
}

static struct shard *
shard_of(struct dns_cache *cache, uint64_t hash)
{
	return &cache->shard[hash % SHARDS];
}

/* The link that leads to the key's entry, or the NULL at the bucket's end. */
static struct entry **
find(struct shard *shard, const struct dns_key *key)
{
	struct entry **link = &shard->bucket[key->hash / SHARDS & shard->mask];

	while (*link && ((*link)->hash != key->hash ||
			 (*link)->answer->type != key->type ||
			 !str_eq((*link)->answer->name, dns_key_name(key))))
		link = &(*link)->next;
	return link;
}

static struct segment *
segment_of(struct shard *shard, const struct entry *entry)
{
	return entry->is_protected ? &shard->protected_ : &shard->probation;
}

static void
unlink_entry(struct shard *shard, struct entry *entry)
{
	entry->newer->older = entry->older;
	entry->older->newer = entry->newer;
	segment_of(shard, entry)->bytes -= entry->bytes;
}

/* As the newest of its segment. */
static void
link_entry(struct shard *shard, struct entry *entry, bool is_protected)
{
	entry->is_protected = is_protected;
	entry->bytes = sizeof *entry + dns_answer_size(entry->answer);
	struct segment *segment = segment_of(shard, entry);
	entry->newer = &segment->head;
	entry->older = segment->head.older;
	entry->older->newer = entry;
	segment->head.older = entry;
	segment->bytes += entry->bytes;
}

static void
drop(struct shard *shard, struct entry **link)
{
	struct entry *entry = *link;

	*link = entry->next;
	unlink_entry(shard, entry);
	shard->entries--;
	dns_answer_unref(entry->answer);
	free(entry);
}

static void
drop_oldest(struct shard *shard, struct segment *segment)
{
	struct entry *oldest = segment->head.newer;
	struct entry **link =
	    &shard->bucket[oldest->hash / SHARDS & shard->mask];

	while (*link != oldest)
		link = &(*link)->next;
	drop(shard, link);
}

/* Back to probation with what protection has no room for; then evicts. */
static void
make_room(struct shard *shard)
{
	struct segment *safe = &shard->protected_;

	while (safe->bytes > shard->room / 5 * 4) {
		struct entry *oldest = safe->head.newer;

		unlink_entry(shard, oldest);
		link_entry(shard, oldest, false);
	}
	while (shard->probation.bytes + safe->bytes > shard->room &&
	       shard->entries > 0)
		drop_oldest(shard,
			    shard->probation.bytes ? &shard->probation : safe);
}

struct dns_answer *
dns_cache_get(struct dns_cache *cache, const struct dns_key *key,
	      int64_t now_ms)
{
	struct shard *shard = shard_of(cache, key->hash);
	struct dns_answer *answer = NULL;

	pthread_mutex_lock(&shard->lock);
	struct entry *entry = *find(shard, key);
	/* What has expired stays: its failure_ttl is wanted by a put. */
	if (entry && now_ms < entry->expires_ms) {
		answer = dns_answer_ref(entry->answer);
		unlink_entry(shard, entry);
		link_entry(shard, entry, true);
		make_room(shard);
	}
	pthread_mutex_unlock(&shard->lock);
	return answer;
}

struct dns_answer *
dns_cache_peek(struct dns_cache *cache, const struct dns_key *key,
	       int64_t now_ms, int64_t *left_ms_out)
{
	struct shard *shard = shard_of(cache, key->hash);
	struct dns_answer *answer = NULL;

	pthread_mutex_lock(&shard->lock);
	const struct entry *entry = *find(shard, key);
	if (entry && now_ms < entry->expires_ms) {
		answer = dns_answer_ref(entry->answer);
		*left_ms_out = entry->expires_ms - now_ms;
	}
	pthread_mutex_unlock(&shard->lock);
	return answer;
}

static uint32_t
at_most(uint32_t value, uint32_t max)
{
	return value < max ? value : max;
}

/* RFC 9520 section 3.2: longer with every failure in a row. */
static uint32_t
failure_ttl(const struct entry *previous)
{
	if (previous == NULL || previous->failure_ttl == 0)
		return LIMIT_DNS_FAILURE_TTL_MIN;
	return at_most(previous->failure_ttl * 2, LIMIT_DNS_FAILURE_TTL_MAX);
}

static void
set_ttl(struct dns_answer *answer, const struct entry *previous)
{
	if (dns_is_trouble(answer))
		answer->ttl = failure_ttl(previous);
	else if (dns_is_void(answer))
		answer->ttl = at_most(answer->ttl, LIMIT_DNS_NEGATIVE_TTL);
	else
		answer->ttl = at_most(answer->ttl, LIMIT_DNS_TTL);
}

void
dns_cache_put(struct dns_cache *cache, const struct dns_key *key,
	      struct dns_answer *answer, int64_t now_ms)
{
	struct shard *shard = shard_of(cache, key->hash);

	pthread_mutex_lock(&shard->lock);
	struct entry **link = find(shard, key);
	set_ttl(answer, *link);
	bool was_protected = *link && (*link)->is_protected;
	if (*link)
		drop(shard, link);
	if (dns_answer_size(answer) <= LIMIT_DNS_CACHED_BYTES) {
		struct entry *entry = mem_alloc(sizeof *entry);

		entry->hash = key->hash;
		entry->answer = dns_answer_ref(answer);
		entry->expires_ms = now_ms + (int64_t)answer->ttl * 1000;
		entry->failure_ttl = dns_is_trouble(answer) ? answer->ttl : 0;
		entry->next = *link;
		*link = entry;
		shard->entries++;
		link_entry(shard, entry, was_protected);
		make_room(shard);
	}
	pthread_mutex_unlock(&shard->lock);
}

static void
flush_shard(struct shard *shard)
{
	while (shard->entries)
		drop_oldest(shard, shard->probation.bytes ? &shard->probation
							  : &shard->protected_);
}

void
dns_cache_flush(struct dns_cache *cache)
{
	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_lock(&cache->shard[i].lock);
		flush_shard(&cache->shard[i]);
		pthread_mutex_unlock(&cache->shard[i].lock);
	}
}

void
dns_cache_free(struct dns_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		flush_shard(&cache->shard[i]);
		free(cache->shard[i].bucket);
		pthread_mutex_destroy(&cache->shard[i].lock);
	}
	free(cache);
}

void
dns_cache_size(struct dns_cache *cache, uint64_t *bytes_out,
	       uint64_t *entries_out)
{
	*bytes_out = *entries_out = 0;
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &cache->shard[i];

		pthread_mutex_lock(&shard->lock);
		*bytes_out += shard->probation.bytes + shard->protected_.bytes;
		*entries_out += shard->entries;
		pthread_mutex_unlock(&shard->lock);
	}
}
