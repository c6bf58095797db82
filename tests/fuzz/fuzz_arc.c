#include "arc/arc.h"
#include "arc/results.h"
#include "base/limits.h"
#include "dkim/verifier.h"
#include "mail/message.h"
#include "tests/fuzz/fuzz.h"

/* No name has a key. */
static struct dns_answer *
nothing(void *ctx, struct str name, enum dns_type type)
{
	(void)ctx;
	(void)name;
	(void)type;
	return NULL;
}

/* The input is the header of a message. */
static void
fuzz_chain(struct arena *arena, struct str input)
{
	struct header header;
	struct message message;
	struct arc_results results;
	struct bodyhash *hashes = bodyhash_new(arena);
	struct dns_resolver *resolver = dns_resolver_new_offline(nothing, NULL);
	struct dns_session *session = dns_session_new(resolver, NULL);
	struct arc_input arc_input = {.now = 1000000};
	struct dkim_verifier verifier = {
	    .arena = arena,
	    .session = session,
	    .header = &header,
	    .hashes = hashes,
	    .budget.limit_us = LIMIT_CRYPTO_US,
	};

	header_init(&header, arena, NULL);
	message_split(arena, input, &message);
	for (size_t i = 0; i < message.count; i++)
		header_add(&header, message.field[i].raw_name,
			   message.field[i].value);
	struct arc *arc = arc_begin(&verifier, &arc_input);
	arc_prefetch(arc);
	bodyhash_update(hashes, message.body.p, message.body.n);
	bodyhash_finish(hashes);
	arc_evaluate(arc, 0, &results);
	fuzz_require(results.count <= LIMIT_ARC_SETS);
	fuzz_require(results.result != ARC_PASS);
	fuzz_require((results.result == ARC_FAIL) == (results.reason.n > 0));
	if (results.count > 1)
		fuzz_canary(results.hop[1].domain, "z.example");
	dns_session_unref(session);
	dns_resolver_free(resolver);
	bodyhash_clear(hashes);
}

void
fuzz_one(struct str input)
{
	struct arena *arena = arena_new(NULL);
	struct str author = str_lit("a.example");

	fuzz_chain(arena, input);
	if (arc_dmarc_said(arena, input, author) == ARC_DMARC_PASS)
		fuzz_require(input.n > author.n + sizeof "dmarc=pass" - 1);
	arena_free(arena);
}
