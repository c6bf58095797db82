/* A From domain of which the mail server may make another one. */
#include "tests/support/test.h"

#include "tests/support/dmarc_case.h"

#define REJECT "_dmarc.corp.example TXT \"v=DMARC1; p=reject\"\n"
#define NONE "_dmarc.corp.example TXT \"v=DMARC1; p=none\"\n"

/* What the mail server may make of the author is not known. */
static void
test_doubt(void **state)
{
	static const struct {
		const char *zone, *spf, *want, *troubled;
	} table[] = {
	    {REJECT, "pass corp.example", "temperror", ""},
	    {REJECT, "fail corp.example", "fail", ""},
	    {NONE, "fail corp.example", "temperror", ""},
	    {"", "fail corp.example", "temperror", ""},
	    /* The trouble is the author's, no longer a name of the sender's. */
	    {NONE, "temperror a.corp.example", "temperror", ""},
	    {REJECT, "temperror a.corp.example", "temperror", "a.corp.example"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct dmarc_case dmarc = {.zone = table[i].zone,
					   .author = "corp.example",
					   .spf = table[i].spf,
					   .doubt = "A lookup of it failed"};
		struct dmarc_run run;
		dmarc_run_start(&run, &dmarc);
		assert_string_equal(dmarc_result_text(run.outcome->result),
				    table[i].want);
		assert_str(run.outcome->troubled, table[i].troubled);
		dmarc_run_end(&run);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
