#include "policy/policy.h"

/* Does this decision really put the message off, for DNS trouble? */
static bool
is_deferral(const struct decision *decision)
{
	return decision->applied == ACTION_TEMPFAIL &&
	       decision->cause == CAUSE_TEMPERROR;
}

/*
 * Nobody waited for the answer, since too many wait already: no trouble of the
 * domain's, which may be innocent.  However often, it counts for nothing.
 */
static bool
is_crowded_out(const struct verdict *verdict,
	       const struct deferral_budget *budget)
{
	const unsigned crowded =
	    VERDICT_LIMIT_ZONE_WAITERS | VERDICT_LIMIT_SLOW_WAITERS;

	return budget->times > 0 && (verdict->limits & crowded) != 0;
}

struct decision
policy_decide_counted(struct arena *arena, const struct verdict *verdict,
		      const struct policy_options *options,
		      struct deferrals *deferrals, int64_t now_ms)
{
	const struct deferral_budget shipped =
	    policy_options_default().deferrals;
	const struct deferral_budget *budget =
	    options->as_published ? &shipped : &options->deferrals;
	struct decision decision = policy_decide(arena, verdict, options);
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	if (dmarc == NULL || verdict->hindrance != HINDRANCE_NONE)
		return decision;
	if (dmarc->result == DMARC_PASS)
		deferrals_forget(deferrals, verdict->client, dmarc->from);
	if (!is_deferral(&decision) || is_crowded_out(verdict, budget))
		return decision;
	decision.deferral =
	    deferrals_allow(deferrals, verdict->client, dmarc->from,
			    dmarc->troubled, budget, now_ms);
	decision.deferrals_allowed = budget->times;
	if (decision.deferral > 0)
		return decision;
	struct verdict anew = *verdict;
	anew.decision.deferrals_spent = true;
	return policy_decide(arena, &anew, options);
}
