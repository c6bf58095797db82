/*
 * The little DER that RSA keys of DNS records need (ITU-T X.690; RFC 8017
 * appendix A.1.1, RFC 3279 section 2.3.1).
 *
 * Read here and not by a library, so that a record can never reach the parsers
 * of other key types and their parameters.  Reentrant.
 */
#ifndef VERDICT_DKIM_DER_H
#define VERDICT_DKIM_DER_H

#include <stdbool.h>

#include "base/str.h"

struct der_rsa {
	struct str modulus;  /* big-endian, no leading zero, not empty */
	struct str exponent; /* likewise */
};

/* An RSAPublicKey, or one inside SubjectPublicKeyInfo; nothing may follow. */
bool der_rsa_key(struct str octets, struct der_rsa *key_out);

#endif
