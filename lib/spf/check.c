/* check_host(): RFC 7208 sections 4 to 6. */
#include "spf/spf.h"

#include "base/words.h"
#include "spf/eval.h"

/* --- the record of a domain (sections 4.3 to 4.5) --- */

static const struct spf_record *
parsed_record(struct spf_eval *eval, const struct dns_answer *answer)
{
	struct spf_record *owned;
	const struct spf_record *record = spf_record_of(answer, &owned);

	if (owned != NULL)
		eval->owned[eval->n_owned++] = owned;
	return record;
}

/* Why a record cannot be used, if so. */
static void
check_record(struct spf_eval *eval, const struct spf_record *record,
	     struct str domain)
{
	struct str shown = spf_eval_shown(eval, domain);

	if (record->selection == SPF_MANY_RECORDS) {
		spf_eval_fail(eval, SPF_PERMERROR,
			      "%.*s has more than one SPF record",
			      STR_ARG(shown));
	} else if (record->error != NULL) {
		struct str term = spf_eval_shown(
		    eval, spf_record_span(record, record->error_term));
		spf_eval_fail(eval, SPF_PERMERROR,
			      "SPF record of %.*s: %s%s%.*s", STR_ARG(shown),
			      record->error, term.n ? " in " : "",
			      STR_ARG(term));
	}
}

/* NULL: there is none, and eval->reason says so; or the evaluation ended. */
static const struct spf_record *
find_record(struct spf_eval *eval, struct str domain)
{
	struct str shown = spf_eval_shown(eval, domain);

	if (str_chr(domain, '.') == domain.n) {
		spf_eval_reason(eval, "%.*s: not a multi-label domain name",
				STR_ARG(shown));
		return NULL;
	}
	const struct dns_answer *answer =
	    spf_eval_lookup(eval, domain, DNS_TXT);
	if (answer == NULL)
		return NULL;
	if (dns_is_trouble(answer)) {
		spf_eval_fail_lookup(eval, SPF_TEMPERROR, answer);
		return NULL;
	}
	const struct spf_record *record = parsed_record(eval, answer);
	if (record->selection == SPF_NO_RECORD) {
		spf_eval_reason(eval, "%.*s: %s", STR_ARG(shown),
				dns_name_is_absent(answer)
				    ? dns_status_text(DNS_NXDOMAIN)
				    : "no SPF record");
		return NULL;
	}
	check_record(eval, record, domain);
	return eval->error == SPF_NONE ? record : NULL;
}

/* --- check_host() (sections 4.6 and 4.7) --- */

/* redirect (6.1); false: the evaluation ended. */
static bool
redirect_target(struct spf_eval *eval, const struct spf_record *record,
		struct str domain, struct str *target_out)
{
	struct str spec = spf_record_span(record, record->redirect);
	struct str shown = spf_eval_shown(eval, spec);

	if (++eval->terms > LIMIT_SPF_TERMS)
		spf_eval_fail(eval, SPF_PERMERROR,
			      "more than %d terms that look something up, at "
			      "last redirect=%.*s",
			      LIMIT_SPF_TERMS, STR_ARG(shown));
	else if (!spf_eval_target(eval, spec, domain, target_out))
		spf_eval_fail(eval, SPF_PERMERROR,
			      "redirect=%.*s: local-part is not ASCII",
			      STR_ARG(shown));
	return eval->error == SPF_NONE;
}

enum spf_result
spf_eval_host(struct spf_eval *eval, struct str domain, bool top)
{
	const struct spf_record *record = find_record(eval, domain);
	enum spf_result result;

	while (record != NULL) {
		if (spf_eval_directives(eval, record, domain, top, &result))
			return result;
		if (record->has_all || record->redirect.n == 0) {
			struct str shown = spf_eval_shown(eval, domain);
			spf_eval_reason(
			    eval, "no term of the SPF record of %.*s matches",
			    STR_ARG(shown));
			return SPF_NEUTRAL;
		}
		if (!redirect_target(eval, record, domain, &domain))
			return eval->error;
		record = find_record(eval, domain);
		if (record == NULL)
			spf_eval_fail(eval, SPF_PERMERROR, "redirect=%.*s",
				      STR_ARG(eval->reason));
	}
	return eval->error;
}

