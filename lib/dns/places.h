/*
 * The places of lookups that wait, so that names which do not answer hold up
 * neither all messages nor the other names of their domain.  Any thread.
 *
 * A lookup may wait LIMIT_DNS_PATIENCE_MS freely while its zone (its
 * registrable domain) is calm.  Who waits longer is slow and needs one of the
 * slow places, which are counted by zone and in all; the zone is troubled from
 * then on, for a while.  In a troubled or full zone a newcomer has a brief
 * place, for no more than that patience: they are few, in all, in a zone and in
 * a branch of it (the names below one label more), so that a dead branch leaves
 * some to the others.
 *
 * Of all these places a network of clients may have no more than its share
 * (base/account.h), of those of a zone or a branch as of those in all.
 */
#ifndef VERDICT_DNS_PLACES_H
#define VERDICT_DNS_PLACES_H

#include "base/compat.h"
#include "base/siphash.h"
#include "base/suffix.h"

struct dns_places;

/*
 * suffixes may be NULL: then a zone is two labels.  zone_max: slow places of a
 * zone, and who may wait in a calm one.  slow_max: slow places in all; the
 * brief ones follow from that (base/shares.h).
 */
struct dns_places *dns_places_new(const struct suffix_list *suffixes,
				  unsigned zone_max,
				  unsigned slow_max) MUST_CHECK;
void dns_places_free(struct dns_places *places);

enum dns_place_kind { DNS_PLACE_CALM, DNS_PLACE_BRIEF, DNS_PLACE_SLOW };

#define DNS_PLACE_KINDS 3

/* Where one lookup waits. */
struct dns_place {
	uint64_t zone, branch;
	uint64_t network; /* of the client; 0: none, without a share */
	enum dns_place_kind kind;
	int64_t since_ms;
};

enum dns_room {
	DNS_ROOM,        /* there was a place */
	DNS_ROOM_ZONE,   /* too many wait for this zone, or this branch of it */
	DNS_ROOM_ALL,    /* too many wait for slow or troubled zones, in all */
	DNS_ROOM_NETWORK /* or of this network */
};

/*
 * Begins to wait for a name (lower case), for a client of the network (0: of
 * none).  With DNS_ROOM, *place_out is to be left by dns_places_leave().
 * now_ms: monotonic, as below.
 */
enum dns_room dns_places_enter(struct dns_places *places, struct str name,
			       uint64_t network, int64_t now_ms,
			       struct dns_place *place_out) MUST_CHECK;
/* Goes on waiting beyond the patience; the place is to be left in any case. */
enum dns_room dns_places_stay(struct dns_places *places,
			      struct dns_place *place,
			      int64_t now_ms) MUST_CHECK;
void dns_places_leave(struct dns_places *places, const struct dns_place *place,
		      int64_t now_ms);

/*
 * The zone that lookups of a name (lower case) count for: its registrable
 * domain, for the names of addresses their /16 (IPv4) or /32 (IPv6).
 */
struct str dns_zone_of(const struct suffix_list *suffixes, struct str name);

#endif
