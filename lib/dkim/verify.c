#include "dkim/dkim.h"

#include <string.h>

#include "base/domain.h"
#include "base/limits.h"
#include "dkim/choose.h"
#include "dkim/headerhash.h"
#include "dkim/key.h"
#include "dkim/signature.h"

/* A signature that is shown and what became of it. */
struct candidate {
	struct dkim_signature sig;
	struct dkim_outcome outcome;
	enum dkim_group group;
	bool body_changed;   /* or more than was signed */
	size_t body_hash;    /* handle; of tried ones */
	struct str key_name; /* of tried ones */
};

struct dkim_verifier {
	struct arena *arena;
	const struct header *header;
	struct bodyhash *hashes;
	struct dkim_options options;
	struct candidate *candidate; /* in header order */
	size_t count;
	size_t unshown, untried;       /* as in struct dkim_results */
	struct headerhash *headerhash; /* NULL until needed */
};

static void
conclude(struct candidate *c, enum dkim_result result, struct str reason)
{
	c->outcome.result = result;
	c->outcome.reason = reason;
}

/* --- end of header --- */

/* Asks for the body's hash, and names the key. */
static void
begin_trial(struct dkim_verifier *v, struct candidate *c)
{
	const struct dkim_signature *sig = &c->sig;

	c->body_hash =
	    bodyhash_request(v->hashes, sig->body_canon, sig->body_limit);
	/* RFC 6376 section 3.6.2.1 */
	c->key_name =
	    arena_printf(v->arena, "%.*s._domainkey.%.*s",
			 STR_ARG(sig->selector), STR_ARG(sig->domain));
}

static void
begin_trials(struct dkim_verifier *v, enum dkim_group group)
{
	for (size_t i = 0; i < v->count; i++) {
		struct candidate *c = &v->candidate[i];
		if (c->outcome.tried && c->group == group)
			begin_trial(v, c);
	}
}

/* RFC 6008: how many characters of b= tell `a` from `b`. */
static size_t
telling_length(struct str a, struct str b)
{
	size_t same = 0;

	while (same < a.n && same < b.n && a.p[same] == b.p[same])
		same++;
	return same < a.n ? same + 1 : a.n;
}

static struct str
b_start(const struct dkim_verifier *v, const struct candidate *c)
{
	size_t n = 8;

	for (size_t i = 0; i < v->count; i++) {
		const struct candidate *other = &v->candidate[i];
		/* Nothing tells two equal ones apart. */
		if (str_eq(c->sig.b_text, other->sig.b_text))
			continue;
		size_t telling =
		    telling_length(c->sig.b_text, other->sig.b_text);
		n = telling > n ? telling : n;
	}
	return str_first(c->sig.b_text, n);
}

static void
begin_outcome(struct dkim_verifier *v, struct candidate *c)
{
	c->outcome.domain = c->sig.domain;
	c->outcome.selector = c->sig.selector;
	c->outcome.algorithm = c->sig.algorithm;
	c->outcome.identity = c->sig.identity;
	c->outcome.b_start = b_start(v, c);
	if (c->sig.flaw.reason != NULL)
		conclude(c, c->sig.flaw.result, str_of(c->sig.flaw.reason));
	else if (c->outcome.tried)
		conclude(c, DKIM_NEUTRAL, str_lit("not evaluated"));
	else
		conclude(c, DKIM_NEUTRAL,
			 arena_printf(v->arena,
				      "not tried: more than %zu signatures",
				      dkim_most_tried(&v->options)));
}

static void
take_chosen(struct dkim_verifier *v)
{
	struct dkim_choice choice;

	dkim_choose(v->arena, v->header, &v->options, &choice);
	v->candidate =
	    arena_array(v->arena, choice.count, sizeof *v->candidate);
	v->count = choice.count;
	v->unshown = choice.unshown;
	v->untried = choice.untried;
	for (size_t i = 0; i < v->count; i++) {
		const struct dkim_chosen *chosen = &choice.chosen[i];
		v->candidate[i].sig = chosen->sig;
		v->candidate[i].group = chosen->group;
		v->candidate[i].outcome.tried = chosen->tried;
	}
}

struct dkim_verifier *
dkim_begin(struct arena *arena, const struct header *header,
	   struct bodyhash *hashes, const struct dkim_options *options)
{
	struct dkim_verifier *v = arena_alloc(arena, sizeof *v);

	v->arena = arena;
	v->header = header;
	v->hashes = hashes;
	v->options = *options;
	take_chosen(v);
	begin_trials(v, DKIM_ALIGNED);
	begin_trials(v, DKIM_OTHER);
	for (size_t i = 0; i < v->count; i++)
		begin_outcome(v, &v->candidate[i]);
	return v;
}

