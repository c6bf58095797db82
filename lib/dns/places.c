#include "dns/places.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/domain.h"
#include "base/limits.h"
#include "base/mem.h"

#define BUCKETS 256

/* Who waits in a zone or in a branch. */
struct tally {
	struct tally *next;
	uint64_t hash; /* seeded and of 64 bits: it stands for the name */
	unsigned waiting[DNS_PLACE_KINDS];
	/* Of a zone: lookups that were slow since it was calm, and until when
	   that counts. */
	unsigned slow_seen;
	int64_t troubled_until_ms;
};

struct dns_places {
	const struct suffix_list *suffixes;
	unsigned zone_max, slow_max, brief_max;
	struct siphash_key zone_key, branch_key;
	pthread_mutex_t lock; /* of everything below */
	unsigned brief, slow;
	struct tally *bucket[BUCKETS];
};

struct dns_places *
dns_places_new(const struct suffix_list *suffixes, unsigned zone_max,
	       unsigned slow_max)
{
	struct dns_places *places = mem_alloc(sizeof *places);

	places->suffixes = suffixes;
	places->zone_max = zone_max;
	places->slow_max = slow_max;
	places->brief_max = slow_max > 1 ? slow_max / 2 : 1;
	places->zone_key = siphash_key_random();
	places->branch_key = siphash_key_random();
	pthread_mutex_init(&places->lock, NULL);
	return places;
}

void
dns_places_free(struct dns_places *places)
{
	if (places == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (places->bucket[i]) {
			struct tally *next = places->bucket[i]->next;

			free(places->bucket[i]);
			places->bucket[i] = next;
		}
	}
	pthread_mutex_destroy(&places->lock);
	free(places);
}

/* --- what a name counts for --- */

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

	if (str_ends_nocase(name, str_lit(".in-addr.arpa")))
		return domain_last_labels(name, 16 / 8 + 2);
	if (str_ends_nocase(name, str_lit(".ip6.arpa")))
		return domain_last_labels(name, 32 / 4 + 2);
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

/* One label more than the zone, where the name has one. */
static struct str
branch_of(struct str zone, struct str name)
{
	size_t at = name.n - zone.n;

	if (at > 0)
		at--; /* the dot before the zone */
	while (at > 0 && name.p[at - 1] != '.')
		at--;
	return str_from(name, at);
}

/* --- under the lock --- */

static bool
is_idle(const struct tally *tally, int64_t now_ms)
{
	for (size_t kind = 0; kind < DNS_PLACE_KINDS; kind++)
		if (tally->waiting[kind] > 0)
			return false;
	return now_ms >= tally->troubled_until_ms;
}

/*
 * The tally of a hash, until the next call: its bucket loses those that nothing
 * is known of.
 */
static struct tally *
tally_of(struct dns_places *places, uint64_t hash, int64_t now_ms)
{
	struct tally **link = &places->bucket[hash % BUCKETS], *found = NULL;

	while (*link) {
		struct tally *tally = *link;

		if (tally->hash == hash)
			found = tally;
		else if (is_idle(tally, now_ms)) {
			*link = tally->next;
			free(tally);
			continue;
		}
		link = &tally->next;
	}
	if (found == NULL) {
		found = mem_alloc(sizeof *found);
		found->hash = hash;
		*link = found;
	}
	return found;
}

static void
count(struct dns_places *places, const struct dns_place *place, int64_t now_ms,
      int by)
{
	unsigned step = (unsigned)by;

	tally_of(places, place->zone, now_ms)->waiting[place->kind] += step;
	if (place->kind == DNS_PLACE_SLOW)
		places->slow += step;
	if (place->kind == DNS_PLACE_BRIEF) {
		places->brief += step;
		tally_of(places, place->branch, now_ms)->waiting[place->kind] +=
		    step;
	}
}

static bool
is_troubled(const struct tally *zone, int64_t now_ms)
{
	return zone->waiting[DNS_PLACE_SLOW] > 0 ||
	       now_ms < zone->troubled_until_ms;
}

