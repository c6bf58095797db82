#include "arc/arc.h"

#include <string.h>

#include "arc/set.h"
#include "base/buf.h"
#include "base/limits.h"
#include "dkim/headerhash.h"
#include "dkim/key.h"
#include "mail/canon.h"

/* What a message signature needs beside its own field. */
struct message_check {
	bool tried;
	size_t body_hash; /* handle */
};

struct arc_verifier {
	struct arena *arena;
	const struct header *header;
	struct bodyhash *hashes;
	struct arc_options options;
	struct arc_sets sets;
	struct message_check *check;    /* by set */
	struct str key[LIMIT_ARC_KEYS]; /* distinct names */
	size_t keys;
	struct headerhash *headerhash;
	struct arc_results results;
};

/* What one evaluation may use. */
struct arc_run {
	struct arc_verifier *v;
	struct dns_session *session;
	int64_t deadline_ms;
	struct crypto_budget *budget;
};

static void
fail(struct arc_verifier *v, struct str reason)
{
	v->results.result = ARC_FAIL;
	v->results.reason = reason;
}

/* --- end of header --- */

/* RFC 6376 section 3.6.2.1 */
static struct str
key_name(const struct arc_verifier *v, const struct dkim_signature *sig)
{
	return arena_printf(v->arena, "%.*s._domainkey.%.*s",
			    STR_ARG(sig->selector), STR_ARG(sig->domain));
}

/* False where the name is one more than a chain may have. */
static bool
add_key(struct arc_verifier *v, const struct dkim_signature *sig)
{
	struct str name = key_name(v, sig);

	for (size_t i = 0; i < v->keys; i++) {
		if (str_eq(v->key[i], name))
			return true;
	}
	if (v->keys == LIMIT_ARC_KEYS) {
		v->results.keys_exhausted = true;
		return false;
	}
	v->key[v->keys++] = name;
	return true;
}

/* The newest message signature and all seals: without one of them, no pass. */
static bool
add_needed_keys(struct arc_verifier *v)
{
	const struct arc_sets *sets = &v->sets;
	bool all = add_key(v, &sets->set[sets->count - 1].message);

	for (size_t n = sets->count; all && n > 0; n--)
		all = add_key(v, &sets->set[n - 1].seal);
	return all;
}

/* The message signatures from the newest back, as far as they can verify. */
static void
choose_messages(struct arc_verifier *v)
{
	for (size_t n = v->sets.count; n > 0; n--) {
		const struct dkim_signature *sig = &v->sets.set[n - 1].message;
		if (sig->flaw.reason != NULL || !add_key(v, sig))
			return;
		v->check[n - 1].tried = true;
		v->check[n - 1].body_hash = bodyhash_request(
		    v->hashes, sig->body_canon, sig->body_limit);
	}
}

static void
show_hops(struct arc_verifier *v)
{
	struct arc_hop *hop = arena_array(v->arena, v->sets.count, sizeof *hop);

	for (size_t i = 0; i < v->sets.count; i++) {
		const struct arc_set *set = &v->sets.set[i];
		hop[i] = (struct arc_hop){
		    .instance = (unsigned)i + 1,
		    .domain = set->seal.domain,
		    .selector = set->seal.selector,
		    .payload = set->payload,
		};
	}
	v->results.hop = hop;
	v->results.count = v->sets.count;
}

static void
begin_chain(struct arc_verifier *v)
{
	size_t newest = v->sets.count;
	const char *flaw = v->sets.set[newest - 1].message.flaw.reason;

	v->check = arena_array(v->arena, newest, sizeof *v->check);
	show_hops(v);
	if (flaw != NULL) {
		fail(v, arena_printf(v->arena, "ARC-Message-Signature %zu: %s",
				     newest, flaw));
		return;
	}
	if (!add_needed_keys(v)) {
		fail(v, arena_printf(v->arena,
				     "limit: more than %d key names in the "
				     "chain",
				     LIMIT_ARC_KEYS));
		return;
	}
	choose_messages(v);
}

