/*
 * The admin's rules: the first one that matches decides in place of the
 * sender's policy.
 *
 * A rule set is immutable once made and shared by threads; config/ builds it
 * from the file.  All of a rule's conditions must hold.
 */
#ifndef VERDICT_POLICY_RULES_H
#define VERDICT_POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "verdict/verdict.h"

enum rule_action {
	RULE_ACCEPT,
	RULE_TAG,
	RULE_HOLD,
	RULE_QUARANTINE, /* as on-quarantine says */
	RULE_REJECT,
	RULE_TEMPFAIL,
	RULE_AS_PUBLISHED /* the sender's policy, softened by nothing local */
};

struct rule_conditions; /* rules.c */

struct rule {
	struct str name; /* unique, for log, header and counters */
	struct rule_conditions *conditions;
	enum rule_action action;
	bool monitor;         /* mode: monitor, whatever the mode is */
	bool unauthenticated; /* "yes": milder without an authenticated
				 condition, on purpose */
	struct str reason, owner;
	int64_t expires; /* seconds since 1970, the first that no longer
			    matches; 0: never */
};

struct rules {
	const struct rule *rule;
	size_t count;
};

/* The first rule that matches at verdict->now, or NULL. */
const struct rule *rules_match(const struct rules *rules,
			       const struct verdict *verdict,
			       const struct shape_outcome *shape);

#endif
