/* What rules did: by the tallies of the period, and before it by messages. */
#include "stats/rules.h"

#include <stdlib.h>

#include "record/record.h"
#include "stats/message.h"

/* As many names as the store may have, of rules that were and that are. */
#define NAMES 10000

/* What somebody has to look at first. */
static int64_t
urgency(const struct stats_rule *one)
{
	return one->rule->expires ? one->rule->expires : INT64_MAX;
}

static int
by_urgency(const void *a, const void *b)
{
	const struct stats_rule *one = a, *two = b;

	if (urgency(one) != urgency(two))
		return urgency(one) < urgency(two) ? -1 : 1;
	return (one->rule > two->rule) - (one->rule < two->rule);
}

static void
add_groups(const struct stats_groups *groups, struct stats_rule *one)
{
	size_t i;

	for (i = 0; i < groups->groups; i++) {
		if (!str_eq(groups->group[i].name, one->rule->name))
			continue;
		one->messages = groups->group[i].counts.messages;
		one->last = groups->group[i].last;
	}
}

/* The newest message that it decided. */
static bool
find_last(struct store *store, struct arena *arena, struct stats_rule *one)
{
	const struct verdict *verdict;

	if (!stats_message(store, arena, TERM_RULE, one->rule->name, 0,
			   INT64_MAX, &verdict))
		return false;
	one->last = verdict ? verdict->now : 0;
	return true;
}

static void
count(const struct rules *rules, int64_t now, struct stats_rules *out)
{
	size_t i;

	for (i = 0; i < rules->count; i++) {
		out->late += rule_is_expired(&rules->rule[i], now);
		out->soon += rule_expires_soon(&rules->rule[i], now);
	}
}

bool
stats_rules(struct store *store, struct arena *arena,
	    const struct stats_period *period, const struct rules *rules,
	    int64_t now, size_t most, struct stats_rules *rules_out)
{
	struct stats_rules out = {0};
	struct stats_groups groups;
	size_t i;

	if (!rules || rules->count == 0) {
		*rules_out = out;
		return true;
	}
	if (!stats_groups(store, arena, period, STATS_BY_RULE, NAMES, &groups))
		return false;
	out.all = rules->count;
	out.rule = arena_array(arena, out.all, sizeof(*out.rule));
	count(rules, now, &out);
	for (i = 0; i < out.all; i++) {
		out.rule[i].rule = &rules->rule[i];
		add_groups(&groups, &out.rule[i]);
	}
	qsort(out.rule, out.all, sizeof(*out.rule), by_urgency);
	out.rules = out.all < most ? out.all : most;
	for (i = 0; i < out.rules; i++)
		if (out.rule[i].last == 0 &&
		    !find_last(store, arena, &out.rule[i]))
			return false;
	*rules_out = out;
	return true;
}
