/* Each line of the input is one TXT record at a selector. */
#include "dkim/key.h"
#include "dns/answer.h"
#include "tests/fuzz/fuzz.h"

static void
check_keys(const struct dkim_keys *keys)
{
	static const uint8_t digest[SHA256_OCTETS] = {1};
	struct crypto_budget budget = {.limit_us = LIMIT_CRYPTO_US};

	fuzz_require(keys->count <= LIMIT_DKIM_KEYS_TRIED);
	fuzz_require(keys->reason != NULL);
	for (size_t i = 0; i < keys->count; i++) {
		fuzz_require(keys->key[i].crypto != NULL);
		/* Nobody finds a signature by chance. */
		fuzz_require(crypto_verify(keys->key[i].crypto, digest,
					   str_lit("signature"),
					   &budget) != CRYPTO_VALID);
	}
}

void
fuzz_one(struct str input)
{
	struct dns_answer *answer = dns_answer_new(
	    str_lit("s1._domainkey.sender.example"), DNS_TXT, DNS_NODATA, "");
	struct str rest = input, line;
	struct dkim_keys *own;

	while (str_split(&rest, '\n', &line))
		dns_answer_add_text(answer, line);
	const struct dkim_keys *keys = dkim_keys_get(answer, &own);
	check_keys(keys);
	/* parsed once: the second look gives the kept form */
	fuzz_require(own == NULL && dkim_keys_get(answer, &own) == keys);
	fuzz_canary(str_of(keys->reason),
		    "s= of the key record does not allow email");
	dns_answer_unref(answer);
}
