/*
 * Octets that may be a saved check (record/saved.h).  What can be unpacked
 * packs into the same, and its message is verified by its answers.
 */
#include "policy/policy.h"
#include "record/saved.h"
#include "tests/fuzz/fuzz.h"
#include "verify/verify.h"

static struct dns_answer *
answer(void *ctx, struct str name, enum dns_type type)
{
	return saved_answer(ctx, name, type);
}

static void
check_again(struct arena *arena, const struct saved_check *check)
{
	struct saved_check again;
	struct buf octets;

	buf_init(&octets, arena);
	if (!saved_pack(check, &octets))
		return;
	fuzz_require(saved_unpack(arena, buf_str(&octets), &again) == NULL);
	fuzz_require(again.answers == check->answers);
	fuzz_require(str_eq(again.message, check->message));
	fuzz_require(str_eq(again.configuration, check->configuration));
}

static void
verify(struct saved_check *check)
{
	struct arena_pool pool;
	struct verify_options options = {.authserv_id = STR("mx.example")};
	struct verify_engine engine = {
	    .resolver = dns_resolver_new_offline(answer, check),
	    .pool = &pool,
	};
	const struct verify_envelope envelope = {
	    .client = check->client,
	    .client_name = check->client_name,
	    .helo = check->helo,
	    .mail_from_known = check->mail_from_known,
	    .mail_from = check->mail_from,
	    .now = check->now,
	    .prefetch = true,
	    .recipient = check->recipient,
	    .recipients = check->recipients,
	};
	struct verify *verify;

	arena_pool_init(&pool, 0);
	(void)verify_message(&engine, &options, &envelope, check->message,
			     &verify);
	(void)verdict_json(verify_arena(verify), verify_verdict(verify),
			   str_empty());
	verify_free(verify);
	dns_resolver_free(engine.resolver);
}

void
fuzz_one(struct str input)
{
	struct arena *arena = arena_new(NULL);
	struct saved_check check;

	if (saved_unpack(arena, input, &check) == NULL) {
		check_again(arena, &check);
		verify(&check);
		/* A seed has "mx.sender.example". */
		fuzz_canary(check.helo, "mx.sender.exampl4");
	}
	arena_free(arena);
}
