/*
 * Octets that may be a record, of each kind.  What can be unpacked keeps the
 * law (tests/support/law.h): it packs, and is then decided and read as before.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/support/law.h"

static void
check_message(struct arena *arena, struct str input)
{
	const struct policy_options policy = policy_options_default();
	const struct record_about about = {.context = 1};
	struct verdict verdict, again;
	uint32_t context;

	if (record_unpack(arena, input, &verdict, &context) != NULL)
		return;
	fuzz_require(law_round_trip(arena, &verdict, &about, &again) == NULL);
	fuzz_require(law_decision(arena, &verdict, &again, &policy) == NULL);
	/* A seed has "4FwD". */
	fuzz_canary(verdict.queue_id, "4FwZ");
}

static void
check_others(struct arena *arena, struct str input)
{
	struct record_context context, same;
	struct record_dns_text text;

	if (record_context_unpack(arena, input, &context) == NULL) {
		struct str octets = record_context_pack(arena, &context);
		fuzz_require(record_context_unpack(arena, octets, &same) ==
			     NULL);
		fuzz_require(str_eq(same.host, context.host));
	}
	if (record_dns_text_unpack(arena, input, &text) == NULL)
		fuzz_require(text.texts > 0);
}

void
fuzz_one(struct str input)
{
	struct arena *arena = arena_new(NULL);

	check_message(arena, input);
	check_others(arena, input);
	arena_free(arena);
}
