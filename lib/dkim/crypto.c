#include "dkim/crypto.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "dkim/der.h"

#define ED25519_KEY_OCTETS 32
#define ED25519_SIGNATURE_OCTETS 64

struct crypto_key {
	enum key_type type;
	EVP_PKEY *pkey;
};

static const unsigned char *
octets_of(struct str s)
{
	return (const unsigned char *)s.p;
}

/* --- keys --- */

/* NULL only where memory ran out or OpenSSL knows no RSA. */
static EVP_PKEY *
pkey_from_numbers(const BIGNUM *n, const BIGNUM *e)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;

	if (ctx == NULL || builder == NULL ||
	    !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) ||
	    !OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e))
		goto out;
	params = OSSL_PARAM_BLD_to_param(builder);
	if (params == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		pkey = NULL;
out:
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *
rsa_pkey(const struct der_rsa *rsa)
{
	BIGNUM *n =
	    BN_bin2bn(octets_of(rsa->modulus), (int)rsa->modulus.n, NULL);
	BIGNUM *e =
	    BN_bin2bn(octets_of(rsa->exponent), (int)rsa->exponent.n, NULL);
	EVP_PKEY *pkey = n && e ? pkey_from_numbers(n, e) : NULL;

	BN_free(n);
	BN_free(e);
	return pkey;
}

static size_t
bits_of(struct str integer)
{
	size_t bits = integer.n * 8;

	for (unsigned top = (unsigned char)integer.p[0]; top < 0x80; top <<= 1)
		bits--;
	return bits;
}

static const char *
rsa_fault(const struct der_rsa *rsa)
{
	size_t bits = bits_of(rsa->modulus);
	struct str e = rsa->exponent;
	unsigned char last = (unsigned char)e.p[e.n - 1];

	if (bits < LIMIT_DKIM_RSA_MIN)
		return "RSA key is shorter than 1024 bits"; /* RFC 8301 */
	if (bits > LIMIT_DKIM_RSA_MAX)
		return "RSA key is longer than 8192 bits";
	if (e.n > LIMIT_DKIM_EXPONENT_OCTETS || last % 2 == 0 ||
	    bits_of(e) == 1)
		return "RSA key has an unusable exponent";
	return NULL;
}

static EVP_PKEY *
rsa_key(struct str octets, const char **reason_out)
{
	struct der_rsa rsa;

	if (!der_rsa_key(octets, &rsa)) {
		*reason_out = "key is not an RSA public key";
		return NULL;
	}
	const char *fault = rsa_fault(&rsa);
	if (fault != NULL) {
		*reason_out = fault;
		return NULL;
	}
	EVP_PKEY *pkey = rsa_pkey(&rsa);
	if (pkey == NULL)
		*reason_out = "RSA key was refused by the crypto library";
	return pkey;
}

static EVP_PKEY *
ed25519_key(struct str octets, const char **reason_out)
{
	EVP_PKEY *pkey = NULL;

	if (octets.n != ED25519_KEY_OCTETS) {
		*reason_out = "Ed25519 key is not 32 octets long";
		return NULL;
	}
	pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
					   octets_of(octets), octets.n);
	if (pkey == NULL)
		*reason_out = "Ed25519 key was refused by the crypto library";
	return pkey;
}

struct crypto_key *
crypto_key_new(enum key_type type, struct str octets, const char **reason_out)
{
	EVP_PKEY *pkey = type == KEY_RSA ? rsa_key(octets, reason_out)
					 : ed25519_key(octets, reason_out);
	if (pkey == NULL)
		return NULL;
	struct crypto_key *key = mem_alloc(sizeof *key);
	*key = (struct crypto_key){type, pkey};
	return key;
}

void
crypto_key_free(struct crypto_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

enum key_type
crypto_key_type(const struct crypto_key *key)
{
	return key->type;
}

/* --- the two algorithms --- */

/* RFC 8017 section 8.2.2. */
static bool
rsa_verify(EVP_PKEY *pkey, const uint8_t digest[SHA256_OCTETS],
	   struct str signature)
{
	if (signature.n != (size_t)EVP_PKEY_get_size(pkey))
		return false;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	if (ctx == NULL)
		mem_exhausted(0);
	bool valid = EVP_PKEY_verify_init(ctx) > 0 &&
		     EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0 &&
		     EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) > 0 &&
		     EVP_PKEY_verify(ctx, octets_of(signature), signature.n,
				     digest, SHA256_OCTETS) == 1;
	EVP_PKEY_CTX_free(ctx);
	return valid;
}

