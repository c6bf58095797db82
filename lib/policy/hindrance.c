/* Mail that is put off whatever its results say. */
#include "policy/policy.h"

static const char *
hindrance_reason(enum hindrance hindrance)
{
	switch (hindrance) {
	case HINDRANCE_NONE:
		break;
	case HINDRANCE_NOT_BEGUN:
		return "the message was not taken up";
	case HINDRANCE_MEMORY:
		return "max-memory: the memory for messages is used up";
	case HINDRANCE_MEMORY_SHARE:
		return "max-memory: the client's network has its share of the "
		       "memory for messages";
	case HINDRANCE_EVALUATIONS:
		return "max-evaluations: too many messages wait for their "
		       "results";
	case HINDRANCE_EVALUATIONS_SHARE:
		return "max-evaluations: too many messages of the client's "
		       "network wait for their results";
	case HINDRANCE_CHANGES:
		return "the mail server did not take the changes to the "
		       "message";
	}
	return "";
}

struct decision
policy_put_off(enum hindrance hindrance)
{
	return (struct decision){
	    .action = ACTION_TEMPFAIL,
	    .applied = ACTION_TEMPFAIL,
	    .wants = "",
	    .cause =
		hindrance == HINDRANCE_CHANGES ? CAUSE_MILTER : CAUSE_LIMIT,
	    .reason = str_of(hindrance_reason(hindrance)),
	    .reply_code = "451",
	    .reply_xcode = "4.3.2",
	    .reply_text = str_lit("Too busy to check this message, try again "
				  "later"),
	};
}
