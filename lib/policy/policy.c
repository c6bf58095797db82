#include "policy/policy.h"

#include "base/limits.h"
#include "base/line.h"
#include "policy/ruling.h"

static enum quarantine_how
quarantine_softly(const struct policy_options *options)
{
	return options->on_quarantine == ON_QUARANTINE_HOLD ? QUARANTINE_HOLD
							    : QUARANTINE_TAG;
}

/* on-quarantine: reject turns a quarantine into a refusal. */
static void
quarantine(struct proposal *proposal, const struct policy_options *options)
{
	proposal->action = ACTION_QUARANTINE;
	proposal->how = quarantine_softly(options);
	proposal->as_chosen = true;
	if (options->on_quarantine == ON_QUARANTINE_REJECT) {
		proposal->action = ACTION_REJECT;
		proposal->how = QUARANTINE_REJECT;
		proposal->as_chosen = false;
	}
}

void
proposal_choose(struct proposal *proposal, enum policy_choice choice,
		const struct policy_options *options)
{
	switch (choice) {
	case CHOICE_ACCEPT:
		proposal->action = ACTION_ACCEPT;
		break;
	case CHOICE_TAG:
		proposal->action = ACTION_QUARANTINE;
		proposal->how = QUARANTINE_TAG;
		break;
	case CHOICE_QUARANTINE:
		quarantine(proposal, options);
		break;
	case CHOICE_REJECT:
		proposal->action = ACTION_REJECT;
		break;
	}
}

static struct str
dmarc_reason(struct arena *arena, const struct dmarc_outcome *dmarc,
	     const struct shape_outcome *shape)
{
	bool shaped = shape->shape != SHAPE_NONE;
	const char *policy = dmarc->has_record
				 ? dmarc_policy_text(dmarc->policy)
			     : dmarc->policy_unknown ? "unknown"
						     : "absent";

	return arena_printf(arena, "dmarc=%s%s%s policy=%s from=%.*s%s%.*s",
			    dmarc_result_text(dmarc->result),
			    shaped ? " shape=" : "",
			    shaped ? shape_text(shape->shape) : "", policy,
			    STR_ARG(dmarc->from), dmarc->reason.n ? ": " : "",
			    STR_ARG(dmarc->reason));
}

/*
 * Who is trusted vouches for it: RFC 9989 section 7.4 wants more evidence than
 * the failure, and RFC 8617 section 7.2 gives the form of the reason.
 */
static struct proposal
vouched_for(struct arena *arena, const struct verdict *verdict)
{
	struct str chain = arc_chain_text(arena, &verdict->arc);

	return proposal_accept(
	    CAUSE_ARC,
	    arena_printf(arena, "local_policy: arc=pass %.*s", STR_ARG(chain)));
}

bool
quarantine_misses_inbox(const struct policy_options *options)
{
	return options->on_quarantine == ON_QUARANTINE_HOLD ||
	       (options->on_quarantine == ON_QUARANTINE_TAG &&
		options->tag_filed);
}

static bool
refuses_failure(const struct shape_outcome *shape,
		const struct policy_options *options)
{
	switch (options->on_reject) {
	case ON_REJECT_QUARANTINE:
		return false;
	case ON_REJECT_REJECT:
		return true;
	case ON_REJECT_UNLESS_INDIRECT:
		break;
	}
	if (shape->shape == SHAPE_SPOOF)
		return true;
	/* Weak evidence is to be had for money. */
	return !shape->strong && !quarantine_misses_inbox(options);
}

