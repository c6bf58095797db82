#include "dkim/dkim.h"

#include "base/limits.h"
#include "base/words.h"
#include "dkim/choose.h"
#include "dkim/verifier.h"

/* A signature that is shown and what becomes of it. */
struct candidate {
	struct dkim_signature sig;
	struct dkim_trial trial; /* of tried ones */
	struct dkim_outcome *outcome;
	enum dkim_group group;
	bool body_changed; /* or more than was signed */
};

struct dkim {
	struct dkim_verifier *verifier;
	struct dkim_input input;
	struct candidate *candidate;  /* in header order */
	struct dkim_outcome *outcome; /* of each */
	struct dkim_results results;
};

static void
conclude(struct candidate *c, enum dkim_result result, struct str reason,
	 enum dkim_step step)
{
	c->outcome->result = result;
	c->outcome->reason = reason;
	c->outcome->stopped_at = step;
}

static bool
is_tried(const struct candidate *c, enum dkim_group group)
{
	return c->outcome->tried && c->group == group;
}

/* --- end of header --- */

static void
begin_trials(struct dkim *dkim, enum dkim_group group)
{
	for (size_t i = 0; i < dkim->results.count; i++) {
		struct candidate *c = &dkim->candidate[i];
		if (!is_tried(c, group))
			continue;
		c->trial = dkim_trial_of(dkim->verifier, &c->sig);
		dkim_trial_ask_body(dkim->verifier, &c->trial);
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
b_start(const struct dkim *dkim, const struct candidate *c)
{
	size_t n = 8;

	for (size_t i = 0; i < dkim->results.count; i++) {
		const struct candidate *other = &dkim->candidate[i];
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
begin_outcome(const struct dkim *dkim, struct candidate *c)
{
	struct dkim_outcome *outcome = c->outcome;

	outcome->domain = c->sig.domain;
	outcome->selector = c->sig.selector;
	outcome->algorithm = c->sig.algorithm;
	outcome->identity = c->sig.identity;
	outcome->b_start = b_start(dkim, c);
	if (c->sig.flaw.reason != NULL)
		conclude(c, c->sig.flaw.result, str_of(c->sig.flaw.reason),
			 DKIM_STEP_FIELD);
	else if (outcome->tried)
		conclude(c, DKIM_NEUTRAL, str_lit("not evaluated"),
			 DKIM_STEP_NONE);
	else
		conclude(c, DKIM_NEUTRAL,
			 arena_printf(dkim->verifier->arena,
				      "not tried: more than %zu signatures",
				      dkim_most_tried(&dkim->input)),
			 DKIM_STEP_CHOICE);
}

static void
take_chosen(struct dkim *dkim)
{
	struct arena *arena = dkim->verifier->arena;
	struct dkim_choice choice;

	dkim_choose(arena, dkim->verifier->header, &dkim->input, &choice);
	dkim->candidate =
	    arena_array(arena, choice.count, sizeof *dkim->candidate);
	dkim->outcome = arena_array(arena, choice.count, sizeof *dkim->outcome);
	dkim->results = (struct dkim_results){
	    .outcome = dkim->outcome,
	    .count = choice.count,
	    .unshown = choice.unshown,
	    .untried = choice.untried,
	};
	for (size_t i = 0; i < choice.count; i++) {
		const struct dkim_chosen *chosen = &choice.chosen[i];
		struct candidate *c = &dkim->candidate[i];
		c->sig = chosen->sig;
		c->group = chosen->group;
		c->outcome = &dkim->outcome[i];
		c->outcome->tried = chosen->tried;
	}
}

struct dkim *
dkim_begin(struct dkim_verifier *verifier, const struct dkim_input *input)
{
	struct dkim *dkim = arena_alloc(verifier->arena, sizeof *dkim);

	dkim->verifier = verifier;
	dkim->input = *input;
	take_chosen(dkim);
	begin_trials(dkim, DKIM_ALIGNED);
	begin_trials(dkim, DKIM_OTHER);
	for (size_t i = 0; i < dkim->results.count; i++)
		begin_outcome(dkim, &dkim->candidate[i]);
	return dkim;
}

/* Aligned ones first, as the message's prefetches are counted. */
void
dkim_prefetch(const struct dkim *dkim)
{
	for (enum dkim_group group = DKIM_ALIGNED; group <= DKIM_OTHER;
	     group++) {
		for (size_t i = 0; i < dkim->results.count; i++) {
			const struct candidate *c = &dkim->candidate[i];
			if (is_tried(c, group))
				dns_prefetch(dkim->verifier->session,
					     c->trial.key_name, DNS_TXT, NULL,
					     NULL, NULL);
		}
	}
}

/* --- end of message --- */

/* RFC 8601 section 2.7.1, RFC 6376 section 6.1. */
static const enum dkim_result result_of_fault[DKIM_FAULTS] = {
    [DKIM_FAULT_NONE] = DKIM_PASS,
    [DKIM_FAULT_BODY_SHORT] = DKIM_PERMERROR,
    [DKIM_FAULT_BODY_HASH] = DKIM_FAIL,
    [DKIM_FAULT_BODY_PARTIAL] = DKIM_POLICY,
    [DKIM_FAULT_NO_KEY] = DKIM_PERMERROR,
    [DKIM_FAULT_LOOKUP_FAILED] = DKIM_TEMPERROR,
    [DKIM_FAULT_LOOKUP_TIMEOUT] = DKIM_TEMPERROR,
    [DKIM_FAULT_LOOKUP_LIMIT] = DKIM_NEUTRAL,
    [DKIM_FAULT_LOOKUP_TOO_MANY] = DKIM_NEUTRAL,
    [DKIM_FAULT_KEY_RECORD] = DKIM_PERMERROR,
    [DKIM_FAULT_KEY_TYPE] = DKIM_PERMERROR,
    [DKIM_FAULT_KEY_STRICT] = DKIM_PERMERROR,
    [DKIM_FAULT_HEADER_ADDED] = DKIM_FAIL,
    [DKIM_FAULT_SIGNATURE] = DKIM_FAIL,
    [DKIM_FAULT_BUDGET] = DKIM_NEUTRAL,
};

static const enum dkim_step step_of_fault[DKIM_FAULTS] = {
    [DKIM_FAULT_NONE] = DKIM_STEP_NONE,
    [DKIM_FAULT_BODY_SHORT] = DKIM_STEP_BODY,
    [DKIM_FAULT_BODY_HASH] = DKIM_STEP_BODY,
    [DKIM_FAULT_BODY_PARTIAL] = DKIM_STEP_BODY,
    [DKIM_FAULT_NO_KEY] = DKIM_STEP_LOOKUP,
    [DKIM_FAULT_LOOKUP_FAILED] = DKIM_STEP_LOOKUP,
    [DKIM_FAULT_LOOKUP_TIMEOUT] = DKIM_STEP_LOOKUP,
    [DKIM_FAULT_LOOKUP_LIMIT] = DKIM_STEP_LOOKUP,
    [DKIM_FAULT_LOOKUP_TOO_MANY] = DKIM_STEP_LOOKUP,
    [DKIM_FAULT_KEY_RECORD] = DKIM_STEP_KEY,
    [DKIM_FAULT_KEY_TYPE] = DKIM_STEP_KEY,
    [DKIM_FAULT_KEY_STRICT] = DKIM_STEP_KEY,
    [DKIM_FAULT_HEADER_ADDED] = DKIM_STEP_VERIFY,
    [DKIM_FAULT_SIGNATURE] = DKIM_STEP_VERIFY,
    [DKIM_FAULT_BUDGET] = DKIM_STEP_VERIFY,
};

static void
conclude_fault(struct candidate *c, enum dkim_fault fault, struct str reason)
{
	conclude(c, result_of_fault[fault], reason, step_of_fault[fault]);
}

/* Simple canonicalization signs the blank that the mail server has eaten. */
static struct str
mismatch_text(const struct dkim *dkim, const struct candidate *c,
	      const char *reason)
{
	if (!dkim->input.blanks_lost || c->sig.header_canon != CANON_SIMPLE)
		return str_of(reason);
	return arena_printf(dkim->verifier->arena,
			    "%s, perhaps since the mail server hands over "
			    "fields without their leading blank (c=simple)",
			    reason);
}

/* The sentence, with the name looked up where that is at fault. */
static struct str
reason_text(const struct dkim *dkim, const struct candidate *c,
	    const struct dkim_finding *finding)
{
	struct arena *arena = dkim->verifier->arena;

	switch (finding->fault) {
	case DKIM_FAULT_NO_KEY:
	case DKIM_FAULT_KEY_RECORD:
		return arena_printf(arena, "%s at %.*s", finding->reason,
				    STR_ARG(c->trial.key_name));
	case DKIM_FAULT_LOOKUP_FAILED:
	case DKIM_FAULT_LOOKUP_TIMEOUT:
	case DKIM_FAULT_LOOKUP_LIMIT:
	case DKIM_FAULT_LOOKUP_TOO_MANY:
		c->outcome->troubled = arena_copy(arena, finding->answer->name);
		return dns_trouble_text(arena, finding->answer);
	case DKIM_FAULT_SIGNATURE:
		return mismatch_text(dkim, c, finding->reason);
	default:
		return str_of(finding->reason);
	}
}

static void
conclude_body(struct candidate *c, enum dkim_fault fault)
{
	conclude_fault(c, fault, str_of(dkim_fault_text(fault)));
	c->body_changed = fault != DKIM_FAULT_BODY_SHORT;
}

/*
 * The body first: a signature over another one fails whatever its key says, so
 * nobody waits for that.  One over a part of this body may still fail for
 * another reason, which then counts.
 */
static void
evaluate(struct dkim *dkim, struct candidate *c, int64_t deadline_ms)
{
	enum dkim_fault body = dkim_verify_body(dkim->verifier, &c->trial);
	struct dkim_finding finding;

	if (body == DKIM_FAULT_BODY_SHORT || body == DKIM_FAULT_BODY_HASH) {
		conclude_body(c, body);
		return;
	}
	dkim_verify_octets(dkim->verifier, &c->trial, deadline_ms, &finding);
	c->outcome->key_testing = finding.key_testing;
	conclude_fault(c, finding.fault, reason_text(dkim, c, &finding));
	if (finding.fault == DKIM_FAULT_NONE && body != DKIM_FAULT_NONE)
		conclude_body(c, body);
}

void
dkim_evaluate(struct dkim *dkim, enum dkim_group group, int64_t deadline_ms,
	      struct dkim_results *results_out)
{
	for (size_t i = 0; i < dkim->results.count; i++) {
		struct candidate *c = &dkim->candidate[i];
		if (is_tried(c, group))
			evaluate(dkim, c, deadline_ms);
	}
	*results_out = dkim->results;
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

static void
evaluate_header(struct dkim *dkim, struct candidate *c, int64_t deadline_ms)
{
	struct dkim_trial trial = c->trial;
	struct dkim_finding finding;

	trial.covers_all = true;
	dkim_verify_octets(dkim->verifier, &trial, deadline_ms, &finding);
	c->outcome->header_verifies = finding.fault == DKIM_FAULT_NONE;
	c->outcome->header_undecided = dns_is_trouble(finding.answer);
}

void
dkim_evaluate_headers(struct dkim *dkim, int64_t deadline_ms,
		      struct dkim_results *results_out)
{
	for (size_t i = 0; i < dkim->results.count; i++) {
		struct candidate *c = &dkim->candidate[i];
		if (c->body_changed && c->group == DKIM_ALIGNED &&
		    is_fresh(&c->sig, dkim->input.now))
			evaluate_header(dkim, c, deadline_ms);
	}
	*results_out = dkim->results;
}

const char *const dkim_result_words[] = {
    [DKIM_NONE] = "none",           [DKIM_PASS] = "pass",
    [DKIM_FAIL] = "fail",           [DKIM_POLICY] = "policy",
    [DKIM_NEUTRAL] = "neutral",     [DKIM_TEMPERROR] = "temperror",
    [DKIM_PERMERROR] = "permerror", NULL};

const char *
dkim_result_text(enum dkim_result result)
{
	return words_text(dkim_result_words, result);
}
