/* What becomes of a tolerance for clocks, in the units of each program. */
#include "tests/support/test.h"

#include <string.h>

#include "milter/cli/over.h"

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

/* Comments as one line each. */
static struct str
unwrapped(struct arena *arena, struct str text)
{
	struct buf out;
	struct str line;

	buf_init(&out, arena);
	while (str_split(&text, '\n', &line)) {
		bool more = str_starts(line, str_lit("#   ")) ||
			    str_starts(line, str_lit("#!  "));
		buf_adds(&out, more ? " " : "\n");
		buf_add(&out, str_from(line, more ? 4 : 0));
	}
	return buf_str(&out);
}

static bool
holds(struct str text, const char *word)
{
	return memmem(text.p, text.n, word, strlen(word)) != NULL;
}

static void
test_clock(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct over *over = over_new();
		struct buf out, said, why;
		buf_init(&out, NULL);
		buf_init(&said, NULL);
		buf_init(&why, NULL);
		assert_true(over_read_text(over, cases[i].program, "old.conf",
					   exact(cases[i].text), &why));
		over_print(over, &out, &said);
		struct str text = unwrapped(*state, buf_str(&out));
		if (!holds(text, cases[i].want))
			fail_msg("%s: %s", cases[i].text, out.p);
		assert_int_equal(holds(text, "\nclock-tolerance:"),
				 cases[i].taken);
		over_free(over);
		buf_clear(&out);
		buf_clear(&said);
		buf_clear(&why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