/* --- explanation (section 6.2) --- */

static struct str
explain(struct spf_eval *eval)
{
	struct str name, text;

	eval->explaining = true;
	if (eval->top == NULL || eval->top->explanation.n == 0 ||
	    !spf_eval_target(eval,
			     spf_record_span(eval->top, eval->top->explanation),
			     eval->top_domain, &name))
		return str_empty();
	const struct dns_answer *answer = spf_eval_lookup(eval, name, DNS_TXT);
	if (answer == NULL || answer->count != 1)
		return str_empty();
	text = answer->rr[0].text;
	if (text.n > LIMIT_SPF_RECORD || spf_explain_string_error(text) != NULL)
		return str_empty();
	text = spf_expand_explanation(eval->arena, text, &eval->values);
	return str_is_printable(text) ? text : str_empty();
}

/* --- the interface --- */

static void
init_values(struct spf_eval *eval, const struct spf_input *input)
{
	eval->values = (struct spf_macro_values){
	    .sender = eval->identity.sender,
	    .local = eval->identity.local,
	    .sender_domain = eval->identity.sender_domain,
	    .client = input->client,
	    .helo = input->helo,
	    .receiver = input->receiver,
	    .now = input->now,
	    .validated_name = spf_eval_validated_name,
	    .ctx = eval,
	};
}

static void
evaluate(struct spf_eval *eval, const struct spf_input *input,
	 struct spf_outcome *outcome)
{
	init_values(eval, input);
	eval->engine = spf_engine_new(input->client, spf_eval_lookup, eval);
	outcome->result = spf_eval_host(eval, eval->identity.domain, true);
	outcome->reason = eval->reason;
	outcome->mechanism = eval->mechanism;
	outcome->troubled = eval->troubled;
	/* %{p} is a name that the client has given itself. */
	outcome->for_anybody = outcome->result == SPF_PASS &&
			       (eval->for_anybody || eval->validated_known);
	if (outcome->result == SPF_FAIL)
		outcome->explanation = explain(eval);
	spf_engine_free(eval->engine);
	for (size_t i = 0; i < eval->n_owned; i++)
		spf_record_free(eval->owned[i]);
}

struct spf *
spf_begin(struct arena *arena, struct dns_session *session,
	  const struct spf_input *input)
{
	struct spf *spf = arena_alloc(arena, sizeof *spf);

	spf->arena = arena;
	spf->session = session;
	spf->input = *input;
	spf_identity_of(arena, input, &spf->identity);
	return spf;
}

void
spf_evaluate(const struct spf *spf, int64_t deadline_ms,
	     struct spf_outcome *outcome_out)
{
	struct spf_eval eval = {
	    .arena = spf->arena,
	    .session = spf->session,
	    .deadline_ms = deadline_ms,
	    .identity = spf->identity,
	};
	struct spf_outcome outcome = {
	    .result = SPF_NONE,
	    .scope = spf->identity.scope,
	    .domain = spf->identity.domain,
	};

	if (spf->identity.problem != NULL)
		outcome.reason = str_of(spf->identity.problem);
	else
		evaluate(&eval, &spf->input, &outcome);
	*outcome_out = outcome;
}

const char *const spf_result_words[] = {
    [SPF_NONE] = "none",           [SPF_NEUTRAL] = "neutral",
    [SPF_PASS] = "pass",           [SPF_FAIL] = "fail",
    [SPF_SOFTFAIL] = "softfail",   [SPF_TEMPERROR] = "temperror",
    [SPF_PERMERROR] = "permerror", NULL};

const char *
spf_result_text(enum spf_result result)
{
	return words_text(spf_result_words, result);
}

static const char *const spf_scope_words[] = {
    [SPF_MAILFROM] = "mailfrom", [SPF_HELO] = "helo", NULL};

const char *
spf_scope_text(enum spf_scope scope)
{
	return words_text(spf_scope_words, scope);
}
