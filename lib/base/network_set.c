#include "base/network_set.h"

#include <stdlib.h>
#include <string.h>

/* Addresses of one family, both ends included. */
struct range {
	uint8_t first[16], last[16];
};

struct ranges {
	struct range *range;
	size_t count;
};

struct network_set {
	struct ranges v4, v6;
};

static struct range
range_of(const struct ip_network *network)
{
	unsigned width = network->base.family == IP_V4 ? 32 : 128;
	struct range range;

	memcpy(range.first, network->base.octet, sizeof range.first);
	memcpy(range.last, network->base.octet, sizeof range.last);
	for (unsigned bit = network->prefix; bit < width; bit++)
		range.last[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
	return range;
}

static int
by_first(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return memcmp(x->first, y->first, sizeof x->first);
}

/* Networks nest or are apart; of two with the same first the wider swallows. */
static void
merge(struct ranges *ranges)
{
	size_t kept = 0;

	if (ranges->count == 0)
		return;
	qsort(ranges->range, ranges->count, sizeof *ranges->range, by_first);
	for (size_t i = 1; i < ranges->count; i++) {
		struct range *last = &ranges->range[kept];
		const struct range *next = &ranges->range[i];
		if (memcmp(next->first, last->last, sizeof last->last) > 0)
			ranges->range[++kept] = *next;
		else if (memcmp(next->last, last->last, sizeof last->last) > 0)
			memcpy(last->last, next->last, sizeof last->last);
	}
	ranges->count = kept + 1;
}

struct network_set *
network_set_new(struct arena *arena, const struct ip_network *network,
		size_t count)
{
	struct network_set *set = arena_alloc(arena, sizeof *set);
	size_t n4 = 0;

	for (size_t i = 0; i < count; i++)
		n4 += network[i].base.family == IP_V4;
	set->v4.range = arena_array(arena, n4, sizeof(struct range));
	set->v6.range = arena_array(arena, count - n4, sizeof(struct range));
	for (size_t i = 0; i < count; i++) {
		bool v4 = network[i].base.family == IP_V4;
		struct ranges *ranges = v4 ? &set->v4 : &set->v6;
		ranges->range[ranges->count++] = range_of(&network[i]);
	}
	merge(&set->v4);
	merge(&set->v6);
	return set;
}

static int
compare(const void *address, const void *element)
{
	const uint8_t *octet = address;
	const struct range *range = element;

	if (memcmp(octet, range->first, sizeof range->first) < 0)
		return -1;
	return memcmp(octet, range->last, sizeof range->last) > 0;
}

bool
network_set_has(const struct network_set *set, struct ip ip)
{
	const struct ranges *ranges = ip.family == IP_V4 ? &set->v4 : &set->v6;

	return ip.family != IP_NONE && ranges->count > 0 &&
	       bsearch(ip.octet, ranges->range, ranges->count,
		       sizeof *ranges->range, compare) != NULL;
}
