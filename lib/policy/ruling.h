/*
 * Inside policy/ only: what one part of the policy asks for, and what a rule
 * does.
 */
#ifndef VERDICT_POLICY_RULING_H
#define VERDICT_POLICY_RULING_H

#include "policy/policy.h"
#include "policy/rules.h"

/* The strictest part decides. */
struct proposal {
	enum action action;
	enum quarantine_how how;
	bool as_chosen; /* a quarantine of the kind that on-quarantine says */
	enum decision_cause cause;
	const char *reply_code, *reply_xcode;
	struct str reason, reply_text;
};

struct proposal proposal_accept(enum decision_cause cause, struct str reason);

/* defects.c; action accept where nothing is wrong. */
struct proposal propose_header(struct arena *arena,
			       const struct verdict *verdict,
			       const struct policy_options *options);
struct proposal propose_from(struct arena *arena, const struct verdict *verdict,
			     const struct policy_options *options);
/* RFC 5322 section 3.6.2, RFC 9989 section 11.5; NULL: nothing wrong. */
const char *from_defect(enum from_state state);

/* policy.c: sets action and how. */
void proposal_choose(struct proposal *proposal, enum policy_choice choice,
		     const struct policy_options *options);

/* policy.c: what is weak evidence must not lead into the inbox. */
bool quarantine_misses_inbox(const struct policy_options *options);

/* Of a rule whose action is not as-published. */
struct proposal ruling_of(struct arena *arena, const struct rule *rule,
			  const struct policy_options *options);

#endif