static void
dmarc_failed(struct arena *arena, const struct dmarc_outcome *dmarc,
	     const struct shape_outcome *shape,
	     const struct policy_options *options, struct proposal *proposal)
{
	bool reject = dmarc->policy == DMARC_P_REJECT;

	proposal->cause = CAUSE_DMARC;
	if (dmarc->policy == DMARC_P_NONE)
		return;
	if (reject && refuses_failure(shape, options))
		proposal->action = ACTION_REJECT;
	else
		quarantine(proposal, options);
	proposal->reply_code = "550";
	proposal->reply_xcode = "5.7.26";
	proposal->reply_text = arena_printf(
	    arena,
	    "DMARC: the policy of %.*s asks to %s mail without proof of its "
	    "origin, and neither SPF nor DKIM gives it; postmaster: sign "
	    "with DKIM for that domain or list this host in its SPF record",
	    STR_ARG(dmarc->from), reject ? "reject" : "quarantine");
}

/* Nobody knows what the sender asks for, so the strictest is not done. */
static void
dmarc_never_decided(struct arena *arena, const struct dmarc_outcome *dmarc,
		    const struct policy_options *options,
		    struct proposal *proposal)
{
	const struct shape_outcome shape = {.shape = SHAPE_UNKNOWN};

	if (dmarc->has_record)
		dmarc_failed(arena, dmarc, &shape, options, proposal);
	else
		quarantine(proposal, options);
	proposal->cause = CAUSE_TEMPERROR;
	proposal->reason =
	    arena_printf(arena, "deferrals spent, handled as a failure: %.*s",
			 STR_ARG(proposal->reason));
	proposal->reply_code = "550";
	proposal->reply_xcode = "5.7.26";
	proposal->reply_text = arena_printf(
	    arena,
	    "DMARC could not be checked, this time and before: %.*s; "
	    "postmaster: mend the DNS of that domain",
	    STR_ARG(dmarc->reason));
}

/* Deferred where the failure it may turn into would be acted upon. */
static void
dmarc_undecided(struct arena *arena, const struct verdict *verdict,
		const struct dmarc_outcome *dmarc,
		const struct policy_options *options, struct proposal *proposal)
{
	proposal->cause = CAUSE_TEMPERROR;
	if (dmarc->has_record && dmarc->policy == DMARC_P_NONE)
		return;
	if (options->on_temperror == ON_TEMPERROR_ACCEPT)
		return;
	if (verdict->decision.deferrals_spent) {
		dmarc_never_decided(arena, dmarc, options, proposal);
		return;
	}
	proposal->action = ACTION_TEMPFAIL;
	proposal->reply_code = "451";
	proposal->reply_xcode = "4.7.5";
	proposal->reply_text = arena_printf(
	    arena, "DMARC cannot be checked now: %.*s", STR_ARG(dmarc->reason));
}

/*
 * The message used up its lookups before its policy was read, or more records
 * stand there than are taken.  Trying again would not help, and accepting would
 * let a sender switch DMARC off.
 */
static void
dmarc_over_limit(struct arena *arena, const struct dmarc_outcome *dmarc,
		 const struct policy_options *options,
		 struct proposal *proposal)
{
	proposal->cause = CAUSE_LIMIT;
	if (dmarc->has_record && dmarc->policy == DMARC_P_NONE)
		return;
	quarantine(proposal, options);
	proposal->reply_code = "550";
	proposal->reply_xcode = "5.7.1";
	proposal->reply_text = arena_printf(
	    arena,
	    "DMARC for %.*s needs more DNS lookups or records than are taken",
	    STR_ARG(dmarc->from));
}

static struct proposal
propose_dmarc(struct arena *arena, const struct verdict *verdict,
	      const struct shape_outcome *shape,
	      const struct policy_options *options)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	if (dmarc == NULL)
		return proposal_accept(CAUSE_NONE, str_lit("no Author Domain"));
	struct proposal proposal =
	    proposal_accept(CAUSE_NONE, dmarc_reason(arena, dmarc, shape));
	switch (dmarc->result) {
	case DMARC_NONE:
	case DMARC_PASS:
		break;
	case DMARC_FAIL:
		dmarc_failed(arena, dmarc, shape, options, &proposal);
		if (proposal.action != ACTION_ACCEPT &&
		    verdict->arc_trusted > 0 && !options->as_published)
			return vouched_for(arena, verdict);
		break;
	case DMARC_TEMPERROR:
		dmarc_undecided(arena, verdict, dmarc, options, &proposal);
		break;
	case DMARC_PERMERROR:
		dmarc_over_limit(arena, dmarc, options, &proposal);
		break;
	}
	return proposal;
}

