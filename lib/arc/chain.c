#include "arc/arc.h"

#include "arc/set.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/words.h"
#include "dkim/verifier.h"
#include "mail/canon.h"

/* The signatures of one set, as they are verified. */
struct set_trial {
	struct dkim_trial message, seal;
	bool message_tried; /* it may count for oldest_pass */
};

struct arc {
	struct dkim_verifier *verifier;
	struct arc_sets sets;
	struct set_trial *trial;        /* by set */
	struct str key[LIMIT_ARC_KEYS]; /* distinct names */
	size_t keys;
	struct arc_results results;
};

static void
fail(struct arc *arc, struct str reason)
{
	arc->results.result = ARC_FAIL;
	arc->results.reason = reason;
}

static void
fail_field(struct arc *arc, const char *name, size_t position,
	   const char *reason)
{
	fail(arc, arena_printf(arc->verifier->arena, "%s %zu: %s", name,
			       position, reason));
}

/* --- end of header --- */

/* False where its key's name is one more than a chain may have. */
static bool
begin_trial(struct arc *arc, const struct dkim_signature *sig,
	    struct dkim_trial *trial)
{
	*trial = dkim_trial_of(arc->verifier, sig);
	for (size_t i = 0; i < arc->keys; i++) {
		if (str_eq(arc->key[i], trial->key_name))
			return true;
	}
	if (arc->keys == LIMIT_ARC_KEYS) {
		arc->results.keys_exhausted = true;
		return false;
	}
	arc->key[arc->keys++] = trial->key_name;
	return true;
}

/* The newest message signature and all seals: without one of them, no pass. */
static bool
begin_needed(struct arc *arc)
{
	const struct arc_sets *sets = &arc->sets;
	size_t n = sets->count;
	bool all = begin_trial(arc, &sets->set[n - 1].message,
			       &arc->trial[n - 1].message);

	for (; all && n > 0; n--)
		all = begin_trial(arc, &sets->set[n - 1].seal,
				  &arc->trial[n - 1].seal);
	return all;
}

/* The message signatures from the newest back, as far as they can verify. */
static void
begin_messages(struct arc *arc)
{
	for (size_t n = arc->sets.count; n > 0; n--) {
		const struct dkim_signature *sig =
		    &arc->sets.set[n - 1].message;
		struct set_trial *trial = &arc->trial[n - 1];
		if (sig->flaw.reason != NULL ||
		    !begin_trial(arc, sig, &trial->message))
			return;
		trial->message_tried = true;
		dkim_trial_ask_body(arc->verifier, &trial->message);
	}
}

static void
show_hops(struct arc *arc)
{
	struct arc_hop *hop =
	    arena_array(arc->verifier->arena, arc->sets.count, sizeof *hop);

	for (size_t i = 0; i < arc->sets.count; i++) {
		const struct arc_set *set = &arc->sets.set[i];
		hop[i] = (struct arc_hop){
		    .instance = (unsigned)i + 1,
		    .domain = set->seal.domain,
		    .selector = set->seal.selector,
		    .payload = set->payload,
		};
	}
	arc->results.hop = hop;
	arc->results.count = arc->sets.count;
}

static void
begin_chain(struct arc *arc)
{
	size_t newest = arc->sets.count;
	const char *flaw = arc->sets.set[newest - 1].message.flaw.reason;

	arc->trial =
	    arena_array(arc->verifier->arena, newest, sizeof *arc->trial);
	show_hops(arc);
	if (flaw != NULL)
		fail_field(arc, "ARC-Message-Signature", newest, flaw);
	else if (!begin_needed(arc))
		fail(arc, arena_printf(arc->verifier->arena,
				       "limit: more than %d key names in the "
				       "chain",
				       LIMIT_ARC_KEYS));
	else
		begin_messages(arc);
}

struct arc *
arc_begin(struct dkim_verifier *verifier, const struct arc_input *input)
{
	struct arc *arc = arena_alloc(verifier->arena, sizeof *arc);

	arc->verifier = verifier;
	arc->results.reason = str_empty();
	arc_sets_collect(verifier->arena, verifier->header,
			 input->now - input->tolerance, &arc->sets);
	if (arc->sets.reason.n > 0)
		fail(arc, arc->sets.reason);
	else if (arc->sets.count > 0)
		begin_chain(arc);
	return arc;
}

void
arc_prefetch(const struct arc *arc)
{
	if (arc->results.result == ARC_FAIL)
		return;
	for (size_t i = 0; i < arc->keys; i++)
		dns_prefetch(arc->verifier->session, arc->key[i], DNS_TXT, NULL,
			     NULL, NULL);
}

/* --- end of message: "", or why something does not verify --- */

