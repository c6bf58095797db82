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

static const char *const dmarc_policy_words[] = {[DMARC_P_NONE] = "none",
						 [DMARC_P_QUARANTINE] =
						     "quarantine",
						 [DMARC_P_REJECT] = "reject",
						 NULL};

const char *
dmarc_policy_text(enum dmarc_policy policy)
{
	return words_text(dmarc_policy_words, policy);
}