struct arc_verifier *
arc_begin(struct arena *arena, const struct header *header,
	  struct bodyhash *hashes, const struct arc_options *options)
{
	struct arc_verifier *v = arena_alloc(arena, sizeof *v);

	v->arena = arena;
	v->header = header;
	v->hashes = hashes;
	v->options = *options;
	v->results.reason = str_empty();
	arc_sets_collect(arena, header, options->now, &v->sets);
	if (v->sets.reason.n > 0)
		fail(v, v->sets.reason);
	else if (v->sets.count > 0)
		begin_chain(v);
	return v;
}

void
arc_prefetch(const struct arc_verifier *v, struct dns_session *session)
{
	if (v->results.result == ARC_FAIL)
		return;
	for (size_t i = 0; i < v->keys; i++)
		dns_prefetch(session, v->key[i], DNS_TXT, NULL, NULL, NULL);
}

/* --- end of message: NULL, or why something does not verify --- */

static const char over_budget[] = "not tried: limit of CPU time for signatures";

static const char *
verify_with(const struct dkim_keys *keys, const struct dkim_signature *sig,
	    const uint8_t digest[SHA256_OCTETS], struct crypto_budget *budget)
{
	const char *reason = keys->reason;

	for (size_t i = 0; i < keys->count; i++) {
		const struct crypto_key *key = keys->key[i].crypto;
		/* RFC 6376 section 6.1.2 step 8 */
		if (crypto_key_type(key) != sig->key_type) {
			reason = "key type does not fit a=";
			continue;
		}
		switch (crypto_verify(key, digest, sig->octets, budget)) {
		case CRYPTO_VALID:
			return NULL;
		case CRYPTO_INVALID:
			reason = "signature did not verify";
			break;
		case CRYPTO_OVER_BUDGET:
			reason = over_budget;
			break;
		}
	}
	return reason;
}

static const char *
lookup_fault(const struct dns_answer *answer)
{
	switch (answer->status) {
	case DNS_OK:
		break;
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		return "no key";
	case DNS_FAILED:
		return "key lookup failed";
	case DNS_TIMEOUT:
		return "key lookup timed out";
	case DNS_LIMIT:
		return "key lookup was not made: limit of DNS questions";
	case DNS_TOO_MANY:
		return "too many key records";
	}
	return NULL;
}

static const char *
verify_signature(const struct arc_run *run, const struct dkim_signature *sig,
		 const uint8_t digest[SHA256_OCTETS])
{
	const struct dns_answer *answer = dns_lookup(
	    run->session, key_name(run->v, sig), DNS_TXT, run->deadline_ms);
	const char *reason = lookup_fault(answer);
	struct dkim_keys *own;

	if (reason != NULL)
		return reason;
	reason =
	    verify_with(dkim_keys_get(answer, &own), sig, digest, run->budget);
	dkim_keys_free(own);
	return reason;
}

static const char *
verify_body(const struct arc_verifier *v, const struct dkim_signature *sig,
	    size_t body_hash)
{
	uint8_t digest[BODYHASH_OCTETS];
	uint64_t octets;

	if (!bodyhash_get(v->hashes, body_hash, digest, &octets))
		return "l= is longer than the body";
	if (memcmp(digest, sig->body_hash.p, BODYHASH_OCTETS) != 0)
		return "body hash did not verify";
	/* RFC 6376 section 8.2: what stands behind l= is anybody's. */
	if (sig->body_limit < octets && !v->options.allow_partial_body)
		return "l= leaves a part of the body unsigned";
	return NULL;
}

/* As a DKIM signature (RFC 8617 section 4.1.2). */
static const char *
verify_message(const struct arc_run *run, size_t position)
{
	struct arc_verifier *v = run->v;
	const struct dkim_signature *sig = &v->sets.set[position - 1].message;
	uint8_t digest[SHA256_OCTETS];
	const char *reason =
	    verify_body(v, sig, v->check[position - 1].body_hash);

	if (reason != NULL)
		return reason;
	if (v->headerhash == NULL)
		v->headerhash = headerhash_new(v->arena, v->header);
	if (!headerhash_digest(v->headerhash, sig, run->budget, digest))
		return over_budget;
	return verify_signature(run, sig, digest);
}

