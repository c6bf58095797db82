/* One change of setup's, taken back out of files that others changed since. */
#include "tests/support/test.h"

#include "milter/cli/setup/undo/back.h"

#define OURS "{ inet:127.0.0.1:8891, default_action=tempfail }"

struct row {
	const char *title;
	enum back_file file;
	const char *before, *after, *now, *wanted;
};

static const struct row rows[] = {
    {"as it was written", BACK_MAIN, "a = 1\n", "a = 2\n", "a = 2\n",
     "a = 1\n"},
    {"as it was before", BACK_MAIN, "a = 1\n", "a = 2\n", "a = 1\n", "a = 1\n"},
    {"a line of others stays", BACK_MAIN, "a = 1\n", "a = 2\n",
     "x = y\na = 2\n# z\n", "x = y\na = 1\n# z\n"},
    {"what was not set goes", BACK_MAIN, "", "a = 2\n", "x = y\na = 2\n# z\n",
     "x = y\n# z\n"},
    {"at the end, without an end", BACK_MAIN, "x = y\n", "x = y\na = 2",
     "x = z\na = 2", "x = z\n"},
    {"what was changed since stays", BACK_MAIN, "a = 1\n", "a = 2\n", "a = 3\n",
     "a = 3\n"},
    {"what was taken out since stays out", BACK_MAIN, "a = 1\nb = 1\n",
     "a = 2\nb = 1\n", "b = 1\n", "b = 1\n"},
    {"several lines, as they were", BACK_MAIN,
     "a = 1,\n# of it\n\t2\n# after\nb = 1\n",
     "a = 3\n# of it\n# after\nb = 1\n", "a = 3\n# of it\n# after\nb = 2\n",
     "a = 1,\n\t2\n# of it\n# after\nb = 2\n"},
    {"one that stands twice", BACK_MAIN, "a = 0\na = 1\n", "a = 2\na = 2\n",
     "x = y\na = 2\na = 2\n", "x = y\na = 0\na = 1\n"},
    {"to which others added", BACK_MAIN, "a = 0\na = 1\n", "a = 2\na = 2\n",
     "a = 2\na = 2\na = 3\n", "a = 0\na = 1\na = 3\n"},
    {"which the change brought, and others again", BACK_MAIN, "x = y\n",
     "x = y\na = 2\n", "x = z\na = 2\na = 2\na = 3\n", "x = z\na = 3\n"},
    {"a list that nobody changed", BACK_MAIN, "smtpd_milters = inet:h:1\n",
     "smtpd_milters = " OURS ", inet:h:1\n",
     "x = y\nsmtpd_milters = " OURS ", inet:h:1\n",
     "x = y\nsmtpd_milters = inet:h:1\n"},
    {"a list that others changed", BACK_MAIN, "smtpd_milters = inet:h:1\n",
     "smtpd_milters = " OURS ", inet:h:1\n",
     "smtpd_milters = " OURS ",\n # theirs\n { inet:h:2, x=y } inet:h:1\n",
     "smtpd_milters = { inet:h:2, x=y }, inet:h:1\n"},
    {"to nothing but ours", BACK_MAIN, "smtpd_milters = inet:h:1\n",
     "smtpd_milters = " OURS ", inet:h:1\n", "smtpd_milters = " OURS "\n",
     "smtpd_milters =\n"},
    {"one that has none of ours any more", BACK_MAIN, "",
     "smtpd_milters = " OURS "\n", "smtpd_milters =  inet:h:1\n",
     "smtpd_milters =  inet:h:1\n"},
    {"an entry that stood before stays", BACK_MAIN,
     "smtpd_milters = inet:127.0.0.1:8891\n", "smtpd_milters = " OURS "\n",
     "smtpd_milters = inet:h:1, " OURS "\n",
     "smtpd_milters = inet:h:1, " OURS "\n"},
    {"a service", BACK_MASTER, "smtp inet n - n - - smtpd -o a=1\n",
     "smtp inet n - n - - smtpd\n    -o a=2\n",
     "# x\nsmtp inet n - n - - smtpd\n    -o a=2\nsmtp unix - - n - - smtp\n",
     "# x\nsmtp inet n - n - - smtpd -o a=1\nsmtp unix - - n - - smtp\n"},
    {"a service that others changed", BACK_MASTER, "s inet n - n - - smtpd\n",
     "s inet n - n - - smtpd -o a=2\n", "s inet n - n - 9 smtpd -o a=2\n",
     "s inet n - n - 9 smtpd -o a=2\n"},
};

static void
test_take(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *row = &rows[i];
		struct buf text;
		buf_init(&text, NULL);
		buf_adds(&text, row->now);
		back_take(row->file, str_of(row->before), str_of(row->after),
			  &text);
		if (!str_is(buf_str(&text), row->wanted))
			fail_msg("%s: \"%.*s\"", row->title,
				 STR_ARG(buf_str(&text)));
		buf_clear(&text);
	}
}

static void
test_value(void **state)
{
	const struct str text = STR("a = 0\nb=1\na = x,\n# of it\n  y\n");
	struct buf value;

	(void)state;
	buf_init(&value, NULL);
	assert_true(back_value(text, "a", &value));
	assert_true(str_is(buf_str(&value), "x, y"));
	assert_false(back_value(text, "c", &value));
	buf_clear(&value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_take),
	    cmocka_unit_test(test_value),
	};

	return cmocka_run_group_tests_name("cli-undo", tests, NULL, NULL);
}
