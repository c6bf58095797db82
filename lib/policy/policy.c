#include "policy/policy.h"

#include "base/limits.h"
#include "base/line.h"
#include "policy/proposal.h"

/* What is wrong with the message itself comes first where both are as strict.
 */
static void
take_stricter(struct proposal *best, struct proposal defect)
{
	int severity = proposal_severity(&defect);

	if (severity == 0 || severity < proposal_severity(best))
		return;
	defect.rule = best->rule;
	*best = defect;
}

/*
 * A relay has taken the message already: a refusal would make it send a bounce
 * to a forged address.  A discard makes none, so it stays.  A From that is not
 * one domain is never deferred by the published policies alone; they do not
 * know of such mail.  Where nothing may be refused or deferred a message is
 * quarantined: handled as the failure that it is or, undecided, might be.
 */
static void
quarantine_instead(struct proposal *proposal, const struct question *question)
{
	const struct verdict *verdict = question->verdict;
	bool relay = verdict->client_class == CLIENT_RELAY;
	bool one = verdict->from.state == FROM_ONE;
	bool bad = from_defect(verdict->from.state) != NULL;
	bool may_defer =
	    !relay && !bad && (one || !question->options->as_published);
	bool refuses = proposal->action == ACTION_REJECT;
	bool defers = proposal->action == ACTION_TEMPFAIL;

	if ((refuses && relay) || (defers && !may_defer)) {
		proposal_quarantine(proposal, question->options);
		proposal->action = ACTION_QUARANTINE;
	}
}

/*
 * The strictest of the rules, the first one where several are as strict.  One
 * that only hardens leaves a stricter policy as it is.
 */
static struct proposal
strictest_rule(const struct question *question,
	       const struct rules_matched *matched,
	       const struct proposal *policy)
{
	struct proposal best = *policy;

	for (size_t i = 0; i < matched->count; i++) {
		const struct rule *rule = matched->rule[i];
		struct proposal ruled = propose_rule(question, rule);
		if (rule_only_hardens(rule) &&
		    proposal_severity(policy) > proposal_severity(&ruled))
			ruled = *policy;
		ruled.rule = rule;
		if (i == 0 ||
		    proposal_severity(&ruled) > proposal_severity(&best))
			best = ruled;
	}
	return best;
}

static struct proposal
propose(const struct question *question, const struct rules_matched *matched)
{
	bool checked = client_is_checked(question->verdict->client_class);

	if (!checked && matched->count == 0)
		return proposal_accept(CAUSE_NONE,
				       str_lit("client is not checked"));
	struct proposal best = propose_dmarc(question);
	if (matched->count > 0)
		best = strictest_rule(question, matched, &best);
	if (!checked)
		return best;
	take_stricter(&best, propose_from(question));
	/* A header that was cut may hide a From. */
	take_stricter(&best, propose_header(question));
	quarantine_instead(&best, question);
	return best;
}

static struct str
reply_of(const struct question *question, const struct proposal *proposal)
{
	const struct policy_options *options = question->options;
	bool defers = proposal->action == ACTION_TEMPFAIL;
	struct reply_template template =
	    defers ? options->defer : options->reply;

	template.url = options->reply.url;
	return reply_fill(question->arena, &template, question->verdict,
			  line_text(question->arena, LINE_ASCII,
				    proposal->reply_text, LIMIT_REPLY_REASON));
}

static struct str
reason_of(const struct question *question, const struct proposal *proposal,
	  bool quarantine_refused)
{
	struct str reason = arena_printf(
	    question->arena, "%s%.*s",
	    quarantine_refused ? "a quarantine, refused by on-quarantine: "
			       : "",
	    STR_ARG(proposal->reason));

	return line_text(question->arena, LINE_ASCII, reason, LIMIT_REASON);
}

static struct decision
decision_of(const struct question *question, const struct proposal *proposal)
{
	bool quarantine_refused =
	    proposal->as_chosen && proposal->action == ACTION_REJECT;
	bool enforced = question->options->mode == POLICY_ENFORCE;
	bool replies = proposal->action == ACTION_REJECT ||
		       proposal->action == ACTION_TEMPFAIL;

	return (struct decision){
	    .action = proposal->action,
	    .applied = enforced ? proposal->action : ACTION_ACCEPT,
	    .how = proposal->how,
	    .quarantine_refused = quarantine_refused,
	    .wants = "",
	    .cause = proposal->cause,
	    .deferrals_spent = question->verdict->decision.deferrals_spent,
	    .shape = question->shape,
	    .reason = reason_of(question, proposal, quarantine_refused),
	    .reply_code = replies ? proposal->reply_code : "",
	    .reply_xcode = replies ? proposal->reply_xcode : "",
	    .reply_text = replies ? reply_of(question, proposal) : str_empty(),
	    .rule = proposal->rule != NULL ? proposal->rule->name : str_empty(),
	    .monitored_rule = str_empty(),
	    .unjudged = str_empty(),
	};
}

/* Of the sender's policy to the letter rules and replies are no part. */
static struct policy_options
options_in_force(const struct policy_options *options)
{
	if (!options->as_published)
		return policy_options_foreseen(options);
	struct policy_options literal = policy_options_published(options->mode);
	literal.forwarders = options->forwarders;
	return literal;
}

struct decision
policy_decide(struct arena *arena, const struct verdict *verdict,
	      const struct policy_options *options)
{
	if (verdict->hindrance != HINDRANCE_NONE) {
		struct decision put_off = policy_put_off(verdict->hindrance);
		put_off.deferrals_spent = verdict->decision.deferrals_spent;
		return put_off;
	}
	const struct policy_options in_force = options_in_force(options);
	const struct question question = {
	    .arena = arena,
	    .verdict = verdict,
	    .shape = shape_of(arena, verdict, &in_force.forwarders),
	    .options = &in_force,
	};
	const struct rules_matched matched =
	    rules_match(arena, in_force.rules, verdict, &question.shape);
	const struct proposal best = propose(&question, &matched);
	struct decision decision = decision_of(&question, &best);
	if (best.as_chosen && !options->as_published)
		decision.wants = policy_enforce_wants(options);
	if (matched.unjudged != NULL)
		decision.unjudged = matched.unjudged->name;
	if (matched.monitored != NULL) {
		const struct rules_matched with =
		    rules_with_monitored(arena, &matched);
		decision.monitored_rule = matched.monitored->name;
		decision.monitored_action = propose(&question, &with).action;
	}
	return decision;
}
