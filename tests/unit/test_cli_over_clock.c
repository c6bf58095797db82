/* What becomes of a tolerance for clocks, in the units of each program. */
#include "tests/support/test.h"

#include "tests/support/cli/over_check.h"

#define BEYOND "No time of up to a day: clock-tolerance stays"

static const struct {
	enum over_program program;
	const char *text, *want;
	bool taken;
} cases[] = {
    {OVER_OPENDKIM, "ClockDrift 0", "\nclock-tolerance: 0s\n", true},
    {OVER_OPENDKIM, "ClockDrift 300", "\nclock-tolerance: 300s\n", true},
    {OVER_OPENDKIM, "ClockDrift 86400", "\nclock-tolerance: 86400s\n", true},
    {OVER_OPENDKIM, "ClockDrift 86401", BEYOND, false},
    {OVER_OPENDKIM, "ClockDrift -1", BEYOND, false},
    {OVER_RSPAMD, "dkim { time_jitter = 90; }", "\nclock-tolerance: 90s\n",
     true},
    {OVER_RSPAMD, "dkim { time_jitter = 2min; }", "\nclock-tolerance: 120s\n",
     true},
    {OVER_RSPAMD, "dkim { time_jitter = 6h; }", "\nclock-tolerance: 21600s\n",
     true},
    {OVER_RSPAMD, "dkim { time_jitter = 2d; }", BEYOND, false},
    {OVER_RSPAMD, "dkim { time_jitter = h; }", BEYOND, false},
    {OVER_RSPAMD, "dkim { time_jitter = 6hours; }", BEYOND, false},
    {OVER_RSPAMD, "dkim { time_jitter = 99999999999999999999h; }", BEYOND,
     false},
};

static void
test_clock(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct over *over = over_new();
		over_check_read(over, cases[i].program, cases[i].text);
		over_check(over, cases[i].text, cases[i].want,
			   cases[i].taken ? NULL : "\nclock-tolerance:");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
