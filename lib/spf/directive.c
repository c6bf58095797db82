/* The directives of a record: RFC 7208 sections 4.6.2 and 5. */
#include "spf/eval.h"

/* include (5.2) */
static enum spf_match
match_include(struct spf_eval *eval, struct str target)
{
	switch (spf_eval_host(eval, target, false)) {
	case SPF_PASS:
		return SPF_MATCH;
	case SPF_NONE:
		spf_eval_fail(eval, SPF_PERMERROR, "include:%.*s",
			      STR_ARG(eval->reason));
		return SPF_MATCH_PERMERROR;
	default: /* an error has ended the evaluation by now */
		return SPF_NO_MATCH;
	}
}

static enum spf_match
match_any_address(struct spf_eval *eval, struct str name)
{
	const struct dns_answer *answer =
	    spf_eval_lookup(eval, name, spf_address_type(eval->values.client));

	if (answer == NULL || dns_is_trouble(answer))
		return SPF_MATCH_TEMPERROR;
	return answer->count > 0 ? SPF_MATCH : SPF_NO_MATCH;
}

static enum spf_match
match_any_exchange(struct spf_eval *eval, struct str name)
{
	const struct dns_answer *answer = spf_eval_lookup(eval, name, DNS_MX);
	enum spf_match match = SPF_NO_MATCH;

	if (answer == NULL || dns_is_trouble(answer))
		return SPF_MATCH_TEMPERROR;
	for (size_t i = 0; i < answer->count && match == SPF_NO_MATCH; i++) {
		if (answer->rr[i].text.n > 0) /* not a null MX */
			match = match_any_address(eval, answer->rr[i].text);
	}
	return match;
}

/*
 * A prefix length of 0, which the engine cannot express: every address of the
 * client's family matches every other one.
 */
static enum spf_match
match_any(struct spf_eval *eval, const struct spf_directive *directive)
{
	switch (directive->kind) {
	case SPF_A:
		return match_any_address(eval, directive->target);
	case SPF_MX:
		return match_any_exchange(eval, directive->target);
	default:
		return directive->network.family == eval->values.client.family
			   ? SPF_MATCH
			   : SPF_NO_MATCH;
	}
}

static unsigned
prefix_of(const struct spf_eval *eval, const struct spf_term *term)
{
	switch (term->kind) {
	case SPF_IP4:
		return term->prefix4;
	case SPF_IP6:
		return term->prefix6;
	default:
		return eval->values.client.family == IP_V4 ? term->prefix4
							   : term->prefix6;
	}
}

static struct spf_directive
directive_of(const struct spf_eval *eval, const struct spf_term *term,
	     struct str target)
{
	return (struct spf_directive){
	    .kind = (enum spf_kind)term->kind,
	    .qualifier = (enum spf_result)term->qualifier,
	    .network = spf_term_network(term),
	    .prefix = prefix_of(eval, term),
	    .target = target,
	};
}

static enum spf_match
match_directive(struct spf_eval *eval, const struct spf_term *term,
		struct str target, enum spf_result *result_out)
{
	struct spf_directive directive = directive_of(eval, term, target);
	size_t index;

	*result_out = directive.qualifier;
	if (directive.kind == SPF_INCLUDE)
		return match_include(eval, target);
	if (directive.prefix == 0)
		return match_any(eval, &directive);
	return spf_engine_evaluate(eval->engine, &directive, 1, &index,
				   result_out);
}

/* Counts the term and makes its target name; false: it matches nothing. */
static bool
prepare_term(struct spf_eval *eval, const struct spf_record *record,
	     const struct spf_term *term, struct str domain,
	     struct str *target_out)
{
	*target_out = domain;
	if (!spf_term_looks_up(term))
		return true;
	if (++eval->terms > LIMIT_SPF_TERMS) {
		struct str text =
		    spf_eval_shown(eval, spf_record_span(record, term->text));
		spf_eval_fail(eval, SPF_PERMERROR,
			      "more than %d terms that look something up, at "
			      "last %.*s",
			      LIMIT_SPF_TERMS, STR_ARG(text));
	} else if (term->spec.n > 0 &&
		   !spf_eval_target(eval, spf_record_span(record, term->spec),
				    domain, target_out)) {
		return false;
	}
	/* %{p} looks names up; they are not what the term looks for. */
	eval->found = false;
	return eval->error == SPF_NONE;
}

