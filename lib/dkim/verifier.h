/*
 * The one verifier of signatures.  DKIM-Signature (RFC 6376 section 6.1),
 * ARC-Message-Signature and ARC-Seal (RFC 8617 sections 4.1.2 and 4.1.3) are
 * verified in the same steps; what a fault means is for the caller to say.
 *
 * One for each message, on the thread that handles it.  What it makes lives in
 * the message's arena.
 */
#ifndef VERDICT_DKIM_VERIFIER_H
#define VERDICT_DKIM_VERIFIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "dkim/bodyhash.h"
#include "dkim/crypto.h"
#include "dkim/headerhash.h"
#include "dkim/signature.h"
#include "dns/dns.h"
#include "mail/header.h"

/* What all signatures of a message share.  The caller's storage; the caller
   fills it but for the last member. */
struct dkim_verifier {
	struct arena *arena;
	struct dns_session *session;
	const struct header *header; /* no longer changes */
	struct bodyhash *hashes;
	struct crypto_budget budget;   /* header hashes and public keys */
	bool allow_partial_body;       /* l= shorter than the body may pass */
	struct headerhash *headerhash; /* NULL until needed */
};

/* Why a signature does not verify. */
enum dkim_fault {
	DKIM_FAULT_NONE, /* it does */
	DKIM_FAULT_BODY_SHORT,
	DKIM_FAULT_BODY_HASH,
	DKIM_FAULT_BODY_PARTIAL,
	DKIM_FAULT_NO_KEY,
	DKIM_FAULT_LOOKUP_FAILED,
	DKIM_FAULT_LOOKUP_TIMEOUT,
	DKIM_FAULT_LOOKUP_LIMIT,
	DKIM_FAULT_LOOKUP_TOO_MANY,
	DKIM_FAULT_KEY_RECORD, /* as the record's own reason says */
	DKIM_FAULT_KEY_TYPE,
	DKIM_FAULT_KEY_STRICT,
	DKIM_FAULT_HEADER_ADDED,
	DKIM_FAULT_SIGNATURE,
	DKIM_FAULT_BUDGET,
	DKIM_FAULTS
};

/* One signature that is to be verified. */
struct dkim_trial {
	const struct dkim_signature *signature; /* without a flaw */
	struct str key_name;                    /* where its key is looked up */
	size_t body_hash;                       /* a handle; with bh= only */
	/* Demands that h= covers every field of each name in it. */
	bool covers_all;
	/* What b= signs; NULL: the header, hashed once there is a key. */
	const uint8_t *digest;
};

struct dkim_finding {
	enum dkim_fault fault;
	const char *reason;              /* the sentence for it, static */
	const struct dns_answer *answer; /* of the key's lookup */
	bool key_testing;                /* the key tried last says t=y */
};

/* Names the key; asks for no body hash.  The signature must outlive it. */
struct dkim_trial dkim_trial_of(const struct dkim_verifier *verifier,
				const struct dkim_signature *signature);
/* Asks for the body's hash.  Before the body comes. */
void dkim_trial_ask_body(const struct dkim_verifier *verifier,
			 struct dkim_trial *trial);

/*
 * RFC 6376 section 6.1.3 step 3, after bodyhash_finish().  One of the three
 * faults of the body, or none.
 */
enum dkim_fault dkim_verify_body(const struct dkim_verifier *verifier,
				 const struct dkim_trial *trial);
/*
 * RFC 6376 section 3.7, step 2: what b= signs of the header.  False: the budget
 * is used up.
 */
bool dkim_hash_header(struct dkim_verifier *verifier,
		      const struct dkim_trial *trial,
		      uint8_t digest_out[SHA256_OCTETS]) MUST_CHECK;
/*
 * Looks the key up, until deadline_ms (monotonic) at most, and verifies b= with
 * it (sections 6.1.2 and 6.1.3).  Of several keys the first that fits counts,
 * else the last one tells the fault.
 */
void dkim_verify_octets(struct dkim_verifier *verifier,
			const struct dkim_trial *trial, int64_t deadline_ms,
			struct dkim_finding *finding_out);

/* A sentence without an end: "body hash did not verify". */
const char *dkim_fault_text(enum dkim_fault fault);

#endif
