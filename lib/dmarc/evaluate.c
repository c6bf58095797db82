#include "dmarc/dmarc.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "dmarc/align.h"
#include "dmarc/record.h"
#include "dmarc/treewalk.h"

struct dmarc {
	struct dmarc_walker walker;
	const struct suffix_list *suffixes;
};

/* The evaluation of one From domain. */
struct evaluation {
	struct dmarc_walker *walker;
	const struct suffix_list *suffixes;
	const struct spf_outcome *spf;
	const struct dkim_results *dkim;
	const struct dmarc_walk *walk;
	const struct dmarc_step *policy; /* NULL: no record found */
	/* The lookups that failed cannot change which record applies. */
	bool policy_known;
	struct dmarc_outcome *outcome;
	/* Why an identifier that might align could not be judged, or "", and
	   the name whose lookup failed. */
	struct str undecided, troubled;
};

static enum dmarc_policy
applied(const struct dmarc_record *record, struct dmarc_request request)
{
	return record->testing ? dmarc_policy_lowered(request.policy)
			       : request.policy;
}

/*
 * Section 4.10.1: p for the name that holds the record; below it np or sp.
 * Whether the From domain exists is asked only where it matters.
 */
static bool
wants_existence(const struct dmarc_step *policy, const struct dmarc_walk *walk)
{
	return policy != NULL && !str_eq(policy->domain, walk->start) &&
	       policy->record->sp.policy != policy->record->np.policy;
}

/* NULL, or the lookup that leaves open which request counts. */
static const struct dns_answer *
choose_request(const struct evaluation *e, struct dmarc_request *request_out)
{
	const struct dmarc_record *record = e->policy->record;

	*request_out =
	    str_eq(e->policy->domain, e->walk->start) ? record->p : record->sp;
	if (!wants_existence(e->policy, e->walk))
		return NULL;
	const struct dns_answer *answer = dmarc_existence(e->walker, e->walk);
	if (dns_name_is_absent(answer))
		*request_out = record->np;
	else if (!dns_name_exists(answer) &&
		 applied(record, record->sp) != applied(record, record->np))
		return answer;
	return NULL;
}

static struct dmarc_published
published_of(const struct dmarc_record *record)
{
	return (struct dmarc_published){
	    .p = record->p.policy,
	    .sp = record->sp.policy,
	    .np = record->np.policy,
	    .has_sp = strcmp(record->sp.tag, "sp") == 0,
	    .has_np = strcmp(record->np.tag, "np") == 0,
	    .psd = record->psd,
	    .dkim_strict = record->dkim_strict,
	    .spf_strict = record->spf_strict,
	};
}

/* NULL, or why it is not known which policy applies. */
static const struct dns_answer *
apply_policy(struct evaluation *e)
{
	struct dmarc_outcome *outcome = e->outcome;
	struct dmarc_request request;
	const struct dns_answer *trouble = choose_request(e, &request);

	if (trouble != NULL) {
		outcome->policy_unknown = true;
		return trouble;
	}
	outcome->has_record = true;
	outcome->policy_domain = e->policy->domain;
	outcome->published = request.policy;
	outcome->policy_tag = request.tag;
	outcome->testing = e->policy->record->testing;
	outcome->policy = applied(e->policy->record, request);
	outcome->record = published_of(e->policy->record);
	return NULL;
}

/*
 * One identifier: `passed`, or with a temporary error, for the lookup of a
 * name, that may have hidden a pass.
 */
static void
weigh(struct evaluation *e, struct str domain, bool strict, bool passed,
      bool *aligned_out, struct str error, struct str troubled)
{
	const struct dns_answer *trouble = NULL;
	enum dmarc_alignment alignment =
	    dmarc_align(e->walker, e->walk, domain, strict, &trouble);

	if (alignment == DMARC_NOT_ALIGNED)
		return;
	if (passed && alignment == DMARC_ALIGNED) {
		*aligned_out = true;
	} else if (e->undecided.n == 0) {
		e->undecided = passed
				   ? dns_trouble_text(e->walker->arena, trouble)
				   : error;
		e->troubled = passed ? trouble->name : troubled;
	}
}

static void
weigh_spf(struct evaluation *e, bool passed, bool strict)
{
	const struct spf_outcome *spf = e->spf;

	if (spf->result != (passed ? SPF_PASS : SPF_TEMPERROR))
		return;
	struct str error =
	    arena_printf(e->walker->arena, "spf=temperror for %.*s: %.*s",
			 STR_ARG(spf->domain), STR_ARG(spf->reason));
	weigh(e, spf->domain, strict, passed, &e->outcome->spf_aligned, error,
	      spf->troubled);
}

