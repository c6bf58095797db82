/*
 * The law of records (record/record.h): a verdict that was packed and unpacked
 * is decided as it was, under any configuration, and reads as it did.
 */
#ifndef TESTS_SUPPORT_LAW_H
#define TESTS_SUPPORT_LAW_H

#include "policy/policy.h"
#include "record/record.h"

/* Packs and unpacks; NULL, or what does not hold but for decisions. */
const char *law_round_trip(struct arena *arena, const struct verdict *verdict,
			   const struct record_about *about,
			   struct verdict *unpacked_out);

/*
 * Decides both under these options.  NULL, or what differs.  Where the record
 * has not kept a field that a rule looks at it has to say so, and only there.
 */
const char *law_decision(struct arena *arena, const struct verdict *verdict,
			 const struct verdict *unpacked,
			 const struct policy_options *options);
/* The same, and with every other mode, on-reject, on-quarantine and so on. */
const char *law_decisions(struct arena *arena, const struct verdict *verdict,
			  const struct verdict *unpacked,
			  const struct policy_options *options);

/* Both, with the names of these options' rules. */
const char *law_check(struct arena *arena, const struct verdict *verdict,
		      const struct policy_options *options);

/* The names that the options' rules look at, as a record keeps them. */
struct record_about law_about(const struct policy_options *options);

#endif
