#include "tests/support/law.h"

#include <string.h>

#include "authres/authres.h"
#include "base/buf.h"
#include "base/limits.h"
#include "verdict/explain.h"

/* --- what JSON and explanation do not show --- */

static bool
same_word(const char *a, const char *b)
{
	return str_eq(str_of(a), str_of(b));
}

static bool
same_texts(const struct str *a, size_t n, const struct str *b, size_t m)
{
	for (size_t i = 0; i < n && i < m; i++) {
		if (!str_eq(a[i], b[i]))
			return false;
	}
	return n == m;
}

static bool
same_facts(const struct verdict *a, const struct verdict *b)
{
	struct str id = str_first(a->message_id, LIMIT_RECORD_MESSAGE_ID);

	return ip_eq(a->client, b->client) && a->iprev == b->iprev &&
	       str_eq(a->client_name, b->client_name) &&
	       str_eq(a->helo, b->helo) && a->now == b->now &&
	       a->mail_from_known == b->mail_from_known &&
	       a->mail_from_null == b->mail_from_null &&
	       str_eq(a->mail_from, b->mail_from) &&
	       str_eq(a->mail_from_local, b->mail_from_local) &&
	       str_eq(a->mail_from_domain, b->mail_from_domain) &&
	       str_eq(a->queue_id, b->queue_id) && str_eq(id, b->message_id) &&
	       same_texts(a->recipient, a->recipients, b->recipient,
			  b->recipients) &&
	       a->recipients_dropped == b->recipients_dropped &&
	       a->rewriting == b->rewriting && a->hindrance == b->hindrance;
}

static bool
same_sizes(const struct verdict *a, const struct verdict *b)
{
	return a->header_fields == b->header_fields &&
	       a->header_dropped == b->header_dropped &&
	       a->header_octets == b->header_octets &&
	       a->body_octets == b->body_octets && a->total_us == b->total_us &&
	       a->dns.late == b->dns.late &&
	       a->dkim.unshown == b->dkim.unshown &&
	       a->dkim.untried == b->dkim.untried &&
	       a->list.named == b->list.named && str_eq(a->list.id, b->list.id);
}

static bool
same_from(const struct verdict_from *a, const struct verdict_from *b)
{
	if (a->addresses != b->addresses)
		return false;
	for (size_t i = 0; i < a->addresses; i++) {
		if (!str_eq(a->address[i].local, b->address[i].local) ||
		    !str_eq(a->address[i].domain, b->address[i].domain))
			return false;
	}
	return same_texts(a->domain, a->count, b->domain, b->count) &&
	       a->shown == b->shown && a->strict == b->strict &&
	       a->addresses_sure == b->addresses_sure &&
	       a->shows_domain == b->shows_domain &&
	       same_word(a->reason, b->reason);
}

static bool
same_signature(const struct dkim_outcome *a, const struct dkim_outcome *b)
{
	return a->stopped_at == b->stopped_at &&
	       a->header_verifies == b->header_verifies &&
	       a->header_undecided == b->header_undecided &&
	       str_eq(a->troubled, b->troubled) &&
	       str_eq(a->b_start, b->b_start);
}

static bool
same_policy(const struct dmarc_outcome *a, const struct dmarc_outcome *b)
{
	const struct dmarc_published *r = &a->record, *s = &b->record;

	if (!str_eq(a->troubled, b->troubled) || a->has_record != b->has_record)
		return false;
	return !a->has_record ||
	       (r->p == s->p && r->sp == s->sp && r->np == s->np &&
		r->has_sp == s->has_sp && r->has_np == s->has_np &&
		r->psd == s->psd && r->dkim_strict == s->dkim_strict &&
		r->spf_strict == s->spf_strict);
}

static bool
same_results(const struct verdict *a, const struct verdict *b)
{
	if (a->dkim.count != b->dkim.count || a->dmarc.count != b->dmarc.count)
		return false;
	for (size_t i = 0; i < a->dkim.count; i++) {
		if (!same_signature(&a->dkim.outcome[i], &b->dkim.outcome[i]))
			return false;
	}
	for (size_t i = 0; i < a->dmarc.count; i++) {
		if (!same_policy(&a->dmarc.outcome[i], &b->dmarc.outcome[i]))
			return false;
	}
	return str_eq(a->spf.troubled, b->spf.troubled) &&
	       a->spf.for_anybody == b->spf.for_anybody &&
	       a->arc_run == b->arc_run &&
	       a->arc.keys_exhausted == b->arc.keys_exhausted;
}

static bool
same_questions(const struct verdict *a, const struct verdict *b)
{
	size_t n = a->questions < LIMIT_RECORD_QUESTIONS
		       ? a->questions
		       : LIMIT_RECORD_QUESTIONS;

	if (b->questions != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct dns_question *q = &a->question[i];
		const struct dns_question *r = &b->question[i];
		if (!str_eq(q->name, r->name) || q->type != r->type ||
		    q->status != r->status || q->ttl != r->ttl ||
		    memcmp(q->digest, r->digest, sizeof q->digest) != 0)
			return false;
	}
	return true;
}

/* --- what they show --- */

static bool
same_texts_of(struct arena *arena, const struct verdict *a,
	      const struct verdict *b)
{
	static const struct authres_options own = {
	    .id = STR("mx.receiver.example"), .comments = true, .iprev = true};
	struct str field = authres_build(arena, &own, a);
	struct buf one, two;

	buf_init(&one, arena);
	buf_init(&two, arena);
	explain_verdict(&one, arena, a, field);
	explain_verdict(&two, arena, b, field);
	return str_eq(buf_str(&one), buf_str(&two)) &&
	       str_eq(field, authres_build(arena, &own, b));
}