/* accept < tag < tempfail < hold < reject */
static int
severity(const struct proposal *proposal)
{
	switch (proposal->action) {
	case ACTION_ACCEPT:
		return 0;
	case ACTION_QUARANTINE:
		return proposal->how == QUARANTINE_TAG ? 1 : 3;
	case ACTION_TEMPFAIL:
		return 2;
	case ACTION_REJECT:
		break;
	}
	return 4;
}

/*
 * Where nothing may be refused or deferred a message is quarantined: handled as
 * the failure that it is or, undecided, might be.
 */
static void
soften(struct proposal *proposal, const struct policy_options *options)
{
	proposal->action = ACTION_QUARANTINE;
	proposal->how = quarantine_softly(options);
	proposal->as_chosen = true;
}

/*
 * A relay has taken the message already: a refusal would make it send a bounce
 * to a forged address.  A From that is not one domain is never deferred by the
 * published policies alone; they do not know of such mail.
 */
static void
apply_client(struct proposal *proposal, const struct verdict *verdict,
	     const struct policy_options *options)
{
	bool refuses = proposal->action == ACTION_REJECT;
	bool defers = proposal->action == ACTION_TEMPFAIL;
	bool relay = verdict->client_class == CLIENT_RELAY;
	bool one = verdict->from.state == FROM_ONE;
	bool bad = from_defect(verdict->from.state) != NULL;

	if (relay && (refuses || defers))
		soften(proposal, options);
	else if (defers && (bad || (options->as_published && !one)))
		soften(proposal, options);
}

static struct str
reply_of(struct arena *arena, const struct proposal *proposal,
	 const struct verdict *verdict, const struct policy_options *options)
{
	bool defers = proposal->action == ACTION_TEMPFAIL;
	struct reply_template template =
	    defers ? options->defer : options->reply;

	template.url = options->reply.url;
	return reply_fill(arena, &template, verdict,
			  line_text(arena, LINE_ASCII, proposal->reply_text,
				    LIMIT_REPLY_REASON));
}

static struct decision
decision_of(struct arena *arena, const struct proposal *proposal,
	    const struct shape_outcome *shape, const struct verdict *verdict,
	    const struct policy_options *options)
{
	bool replies = proposal->action == ACTION_REJECT ||
		       proposal->action == ACTION_TEMPFAIL;

	return (struct decision){
	    .action = proposal->action,
	    .applied = options->mode == POLICY_ENFORCE ? proposal->action
						       : ACTION_ACCEPT,
	    .how = proposal->how,
	    .as_chosen = proposal->as_chosen,
	    .wants = "",
	    .cause = proposal->cause,
	    .deferrals_spent = verdict->decision.deferrals_spent,
	    .shape = *shape,
	    .reason =
		line_text(arena, LINE_ASCII, proposal->reason, LIMIT_REASON),
	    .reply_code = replies ? proposal->reply_code : "",
	    .reply_xcode = replies ? proposal->reply_xcode : "",
	    .reply_text = replies ? reply_of(arena, proposal, verdict, options)
				  : str_empty(),
	    .rule = str_empty(),
	    .monitored_rule = str_empty(),
	};
}

/* The sender's policy to the letter: of the admin's choices the mode is left.
 */
static struct policy_options
published(enum policy_mode mode)
{
	struct policy_options options = policy_options_default();

	options.mode = mode;
	options.on_reject = ON_REJECT_REJECT;
	options.as_published = true;
	return options;
}

