/*
 * The rules of a configuration, by what they did and how long they hold: a rule
 * that nobody needs any more, or that ends next week, is found by nobody else.
 *
 * Rules for all of this: stats.h.
 */
#ifndef VERDICT_STATS_RULES_H
#define VERDICT_STATS_RULES_H

#include "policy/rules.h"
#include "stats/stats.h"

struct stats_rule {
	const struct rule *rule;
	int64_t messages; /* of the period, that it decided */
	int64_t last;     /* the last that the store has, seconds; 0: none */
};

struct stats_rules {
	/* Those that expire or have expired first, the soonest at the head;
	   then in the order of the configuration. */
	struct stats_rule *rule;
	size_t rules; /* `most` at most */
	size_t all;
	size_t soon; /* of all: they expire within LIMIT_RULE_NOTICE_S */
	size_t late; /* of all: they have expired */
};

/* rules: NULL is none.  Of rules in mode monitor the store knows no message. */
bool stats_rules(struct store *store, struct arena *arena,
		 const struct stats_period *period, const struct rules *rules,
		 int64_t now, size_t most,
		 struct stats_rules *rules_out) MUST_CHECK;

#endif