/* An error of the engine that has no better reason yet. */
static void
fail_match(struct spf_eval *eval, enum spf_match match, struct str term)
{
	struct str text = spf_eval_shown(eval, term);

	if (match == SPF_MATCH_TEMPERROR && eval->trouble != NULL)
		spf_eval_fail_lookup(eval, SPF_TEMPERROR, eval->trouble);
	else
		spf_eval_fail(eval, SPF_PERMERROR, "%.*s cannot be evaluated",
			      STR_ARG(text));
}

/* Does a match say nothing of the client, since it says so of any other? */
static bool
is_for_anybody(const struct spf_eval *eval, const struct spf_record *record,
	       const struct spf_term *term)
{
	bool v4 = eval->values.client.family == IP_V4;

	switch (term->kind) {
	case SPF_ALL:
		return true;
	case SPF_EXISTS:
		return !spf_macro_uses_address(
		    spf_record_span(record, term->spec));
	case SPF_PTR: /* of a name that the record gives */
		return false;
	default:
		return prefix_of(eval, term) <=
		       (v4 ? LIMIT_BROAD_V4 : LIMIT_BROAD_V6);
	}
}

/* What a match leaves behind for the outcome. */
static void
note_match(struct spf_eval *eval, const struct spf_record *record,
	   const struct spf_term *term, struct str domain, bool top)
{
	struct str text =
	    spf_eval_shown(eval, spf_record_span(record, term->text));
	struct str shown = spf_eval_shown(eval, domain);

	/* Of nested includes the innermost tells most. */
	if (term->kind != SPF_INCLUDE) {
		spf_eval_reason(eval, "%.*s in the SPF record of %.*s",
				STR_ARG(text), STR_ARG(shown));
		eval->for_anybody = is_for_anybody(eval, record, term);
	}
	if (top) {
		eval->mechanism = text;
		eval->top = record;
		eval->top_domain = domain;
	}
}

/* Evaluates one directive; true: it matches and gives *result_out. */
static bool
eval_term(struct spf_eval *eval, const struct spf_record *record,
	  const struct spf_term *term, struct str domain,
	  enum spf_result *result_out)
{
	struct str text = spf_record_span(record, term->text), target;

	spf_eval_begin_term(eval);
	if (!prepare_term(eval, record, term, domain, &target))
		return false;
	enum spf_match match = match_directive(eval, term, target, result_out);
	if (match != SPF_MATCH && match != SPF_NO_MATCH)
		fail_match(eval, match, text);
	/* The terms of an included record have counted for themselves. */
	if (term->kind != SPF_INCLUDE)
		spf_eval_end_term(eval, text);
	return match == SPF_MATCH && eval->error == SPF_NONE;
}

/* How many ip4 and ip6 terms from here on the engine takes at once. */
static size_t
network_run(const struct spf_eval *eval, const struct spf_record *record,
	    size_t at)
{
	size_t n = 0;

	while (at + n < record->terms && n < SPF_ENGINE_RUN) {
		const struct spf_term *term = &record->term[at + n];
		if ((term->kind != SPF_IP4 && term->kind != SPF_IP6) ||
		    prefix_of(eval, term) == 0)
			break;
		n++;
	}
	return n;
}

/* Evaluates such a run; true: *index_out of it matches. */
static bool
eval_networks(struct spf_eval *eval, const struct spf_term *term, size_t n,
	      size_t *index_out, enum spf_result *result_out)
{
	struct spf_directive directive[SPF_ENGINE_RUN];

	for (size_t i = 0; i < n; i++)
		directive[i] = directive_of(eval, &term[i], str_empty());
	enum spf_match match = spf_engine_evaluate(eval->engine, directive, n,
						   index_out, result_out);
	if (match != SPF_MATCH && match != SPF_NO_MATCH)
		fail_match(eval, match, str_lit("a network"));
	return match == SPF_MATCH;
}

/* --- in order (section 4.6.2) --- */

bool
spf_eval_directives(struct spf_eval *eval, const struct spf_record *record,
		    struct str domain, bool top, enum spf_result *result_out)
{
	for (size_t at = 0, n; at < record->terms; at += n) {
		const struct spf_term *term = &record->term[at];
		size_t index = 0;
		n = network_run(eval, record, at);
		bool match =
		    n > 0 ? eval_networks(eval, term, n, &index, result_out)
			  : eval_term(eval, record, term, domain, result_out);
		if (match) {
			note_match(eval, record, term + index, domain, top);
			return true;
		}
		if (eval->error != SPF_NONE) {
			*result_out = eval->error;
			return true;
		}
		if (n == 0)
			n = 1;
	}
	return false;
}
