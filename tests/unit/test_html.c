/* Text from outside on a page of HTML (base/html.h). */
#include "tests/support/test.h"

#include <string.h>

#include "base/html.h"

static const struct {
	const char *text;
	size_t max;
	const char *html;
} table[] = {
    {"bank.example", LINE_WHOLE, "bank.example"},
    {"", LINE_WHOLE, ""},
    {"<script>", LINE_WHOLE, "&lt;script&gt;"},
    {"a & b", LINE_WHOLE, "a &amp; b"},
    {"&amp;", LINE_WHOLE, "&amp;amp;"},
    {"\"x\" y='z'", LINE_WHOLE, "&quot;x&quot; y=&#39;z&#39;"},
    {"</textarea>", LINE_WHOLE, "&lt;/textarea&gt;"},
    {"one\ntwo\r\t\x1b[2J", LINE_WHOLE, "one?two???[2J"},
    {"\xe2\x80\xaetfel", LINE_WHOLE, "???tfel"},
    {"M\xc3\xbcller", LINE_WHOLE, "M\xc3\xbcller"},
    {"\xff", LINE_WHOLE, "?"},
    {"abcdef", 6, "abcdef"},
    {"abcdefg", 6, "abcdef&hellip;"},
    {"<<<", 2, "&lt;&lt;&hellip;"},
    {"ab\xc3\xbc", 3, "ab&hellip;"},
};

static void
one_line(void **state)
{
	struct buf out;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		buf_init(&out, *state);
		html_add(&out, LINE_TEXT, exact(table[i].text), table[i].max);
		assert_str(buf_str(&out), table[i].html);
	}
	buf_init(&out, *state);
	html_add(&out, LINE_TEXT, exact_n("a\0b", 3), LINE_WHOLE);
	html_add(&out, LINE_ESCAPED, exact("\xe2\x80\xae<"), LINE_WHOLE);
	assert_str(buf_str(&out), "a?b\\xe2\\x80\\xae&lt;");
}

/* No octet, whichever, ends an element or an attribute. */
static void
every_octet(void **state)
{
	struct buf out;
	int c;

	for (c = 0; c < 256; c++) {
		const char octet = (char)c;
		size_t i;

		buf_init(&out, *state);
		html_add(&out, LINE_TEXT, exact_n(&octet, 1), LINE_WHOLE);
		assert_in_range(out.n, 1, 6);
		for (i = 0; i < out.n; i++) {
			assert_true(ascii_is_printable(out.p[i]));
			assert_null(memchr("<>\"'", out.p[i], 4));
		}
	}
}

static void
lines(void **state)
{
	static const struct {
		const char *text;
		size_t max;
		const char *html;
	} of_lines[] = {
	    {"", LINE_WHOLE, "\n"},
	    {"one", LINE_WHOLE, "\none\n"},
	    {"one\n", LINE_WHOLE, "\none\n"},
	    {"\n\none\n<two>\n", LINE_WHOLE, "\n\n\none\n&lt;two&gt;\n"},
	    {"one\r\ntwo", LINE_WHOLE, "\none?\ntwo\n"},
	    {"one\ntwo", 5, "\none\nt\n&hellip;\n"},
	};
	struct buf out;
	size_t i;

	for (i = 0; i < sizeof(of_lines) / sizeof(of_lines[0]); i++) {
		buf_init(&out, *state);
		html_add_lines(&out, LINE_TEXT, exact(of_lines[i].text),
			       of_lines[i].max);
		assert_str(buf_str(&out), of_lines[i].html);
	}
}

#define ARENA_TEST(f) \
	cmocka_unit_test_setup_teardown(f, arena_setup, arena_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ARENA_TEST(one_line),
	    ARENA_TEST(every_octet),
	    ARENA_TEST(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
