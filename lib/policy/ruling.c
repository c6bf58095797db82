#include "policy/proposal.h"

static void
set_action(struct proposal *proposal, enum rule_action action,
	   const struct policy_options *options)
{
	switch (action) {
	case RULE_ACCEPT:
	case RULE_AS_PUBLISHED:
		proposal->action = ACTION_ACCEPT;
		break;
	case RULE_TAG:
		proposal->action = ACTION_QUARANTINE;
		proposal->how = QUARANTINE_TAG;
		break;
	case RULE_HOLD:
		proposal->action = ACTION_QUARANTINE;
		proposal->how = QUARANTINE_HOLD;
		break;
	case RULE_QUARANTINE:
		proposal_quarantine(proposal, options);
		break;
	case RULE_REJECT:
		proposal->action = ACTION_REJECT;
		break;
	case RULE_TEMPFAIL:
		proposal->action = ACTION_TEMPFAIL;
		break;
	case RULE_DISCARD:
		proposal->action = ACTION_DISCARD;
		break;
	}
}

/* The results that a rule asks for, of those that have a code of their own. */
static unsigned
asked(const struct rule *rule, enum rule_subject subject)
{
	for (size_t i = 0; i < rule->conditions; i++) {
		const struct rule_condition *condition = &rule->condition[i];
		if (condition->subject == subject && !condition->negated)
			return condition->words;
	}
	return 0;
}

/* RFC 7372 section 3; what no check of origin failed is 5.7.1 (RFC 3463). */
static const char *
reject_xcode(const struct rule *rule)
{
	unsigned spf = asked(rule, RULE_SPF), dkim = asked(rule, RULE_DKIM);
	unsigned spf_error = 1u << SPF_TEMPERROR | 1u << SPF_PERMERROR;
	unsigned spf_fail = 1u << SPF_FAIL | 1u << SPF_SOFTFAIL;

	if (asked(rule, RULE_DMARC) == 1u << DMARC_FAIL ||
	    (spf != 0 && dkim != 0))
		return "5.7.26";
	if (spf != 0 && (spf & ~spf_fail) == 0)
		return "5.7.23";
	if (spf != 0 && (spf & ~spf_error) == 0)
		return "5.7.24";
	if (dkim != 0 && (dkim & 1u << DKIM_PASS) == 0)
		return "5.7.20";
	return "5.7.1";
}

/* What the admin chose for a quarantine holds for the sender's, too. */
static struct proposal
as_published(const struct question *question)
{
	struct policy_options literal =
	    policy_options_published(question->options->mode);
	struct question published = *question;

	literal.on_quarantine = question->options->on_quarantine;
	published.options = &literal;
	return propose_dmarc(&published);
}

struct proposal
propose_rule(const struct question *question, const struct rule *rule)
{
	struct proposal proposal = {.cause = CAUSE_RULE,
				    .reply_text = rule->reply};

	if (rule->action == RULE_AS_PUBLISHED)
		return as_published(question);
	set_action(&proposal, rule->action, question->options);
	bool defers = proposal.action == ACTION_TEMPFAIL;
	proposal.reply_code = defers ? "451" : "550";
	proposal.reply_xcode = defers ? "4.7.1" : reject_xcode(rule);
	proposal.reason = arena_printf(
	    question->arena, "rule %.*s%s%.*s", STR_ARG(rule->name),
	    rule->reason.n ? ": " : "", STR_ARG(rule->reason));
	if (rule->reply.n == 0)
		proposal.reply_text =
		    defers ? str_lit("Not accepted now by local policy")
			   : str_lit("Not accepted by local policy");
	return proposal;
}
