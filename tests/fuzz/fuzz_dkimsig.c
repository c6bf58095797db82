/* The value of one DKIM-Signature field. */
#include "base/domain.h"
#include "dkim/bodyhash.h"
#include "dkim/signature.h"
#include "tests/fuzz/fuzz.h"

static bool
signs_from(const struct dkim_signature *sig)
{
	for (size_t i = 0; i < sig->signed_names; i++)
		if (str_is_nocase(sig->signed_name[i], "from"))
			return true;
	return false;
}

static void
check_usable(struct arena *arena, const struct dkim_signature *sig)
{
	struct str again;

	fuzz_require(domain_canonical(arena, sig->domain, &again) ==
			 DOMAIN_OK &&
		     str_eq(sig->domain, again));
	fuzz_require(sig->selector.n > 0 && sig->algorithm.n > 0);
	fuzz_require(str_chr(sig->identity, '@') < sig->identity.n);
	fuzz_require(str_ends_nocase(sig->identity, sig->domain));
	fuzz_require(sig->body_hash.n == BODYHASH_OCTETS);
	fuzz_require(sig->octets.n > 0 && sig->b_text.n > 0);
	fuzz_require(sig->signed_names <= LIMIT_DKIM_H_NAMES);
	fuzz_require(signs_from(sig));
	fuzz_require(sig->expiration > sig->timestamp);
	/* Without at least the characters of b=. */
	fuzz_require(sig->unsigned_value.n + sig->b_text.n <=
		     sig->field->value.n);
}

void
fuzz_one(struct str input)
{
	struct arena *arena = arena_new(NULL);
	struct header header;
	struct dkim_signature sig;

	header_init(&header, arena, NULL);
	if (header_add(&header, str_lit("DKIM-Signature"), input)) {
		dkim_signature_parse(arena, FORM_DKIM, header.field, 1700000000,
				     NULL, &sig);
		if (sig.flaw.reason == NULL)
			check_usable(arena, &sig);
		else
			fuzz_require(sig.flaw.result == DKIM_PERMERROR ||
				     sig.flaw.result == DKIM_NEUTRAL ||
				     sig.flaw.result == DKIM_POLICY);
		fuzz_require(sig.signed_names <= LIMIT_DKIM_H_NAMES);
		if (sig.signed_names > 1)
			fuzz_canary(sig.signed_name[1], "zq");
	}
	arena_free(arena);
}
