/*
 * Public-key and digest operations over OpenSSL's EVP interface; the only
 * place that knows OpenSSL.
 *
 * Keys are immutable once made and may be used by several threads.
 */
#ifndef VERDICT_DKIM_CRYPTO_H
#define VERDICT_DKIM_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compat.h"
#include "base/str.h"

#define SHA256_OCTETS 32

enum key_type { KEY_RSA, KEY_ED25519 };

struct crypto_key;

/*
 * Octets of a p= tag: SubjectPublicKeyInfo or RSAPublicKey in DER, or 32 raw
 * octets for Ed25519 (RFC 8463 section 4.2).  NULL with a static reason on
 * anything else: trailing octets, a modulus outside LIMIT_DKIM_RSA_MIN/MAX,
 * an exponent that is even, 1 or over 64 bits.
 */
struct crypto_key *crypto_key_new(enum key_type type, struct str octets,
				  const char **reason_out) MUST_CHECK;
void crypto_key_free(struct crypto_key *key);
enum key_type crypto_key_type(const struct crypto_key *key);

/*
 * One message's CPU for header hashes and public-key operations; the caller's
 * storage.
 */
struct crypto_budget {
	int64_t used_us;
	int64_t limit_us; /* LIMIT_CRYPTO_US unless configured */
	bool exhausted;   /* an operation was refused */
};

/*
 * Before an operation: false, and noted, where the budget is used up; else
 * *begun_us_out is for the charge that follows the operation.
 */
bool crypto_budget_begin(struct crypto_budget *budget,
			 int64_t *begun_us_out) MUST_CHECK;
void crypto_budget_charge(struct crypto_budget *budget, int64_t begun_us);

enum crypto_verdict {
	CRYPTO_VALID,
	CRYPTO_INVALID,
	CRYPTO_OVER_BUDGET /* not tried */
};

/*
 * RSASSA-PKCS1-v1_5 over the SHA-256 digest, or PureEdDSA over the digest's
 * octets (RFC 8463 section 3).
 */
enum crypto_verdict crypto_verify(const struct crypto_key *key,
				  const uint8_t digest[SHA256_OCTETS],
				  struct str signature,
				  struct crypto_budget *budget);

/* A running SHA-256; crypto_sha256_final() ends and frees it. */
struct crypto_sha256;
struct crypto_sha256 *crypto_sha256_new(void) MUST_CHECK;
struct crypto_sha256 *crypto_sha256_copy(const struct crypto_sha256 *sha)
    MUST_CHECK;
void crypto_sha256_update(struct crypto_sha256 *sha, const char *p, size_t n);
/* The same as a canon_sink (mail/canon.h); ctx: the struct crypto_sha256. */
void crypto_sha256_sink(void *ctx, const char *p, size_t n);
void crypto_sha256_final(struct crypto_sha256 *sha,
			 uint8_t digest_out[SHA256_OCTETS]);
void crypto_sha256_free(struct crypto_sha256 *sha);

#endif
