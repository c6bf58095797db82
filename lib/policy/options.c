/* What is shipped, and what is yet to be chosen. */
#include "base/limits.h"
#include "policy/proposal.h"

const char *const policy_mode_words[] = {
    [POLICY_MONITOR] = "monitor", [POLICY_ENFORCE] = "enforce", NULL};
const char *const policy_on_reject_words[] = {
    [ON_REJECT_QUARANTINE] = "quarantine",
    [ON_REJECT_REJECT] = "reject",
    [ON_REJECT_UNLESS_INDIRECT] = "reject-unless-indirect",
    NULL};
const char *const policy_on_quarantine_words[] = {
    [ON_QUARANTINE_UNSET] = "unset",
    [ON_QUARANTINE_TAG] = "tag",
    [ON_QUARANTINE_HOLD] = "hold",
    [ON_QUARANTINE_REJECT] = "reject",
    NULL};
const char *const policy_on_temperror_words[] = {
    [ON_TEMPERROR_TEMPFAIL] = "tempfail",
    [ON_TEMPERROR_ACCEPT] = "accept",
    NULL};
const char *const policy_choice_words[] = {[CHOICE_ACCEPT] = "accept",
					   [CHOICE_TAG] = "tag",
					   [CHOICE_QUARANTINE] = "quarantine",
					   [CHOICE_REJECT] = "reject",
					   NULL};

struct policy_options
policy_options_default(void)
{
	return (struct policy_options){
	    .mode = POLICY_MODE_DEFAULT,
	    .on_reject = ON_REJECT_DEFAULT,
	    .on_quarantine = ON_QUARANTINE_DEFAULT,
	    .on_temperror = ON_TEMPERROR_DEFAULT,
	    .deferrals = {LIMIT_DEFERRED_TIMES, LIMIT_DEFERRED_MS},
	    .on_bad_from = CHOICE_DEFAULT,
	    .on_oversize_header = CHOICE_DEFAULT,
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
