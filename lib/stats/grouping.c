/*
 * Groups that are counted in bounded memory: once there are too many, the
 * smaller half goes to the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stats/parts.h"

void
grouping_init(struct grouping *grouping, const struct store *store)
{
	*grouping = (struct grouping){.key = *store_key(store)};
	grouping->group =
	    mem_array(STATS_GROUPS_KEPT, sizeof(struct stats_group));
}

static void
forget(struct stats_group *group)
{
	free((char *)group->name.p);
}

void
grouping_clear(struct grouping *grouping)
{
	size_t i;

	for (i = 0; i < grouping->groups; i++)
		forget(&grouping->group[i]);
	free(grouping->group);
	hashes_clear(&grouping->index);
}

int
group_by_messages(const void *a, const void *b)
{
	const struct stats_group *one = a, *two = b;
	const int64_t first = one->counts.messages,
		      second = two->counts.messages;
	const size_t n = one->name.n < two->name.n ? one->name.n : two->name.n;
	int order;

	if (first != second)
		return first > second ? -1 : 1;
	order = n ? memcmp(one->name.p, two->name.p, n) : 0;
	if (order != 0)
		return order;
	return one->name.n < two->name.n ? -1 : one->name.n > two->name.n;
}

static void
sort(struct grouping *grouping)
{
	qsort(grouping->group, grouping->groups, sizeof(*grouping->group),
	      group_by_messages);
}

static void
halve(struct grouping *grouping)
{
	size_t i, kept = grouping->groups / 2;

	sort(grouping);
	for (i = kept; i < grouping->groups; i++) {
		counts_add_all(&grouping->rest, &grouping->group[i].counts);
		forget(&grouping->group[i]);
	}
	/* Some may come again: that many at least there are no more. */
	if (grouping->groups > grouping->most)
		grouping->most = grouping->groups;
	grouping->groups = kept;
	hashes_reset(&grouping->index);
	for (i = 0; i < kept; i++)
		hashes_add(&grouping->index,
			   siphash(&grouping->key, grouping->group[i].name),
			   (uint32_t)i);
}

static struct stats_group *
group_of(struct grouping *grouping, struct str name)
{
	const uint64_t hash = siphash(&grouping->key, name);
	struct stats_group *group;
	size_t at;

	if (grouping->groups == STATS_GROUPS_KEPT &&
	    !hashes_have(&grouping->index, hash))
		halve(grouping);
	at = hashes_add(&grouping->index, hash, (uint32_t)grouping->groups);
	group = &grouping->group[at];
	if (at < grouping->groups)
		return group;
	grouping->groups++;
	*group = (struct stats_group){.first = INT64_MAX};
	group->name = str_n(mem_copy(name.p, name.n), name.n);
	return group;
}

void
grouping_add(struct grouping *grouping, struct str name, int64_t first,
	     int64_t last, struct outcome outcome, int64_t messages)
{
	struct stats_group *group;

	if (outcome.result == STATS_REST) {
		counts_add(&grouping->rest, outcome, messages);
		return;
	}
	group = group_of(grouping, name);
	counts_add(&group->counts, outcome, messages);
	if (first < group->first)
		group->first = first;
	if (last > group->last)
		group->last = last;
}

void
grouping_end(struct grouping *grouping, struct arena *arena, size_t most,
	     struct stats_groups *groups_out)
{
	struct stats_groups out = {.rest = grouping->rest};
	size_t i;

	sort(grouping);
	out.all = grouping->groups > grouping->most ? grouping->groups
						    : grouping->most;
	out.groups = grouping->groups < most ? grouping->groups : most;
	out.group = arena_array(arena, out.groups, sizeof(*out.group));
	for (i = 0; i < grouping->groups; i++) {
		const struct stats_group *group = &grouping->group[i];

		if (i >= out.groups) {
			counts_add_all(&out.rest, &group->counts);
			continue;
		}
		out.group[i] = *group;
		out.group[i].name = arena_copy(arena, group->name);
	}
	*groups_out = out;
}
