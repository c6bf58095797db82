/*
 * Inside policy/ only: the question that a message puts, and what each part of
 * the policy asks for.  The strictest proposal decides.
 */
#ifndef VERDICT_POLICY_PROPOSAL_H
#define VERDICT_POLICY_PROPOSAL_H

#include "policy/policy.h"
#include "policy/rules.h"

struct question {
	struct arena *arena;
	const struct verdict *verdict;
	struct shape_outcome shape;
	const struct policy_options *options; /* those in force */
};

struct proposal {
	enum action action;
	enum quarantine_how how; /* with ACTION_QUARANTINE */
	bool as_chosen;          /* it is what on-quarantine says */
	enum decision_cause cause;
	const char *reply_code, *reply_xcode;
	struct str reason, reply_text;
	/* Took the place of the sender's policy, whoever asks for more; NULL:
	   none did. */
	const struct rule *rule;
};

struct proposal proposal_accept(enum decision_cause cause, struct str reason);
/* As on-quarantine says, which may be a refusal. */
void proposal_quarantine(struct proposal *proposal,
			 const struct policy_options *options);
void proposal_choose(struct proposal *proposal, enum policy_choice choice,
		     const struct policy_options *options);
/* accept < tag < tempfail < hold < reject < discard */
int proposal_severity(const struct proposal *proposal);

/* What is weak evidence must not lead into the inbox. */
bool quarantine_misses_inbox(const struct policy_options *options);
/* RFC 5322 section 3.6.2, RFC 9989 section 11.5; NULL: nothing wrong. */
const char *from_defect(enum from_state state);

/* The sender's policy to the letter: of the admin's choices the mode is left.
 */
struct policy_options policy_options_published(enum policy_mode mode);

/* What the sender's policy asks for, as the options take it (dmarc.c). */
struct proposal propose_dmarc(const struct question *question);
/* What a rule that matched asks for (ruling.c). */
struct proposal propose_rule(const struct question *question,
			     const struct rule *rule);
/* defects.c; action accept where nothing is wrong. */
struct proposal propose_header(const struct question *question);
struct proposal propose_from(const struct question *question);

#endif
