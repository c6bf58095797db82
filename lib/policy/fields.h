/*
 * Inside policy/ only: fields of the header, as conditions on them look at
 * them.  Anybody can write any field, in ways that programs read differently:
 * folded, encoded (RFC 2047), several times, after a bare CR.
 */
#ifndef VERDICT_POLICY_FIELDS_H
#define VERDICT_POLICY_FIELDS_H

#include "policy/rules.h"

struct field_reading;

/* Those of a message that some rule names; in its arena. */
struct fields {
	const struct field_reading *reading;
	size_t count;
	bool incomplete; /* there may be others: some bound was passed */
};

/* verdict->header NULL: none. */
struct fields fields_read(struct arena *arena, const struct rules *rules,
			  const struct verdict *verdict);

struct field_hits {
	bool sure; /* each field of some name is in the list, for everybody */
	bool possible; /* somebody may read a field that is in the list */
};

struct field_hits fields_hits(const struct fields *fields,
			      const struct rule_condition *condition);

#endif
