/* One rule and one message: what the tests of rules share. */
#ifndef TESTS_SUPPORT_RULE_WORLD_H
#define TESTS_SUPPORT_RULE_WORLD_H

#include "policy/policy.h"

#define NOW 1000000

/* A verdict that the tests change, and a rule of one condition. */
struct rule_world {
	struct arena *arena;
	struct verdict verdict;
	struct shape_outcome shape;
	struct dkim_outcome dkim[2];
	struct arc_hop hop[2];
	struct str recipient[2];
	struct rule_condition condition[2];
	struct rule rule;
};

/* cmocka's fixtures. */
int rule_world_setup(void **state);
int rule_world_teardown(void **state);

/* The first condition: of "a.example" with all below it, "joe@c.example". */
void rule_world_look_at(struct rule_world *w, enum rule_subject subject);
/* And of this word of its enum. */
void rule_world_look_for(struct rule_world *w, enum rule_subject subject,
			 unsigned word);
bool rule_world_matches(struct rule_world *w);

#endif
