/* The published record of an outcome, as reports tell it (RFC 9990). */
#include "tests/support/test.h"

#include "tests/support/dmarc_case.h"

static void
test_published(void **state)
{
	static const struct {
		const char *zone;
		struct dmarc_published want;
	} table[] = {
	    {"_dmarc.a.example TXT \"v=DMARC1; p=reject\"\n",
	     {.p = DMARC_P_REJECT, .sp = DMARC_P_REJECT, .np = DMARC_P_REJECT}},
	    {"_dmarc.a.example TXT \"v=DMARC1; p=reject; sp=quarantine; "
	     "adkim=s; psd=n\"\n",
	     {.p = DMARC_P_REJECT,
	      .sp = DMARC_P_QUARANTINE,
	      .np = DMARC_P_QUARANTINE,
	      .has_sp = true,
	      .psd = DMARC_PSD_N,
	      .dkim_strict = true}},
	    {"_dmarc.a.example TXT \"v=DMARC1; p=none; np=reject; aspf=s; "
	     "psd=y\"\n",
	     {.p = DMARC_P_NONE,
	      .sp = DMARC_P_NONE,
	      .np = DMARC_P_REJECT,
	      .has_np = true,
	      .psd = DMARC_PSD_Y,
	      .spf_strict = true}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const struct dmarc_published *want = &table[i].want;
		struct dmarc_case dmarc = {.zone = table[i].zone,
					   .author = "a.example",
					   .spf = "fail a.example"};
		struct dmarc_run run;
		dmarc_run_start(&run, &dmarc);
		const struct dmarc_published *got = &run.outcome->record;
		assert_true(run.outcome->has_record);
		assert_int_equal(got->p, want->p);
		assert_int_equal(got->sp, want->sp);
		assert_int_equal(got->np, want->np);
		assert_int_equal(got->has_sp, want->has_sp);
		assert_int_equal(got->has_np, want->has_np);
		assert_int_equal(got->psd, want->psd);
		assert_int_equal(got->dkim_strict, want->dkim_strict);
		assert_int_equal(got->spf_strict, want->spf_strict);
		dmarc_run_end(&run);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_published),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
