#include "policy/fields.h"

#include "base/limits.h"

/* Do both sets hold the same names? */
static bool
same_names(const struct field_readings *kept, const struct rules *rules)
{
	for (size_t i = 0; i < rules->fields; i++) {
		if (!fields_asked(kept, rules->field[i]))
			return false;
	}
	const struct field_readings asked = {.name = rules->field,
					     .names = rules->fields};
	for (size_t i = 0; i < kept->names; i++) {
		if (!fields_asked(&asked, kept->name[i]))
			return false;
	}
	return true;
}

struct fields
fields_of(struct arena *arena, const struct rules *rules,
	  const struct verdict *verdict)
{
	const struct field_readings *kept = verdict->fields;
	struct fields fields = {.recorded = kept != NULL};

	fields.readings = kept != NULL
			      ? *kept
			      : fields_read(arena, verdict->header,
					    rules->field, rules->fields);
	fields.incomplete = fields.readings.full || verdict->header_dropped > 0;
	/* Which ones were left out depends on the names. */
	fields.unknown =
	    fields.recorded && fields.readings.full && !same_names(kept, rules);
	return fields;
}

bool
fields_known(const struct fields *fields,
	     const struct rule_condition *condition)
{
	for (size_t i = 0; fields->recorded && i < condition->texts; i++) {
		if (!fields_asked(&fields->readings, condition->text[i].name))
			return false;
	}
	return !fields->unknown;
}

static bool
text_is_in(const struct rule_condition *condition, struct str name,
	   struct str text)
{
	for (size_t i = 0; i < condition->texts; i++) {
		const struct rule_field_text *entry = &condition->text[i];
		bool same = entry->prefix ? str_starts(text, entry->text)
					  : str_eq(text, entry->text);
		if (same && str_eq_nocase(entry->name, name))
			return true;
	}
	return false;
}

static bool
is_in(const struct rule_condition *condition,
      const struct field_reading *reading)
{
	for (size_t i = 0; i < reading->texts; i++) {
		if (text_is_in(condition, reading->name, reading->text[i]))
			return true;
	}
	return false;
}

struct field_hits
fields_hits(const struct fields *fields, const struct rule_condition *condition)
{
	struct field_hits hits = {false, fields->incomplete};
	bool in[LIMIT_RULE_FIELDS] = {false};

	for (size_t i = 0; i < fields->readings.count; i++) {
		in[i] = is_in(condition, &fields->readings.reading[i]);
		hits.possible = hits.possible || in[i];
	}
	for (size_t i = 0; i < fields->readings.count && !hits.sure; i++) {
		bool all = !fields->incomplete;
		for (size_t j = 0; j < fields->readings.count; j++) {
			if (str_eq_nocase(fields->readings.reading[i].name,
					  fields->readings.reading[j].name))
				all = all && in[j] &&
				      fields->readings.reading[j].sure;
		}
		hits.sure = all;
	}
	return hits;
}