static void
weigh_dkim(struct evaluation *e, bool passed, bool strict)
{
	const struct dkim_results *dkim = e->dkim;

	for (size_t i = 0; i < dkim->count; i++) {
		const struct dkim_outcome *one = &dkim->outcome[i];
		if (one->result != (passed ? DKIM_PASS : DKIM_TEMPERROR))
			continue;
		struct str error = arena_printf(
		    e->walker->arena, "dkim=temperror for %.*s: %.*s",
		    STR_ARG(one->domain), STR_ARG(one->reason));
		weigh(e, one->domain, strict, passed, &e->outcome->dkim_aligned,
		      error, one->troubled);
	}
}

/*
 * Section 5.3.5.  While it is not known which record applies, only an
 * identifier equal to the From domain counts.
 */
static void
weigh_identifiers(struct evaluation *e, bool passed)
{
	const struct dmarc_record *record = e->policy->record;

	weigh_spf(e, passed, !e->policy_known || record->spf_strict);
	weigh_dkim(e, passed, !e->policy_known || record->dkim_strict);
}

/* Which identifiers passed, and for whom: what a failure's reader asks. */
static struct str
failure_text(const struct evaluation *e)
{
	const struct spf_outcome *spf = e->spf;
	const struct dkim_results *dkim = e->dkim;
	struct buf buf;
	size_t i = 0;

	buf_init(&buf, e->walker->arena);
	buf_adds(&buf, "no aligned identifier: ");
	if (spf->result == SPF_PASS)
		buf_printf(&buf, "spf=pass for %.*s, ", STR_ARG(spf->domain));
	else
		buf_adds(&buf, "no spf=pass, ");
	while (i < dkim->count && dkim->outcome[i].result != DKIM_PASS)
		i++;
	if (i < dkim->count)
		buf_printf(&buf, "dkim=pass for %.*s",
			   STR_ARG(dkim->outcome[i].domain));
	else
		buf_adds(&buf, "no dkim=pass");
	return buf_str(&buf);
}

static void
conclude(struct evaluation *e, enum dmarc_result result, struct str reason)
{
	e->outcome->result = result;
	e->outcome->reason = reason;
}

/* The policy is not known, for a lookup that brought no answer. */
static void
conclude_unknown(struct evaluation *e, bool limited,
		 const struct dns_answer *trouble)
{
	conclude(e, limited ? DMARC_PERMERROR : DMARC_TEMPERROR,
		 dns_trouble_text(e->walker->arena, trouble));
}

/*
 * Section 5.3.6: the policy cannot be read.  Where the lookups that worked
 * show that some record applies, equality is proof whichever it is.
 */
static void
evaluate_unknown(struct evaluation *e)
{
	e->outcome->policy_unknown = true;
	if (e->policy != NULL && e->policy->record->usable)
		weigh_identifiers(e, true);
	if (e->outcome->spf_aligned || e->outcome->dkim_aligned) {
		conclude(e, DMARC_PASS, str_empty());
		return;
	}
	conclude_unknown(e, e->walk->limited, e->walk->trouble);
}

static void
evaluate_known(struct evaluation *e)
{
	if (e->policy == NULL) {
		conclude(e, DMARC_NONE, str_lit("no DMARC record"));
		return;
	}
	if (!e->policy->record->usable) {
		struct str reason = arena_printf(
		    e->walker->arena, "record at %.*s: %s, and no valid rua",
		    STR_ARG(e->policy->domain), e->policy->record->defect);
		conclude(e, DMARC_NONE, reason);
		return;
	}
	const struct dns_answer *trouble = apply_policy(e);
	weigh_identifiers(e, true);
	if (e->outcome->spf_aligned || e->outcome->dkim_aligned) {
		conclude(e, DMARC_PASS, str_empty());
		return;
	}
	if (trouble != NULL) {
		conclude_unknown(e, dns_is_limited(trouble), trouble);
		return;
	}
	weigh_identifiers(e, false);
	if (e->undecided.n > 0) {
		conclude(e, DMARC_TEMPERROR, e->undecided);
		e->outcome->troubled =
		    arena_copy(e->walker->arena, e->troubled);
	} else {
		conclude(e, DMARC_FAIL, failure_text(e));
	}
}

/* Section 11.8's hazard: a suffix with a record that does not say psd=y. */
static bool
org_is_public_suffix(const struct evaluation *e, struct str org)
{
	const struct dmarc_walk *walk = e->walk;

	if (e->suffixes == NULL)
		return false;
	for (size_t i = 0; i < walk->steps; i++) {
		const struct dmarc_step *step = &walk->step[i];
		if (step->record != NULL && str_eq(step->domain, org) &&
		    step->record->psd == DMARC_PSD_U)
			return suffix_is_public(e->suffixes, org);
	}
	return false;
}

/* e: what all authors share. */
static void
evaluate_author(struct evaluation e, struct str author,
		struct dmarc_outcome *outcome)
{
	*outcome = (struct dmarc_outcome){.from = author, .policy_tag = "p"};
	e.outcome = outcome;
	e.walk = dmarc_walk(e.walker, author);
	e.policy = dmarc_walk_policy(e.walk);
	e.policy_known = e.walk->trouble == NULL || e.policy == e.walk->step;
	if (e.walk->trouble == NULL) {
		outcome->org_domain = dmarc_walk_org(e.walk, NULL);
		outcome->org_domain_is_public_suffix =
		    org_is_public_suffix(&e, outcome->org_domain);
	} else {
		outcome->org_trouble =
		    dns_trouble_text(e.walker->arena, e.walk->trouble);
	}
	if (e.policy_known)
		evaluate_known(&e);
	else
		evaluate_unknown(&e);
}

