#include "dkim/verifier.h"

#include <string.h>

#include "dkim/key.h"

static const char *const fault_text[DKIM_FAULTS] = {
    [DKIM_FAULT_NONE] = "",
    [DKIM_FAULT_BODY_SHORT] = "l= is longer than the body",
    [DKIM_FAULT_BODY_HASH] = "body hash did not verify",
    [DKIM_FAULT_BODY_PARTIAL] = "l= leaves a part of the body unsigned",
    [DKIM_FAULT_NO_KEY] = "no key",
    [DKIM_FAULT_LOOKUP_FAILED] = "key lookup failed",
    [DKIM_FAULT_LOOKUP_TIMEOUT] = "key lookup timed out",
    [DKIM_FAULT_LOOKUP_LIMIT] =
	"key lookup was not made: limit of DNS questions",
    [DKIM_FAULT_LOOKUP_TOO_MANY] = "too many key records",
    [DKIM_FAULT_KEY_RECORD] = "key record gives no key",
    [DKIM_FAULT_KEY_TYPE] = "key type does not fit a=",
    [DKIM_FAULT_KEY_STRICT] = "the key demands that i= has the domain of d=",
    [DKIM_FAULT_HEADER_ADDED] = "a field was added that h= does not cover",
    [DKIM_FAULT_SIGNATURE] = "signature did not verify",
    [DKIM_FAULT_BUDGET] = "not tried: limit of CPU time for signatures",
};

const char *
dkim_fault_text(enum dkim_fault fault)
{
	return fault_text[fault];
}

/* --- end of header --- */

struct dkim_trial
dkim_trial_of(const struct dkim_verifier *v, const struct dkim_signature *sig)
{
	return (struct dkim_trial){
	    .signature = sig,
	    /* RFC 6376 section 3.6.2.1 */
	    .key_name =
		arena_printf(v->arena, "%.*s._domainkey.%.*s",
			     STR_ARG(sig->selector), STR_ARG(sig->domain)),
	};
}

void
dkim_trial_ask_body(const struct dkim_verifier *v, struct dkim_trial *trial)
{
	const struct dkim_signature *sig = trial->signature;

	trial->body_hash =
	    bodyhash_request(v->hashes, sig->body_canon, sig->body_limit);
}

/* --- end of message --- */

enum dkim_fault
dkim_verify_body(const struct dkim_verifier *v, const struct dkim_trial *trial)
{
	const struct dkim_signature *sig = trial->signature;
	uint8_t digest[BODYHASH_OCTETS];
	uint64_t octets;

	if (!bodyhash_get(v->hashes, trial->body_hash, digest, &octets))
		return DKIM_FAULT_BODY_SHORT;
	if (memcmp(digest, sig->body_hash.p, BODYHASH_OCTETS) != 0)
		return DKIM_FAULT_BODY_HASH;
	/* RFC 6376 section 8.2: what stands after l= is anybody's. */
	if (sig->body_limit < octets && !v->allow_partial_body)
		return DKIM_FAULT_BODY_PARTIAL;
	return DKIM_FAULT_NONE;
}

bool
dkim_hash_header(struct dkim_verifier *v, const struct dkim_trial *trial,
		 uint8_t digest_out[SHA256_OCTETS])
{
	if (v->headerhash == NULL)
		v->headerhash = headerhash_new(v->arena, v->header);
	return headerhash_digest(v->headerhash, trial->signature, &v->budget,
				 digest_out);
}

/* RFC 6376 section 6.1.2 steps 2 and 3. */
static enum dkim_fault
lookup_fault(const struct dns_answer *answer)
{
	switch (answer->status) {
	case DNS_OK:
		break;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		return DKIM_FAULT_NO_KEY;
	case DNS_FAILED:
		return DKIM_FAULT_LOOKUP_FAILED;
	case DNS_TIMEOUT:
		return DKIM_FAULT_LOOKUP_TIMEOUT;
	case DNS_LIMIT:
		return DKIM_FAULT_LOOKUP_LIMIT;
	case DNS_TOO_MANY:
		return DKIM_FAULT_LOOKUP_TOO_MANY;
	}
	return DKIM_FAULT_NONE;
}

/* The digest that b= signs, made now where the trial has none. */
static enum dkim_fault
header_fault(struct dkim_verifier *v, const struct dkim_trial *trial,
	     uint8_t digest[SHA256_OCTETS])
{
	if (trial->digest != NULL) {
		memcpy(digest, trial->digest, SHA256_OCTETS);
		return DKIM_FAULT_NONE;
	}
	if (!dkim_hash_header(v, trial, digest))
		return DKIM_FAULT_BUDGET;
	if (trial->covers_all &&
	    !headerhash_covers_all(v->headerhash, trial->signature))
		return DKIM_FAULT_HEADER_ADDED;
	return DKIM_FAULT_NONE;
}

static enum dkim_fault
key_fault(struct dkim_verifier *v, const struct dkim_signature *sig,
	  const struct dkim_key *key, const uint8_t digest[SHA256_OCTETS])
{
	/* RFC 6376 section 6.1.2 step 8 */
	if (crypto_key_type(key->crypto) != sig->key_type)
		return DKIM_FAULT_KEY_TYPE;
	/* section 3.6.1, t=s */
	if (key->strict && sig->identity_below)
		return DKIM_FAULT_KEY_STRICT;
	switch (crypto_verify(key->crypto, digest, sig->octets, &v->budget)) {
	case CRYPTO_VALID:
		break;
	case CRYPTO_INVALID:
		return DKIM_FAULT_SIGNATURE;
	case CRYPTO_OVER_BUDGET:
		return DKIM_FAULT_BUDGET;
	}
	return DKIM_FAULT_NONE;
}

static void
find(struct dkim_finding *finding, enum dkim_fault fault)
{
	finding->fault = fault;
	finding->reason = fault_text[fault];
}

static void
try_keys(struct dkim_verifier *v, const struct dkim_trial *trial,
	 const struct dkim_keys *keys, struct dkim_finding *finding)
{
	uint8_t digest[SHA256_OCTETS];

	if (keys->count == 0) {
		finding->fault = DKIM_FAULT_KEY_RECORD;
		finding->reason = keys->reason;
		return;
	}
	find(finding, header_fault(v, trial, digest));
	if (finding->fault != DKIM_FAULT_NONE)
		return;
	for (size_t i = 0; i < keys->count; i++) {
		const struct dkim_key *key = &keys->key[i];
		finding->key_testing = key->testing;
		find(finding, key_fault(v, trial->signature, key, digest));
		if (finding->fault == DKIM_FAULT_NONE)
			return;
	}
}

void
dkim_verify_octets(struct dkim_verifier *v, const struct dkim_trial *trial,
		   int64_t deadline_ms, struct dkim_finding *finding_out)
{
	struct dkim_finding finding = {
	    .answer =
		dns_lookup(v->session, trial->key_name, DNS_TXT, deadline_ms),
	};
	struct dkim_keys *own;

	find(&finding, lookup_fault(finding.answer));
	if (finding.fault == DKIM_FAULT_NONE) {
		try_keys(v, trial, dkim_keys_get(finding.answer, &own),
			 &finding);
		dkim_keys_free(own);
	}
	*finding_out = finding;
}
