/*
 * Inside config/ only: the entries of a list of a rule, inline or from files
 * with one entry a line.
 */
#ifndef VERDICT_CONFIG_ENTRIES_H
#define VERDICT_CONFIG_ENTRIES_H

#include "config/snapshot.h"
#include "policy/rules.h"

struct entries;

/* No entry yet, of a condition that takes such values. */
struct entries *entries_new(enum rule_value value,
			    const struct suffix_list *suffixes);
/* Adds an item, "file:/PATH" or one entry.  False: *why tells. */
bool entries_add(struct entries *entries, struct str item, struct buf *why);
/*
 * After the last item: fills the sets of the condition, in the arena, and frees
 * the entries.
 */
void entries_finish(struct entries *entries, struct arena *arena,
		    struct rule_condition *condition);
/* Without entries_finish(), after a fault; NULL is fine. */
void entries_free(struct entries *entries);

#endif
