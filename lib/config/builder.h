/*
 * Inside config/ only, between the rule*.c files: one rule being read.
 */
#ifndef VERDICT_CONFIG_BUILDER_H
#define VERDICT_CONFIG_BUILDER_H

#include "config/rules_section.h"
#include "policy/rules.h"

struct builder {
	struct snapshot *s;
	struct str name; /* for errors, wherever it stands; "": none, or bad */
	struct rule *rule;
	struct rule_condition *condition;
	const struct reader_entry *entry; /* in hand */
	bool faulty; /* an error was told, so the rule as a whole is not judged
		      */
};

/* A keyword that is no condition. */
struct rule_field {
	const char *name, *takes; /* takes NULL: rule_action_words */
	bool (*set)(struct builder *b, struct str text);
};

extern const struct rule_field rule_fields[];
extern const size_t rule_fields_count;

bool rule_is_name(struct str text);

/* Each is false, with the error "rules: NAME: WHAT: WHY" told; what: "" for the
   rule as a whole. */
bool rule_refuse(struct builder *b, struct config_place place, const char *what,
		 const char *why);
/* At the value of the entry in hand; the second shows it before why. */
bool rule_refuse_value(struct builder *b, const char *why);
bool rule_refuse_shown(struct builder *b, const char *why);
bool rule_refuse_word(struct builder *b, const struct reader_value *value,
		      const char *const *words);
bool rule_yes_no(struct builder *b, struct str text, bool *out);

#endif