static const char *
difference(struct arena *arena, const struct verdict *a,
	   const struct verdict *b)
{
	if (!str_eq(verdict_json(arena, a, str_empty()),
		    verdict_json(arena, b, str_empty())))
		return "the JSON differs";
	if (!same_texts_of(arena, a, b))
		return "the explanation or the field differs";
	if (!same_facts(a, b))
		return "facts differ";
	if (!same_sizes(a, b))
		return "sizes or costs differ";
	if (!same_from(&a->from, &b->from))
		return "From differs";
	if (!same_results(a, b))
		return "results differ";
	return same_questions(a, b) ? NULL : "questions differ";
}

const char *
law_round_trip(struct arena *arena, const struct verdict *verdict,
	       const struct record_about *about, struct verdict *unpacked_out)
{
	struct str octets = record_pack(arena, verdict, about);
	uint32_t context;
	const char *fault =
	    record_unpack(arena, octets, unpacked_out, &context);

	if (fault != NULL)
		return fault;
	if (context != about->context)
		return "the context differs";
	if (!str_eq(octets, record_pack(arena, unpacked_out, about)))
		return "it packs into other octets";
	return difference(arena, verdict, unpacked_out);
}

/* --- decisions --- */

static bool
same_decision(const struct decision *a, const struct decision *b)
{
	return a->action == b->action && a->applied == b->applied &&
	       a->how == b->how && same_word(a->wants, b->wants) &&
	       a->cause == b->cause &&
	       a->deferrals_spent == b->deferrals_spent &&
	       str_eq(a->reason, b->reason) &&
	       a->shape.shape == b->shape.shape &&
	       a->shape.strong == b->shape.strong &&
	       str_eq(a->shape.evidence, b->shape.evidence) &&
	       a->shape.forwarder == b->shape.forwarder &&
	       str_eq(a->rule, b->rule) &&
	       str_eq(a->monitored_rule, b->monitored_rule) &&
	       a->monitored_action == b->monitored_action &&
	       same_word(a->reply_code, b->reply_code) &&
	       same_word(a->reply_xcode, b->reply_xcode) &&
	       str_eq(a->reply_text, b->reply_text);
}

/* Is what was unpacked to be decided alone decided as the whole? */
static const char *
decided_apart(struct arena *arena, const struct verdict *unpacked,
	      const struct policy_options *options)
{
	const struct record_about about = {.context = 7};
	struct decision whole = policy_decide(arena, unpacked, options);
	struct verdict verdict;
	uint32_t context;
	const char *fault = record_unpack_to_decide(
	    arena, record_pack(arena, unpacked, &about), &verdict, &context);

	if (fault != NULL)
		return fault;
	struct decision apart = policy_decide(arena, &verdict, options);
	return context == 7 && str_eq(whole.unjudged, apart.unjudged) &&
		       same_decision(&whole, &apart)
		   ? NULL
		   : "it is decided otherwise where it is not unpacked whole";
}

/* Has the record all that the rules look at? */
static bool
has_fields(const struct verdict *unpacked, const struct policy_options *options)
{
	const struct rules *rules = options->rules;
	size_t n = rules != NULL && !options->as_published ? rules->fields : 0;

	for (size_t i = 0; i < n; i++) {
		if (!fields_asked(unpacked->fields, rules->field[i]))
			return false;
	}
	return !unpacked->fields->full;
}

const char *
law_decision(struct arena *arena, const struct verdict *verdict,
	     const struct verdict *unpacked,
	     const struct policy_options *options)
{
	struct decision a = policy_decide(arena, verdict, options);
	struct decision b = policy_decide(arena, unpacked, options);
	const char *fault = decided_apart(arena, unpacked, options);

	if (fault != NULL)
		return fault;
	if (a.unjudged.n > 0)
		return "a verdict with its header is not judged";
	if (b.unjudged.n > 0)
		return has_fields(unpacked, options)
			   ? "a rule is not judged, though its fields are there"
			   : NULL;
	return same_decision(&a, &b) ? NULL : "the decision differs";
}

const char *
law_decisions(struct arena *arena, const struct verdict *verdict,
	      const struct verdict *unpacked,
	      const struct policy_options *options)
{
	const char *fault = law_decision(arena, verdict, unpacked, options);

	for (unsigned i = 0; fault == NULL && i < 2 * 3 * 4 * 2 * 2; i++) {
		struct policy_options other = *options;
		other.mode = i % 2;
		other.on_reject = i / 2 % 3;
		other.on_quarantine = i / 6 % 4;
		other.tag_filed = i / 24 % 2;
		other.on_temperror = i / 24 % 2;
		other.on_bad_from = i / 12 % 4;
		other.on_oversize_header = i / 3 % 4;
		other.as_published = i / 48 % 2;
		fault = law_decision(arena, verdict, unpacked, &other);
	}
	return fault;
}

struct record_about
law_about(const struct policy_options *options)
{
	const struct rules *rules = options->rules;

	return (struct record_about){
	    .context = 7,
	    .field = rules != NULL ? rules->field : NULL,
	    .fields = rules != NULL ? rules->fields : 0,
	};
}

const char *
law_check(struct arena *arena, const struct verdict *verdict,
	  const struct policy_options *options)
{
	const struct record_about about = law_about(options);
	struct verdict unpacked;
	const char *fault = law_round_trip(arena, verdict, &about, &unpacked);

	return fault != NULL
		   ? fault
		   : law_decisions(arena, verdict, &unpacked, options);
}