/*
 * As a DKIM signature (RFC 8617 section 4.1.2), but that every fault is
 * permanent (section 5.2.1).  The header is hashed before its key is waited
 * for: without CPU time left nobody waits.
 */
static const char *
message_fault(const struct arc *arc, size_t position, int64_t deadline_ms)
{
	struct dkim_verifier *verifier = arc->verifier;
	struct dkim_trial trial = arc->trial[position - 1].message;
	enum dkim_fault body = dkim_verify_body(verifier, &trial);
	uint8_t digest[SHA256_OCTETS];
	struct dkim_finding finding;

	if (body != DKIM_FAULT_NONE)
		return dkim_fault_text(body);
	if (!dkim_hash_header(verifier, &trial, digest))
		return dkim_fault_text(DKIM_FAULT_BUDGET);
	trial.digest = digest;
	dkim_verify_octets(verifier, &trial, deadline_ms, &finding);
	return finding.reason;
}

static const char *
seal_fault(const struct arc *arc, size_t position,
	   const uint8_t digest[SHA256_OCTETS], int64_t deadline_ms)
{
	struct dkim_trial trial = arc->trial[position - 1].seal;
	struct dkim_finding finding;

	trial.digest = digest;
	dkim_verify_octets(arc->verifier, &trial, deadline_ms, &finding);
	return finding.reason;
}

static void
hash_field(struct crypto_sha256 *sha, const struct header_field *field)
{
	canon_header(CANON_RELAXED, field->raw_name, field->value, true,
		     crypto_sha256_sink, sha);
}

struct seal_digest {
	uint8_t octets[SHA256_OCTETS];
};

/*
 * RFC 8617 section 5.1.1.  A seal covers all sets below its own: one running
 * hash over the chain is copied at each seal, so that the cost is linear.
 */
static struct seal_digest *
seal_digests(const struct arc *arc)
{
	struct seal_digest *digest =
	    arena_array(arc->verifier->arena, arc->sets.count, sizeof *digest);
	struct crypto_sha256 *sha = crypto_sha256_new();

	for (size_t i = 0; i < arc->sets.count; i++) {
		const struct arc_set *set = &arc->sets.set[i];
		hash_field(sha, set->results);
		hash_field(sha, set->message.field);
		struct crypto_sha256 *own = crypto_sha256_copy(sha);
		canon_header(CANON_RELAXED, set->seal.field->raw_name,
			     set->seal.unsigned_value, false,
			     crypto_sha256_sink, own);
		crypto_sha256_final(own, digest[i].octets);
		hash_field(sha, set->seal.field);
	}
	crypto_sha256_free(sha);
	return digest;
}

/* Step 6; false with the chain failed. */
static bool
seals_verify(struct arc *arc, int64_t deadline_ms)
{
	const struct seal_digest *digest = seal_digests(arc);

	for (size_t n = arc->sets.count; n > 0; n--) {
		const char *fault =
		    seal_fault(arc, n, digest[n - 1].octets, deadline_ms);
		if (fault[0] == '\0')
			continue;
		fail_field(arc, "ARC-Seal", n, fault);
		return false;
	}
	return true;
}

/* Step 5 */
static unsigned
oldest_pass(const struct arc *arc, int64_t deadline_ms)
{
	size_t n = arc->sets.count;

	while (n > 1 && arc->trial[n - 2].message_tried &&
	       message_fault(arc, n - 1, deadline_ms)[0] == '\0')
		n--;
	return n > 1 ? (unsigned)n : 0;
}

/*
 * RFC 8617 section 5.2.  Step 5 comes last: it changes no result, so the
 * seals go first where keys or time run out.
 */
static void
evaluate_chain(struct arc *arc, int64_t deadline_ms)
{
	size_t newest = arc->sets.count;
	const char *fault = message_fault(arc, newest, deadline_ms);

	if (fault[0] != '\0') {
		fail_field(arc, "ARC-Message-Signature", newest, fault);
		return;
	}
	if (!seals_verify(arc, deadline_ms))
		return;
	arc->results.result = ARC_PASS;
	arc->results.oldest_pass = oldest_pass(arc, deadline_ms);
}

void
arc_evaluate(struct arc *arc, int64_t deadline_ms,
	     struct arc_results *results_out)
{
	if (arc->results.result == ARC_NONE && arc->sets.count > 0)
		evaluate_chain(arc, deadline_ms);
	*results_out = arc->results;
}

const char *const arc_result_words[] = {
    [ARC_NONE] = "none", [ARC_PASS] = "pass", [ARC_FAIL] = "fail", NULL};

const char *
arc_result_text(enum arc_result result)
{
	return words_text(arc_result_words, result);
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
