/*
 * Inside config/ only: the types of the schema.  Text of the file into a
 * member of struct config, and back.
 */
#ifndef VERDICT_CONFIG_VALUE_H
#define VERDICT_CONFIG_VALUE_H

#include "base/buf.h"
#include "config/schema.h"
#include "config/snapshot.h"

/* May a value of that type be a list? */
bool value_is_list(enum config_type type);
/* Is it one whose items are judged each by itself? */
bool value_is_of_items(enum config_type type);
/*
 * Fills the key's member.  False: *bad_out is the index of the item at fault
 * and `why` says what is wrong; the config is then only good for freeing.
 */
bool value_set(struct snapshot *snapshot, const struct config_key *key,
	       const struct str *item, size_t count, struct buf *why,
	       size_t *bad_out);
/* The default of the schema, which always fits. */
void value_set_default(struct snapshot *snapshot, const struct config_key *key);
/* The same for people: "30s", "monitor", "empty". */
void value_add_default(const struct config_key *key, struct buf *out);
/* The effective value as YAML, or as JSON. */
void value_print(const struct config *config, const struct config_key *key,
		 bool json, struct buf *out);
/* What the file has, for an error: in quotes, LINE_TEXT, cut. */
void value_add_shown(struct buf *out, struct str text);
/* What the key takes: "a time from 1s to 4m", "monitor or enforce". */
void value_describe(const struct config_key *key, struct buf *out);

#endif
