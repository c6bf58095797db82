/* Tables for spreadsheets, and numbers for people. */
#include "base/csv.h"
#include "base/number.h"
#include "tests/support/test.h"

static void
check_line(const char *const *field, size_t n, const char *want)
{
	struct buf out;
	size_t i;

	buf_init(&out, NULL);
	for (i = 0; i < n; i++)
		csv_add(&out, exact(field[i]));
	csv_end_line(&out);
	assert_str(buf_str(&out), want);
	buf_clear(&out);
}

#define LINE(want, ...)                                         \
	check_line((const char *const[]){__VA_ARGS__},          \
		   sizeof((const char *const[]){__VA_ARGS__}) / \
		       sizeof(const char *),                    \
		   want)

static void
fields(void **state)
{
	(void)state;
	LINE("a,b\n", "a", "b");
	LINE("\"\",\"\"\n", "", "");
	LINE("\"a,b\",\"say \"\"x\"\"\"\n", "a,b", "say \"x\"");
	LINE("\"two words\",bank.example\n", "two words", "bank.example");
	/* A line stays one. */
	LINE("a?b?c\n", "a\nb\rc");
	LINE("a?b\n", "a\x1b"
		      "b");
	LINE("\xc3\xa4\n", "\xc3\xa4");
	LINE("a?\n", "a\xff");
}

static void
formulas(void **state)
{
	(void)state;
	LINE("\"'=HYPERLINK(\"\"http://x\"\")\"\n", "=HYPERLINK(\"http://x\")");
	LINE("\"'+1\",\"'-1\",\"'@SUM(A1)\"\n", "+1", "-1", "@SUM(A1)");
	LINE("\"'\xef\xbc\x9d"
	     "1\"\n",
	     "\xef\xbc\x9d"
	     "1");
	/* Some pass over blanks. */
	LINE("\"' =1\"\n", " =1");
	/* A tab is none any more. */
	LINE("?=1\n", "\t=1");
	LINE("a=1\n", "a=1");
}

static void
numbers_in_a_table(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, NULL);
	csv_add_number(&out, 41203);
	csv_add_number(&out, -1);
	csv_end_line(&out);
	csv_add(&out, str_lit("x"));
	csv_add_number(&out, 0);
	csv_end_line(&out);
	assert_str(buf_str(&out), "41203,-1\nx,0\n");
	buf_clear(&out);
}

static void
check_number(int64_t number, const char *want)
{
	struct buf out;

	buf_init(&out, NULL);
	number_add(&out, number);
	assert_str(buf_str(&out), want);
	buf_clear(&out);
}

static void
numbers(void **state)
{
	struct buf out;

	(void)state;
	check_number(0, "0");
	check_number(999, "999");
	check_number(1000, "1,000");
	check_number(41203, "41,203");
	check_number(1234567, "1,234,567");
	check_number(-1000, "-1,000");
	check_number(-100, "-100");
	check_number(INT64_MAX, "9,223,372,036,854,775,807");
	check_number(INT64_MIN, "-9,223,372,036,854,775,808");
	buf_init(&out, NULL);
	number_add_right(&out, 41203, 8);
	number_add_right(&out, 1234567, 4);
	assert_str(buf_str(&out), "  41,2031,234,567");
	buf_clear(&out);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(fields),
    cmocka_unit_test(formulas),
    cmocka_unit_test(numbers_in_a_table),
    cmocka_unit_test(numbers),
};

int
main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
