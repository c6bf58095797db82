/*
 * Inside config/ only: the entries of a list of a rule, inline or from files
 * with one entry a line.
 */
#ifndef VERDICT_CONFIG_ENTRIES_H
#define VERDICT_CONFIG_ENTRIES_H

#include "config/snapshot.h"
#include "policy/rules.h"

/*
 * Adds the item ("file:/PATH" or one entry) to those of the condition; call
 * entries_finish() after the last one.  False: *why tells.
 */
struct entries;

struct entries *entries_new(enum rule_value value);
bool entries_add(struct entries *entries, struct str item, struct buf *why);
/* Fills the sets of the condition, in the arena, and frees the entries. */
void entries_finish(struct entries *entries, struct arena *arena,
		    struct rule_condition *condition);
void entries_free(struct entries *entries);

#endif
