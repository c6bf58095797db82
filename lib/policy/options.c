/* What is shipped, and what is yet to be chosen. */
#include "policy/proposal.h"

struct policy_options
policy_options_default(void)
{
	/* RFC 9989 section 7.4: p=reject alone is no reason to reject. */
	return (struct policy_options){
	    .mode = POLICY_MONITOR,
	    .on_reject = ON_REJECT_UNLESS_INDIRECT,
	    .on_quarantine = ON_QUARANTINE_UNSET,
	    .on_temperror = ON_TEMPERROR_TEMPFAIL,
	    .deferrals = {.times = 5, .span_ms = 4 * 3600 * 1000},
	    .on_bad_from = CHOICE_REJECT,
	    .on_oversize_header = CHOICE_REJECT,
	};
}

const char *
policy_enforce_wants(const struct policy_options *options)
{
	if (options->on_quarantine == ON_QUARANTINE_UNSET)
		return "on-quarantine";
	if (options->on_quarantine == ON_QUARANTINE_TAG && !options->tag_filed)
		return "tag-filed";
	return "";
}

struct policy_options
policy_options_foreseen(const struct policy_options *options)
{
	struct policy_options chosen = *options;

	if (options->mode == POLICY_MONITOR &&
	    policy_enforce_wants(options)[0] != '\0') {
		chosen.on_quarantine = ON_QUARANTINE_TAG;
		chosen.tag_filed = true;
	}
	return chosen;
}

struct policy_options
policy_options_published(enum policy_mode mode)
{
	struct policy_options options = policy_options_default();

	options.mode = mode;
	options.on_reject = ON_REJECT_REJECT;
	options.as_published = true;
	return options;
}