static void
hash_octets(void *ctx, const char *p, size_t n)
{
	crypto_sha256_update(ctx, p, n);
}

static void
hash_field(struct crypto_sha256 *sha, const struct header_field *field)
{
	canon_header(CANON_RELAXED, field->raw_name, field->value, true,
		     hash_octets, sha);
}

struct seal_digest {
	uint8_t octets[SHA256_OCTETS];
};

/*
 * RFC 8617 section 5.1.1.  A seal covers all sets below its own: one running
 * hash over the chain is copied at each seal, so that the cost is linear.
 */
static struct seal_digest *
seal_digests(const struct arc_verifier *v)
{
	struct seal_digest *digest =
	    arena_array(v->arena, v->sets.count, sizeof *digest);
	struct crypto_sha256 *sha = crypto_sha256_new();

	for (size_t i = 0; i < v->sets.count; i++) {
		const struct arc_set *set = &v->sets.set[i];
		hash_field(sha, set->results);
		hash_field(sha, set->message.field);
		struct crypto_sha256 *own = crypto_sha256_copy(sha);
		canon_header(CANON_RELAXED, set->seal.field->raw_name,
			     set->seal.unsigned_value, false, hash_octets, own);
		crypto_sha256_final(own, digest[i].octets);
		hash_field(sha, set->seal.field);
	}
	crypto_sha256_free(sha);
	return digest;
}

/* Step 6; false with the chain failed. */
static bool
verify_seals(const struct arc_run *run)
{
	struct arc_verifier *v = run->v;
	const struct seal_digest *digest = seal_digests(v);

	for (size_t n = v->sets.count; n > 0; n--) {
		const char *reason = verify_signature(
		    run, &v->sets.set[n - 1].seal, digest[n - 1].octets);
		if (reason == NULL)
			continue;
		fail(v, arena_printf(v->arena, "ARC-Seal %zu: %s", n, reason));
		return false;
	}
	return true;
}

/* Step 5 */
static unsigned
oldest_pass(const struct arc_run *run)
{
	const struct arc_verifier *v = run->v;
	size_t n = v->sets.count;

	while (n > 1 && v->check[n - 2].tried &&
	       verify_message(run, n - 1) == NULL)
		n--;
	return n > 1 ? (unsigned)n : 0;
}

/*
 * RFC 8617 section 5.2.  Step 5 comes last: it changes no result, so the
 * seals go first where keys or time run out.
 */
static void
verify_chain(const struct arc_run *run)
{
	struct arc_verifier *v = run->v;
	size_t newest = v->sets.count;
	const char *reason = verify_message(run, newest);

	if (reason != NULL) {
		fail(v, arena_printf(v->arena, "ARC-Message-Signature %zu: %s",
				     newest, reason));
		return;
	}
	if (!verify_seals(run))
		return;
	v->results.result = ARC_PASS;
	v->results.oldest_pass = oldest_pass(run);
}

void
arc_verify(struct arc_verifier *v, struct dns_session *session,
	   int64_t deadline_ms, struct crypto_budget *budget,
	   struct arc_results *results_out)
{
	struct arc_run run = {v, session, deadline_ms, budget};

	if (v->results.result == ARC_NONE && v->sets.count > 0)
		verify_chain(&run);
	*results_out = v->results;
}

const char *
arc_result_text(enum arc_result result)
{
	switch (result) {
	case ARC_NONE:
		return "none";
	case ARC_PASS:
		return "pass";
	case ARC_FAIL:
		return "fail";
	}
	return "none";
}

struct str
arc_chain_text(struct arena *arena, const struct arc_results *results)
{
	struct buf text;

	buf_init(&text, arena);
	for (size_t n = results->count; n > 0; n--) {
		const struct arc_hop *hop = &results->hop[n - 1];
		buf_printf(&text, "%sas[%u].d=%.*s as[%u].s=%.*s",
			   text.n > 0 ? " " : "", hop->instance,
			   STR_ARG(hop->domain), hop->instance,
			   STR_ARG(hop->selector));
	}
	return buf_str(&text);
}