/* Aligned ones first, as the message's prefetches are counted. */
void
dkim_prefetch(struct dkim_verifier *v, struct dns_session *session)
{
	for (enum dkim_group group = DKIM_ALIGNED; group <= DKIM_OTHER;
	     group++) {
		for (size_t i = 0; i < v->count; i++) {
			const struct candidate *c = &v->candidate[i];
			if (c->outcome.tried && c->group == group)
				dns_prefetch(session, c->key_name, DNS_TXT,
					     NULL, NULL, NULL);
		}
	}
}

/* --- verifying --- */

/*
 * RFC 6376 section 6.1.3 step 3, taken first: a signature over another body
 * fails whatever its key says, so nobody waits for that.  True where the
 * signature may still pass; *whole_out: it covers the whole body.
 */
static bool
body_verifies(struct dkim_verifier *v, struct candidate *c, bool *whole_out)
{
	uint8_t digest[BODYHASH_OCTETS];
	uint64_t octets;

	if (!bodyhash_get(v->hashes, c->body_hash, digest, &octets)) {
		conclude(c, DKIM_PERMERROR,
			 str_lit("l= is longer than the body"));
		return false;
	}
	if (memcmp(digest, c->sig.body_hash.p, BODYHASH_OCTETS) != 0) {
		conclude(c, DKIM_FAIL, str_lit("body hash did not verify"));
		c->body_changed = true;
		return false;
	}
	*whole_out = c->sig.body_limit == BODYHASH_NO_LIMIT ||
		     c->sig.body_limit >= octets;
	return true;
}

/* A lookup that brought no record: RFC 6376 section 6.1.2 steps 2 and 3. */
static void
conclude_without_key(struct dkim_verifier *v, struct candidate *c,
		     const struct dns_answer *answer)
{
	if (dns_is_void(answer)) {
		conclude(c, DKIM_PERMERROR,
			 arena_printf(v->arena, "no key at %.*s",
				      STR_ARG(c->key_name)));
		return;
	}
	conclude(c, dns_is_trouble(answer) ? DKIM_TEMPERROR : DKIM_NEUTRAL,
		 dns_trouble_text(v->arena, answer));
	c->outcome.troubled = arena_copy(v->arena, answer->name);
}

/* RFC 6376 section 6.1.2 step 8 and section 3.6.1, t=s. */
static const char *
key_mismatch(const struct dkim_signature *sig, const struct dkim_key *key)
{
	if (crypto_key_type(key->crypto) != sig->key_type)
		return "key type does not fit a=";
	if (key->strict && sig->identity_below)
		return "the key demands that i= has the domain of d=";
	return NULL;
}

static void
conclude_over_budget(struct candidate *c)
{
	conclude(c, DKIM_NEUTRAL,
		 str_lit("not tried: limit of CPU time for signatures"));
}

/* Simple canonicalization signs the blank that the mail server has eaten. */
static const char *
mismatch_text(const struct dkim_verifier *v, const struct candidate *c)
{
	if (v->options.blanks_lost && c->sig.header_canon == CANON_SIMPLE)
		return "signature did not verify; it may be that the mail "
		       "server hands over fields without their leading blank "
		       "(c=simple)";
	return "signature did not verify";
}

static void
try_key(const struct dkim_verifier *v, struct candidate *c,
	const struct dkim_key *key, const uint8_t digest[SHA256_OCTETS],
	struct crypto_budget *budget)
{
	const char *mismatch = key_mismatch(&c->sig, key);

	c->outcome.key_testing = key->testing;
	if (mismatch != NULL) {
		conclude(c, DKIM_PERMERROR, str_of(mismatch));
		return;
	}
	switch (crypto_verify(key->crypto, digest, c->sig.octets, budget)) {
	case CRYPTO_VALID:
		conclude(c, DKIM_PASS, str_empty());
		break;
	case CRYPTO_INVALID:
		conclude(c, DKIM_FAIL, str_of(mismatch_text(v, c)));
		break;
	case CRYPTO_OVER_BUDGET:
		conclude_over_budget(c);
		break;
	}
}

static void
try_keys(struct dkim_verifier *v, struct candidate *c,
	 const struct dkim_keys *keys, struct crypto_budget *budget)
{
	uint8_t digest[SHA256_OCTETS];

	if (keys->count == 0) {
		conclude(c, DKIM_PERMERROR,
			 arena_printf(v->arena, "%s at %.*s", keys->reason,
				      STR_ARG(c->key_name)));
		return;
	}
	if (v->headerhash == NULL)
		v->headerhash = headerhash_new(v->arena, v->header);
	if (!headerhash_digest(v->headerhash, &c->sig, budget, digest)) {
		conclude_over_budget(c);
		return;
	}
	for (size_t i = 0; i < keys->count; i++) {
		try_key(v, c, &keys->key[i], digest, budget);
		if (c->outcome.result == DKIM_PASS)
			return;
	}
}

