#include "base/words.h"
#include "dmarc/dmarc.h"

const char *const dmarc_result_words[] = {
    [DMARC_NONE] = "none",           [DMARC_PASS] = "pass",
    [DMARC_FAIL] = "fail",           [DMARC_TEMPERROR] = "temperror",
    [DMARC_PERMERROR] = "permerror", NULL};

const char *
dmarc_result_text(enum dmarc_result result)
{
	return words_text(dmarc_result_words, result);
}

enum { POLICY_ABSENT = DMARC_P_REJECT + 1, POLICY_UNKNOWN };

const char *const dmarc_policy_words[] = {
    [DMARC_P_NONE] = "none",      [DMARC_P_QUARANTINE] = "quarantine",
    [DMARC_P_REJECT] = "reject",  [POLICY_ABSENT] = "absent",
    [POLICY_UNKNOWN] = "unknown", NULL};

const char *
dmarc_policy_text(enum dmarc_policy policy)
{
	return words_text(dmarc_policy_words, policy);
}

enum dmarc_policy
dmarc_policy_lowered(enum dmarc_policy policy)
{
	return policy == DMARC_P_REJECT ? DMARC_P_QUARANTINE : DMARC_P_NONE;
}

size_t
dmarc_policy_word(const struct dmarc_outcome *outcome)
{
	if (outcome != NULL && outcome->has_record)
		return outcome->policy;
	return outcome != NULL && outcome->policy_unknown ? POLICY_UNKNOWN
							  : POLICY_ABSENT;
}
