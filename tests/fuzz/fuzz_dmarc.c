#include "dmarc/record.h"
#include "dns/answer.h"
#include "tests/fuzz/fuzz.h"

/* Each line of the input is one TXT record at the name. */
void
fuzz_one(struct str input)
{
	struct arena *arena = arena_new(NULL);
	struct dns_answer *answer = dns_answer_new(
	    str_lit("_dmarc.bank.example"), DNS_TXT, DNS_NODATA, "");
	struct str rest = input, line;

	while (str_split(&rest, '\n', &line))
		dns_answer_add_text(answer, line);
	const struct dmarc_record *record = dmarc_record_of(arena, answer);
	if (record != NULL) {
		fuzz_require(record->found == 1);
		fuzz_require(record->rua_count <= LIMIT_DMARC_URIS);
		fuzz_require(record->p.policy <= DMARC_P_REJECT);
		/* parsed once: the second look gives the kept form */
		fuzz_require(dmarc_record_of(arena, answer) == record);
		if (record->rua_count > 0)
			fuzz_canary(record->rua[0], "mailto:a@z.ab");
	}
	dns_answer_unref(answer);
	arena_free(arena);
}
