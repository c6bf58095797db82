/*
 * A message for each kind of decision, and what has to be told of it.
 */
#ifndef TESTS_SUPPORT_STORE_SITUATIONS_H
#define TESTS_SUPPORT_STORE_SITUATIONS_H

#include "tests/support/store/situation.h"
#include "tests/support/store/store_world.h"

#define ENFORCE "mode: enforce\non-quarantine: hold\n"

struct situation_case {
	struct situation is;
	/* What must stand in the text, and in the rule: NULL: there is nothing
	   to let in; "": no rule can. */
	const char *tells[8], *rule;
};

extern const struct situation_case situations[];
extern const size_t situations_n;

/* cmocka's, for one test: all of them are in a store. */
int situations_setup(void **state);
int situations_teardown(void **state);
extern struct situation_store situations_store;

void situations_find(struct arena *arena, const char *queue_id,
		     struct verdict *verdict, struct tell_known *known);
extern const struct tell_rule_options situations_rule;
/* The configuration (NULL: ENFORCE) with the rule above its own ones. */
const char *situations_with_rule(struct arena *arena, const char *config,
				 struct str yaml);

#define SITUATIONS_TEST(f)                                   \
	cmocka_unit_test_setup_teardown(f, situations_setup, \
					situations_teardown)
#define situations_run(tests) \
	situations_main(#tests, tests, sizeof(tests) / sizeof(tests[0]))
int situations_main(const char *name, const struct CMUnitTest *tests, size_t n);

#endif
