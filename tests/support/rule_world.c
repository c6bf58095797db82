#include "tests/support/rule_world.h"

int
rule_world_setup(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct rule_world *w = arena_alloc(arena, sizeof *w);

	w->arena = arena;
	w->verdict.now = NOW;
	w->verdict.client_class = CLIENT_FOREIGN;
	w->verdict.dkim.outcome = w->dkim;
	w->verdict.arc.hop = w->hop;
	w->verdict.recipient = w->recipient;
	w->rule.name = str_lit("r");
	w->rule.condition = w->condition;
	w->rule.conditions = 1;
	w->rule.unauthenticated = true;
	*state = w;
	return 0;
}

int
rule_world_teardown(void **state)
{
	struct rule_world *w = *state;

	arena_free(w->arena);
	return 0;
}

static const struct domain_set *
names(struct rule_world *w)
{
	struct domain_set *set = domain_set_new(w->arena, 3, 64);

	domain_set_add(set, str_lit("a.example"), true);
	domain_set_add(set, str_lit("joe@c.example"), false);
	domain_set_add(set, str_lit("@c.example"), false);
	return set;
}

void
rule_world_look_at(struct rule_world *w, enum rule_subject subject)
{
	w->condition[0] = (struct rule_condition){
	    .subject = subject,
	    .domains = names(w),
	    .addresses = true,
	    .yes = true,
	};
}

void
rule_world_look_for(struct rule_world *w, enum rule_subject subject,
		    unsigned word)
{
	rule_world_look_at(w, subject);
	w->condition[0].words = 1u << word;
}

bool
rule_world_matches(struct rule_world *w)
{
	struct rules rules = {.rule = &w->rule, .count = 1};

	return rules_match(w->arena, &rules, &w->verdict, &w->shape).count == 1;
}
