#include "tests/support/dkim_signer.h"
#include "tests/support/b64_text.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

struct dkim_signer {
	EVP_PKEY *pkey;
	bool rsa;
};

static void
must(bool ok)
{
	if (ok)
		return;
	fprintf(stderr, "dkim_signer: OpenSSL refused\n");
	abort();
}

static struct dkim_signer *
signer_of(EVP_PKEY *pkey, bool rsa)
{
	struct dkim_signer *signer = mem_alloc(sizeof *signer);

	must(pkey != NULL);
	*signer = (struct dkim_signer){pkey, rsa};
	return signer;
}

struct dkim_signer *
dkim_signer_rsa(unsigned bits)
{
	return signer_of(EVP_RSA_gen(bits), true);
}

struct dkim_signer *
dkim_signer_ed25519(void)
{
	return signer_of(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), false);
}

void
dkim_signer_free(struct dkim_signer *signer)
{
	if (signer == NULL)
		return;
	EVP_PKEY_free(signer->pkey);
	free(signer);
}

static struct str
encoded(struct arena *arena, unsigned char *der, int n)
{
	must(n > 0);
	struct str p = b64_text(arena, str_n((const char *)der, (size_t)n));
	OPENSSL_free(der);
	return p;
}

struct str
dkim_signer_p(struct arena *arena, const struct dkim_signer *signer)
{
	unsigned char raw[32], *der = NULL;
	size_t n = sizeof raw;

	if (signer->rsa) {
		int size = i2d_PUBKEY(signer->pkey, &der);
		return encoded(arena, der, size);
	}
	must(EVP_PKEY_get_raw_public_key(signer->pkey, raw, &n) > 0);
	return b64_text(arena, str_n((const char *)raw, n));
}

struct str
dkim_signer_p_plain(struct arena *arena, const struct dkim_signer *signer)
{
	unsigned char *der = NULL;
	int n = i2d_PublicKey(signer->pkey, &der);

	return encoded(arena, der, n);
}

struct str
test_sha256(struct arena *arena, struct str octets)
{
	unsigned char digest[32];

	must(EVP_Digest(octets.p, octets.n, digest, NULL, EVP_sha256(), NULL) >
	     0);
	return arena_copy(arena, str_n((const char *)digest, sizeof digest));
}

struct str
dkim_signer_raw(struct arena *arena, const struct dkim_signer *signer,
		struct str octets)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct str tbs = signer->rsa ? octets : test_sha256(arena, octets);
	unsigned char signature[2048];
	size_t n = sizeof signature;

	must(ctx != NULL);
	must(EVP_DigestSignInit(ctx, NULL, signer->rsa ? EVP_sha256() : NULL,
				NULL, signer->pkey) > 0);
	must(EVP_DigestSign(ctx, signature, &n, (const unsigned char *)tbs.p,
			    tbs.n) > 0);
	EVP_MD_CTX_free(ctx);
	return arena_copy(arena, str_n((const char *)signature, n));
}

struct str
dkim_signer_sign(struct arena *arena, const struct dkim_signer *signer,
		 const char *tags, const char *name, const char *fields,
		 const char *body)
{
	struct str bh = b64_text(arena, test_sha256(arena, str_of(body)));
	struct str value =
	    arena_printf(arena, "%s; bh=%.*s; b=", tags, STR_ARG(bh));
	struct str tbs =
	    arena_printf(arena, "%s%s%.*s", fields, name, STR_ARG(value));
	struct str b = b64_text(arena, dkim_signer_raw(arena, signer, tbs));

	return arena_printf(arena, "%.*s%.*s", STR_ARG(value), STR_ARG(b));
}
