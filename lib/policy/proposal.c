#include "policy/proposal.h"

struct proposal
proposal_accept(enum decision_cause cause, struct str reason)
{
	return (struct proposal){.action = ACTION_ACCEPT,
				 .cause = cause,
				 .reason = reason,
				 .reply_code = "",
				 .reply_xcode = "",
				 .reply_text = str_empty()};
}

void
proposal_quarantine(struct proposal *proposal,
		    const struct policy_options *options)
{
	bool hold = options->on_quarantine == ON_QUARANTINE_HOLD;
	bool reject = options->on_quarantine == ON_QUARANTINE_REJECT;

	proposal->action = reject ? ACTION_REJECT : ACTION_QUARANTINE;
	proposal->how = hold ? QUARANTINE_HOLD : QUARANTINE_TAG;
	proposal->as_chosen = true;
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
		proposal_quarantine(proposal, options);
		break;
	case CHOICE_REJECT:
		proposal->action = ACTION_REJECT;
		break;
	}
}

int
proposal_severity(const struct proposal *proposal)
{
	switch (proposal->action) {
	case ACTION_ACCEPT:
		return 0;
	case ACTION_QUARANTINE:
		return proposal->how == QUARANTINE_TAG ? 1 : 3;
	case ACTION_TEMPFAIL:
		return 2;
	case ACTION_REJECT:
		return 4;
	case ACTION_DISCARD:
		break;
	}
	return 5;
}

bool
quarantine_misses_inbox(const struct policy_options *options)
{
	return options->on_quarantine == ON_QUARANTINE_HOLD ||
	       (options->on_quarantine == ON_QUARANTINE_TAG &&
		options->tag_filed);
}