/* RFC 8463 section 3: PureEdDSA, with the digest as the message. */
static bool
ed25519_verify(EVP_PKEY *pkey, const uint8_t digest[SHA256_OCTETS],
	       struct str signature)
{
	if (signature.n != ED25519_SIGNATURE_OCTETS)
		return false;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (ctx == NULL)
		mem_exhausted(0);
	bool valid = EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) > 0 &&
		     EVP_DigestVerify(ctx, octets_of(signature), signature.n,
				      digest, SHA256_OCTETS) == 1;
	EVP_MD_CTX_free(ctx);
	return valid;
}

/* --- what a message may use up --- */

/*
 * For CPU time the system has to be asked.  While little is used up, the time
 * that has passed serves: it is cheap, and never less.
 */
static int64_t
little_of(const struct crypto_budget *budget)
{
	return budget->limit_us / 8;
}

static int64_t
budget_clock_us(const struct crypto_budget *budget)
{
	return budget->used_us < little_of(budget) ? clock_monotonic_us()
						   : clock_thread_cpu_us();
}

bool
crypto_budget_begin(struct crypto_budget *budget, int64_t *begun_us_out)
{
	if (budget->used_us >= budget->limit_us) {
		budget->exhausted = true;
		return false;
	}
	*begun_us_out = budget_clock_us(budget);
	return true;
}

void
crypto_budget_charge(struct crypto_budget *budget, int64_t begun_us)
{
	int64_t us = budget_clock_us(budget) - begun_us;

	/* Time also passed while the thread had no processor. */
	if (budget->used_us < little_of(budget) && us > little_of(budget))
		us = little_of(budget);
	budget->used_us += us;
}

/* --- signatures --- */

enum crypto_verdict
crypto_verify(const struct crypto_key *key, const uint8_t digest[SHA256_OCTETS],
	      struct str signature, struct crypto_budget *budget)
{
	int64_t begun_us;

	if (!crypto_budget_begin(budget, &begun_us))
		return CRYPTO_OVER_BUDGET;
	bool valid = key->type == KEY_RSA
			 ? rsa_verify(key->pkey, digest, signature)
			 : ed25519_verify(key->pkey, digest, signature);
	crypto_budget_charge(budget, begun_us);
	if (valid)
		return CRYPTO_VALID;
	/* What it left there would mislead the next user of the thread. */
	ERR_clear_error();
	return CRYPTO_INVALID;
}

/* --- SHA-256 --- */

/* The struct is only a name: a pointer to one is an EVP_MD_CTX. */
static EVP_MD_CTX *
md_ctx(struct crypto_sha256 *sha)
{
	return (EVP_MD_CTX *)sha;
}

static EVP_MD_CTX *
md_ctx_new(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx == NULL)
		mem_exhausted(0);
	return ctx;
}

/* These fail only where memory ran out. */
static void
must(int ok)
{
	if (ok <= 0)
		mem_exhausted(0);
}

struct crypto_sha256 *
crypto_sha256_new(void)
{
	EVP_MD_CTX *ctx = md_ctx_new();

	must(EVP_DigestInit_ex(ctx, EVP_sha256(), NULL));
	return (struct crypto_sha256 *)ctx;
}

struct crypto_sha256 *
crypto_sha256_copy(const struct crypto_sha256 *sha)
{
	EVP_MD_CTX *ctx = md_ctx_new();

	must(EVP_MD_CTX_copy_ex(ctx, (const EVP_MD_CTX *)sha));
	return (struct crypto_sha256 *)ctx;
}

void
crypto_sha256_update(struct crypto_sha256 *sha, const char *p, size_t n)
{
	must(EVP_DigestUpdate(md_ctx(sha), p, n));
}

void
crypto_sha256_sink(void *ctx, const char *p, size_t n)
{
	crypto_sha256_update(ctx, p, n);
}

void
crypto_sha256_final(struct crypto_sha256 *sha,
		    uint8_t digest_out[SHA256_OCTETS])
{
	must(EVP_DigestFinal_ex(md_ctx(sha), digest_out, NULL));
	EVP_MD_CTX_free(md_ctx(sha));
}

void
crypto_sha256_free(struct crypto_sha256 *sha)
{
	EVP_MD_CTX_free(md_ctx(sha));
}
