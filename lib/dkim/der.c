#include "dkim/der.h"

#include "base/lex.h"

#define DER_INTEGER 0x02
#define DER_BIT_STRING 0x03
#define DER_SEQUENCE 0x30

/* AlgorithmIdentifier of rsaEncryption, with and without its NULL. */
static const char rsa_with_null[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"
				    "\x01\x05\x00";
static const char rsa_alone[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01"
				"\x01";

/* A definite length in its shortest form, at most two octets long. */
static bool
length(struct lex *der, size_t *length_out)
{
	int first = lex_peek(der);

	if (first < 0 || first == 0x80 || first > 0x82)
		return false;
	der->p++;
	if (first < 0x80) {
		*length_out = (size_t)first;
		return true;
	}
	size_t n = 0;
	for (int i = 0x80; i < first; i++) {
		int octet = lex_peek(der);
		if (octet < 0)
			return false;
		der->p++;
		n = n << 8 | (size_t)octet;
	}
	*length_out = n;
	return n >= (first == 0x81 ? 0x80 : 0x100);
}

/* The content of one element of that type. */
static bool
element(struct lex *der, int type, struct lex *content_out)
{
	struct lex at = *der;
	size_t n;

	if (!lex_char(&at, (char)type) || !length(&at, &n) ||
	    n > (size_t)(at.end - at.p))
		return false;
	*content_out = (struct lex){at.p, at.p + n};
	*der = (struct lex){at.p + n, at.end};
	return true;
}

/* A positive INTEGER, without the zero octet that makes it so. */
static bool
positive(struct lex *der, struct str *integer_out)
{
	struct lex integer;

	if (!element(der, DER_INTEGER, &integer) || lex_eof(&integer))
		return false;
	int first = lex_peek(&integer);
	if (first >= 0x80)
		return false;
	if (first == 0) {
		integer.p++;
		if (lex_peek(&integer) < 0x80)
			return false;
	}
	*integer_out = lex_rest(&integer);
	return true;
}

/* RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } */
static bool
rsa_public_key(struct lex *der, struct der_rsa *key)
{
	struct lex pair;

	return element(der, DER_SEQUENCE, &pair) &&
	       positive(&pair, &key->modulus) &&
	       positive(&pair, &key->exponent) && lex_eof(&pair);
}

/* SubjectPublicKeyInfo ::= SEQUENCE { AlgorithmIdentifier, BIT STRING } */
static bool
subject_public_key_info(struct lex *der, struct der_rsa *key)
{
	struct lex info, algorithm, bits;

	if (!element(der, DER_SEQUENCE, &info) ||
	    !element(&info, DER_SEQUENCE, &algorithm) ||
	    !element(&info, DER_BIT_STRING, &bits) || !lex_eof(&info))
		return false;
	struct str id = lex_rest(&algorithm);
	if (!str_eq(id, str_n(rsa_with_null, sizeof rsa_with_null - 1)) &&
	    !str_eq(id, str_n(rsa_alone, sizeof rsa_alone - 1)))
		return false;
	/* The first octet counts unused bits. */
	return lex_char(&bits, '\0') && rsa_public_key(&bits, key) &&
	       lex_eof(&bits);
}

bool
der_rsa_key(struct str octets, struct der_rsa *key_out)
{
	struct lex plain = lex_of(octets), info = plain;
	struct der_rsa key;

	if (!(rsa_public_key(&plain, &key) && lex_eof(&plain)) &&
	    !(subject_public_key_info(&info, &key) && lex_eof(&info)))
		return false;
	*key_out = key;
	return true;
}
