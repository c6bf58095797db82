/* Numbers with units, and rows of 80 columns. */
#include "tests/support/test.h"

#include <string.h>

#include "base/wrap.h"
#include "milter/control/layout.h"

static struct buf out;

static int
setup(void **state)
{
	(void)state;
	buf_init(&out, NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_clear(&out);
	return 0;
}

static void
assert_out(const char *expected)
{
	buf_addc(&out, '\0');
	assert_string_equal(out.p, expected);
	buf_reset(&out);
}

static void
test_counts(void **state)
{
	static const struct {
		uint64_t count;
		const char *text;
	} rows[] = {{0, "0"},
		    {999, "999"},
		    {1000, "1,000"},
		    {41203, "41,203"},
		    {1234567, "1,234,567"},
		    {UINT64_MAX, "18,446,744,073,709,551,615"}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		layout_add_count(&out, rows[i].count);
		assert_out(rows[i].text);
	}
}

static void
test_sizes(void **state)
{
	static const struct {
		uint64_t octets;
		const char *text;
	} rows[] = {{0, "0 bytes"},
		    {1023, "1023 bytes"},
		    {1024, "1 kB"},
		    {1536, "1.5 kB"},
		    {10 * 1024 + 512, "10 kB"},
		    {(uint64_t)512 << 20, "512 MB"},
		    {((uint64_t)1 << 30) - 1, "1023 MB"},
		    {(uint64_t)3 << 30, "3 GB"},
		    {UINT64_MAX, "16777215 TB"}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		layout_add_size(&out, rows[i].octets);
		assert_out(rows[i].text);
	}
}

static void
test_spans(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} rows[] = {{-5, "0 seconds"},     {1, "1 second"},
		    {119, "119 seconds"},  {120, "2 minutes"},
		    {7199, "119 minutes"}, {7200, "2 hours"},
		    {172799, "47 hours"},  {3 * 86400 + 5, "3 days"}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		layout_add_span(&out, rows[i].seconds);
		assert_out(rows[i].text);
	}
	layout_add_ago(&out, 0, 100);
	assert_out("never");
	layout_add_ago(&out, 40, 100);
	assert_out("60 seconds ago");
}

#define SIXTY "123456789 123456789 123456789 123456789 123456789 123456789 "

static void
test_rows(void **state)
{
	(void)state;
	layout_add_row(&out, "name", str_lit("text"));
	assert_out("name              text\n");
	layout_add_row(&out, "name", str_lit(""));
	assert_out("name              \n");
	/* 62 columns are left for the text. */
	layout_add_row(&out, "name", str_lit(SIXTY "12"));
	assert_out("name              " SIXTY "12\n");
	layout_add_row(&out, "name", str_lit(SIXTY "123"));
	assert_out("name              "
		   "123456789 123456789 123456789 123456789 123456789 123456789"
		   "\n                  123\n");
	/* What is copied stays whole. */
	layout_add_row(&out, "name",
		       str_lit("/a/path/of/many/folders/in/each/other/that/is/"
			       "longer/than/a/line/of/this/kind: cannot"));
	assert_out("name              "
		   "/a/path/of/many/folders/in/each/other/that/is/"
		   "longer/than/a/line/of/this/kind:\n"
		   "                  cannot\n");
	layout_add_row(&out, "name", str_lit("one\n\ntwo\x1b\n"));
	assert_out("name              one\n                  two?\n");
}

static void
test_text(void **state)
{
	(void)state;
	layout_add_text(&out, str_lit(SIXTY "123456789 123456789 1"));
	assert_out(SIXTY "123456789 123456789\n1\n");
}

static const struct layout_column columns[] = {{"name", LAYOUT_LEFT, 0},
					       {"n", LAYOUT_RIGHT, 0},
					       {"whose", LAYOUT_LEFT, 10}};

#define LONG "a-name-of-many-words-that-goes-on-and-on-and-on-to-the-end-of-all"

static void
test_table(void **state)
{
	const struct str cell[] = {STR("one"), STR("1,000"),
				   STR("joe"), STR("two"),
				   STR("5"),   STR("a-long-owner@p.example")};
	const struct str wide[] = {STR(LONG LONG), STR("7"), STR("joe")};

	(void)state;
	layout_add_table(&out, columns, 3, cell, 2);
	assert_out("name      n  whose\n"
		   "one   1,000  joe\n"
		   "two       5  a-lo...ple\n");
	layout_add_table(&out, columns, 3, wide, 1);
	struct str rest = buf_str(&out), line;
	while (str_split(&rest, '\n', &line))
		assert_true(line.n <= WRAP_COLUMNS);
	assert_non_null(strstr(out.p, "\na-name-of-many"));
	assert_non_null(strstr(out.p, "to-the-end-of-all  7  joe\n"));
	buf_reset(&out);
	layout_add_table(&out, columns, 3, NULL, 0);
	assert_out("name  n  whose\n");
}

#define ONE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ONE(test_counts), ONE(test_sizes), ONE(test_spans),
	    ONE(test_rows),   ONE(test_text),  ONE(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