/* One slow lookup may be an accident of ours, many are not. */
static void
trouble(struct tally *zone, int64_t now_ms)
{
	if (!is_troubled(zone, now_ms))
		zone->slow_seen = 0;
	if (zone->slow_seen < LIMIT_DNS_TROUBLE_MS / LIMIT_DNS_TROUBLE_STEP_MS)
		zone->slow_seen++;
	zone->troubled_until_ms =
	    now_ms + (int64_t)zone->slow_seen * LIMIT_DNS_TROUBLE_STEP_MS;
}

/* Once half of the brief places are taken, those left are for many zones. */
static enum dns_room
brief_room(const struct dns_places *places, unsigned of_zone,
	   unsigned of_branch)
{
	if (of_zone >= LIMIT_DNS_ZONE_BRIEF ||
	    of_branch >= LIMIT_DNS_BRANCH_BRIEF)
		return DNS_ROOM_ZONE;
	if (places->brief >= places->brief_max ||
	    (places->brief > places->brief_max / 2 &&
	     of_zone >= LIMIT_DNS_ZONE_BRIEF_SHARE))
		return DNS_ROOM_ALL;
	return DNS_ROOM;
}

/* Calm if possible, else brief. */
static enum dns_room
choose(struct dns_places *places, struct dns_place *place, int64_t now_ms)
{
	const struct tally *zone = tally_of(places, place->zone, now_ms);

	place->kind = DNS_PLACE_CALM;
	if (!is_troubled(zone, now_ms) &&
	    zone->waiting[DNS_PLACE_CALM] < places->zone_max)
		return DNS_ROOM;
	place->kind = DNS_PLACE_BRIEF;
	unsigned of_zone = zone->waiting[DNS_PLACE_BRIEF];
	unsigned of_branch =
	    tally_of(places, place->branch, now_ms)->waiting[DNS_PLACE_BRIEF];
	return brief_room(places, of_zone, of_branch);
}

static enum dns_room
stay(struct dns_places *places, struct dns_place *place, int64_t now_ms)
{
	struct tally *zone = tally_of(places, place->zone, now_ms);

	if (now_ms - place->since_ms >= LIMIT_DNS_PATIENCE_MS)
		trouble(zone, now_ms);
	if (zone->waiting[DNS_PLACE_SLOW] >= places->zone_max)
		return DNS_ROOM_ZONE;
	if (places->slow >= places->slow_max)
		return DNS_ROOM_ALL;
	count(places, place, now_ms, -1);
	place->kind = DNS_PLACE_SLOW;
	count(places, place, now_ms, 1);
	return DNS_ROOM;
}

/* --- the calls --- */

enum dns_room
dns_places_enter(struct dns_places *places, struct str name, int64_t now_ms,
		 struct dns_place *place_out)
{
	struct str zone = dns_zone_of(places->suffixes, name);

	place_out->zone = siphash(&places->zone_key, zone);
	place_out->branch = siphash(&places->branch_key, branch_of(zone, name));
	place_out->since_ms = now_ms;
	pthread_mutex_lock(&places->lock);
	enum dns_room room = choose(places, place_out, now_ms);
	if (room == DNS_ROOM)
		count(places, place_out, now_ms, 1);
	pthread_mutex_unlock(&places->lock);
	return room;
}

enum dns_room
dns_places_stay(struct dns_places *places, struct dns_place *place,
		int64_t now_ms)
{
	pthread_mutex_lock(&places->lock);
	enum dns_room room = stay(places, place, now_ms);
	pthread_mutex_unlock(&places->lock);
	return room;
}

void
dns_places_leave(struct dns_places *places, const struct dns_place *place,
		 int64_t now_ms)
{
	pthread_mutex_lock(&places->lock);
	count(places, place, now_ms, -1);
	pthread_mutex_unlock(&places->lock);
}
