#include "dns/digest.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#define SHA256 LDNS_SHA256_DIGEST_LENGTH

static void
hash(struct str text, uint8_t digest_out[SHA256])
{
	ldns_sha256_CTX ctx;

	ldns_sha256_init(&ctx);
	ldns_sha256_update(&ctx, (const uint8_t *)text.p, text.n);
	ldns_sha256_final(digest_out, &ctx);
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, SHA256);
}

/* DNS servers turn the order of records. */
static void
hash_several(const struct dns_answer *answer, uint8_t digest_out[SHA256])
{
	uint8_t each[LIMIT_DNS_ANSWER_RRS][SHA256];

	for (size_t i = 0; i < answer->count; i++)
		hash(answer->rr[i].text, each[i]);
	qsort(each, answer->count, SHA256, compare);
	hash(str_n((const char *)each, answer->count * SHA256), digest_out);
}

void
dns_digest_texts(const struct dns_answer *answer,
		 uint8_t digest_out[DNS_DIGEST_OCTETS])
{
	uint8_t digest[SHA256];
	const uint8_t *part = digest;

	if (answer->count == 1) {
		hash(answer->rr[0].text, digest);
	} else {
		hash_several(answer, digest);
		part = digest + SHA256 - DNS_DIGEST_OCTETS;
	}
	memcpy(digest_out, part, DNS_DIGEST_OCTETS);
}