/*
 * How an outcome ranks among those of several From domains (section 11.5).
 * The strictest policy among the failing ones decides; then what might be a
 * failing one but could not be read; then the worst result:
 *   fail reject > fail quarantine > permerror > temperror (reject, quarantine
 *   or unknown) > fail none > temperror none > none > pass
 */
static int
severity(const struct dmarc_outcome *outcome)
{
	bool harmless = outcome->has_record && outcome->policy == DMARC_P_NONE;

	switch (outcome->result) {
	case DMARC_FAIL:
		return outcome->policy == DMARC_P_REJECT       ? 7
		       : outcome->policy == DMARC_P_QUARANTINE ? 6
							       : 3;
	case DMARC_PERMERROR:
		return 5;
	case DMARC_TEMPERROR:
		return harmless ? 2 : 4;
	case DMARC_NONE:
		return 1;
	case DMARC_PASS:
		break;
	}
	return 0;
}

/* The policy of what is shown could not be read; a graver result stays. */
static void
cast_doubt(struct dmarc_outcome *outcome, const struct dmarc_doubt *doubt)
{
	struct dmarc_outcome doubtful = *outcome;

	doubtful.result = doubt->limited ? DMARC_PERMERROR : DMARC_TEMPERROR;
	doubtful.has_record = false;
	doubtful.policy_unknown = true;
	doubtful.reason = doubt->reason;
	doubtful.troubled = str_empty();
	if (severity(&doubtful) > severity(outcome))
		*outcome = doubtful;
}

struct dmarc *
dmarc_begin(struct arena *arena, struct dns_session *session,
	    const struct dmarc_input *input)
{
	struct dmarc *dmarc = arena_alloc(arena, sizeof *dmarc);

	dmarc_walker_init(&dmarc->walker, arena, session, input->zone_ms);
	dmarc->suffixes = input->suffixes;
	return dmarc;
}

void
dmarc_await_walks(struct dmarc *dmarc, const struct dmarc_authors *authors,
		  int64_t deadline_ms)
{
	struct dmarc_walker *walker = &dmarc->walker;

	dmarc_walker_begin(walker, deadline_ms);
	for (size_t i = 0; i < authors->count; i++) {
		const struct dmarc_walk *walk =
		    dmarc_walk(walker, authors->domain[i]);
		if (wants_existence(dmarc_walk_policy(walk), walk))
			dmarc_existence(walker, walk);
	}
}

void
dmarc_evaluate(struct dmarc *dmarc, const struct dmarc_authors *authors,
	       const struct spf_outcome *spf, const struct dkim_results *dkim,
	       int64_t deadline_ms, struct dmarc_results *results_out)
{
	struct evaluation shared = {
	    .walker = &dmarc->walker,
	    .suffixes = dmarc->suffixes,
	    .spf = spf,
	    .dkim = dkim,
	};
	struct dmarc_results results = {.count = 0};

	dmarc_walker_begin(&dmarc->walker, deadline_ms);
	for (size_t i = 0;
	     i < authors->count && results.count < LIMIT_AUTHOR_DOMAINS; i++) {
		struct dmarc_outcome *outcome = &results.outcome[i];
		evaluate_author(shared, authors->domain[i], outcome);
		if (authors->doubt != NULL && authors->doubt[i].reason.n > 0)
			cast_doubt(outcome, &authors->doubt[i]);
		results.count++;
		if (outcome->result == DMARC_NONE &&
		    i + authors->shown >= authors->count)
			continue;
		if (severity(outcome) >
		    severity(&results.outcome[results.decisive]))
			results.decisive = i;
	}
	*results_out = results;
}

/* A record above the From domain: does it want to know whether that is? */
static void
on_record(struct dns_session *session, const struct dns_answer *answer,
	  void *ctx)
{
	const char *author = ctx;
	const struct dmarc_record *record = dmarc_record_of(NULL, answer);

	if (record != NULL && record->sp.policy != record->np.policy)
		dns_prefetch(session, str_of(author), DNS_A, NULL, NULL, NULL);
}

void
dmarc_prefetch(struct dns_session *session, struct str domain)
{
	char buffer[DMARC_NAME_MAX];

	for (size_t i = 0; i < dmarc_walk_targets(domain); i++) {
		struct str name =
		    dmarc_name(dmarc_walk_target(domain, i), buffer);
		if (i == 0)
			dns_prefetch(session, name, DNS_TXT, NULL, NULL, NULL);
		else
			dns_prefetch(session, name, DNS_TXT, on_record,
				     mem_copy(domain.p, domain.n), free);
	}
}
