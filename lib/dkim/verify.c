#include "dkim/dkim.h"

#include <string.h>

#include "base/domain.h"
#include "base/limits.h"
#include "dkim/headerhash.h"
#include "dkim/key.h"
#include "dkim/name.h"
#include "dkim/signature.h"

/* A signature of the message and what became of it. */
struct candidate {
	struct dkim_signature sig;
	struct dkim_outcome outcome;
	enum dkim_group group;
	bool shown;
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
	struct headerhash *headerhash; /* NULL until needed */
};

static void
conclude(struct candidate *c, enum dkim_result result, struct str reason)
{
	c->outcome.result = result;
	c->outcome.reason = reason;
}

/* --- choosing --- */

static bool
is_signature(const struct header_field *field)
{
	return str_is_nocase(field->name, "DKIM-Signature");
}

/*
 * Every kept field is parsed, so that no heap of junk can hide an aligned
 * signature; the cost is linear in the header, which is bounded.
 */
static void
parse_all(struct dkim_verifier *v)
{
	const struct header *header = v->header;
	struct dkim_labels labels;

	dkim_labels_init(&labels, v->arena, v->options.author,
			 v->options.authors);
	v->candidate = arena_array(
	    v->arena, header_count(header, str_lit("DKIM-Signature")),
	    sizeof *v->candidate);
	for (size_t i = 0; i < header->count; i++) {
		if (!is_signature(&header->field[i]))
			continue;
		struct candidate *c = &v->candidate[v->count++];
		dkim_signature_parse(v->arena, FORM_DKIM, &header->field[i],
				     v->options.now, &labels, &c->sig);
		c->group = dkim_group_of(v->options.author, v->options.authors,
					 c->sig.domain);
	}
}

static void
try(struct dkim_verifier *v, struct candidate *c)
{
	const struct dkim_signature *sig = &c->sig;

	c->shown = c->outcome.tried = true;
	c->body_hash =
	    bodyhash_request(v->hashes, sig->body_canon, sig->body_limit);
	/* RFC 6376 section 3.6.2.1 */
	c->key_name =
	    arena_printf(v->arena, "%.*s._domainkey.%.*s",
			 STR_ARG(sig->selector), STR_ARG(sig->domain));
}

static size_t
choose(struct dkim_verifier *v, enum dkim_group group, size_t room)
{
	for (size_t i = 0; i < v->count && room > 0; i++) {
		struct candidate *c = &v->candidate[i];
		if (c->group != group || c->sig.flaw.reason != NULL)
			continue;
		try(v, c);
		room--;
	}
	return room;
}

static size_t
most_tried(const struct dkim_options *options)
{
	unsigned most = options->max_signatures;

	if (most == 0)
		most = LIMIT_DKIM_SIGNATURES;
	return most < LIMIT_DKIM_SHOWN ? most : LIMIT_DKIM_SHOWN;
}

/* What is tried is shown; the topmost others fill the room that is left. */
static void
choose_shown(struct dkim_verifier *v)
{
	size_t shown = 0;

	for (size_t i = 0; i < v->count; i++)
		shown += v->candidate[i].shown;
	for (size_t i = 0; i < v->count && shown < LIMIT_DKIM_SHOWN; i++) {
		struct candidate *c = &v->candidate[i];
		shown += !c->shown;
		c->shown = true;
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
		if (!other->shown || str_eq(c->sig.b_text, other->sig.b_text))
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
				      most_tried(&v->options)));
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
	parse_all(v);
	size_t room = choose(v, DKIM_ALIGNED, most_tried(options));
	choose(v, DKIM_OTHER, room);
	choose_shown(v);
	for (size_t i = 0; i < v->count; i++) {
		if (v->candidate[i].shown)
			begin_outcome(v, &v->candidate[i]);
	}
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
	    arena_array(v->arena, LIMIT_DKIM_SHOWN, sizeof *shown);
	struct dkim_results results = {.outcome = shown};

	for (size_t i = 0; i < v->count; i++) {
		const struct candidate *c = &v->candidate[i];
		if (c->shown)
			shown[results.count++] = c->outcome;
		if (c->sig.not_mapped ||
		    (c->sig.flaw.reason == NULL && !c->outcome.tried))
			results.untried++;
	}
	results.unshown = v->count - results.count;
	return results;
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
