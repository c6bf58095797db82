#include "dns/places.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/account.h"
#include "base/domain.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/shares.h"

#define BUCKETS 256

/* Who waits in a zone, in a branch, for a network, or for one in those. */
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
	struct siphash_key zone_key, branch_key, share_key;
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
	places->brief_max = shares_brief_waiters(slow_max);
	places->zone_key = siphash_key_random();
	places->branch_key = siphash_key_random();
	places->share_key = siphash_key_random();
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

/* How many of a network have such a place in a zone, in a branch (by the hash
   of that), or anywhere (0). */
static unsigned *
share_of(struct dns_places *places, const struct dns_place *place,
	 uint64_t within, int64_t now_ms)
{
	const uint64_t pair[] = {place->network, within};
	uint64_t hash =
	    siphash(&places->share_key, str_n((const char *)pair, sizeof pair));

	return &tally_of(places, hash, now_ms)->waiting[place->kind];
}

/* May the place be one more, where `taken` of `most` are? */
static bool
fits(struct dns_places *places, const struct dns_place *place, uint64_t within,
     unsigned taken, unsigned most, int64_t now_ms)
{
	return taken < most &&
	       (place->network == 0 ||
		account_may_take(*share_of(places, place, within, now_ms),
				 most - taken));
}

static void
count_share(struct dns_places *places, const struct dns_place *place,
	    int64_t now_ms, unsigned step)
{
	if (place->network == 0)
		return;
	*share_of(places, place, 0, now_ms) += step;
	*share_of(places, place, place->zone, now_ms) += step;
	if (place->kind == DNS_PLACE_BRIEF)
		*share_of(places, place, place->branch, now_ms) += step;
}

static void
count(struct dns_places *places, const struct dns_place *place, int64_t now_ms,
      int by)
{
	unsigned step = (unsigned)by;

	count_share(places, place, now_ms, step);
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

static enum dns_room
brief_room(struct dns_places *places, const struct dns_place *place,
	   int64_t now_ms)
{
	unsigned of_branch =
	    tally_of(places, place->branch, now_ms)->waiting[DNS_PLACE_BRIEF];
	unsigned of_zone =
	    tally_of(places, place->zone, now_ms)->waiting[DNS_PLACE_BRIEF];

	if (!fits(places, place, place->zone, of_zone, LIMIT_DNS_ZONE_BRIEF,
		  now_ms) ||
	    !fits(places, place, place->branch, of_branch,
		  LIMIT_DNS_BRANCH_BRIEF, now_ms))
		return DNS_ROOM_ZONE;
	/* Once half of them are taken, those left are for many zones. */
	if (places->brief >= places->brief_max ||
	    (places->brief > places->brief_max / 2 &&
	     of_zone >= LIMIT_DNS_ZONE_BRIEF_SHARE))
		return DNS_ROOM_ALL;
	return fits(places, place, 0, places->brief, places->brief_max, now_ms)
		   ? DNS_ROOM
		   : DNS_ROOM_NETWORK;
}

/* Calm if possible, else brief. */
static enum dns_room
choose(struct dns_places *places, struct dns_place *place, int64_t now_ms)
{
	const struct tally *zone = tally_of(places, place->zone, now_ms);
	bool calm = !is_troubled(zone, now_ms);
	unsigned waiting = zone->waiting[DNS_PLACE_CALM];

	place->kind = DNS_PLACE_CALM;
	if (calm &&
	    fits(places, place, place->zone, waiting, places->zone_max, now_ms))
		return DNS_ROOM;
	place->kind = DNS_PLACE_BRIEF;
	return brief_room(places, place, now_ms);
}

/* Is there a slow place for whom place->kind says that it wants one? */
static enum dns_room
slow_room(struct dns_places *places, const struct dns_place *place,
	  int64_t now_ms)
{
	unsigned of_zone =
	    tally_of(places, place->zone, now_ms)->waiting[DNS_PLACE_SLOW];

	if (!fits(places, place, place->zone, of_zone, places->zone_max,
		  now_ms))
		return DNS_ROOM_ZONE;
	if (places->slow >= places->slow_max)
		return DNS_ROOM_ALL;
	return fits(places, place, 0, places->slow, places->slow_max, now_ms)
		   ? DNS_ROOM
		   : DNS_ROOM_NETWORK;
}

static enum dns_room
stay(struct dns_places *places, struct dns_place *place, int64_t now_ms)
{
	struct dns_place slow = *place;

	if (now_ms - place->since_ms >= LIMIT_DNS_PATIENCE_MS)
		trouble(tally_of(places, place->zone, now_ms), now_ms);
	slow.kind = DNS_PLACE_SLOW;
	enum dns_room room = slow_room(places, &slow, now_ms);
	if (room != DNS_ROOM)
		return room;
	count(places, place, now_ms, -1);
	*place = slow;
	count(places, place, now_ms, 1);
	return DNS_ROOM;
}

/* --- the calls --- */

enum dns_room
dns_places_enter(struct dns_places *places, struct str name, uint64_t network,
		 int64_t now_ms, struct dns_place *place_out)
{
	struct str zone = dns_zone_of(places->suffixes, name);

	place_out->zone = siphash(&places->zone_key, zone);
	place_out->branch = siphash(&places->branch_key, branch_of(zone, name));
	place_out->network = network;
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
