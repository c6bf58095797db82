/*
 * Signs test messages with keys made on the spot.  It knows nothing of
 * canonicalization: a test writes out what is to be signed, octet by octet, so
 * that a verifier is never measured against itself.
 */
#ifndef TESTS_SUPPORT_DKIM_SIGNER_H
#define TESTS_SUPPORT_DKIM_SIGNER_H

#include "base/arena.h"
#include "base/str.h"

struct dkim_signer;

/* The test program aborts where a key cannot be made. */
struct dkim_signer *dkim_signer_rsa(unsigned bits);
struct dkim_signer *dkim_signer_ed25519(void);
void dkim_signer_free(struct dkim_signer *signer);

/* The value of p= for this key; RSA as SubjectPublicKeyInfo. */
struct str dkim_signer_p(struct arena *arena, const struct dkim_signer *signer);
/* The same key as RSAPublicKey (RFC 6376 section 3.6.1 by its letter). */
struct str dkim_signer_p_plain(struct arena *arena,
			       const struct dkim_signer *signer);

struct str test_sha256(struct arena *arena, struct str octets);
/* Over the SHA-256 digest of `octets`, as the key's algorithm wants it. */
struct str dkim_signer_raw(struct arena *arena,
			   const struct dkim_signer *signer, struct str octets);

/*
 * The value of a signature field, in relaxed form without leading blank:
 * "TAGS; bh=...; b=...".  `fields`: the canonical signed fields with their
 * CRLFs.  `name`: "dkim-signature:", or with simple canonicalization the name
 * as it stands in the message and what is between it and TAGS.
 */
struct str dkim_signer_sign(struct arena *arena,
			    const struct dkim_signer *signer, const char *tags,
			    const char *name, const char *fields,
			    const char *body);

#endif