/* A rule that only hardens leaves a stricter policy as it is. */
static struct proposal
propose_rule(struct arena *arena, const struct verdict *verdict,
	     const struct shape_outcome *shape,
	     const struct policy_options *options, const struct rule *rule,
	     const struct proposal *policy)
{
	struct policy_options literal = published(options->mode);
	struct proposal ruled;

	literal.on_quarantine = options->on_quarantine;
	if (rule->action == RULE_AS_PUBLISHED)
		ruled = propose_dmarc(arena, verdict, shape, &literal);
	else
		ruled = ruling_of(arena, rule, options);
	if (rule_only_hardens(rule) && severity(policy) > severity(&ruled))
		return *policy;
	return ruled;
}

/*
 * The sender's policy, or the strictest of the rules that take its place, the
 * first one where several are as strict; *rule_out is that one, or NULL.
 */
static struct proposal
propose_origin(struct arena *arena, const struct verdict *verdict,
	       const struct shape_outcome *shape,
	       const struct policy_options *options,
	       const struct rules_matched *matched,
	       const struct rule **rule_out)
{
	struct proposal policy = propose_dmarc(arena, verdict, shape, options);
	struct proposal best = policy;

	*rule_out = NULL;
	for (size_t i = 0; i < matched->count; i++) {
		const struct rule *rule = matched->rule[i];
		struct proposal ruled =
		    propose_rule(arena, verdict, shape, options, rule, &policy);
		if (i > 0 && severity(&ruled) <= severity(&best))
			continue;
		best = ruled;
		*rule_out = rule;
	}
	return best;
}

/* What is wrong with the message itself comes first where both are as strict.
 */
static struct proposal
stricter(struct proposal best, struct proposal defect)
{
	return severity(&defect) > 0 && severity(&defect) >= severity(&best)
		   ? defect
		   : best;
}

static struct proposal
propose(struct arena *arena, const struct verdict *verdict,
	const struct shape_outcome *shape, const struct policy_options *options,
	const struct rules_matched *matched, const struct rule **rule_out)
{
	bool checked = client_is_checked(verdict->client_class);

	*rule_out = NULL;
	if (!checked && matched->count == 0)
		return proposal_accept(CAUSE_NONE,
				       str_lit("client is not checked"));
	struct proposal best =
	    propose_origin(arena, verdict, shape, options, matched, rule_out);
	if (!checked)
		return best;
	best = stricter(best, propose_from(arena, verdict, options));
	/* A header that was cut may hide a From. */
	best = stricter(best, propose_header(arena, verdict, options));
	apply_client(&best, verdict, options);
	return best;
}

static struct decision
decide(struct arena *arena, const struct verdict *verdict,
       const struct policy_options *options)
{
	struct shape_outcome shape =
	    shape_of(arena, verdict, &options->forwarders);
	const struct rules_matched matched =
	    rules_match(arena, options->rules, verdict, &shape);
	const struct rule *rule, *would;
	struct proposal best =
	    propose(arena, verdict, &shape, options, &matched, &rule);
	struct decision decision =
	    decision_of(arena, &best, &shape, verdict, options);
	if (rule != NULL)
		decision.rule = rule->name;
	if (matched.monitored != NULL) {
		const struct rules_matched with =
		    rules_with_monitored(arena, &matched);
		decision.monitored_rule = matched.monitored->name;
		decision.monitored_action =
		    propose(arena, verdict, &shape, options, &with, &would)
			.action;
	}
	return decision;
}

struct decision
policy_decide(struct arena *arena, const struct verdict *verdict,
	      const struct policy_options *options)
{
	struct policy_options literal = published(options->mode);
	struct policy_options chosen = policy_options_foreseen(options);

	if (verdict->hindrance != HINDRANCE_NONE)
		return policy_put_off(verdict->hindrance);
	if (options->as_published) {
		literal.forwarders = options->forwarders;
		return decide(arena, verdict, &literal);
	}
	struct decision decision = decide(arena, verdict, &chosen);
	if (decision.as_chosen)
		decision.wants = policy_enforce_wants(options);
	return decision;
}
