/* What the sender's policy asks for, as the admin's options take it. */
#include "policy/proposal.h"

/*
 * Who is trusted vouches for it: RFC 9989 section 7.4 wants more evidence than
 * the failure, and RFC 8617 section 7.2 gives the form of the reason.
 */
static struct proposal
vouched_for(const struct question *question)
{
	struct str chain =
	    arc_chain_text(question->arena, &question->verdict->arc);

	return proposal_accept(CAUSE_ARC,
			       arena_printf(question->arena,
					    "local_policy: arc=pass %.*s",
					    STR_ARG(chain)));
}

static bool
refuses_failure(const struct question *question)
{
	const struct policy_options *options = question->options;

	switch (options->on_reject) {
	case ON_REJECT_QUARANTINE:
		return false;
	case ON_REJECT_REJECT:
		return true;
	case ON_REJECT_UNLESS_INDIRECT:
		break;
	}
	if (question->shape.shape == SHAPE_SPOOF)
		return true;
	/* Weak evidence is to be had for money. */
	return !question->shape.strong && !quarantine_misses_inbox(options);
}

static void
failed(const struct question *question, const struct dmarc_outcome *dmarc,
       struct proposal *proposal)
{
	bool reject = dmarc->policy == DMARC_P_REJECT;

	proposal->cause = CAUSE_DMARC;
	if (dmarc->policy == DMARC_P_NONE)
		return;
	if (reject && refuses_failure(question))
		proposal->action = ACTION_REJECT;
	else
		proposal_quarantine(proposal, question->options);
	proposal->reply_code = "550";
	proposal->reply_xcode = "5.7.26";
	proposal->reply_text = arena_printf(
	    question->arena,
	    "DMARC: the policy of %.*s asks to %s mail without proof of its "
	    "origin, and neither SPF nor DKIM gives it; postmaster: sign "
	    "with DKIM for that domain or list this host in its SPF record",
	    STR_ARG(dmarc->from), reject ? "reject" : "quarantine");
}

/*
 * As a failure, of no shape.  Where nobody knows what the sender asks for the
 * strictest is not done.
 */
static void
never_decided(const struct question *question,
	      const struct dmarc_outcome *dmarc, struct proposal *proposal)
{
	if (dmarc->has_record)
		failed(question, dmarc, proposal);
	else
		proposal_quarantine(proposal, question->options);
	proposal->cause = CAUSE_TEMPERROR;
	proposal->reason = arena_printf(
	    question->arena, "deferrals spent, handled as a failure: %.*s",
	    STR_ARG(proposal->reason));
	proposal->reply_code = "550";
	proposal->reply_xcode = "5.7.26";
	proposal->reply_text = arena_printf(
	    question->arena,
	    "DMARC could not be checked, this time and before: %.*s; "
	    "postmaster: mend the DNS of that domain",
	    STR_ARG(dmarc->reason));
}

/* Deferred where the failure it may turn into would be acted upon. */
static void
undecided(const struct question *question, const struct dmarc_outcome *dmarc,
	  struct proposal *proposal)
{
	proposal->cause = CAUSE_TEMPERROR;
	if (dmarc->has_record && dmarc->policy == DMARC_P_NONE)
		return;
	if (question->options->on_temperror == ON_TEMPERROR_ACCEPT)
		return;
	if (question->verdict->decision.deferrals_spent) {
		never_decided(question, dmarc, proposal);
		return;
	}
	proposal->action = ACTION_TEMPFAIL;
	proposal->reply_code = "451";
	proposal->reply_xcode = "4.7.5";
	proposal->reply_text =
	    arena_printf(question->arena, "DMARC cannot be checked now: %.*s",
			 STR_ARG(dmarc->reason));
}

/*
 * The message used up its lookups before its policy was read, or more records
 * stand there than are taken.  Trying again would not help, and accepting would
 * let a sender switch DMARC off.
 */
static void
over_limit(const struct question *question, const struct dmarc_outcome *dmarc,
	   struct proposal *proposal)
{
	proposal->cause = CAUSE_LIMIT;
	if (dmarc->has_record && dmarc->policy == DMARC_P_NONE)
		return;
	proposal_quarantine(proposal, question->options);
	proposal->reply_code = "550";
	proposal->reply_xcode = "5.7.1";
	proposal->reply_text = arena_printf(
	    question->arena,
	    "DMARC for %.*s needs more DNS lookups or records than are taken",
	    STR_ARG(dmarc->from));
}

struct proposal
propose_dmarc(const struct question *question)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(question->verdict);

	if (dmarc == NULL)
		return proposal_accept(CAUSE_NONE, str_lit("no From domain"));
	struct proposal proposal = proposal_accept(
	    CAUSE_NONE,
	    verdict_dmarc_text(question->arena, dmarc, question->shape.shape));
	switch (dmarc->result) {
	case DMARC_NONE:
	case DMARC_PASS:
		break;
	case DMARC_FAIL:
		failed(question, dmarc, &proposal);
		if (proposal.action != ACTION_ACCEPT &&
		    question->verdict->arc_trusted > 0 &&
		    !question->options->as_published)
			return vouched_for(question);
		break;
	case DMARC_TEMPERROR:
		undecided(question, dmarc, &proposal);
		break;
	case DMARC_PERMERROR:
		over_limit(question, dmarc, &proposal);
		break;
	}
	return proposal;
}
