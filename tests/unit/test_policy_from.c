#include "tests/support/test.h"

#include <stdio.h>

#include "base/arena.h"
#include "policy/policy.h"

enum quarantine_kind { HOLD, FILED, TAG, REJECT, UNSET, KINDS };

static struct policy_options
options_of(enum quarantine_kind kind, enum policy_choice on_bad_from)
{
	static const enum policy_on_quarantine on_quarantine[KINDS] = {
	    [HOLD] = ON_QUARANTINE_HOLD,   [FILED] = ON_QUARANTINE_TAG,
	    [TAG] = ON_QUARANTINE_TAG,     [REJECT] = ON_QUARANTINE_REJECT,
	    [UNSET] = ON_QUARANTINE_UNSET,
	};
	struct policy_options options = policy_options_default();

	options.mode = POLICY_ENFORCE;
	options.on_quarantine = on_quarantine[kind];
	options.tag_filed = kind == FILED;
	options.on_bad_from = on_bad_from;
	return options;
}

/* r refused, h held, t tagged, a accepted; with each kind of quarantine. */
static void
check(struct arena *arena, const struct verdict *verdict,
      enum policy_choice on_bad_from, const char *want)
{
	for (int kind = HOLD; kind < KINDS; kind++) {
		struct policy_options options =
		    options_of((enum quarantine_kind)kind, on_bad_from);
		struct decision got = policy_decide(arena, verdict, &options);
		char c = got.action == ACTION_REJECT   ? 'r'
			 : got.action == ACTION_ACCEPT ? 'a'
			 : got.how == QUARANTINE_HOLD  ? 'h'
						       : 't';
		if (c != want[kind])
			fprintf(stderr, "kind %d: %c, want %s\n", kind, c,
				want);
		assert_int_equal(c, want[kind]);
	}
}

/* A bounce without an author is set aside, where that misses the inbox. */
static void
test_bounces(void **state)
{
	static const struct {
		enum from_state from;
		bool null_path, shows_domain;
		enum policy_choice on_bad_from;
		const char *want;
	} rows[] = {
	    {FROM_NO_DOMAIN, true, false, CHOICE_REJECT, "htrrr"},
	    {FROM_MISSING, true, false, CHOICE_REJECT, "htrrr"},
	    {FROM_NO_DOMAIN, true, true, CHOICE_REJECT, "rrrrr"},
	    {FROM_UNREADABLE, true, false, CHOICE_REJECT, "rrrrr"},
	    {FROM_TOO_MANY, true, false, CHOICE_REJECT, "rrrrr"},
	    {FROM_FIELDS, true, false, CHOICE_REJECT, "rrrrr"},
	    {FROM_NO_DOMAIN, false, false, CHOICE_REJECT, "rrrrr"},
	    {FROM_MISSING, false, false, CHOICE_REJECT, "rrrrr"},
	    /* nothing else is softened, or made harder */
	    {FROM_NO_DOMAIN, true, false, CHOICE_QUARANTINE, "httrt"},
	    {FROM_MISSING, true, false, CHOICE_TAG, "ttttt"},
	    {FROM_MISSING, true, false, CHOICE_ACCEPT, "aaaaa"},
	    {FROM_ONE, true, false, CHOICE_REJECT, "aaaaa"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *arena = arena_new(NULL);
		struct verdict verdict = {
		    .from = {.state = rows[i].from,
			     .shows_domain = rows[i].shows_domain,
			     .reason = ""},
		    .mail_from_known = true,
		    .mail_from_null = rows[i].null_path,
		};
		check(arena, &verdict, rows[i].on_bad_from, rows[i].want);
		/* a path that is not known is not the null path */
		verdict.mail_from_known = false;
		if (rows[i].on_bad_from == CHOICE_REJECT &&
		    rows[i].from != FROM_ONE)
			check(arena, &verdict, CHOICE_REJECT, "rrrrr");
		arena_free(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bounces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