static void
verify(struct dkim_verifier *v, struct candidate *c,
       struct dns_session *session, int64_t deadline_ms,
       struct crypto_budget *budget)
{
	struct dkim_keys *own;
	bool whole;

	if (!body_verifies(v, c, &whole))
		return;
	const struct dns_answer *answer =
	    dns_lookup(session, c->key_name, DNS_TXT, deadline_ms);
	if (answer->status != DNS_OK) {
		conclude_without_key(v, c, answer);
		return;
	}
	try_keys(v, c, dkim_keys_get(answer, &own), budget);
	dkim_keys_free(own);
	/* RFC 6376 section 8.2: what stands behind l= is anybody's. */
	if (c->outcome.result == DKIM_PASS && !whole &&
	    !v->options.allow_partial_body) {
		conclude(c, DKIM_POLICY,
			 str_lit("l= leaves a part of the body unsigned"));
		c->body_changed = true;
	}
}

void
dkim_verify(struct dkim_verifier *v, enum dkim_group group,
	    struct dns_session *session, int64_t deadline_ms,
	    struct crypto_budget *budget)
{
	for (size_t i = 0; i < v->count; i++) {
		struct candidate *c = &v->candidate[i];
		if (c->outcome.tried && c->group == group)
			verify(v, c, session, deadline_ms, budget);
	}
}

/* --- the header of a changed message --- */

static uint64_t
apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* Old mail is easily had, and its header could be sent again for ever. */
static bool
is_fresh(const struct dkim_signature *sig, int64_t now)
{
	uint64_t at = now > 0 ? (uint64_t)now : 0;

	return (sig->timestamp != 0 &&
		apart(sig->timestamp, at) <= LIMIT_DKIM_HEADER_AGE) ||
	       (sig->expiration != UINT64_MAX &&
		apart(sig->expiration, at) <= LIMIT_DKIM_HEADER_AGE);
}

static bool
header_verifies(struct dkim_verifier *v, const struct candidate *c,
		const struct dkim_keys *keys, struct crypto_budget *budget)
{
	uint8_t digest[SHA256_OCTETS];

	if (v->headerhash == NULL)
		v->headerhash = headerhash_new(v->arena, v->header);
	if (!headerhash_digest(v->headerhash, &c->sig, budget, digest) ||
	    !headerhash_covers_all(v->headerhash, &c->sig))
		return false;
	for (size_t i = 0; i < keys->count; i++) {
		const struct dkim_key *key = &keys->key[i];
		if (key_mismatch(&c->sig, key) == NULL &&
		    crypto_verify(key->crypto, digest, c->sig.octets, budget) ==
			CRYPTO_VALID)
			return true;
	}
	return false;
}

static void
verify_header(struct dkim_verifier *v, struct candidate *c,
	      struct dns_session *session, int64_t deadline_ms,
	      struct crypto_budget *budget)
{
	const struct dns_answer *answer =
	    dns_lookup(session, c->key_name, DNS_TXT, deadline_ms);
	struct dkim_keys *own;

	if (answer->status != DNS_OK) {
		c->outcome.header_undecided = dns_is_trouble(answer);
		return;
	}
	c->outcome.header_verifies =
	    header_verifies(v, c, dkim_keys_get(answer, &own), budget);
	dkim_keys_free(own);
}

void
dkim_verify_headers(struct dkim_verifier *v, struct dns_session *session,
		    int64_t deadline_ms, struct crypto_budget *budget)
{
	for (size_t i = 0; i < v->count; i++) {
		struct candidate *c = &v->candidate[i];
		if (c->body_changed && c->group == DKIM_ALIGNED &&
		    is_fresh(&c->sig, v->options.now))
			verify_header(v, c, session, deadline_ms, budget);
	}
}

/* --- results --- */

struct dkim_results
dkim_results(struct dkim_verifier *v)
{
	struct dkim_outcome *shown =
	    arena_array(v->arena, v->count, sizeof *shown);

	for (size_t i = 0; i < v->count; i++)
		shown[i] = v->candidate[i].outcome;
	return (struct dkim_results){
	    .outcome = shown,
	    .count = v->count,
	    .unshown = v->unshown,
	    .untried = v->untried,
	};
}

const char *
dkim_result_text(enum dkim_result result)
{
	switch (result) {
	case DKIM_NONE:
		return "none";
	case DKIM_PASS:
		return "pass";
	case DKIM_FAIL:
		return "fail";
	case DKIM_POLICY:
		return "policy";
	case DKIM_NEUTRAL:
		return "neutral";
	case DKIM_TEMPERROR:
		return "temperror";
	case DKIM_PERMERROR:
		return "permerror";
	}
	return "none";
}
