/*
 * Inside policy/ only: conditions on fields of the header.
 */
#ifndef VERDICT_POLICY_FIELDS_H
#define VERDICT_POLICY_FIELDS_H

#include "policy/rules.h"
#include "verdict/fields.h"

/* Those of a message that some rule names. */
struct fields {
	struct field_readings readings;
	bool incomplete; /* there may be others: some bound was passed */
	/* The verdict comes from a record, which kept those of some names. */
	bool recorded;
	bool unknown; /* it does not tell enough of any */
};

/* In the arena, or those that the verdict has kept. */
struct fields fields_of(struct arena *arena, const struct rules *rules,
			const struct verdict *verdict);

/* Is there all that the condition looks at?  Else it cannot be judged. */
bool fields_known(const struct fields *fields,
		  const struct rule_condition *condition);

struct field_hits {
	bool sure; /* each field of some name is in the list, for everybody */
	bool possible; /* somebody may read a field that is in the list */
};

struct field_hits fields_hits(const struct fields *fields,
			      const struct rule_condition *condition);

#endif
