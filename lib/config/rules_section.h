/*
 * Inside config/ only: `rules:` of the file into the rules of policy/.
 */
#ifndef VERDICT_CONFIG_RULES_SECTION_H
#define VERDICT_CONFIG_RULES_SECTION_H

#include "base/buf.h"
#include "config/reader.h"
#include "config/snapshot.h"

/* One rule as the file has it, for printing; entries belong to one rule. */
struct rules_source {
	const struct reader_entry *entry;
	size_t count;
	struct config_place place;
	bool cut; /* what follows its last entry could not be read */
};

/* Does the entry belong to `rules:`? */
bool rules_section_owns(const struct reader_entry *entry);
/* After all other keywords, which the safeguards look at. */
void rules_section_read(struct snapshot *s, const struct reader_result *file);
void rules_section_print(const struct snapshot *s, bool json, struct buf *out);
/* What each keyword of a rule takes. */
void rules_section_describe(struct buf *out);
/* Rules that have expired or will soon, or that anybody's mail can match.
   told: rules of which it is known that they will; NULL: none. */
void rules_section_warn(const struct snapshot *s, const struct rules *told,
			int64_t now, struct buf *out);
/* Those of the first two that were not so at `since`. */
void rules_section_warn_due(const struct snapshot *s, int64_t since,
			    int64_t now, struct buf *out);

#endif
