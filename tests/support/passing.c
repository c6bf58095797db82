#include "tests/support/passing.h"

const struct dkim_outcome passing_signature = {
    .result = DKIM_PASS,
    .domain = STR("sender.example"),
    .selector = STR("s1"),
    .algorithm = STR("rsa-sha256"),
    .identity = STR("@sender.example"),
    .b_start = STR("AbCdEfGh"),
    .reason = STR(""),
    .tried = true,
};

struct verdict
passing(void)
{
	struct verdict verdict = {
	    .from = {.state = FROM_ONE, .strict = true, .reason = ""},
	    .spf = {.result = SPF_PASS, .domain = STR("sender.example")},
	    .dkim = {.outcome = &passing_signature, .count = 1},
	    .dmarc = {.count = 1},
	};

	verdict.dmarc.outcome[0] = (struct dmarc_outcome){
	    .result = DMARC_PASS,
	    .from = STR("sender.example"),
	    .has_record = true,
	    .policy = DMARC_P_REJECT,
	};
	return verdict;
}
