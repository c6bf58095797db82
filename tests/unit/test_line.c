/* Text from outside in each form of base/line.h, and on its ways out; words of
   enumerations. */
#include "tests/support/test.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/line.h"
#include "base/log.h"
#include "base/utf8.h"
#include "base/words.h"

static const enum line_form forms[] = {LINE_ASCII,  LINE_NAME, LINE_ESCAPED,
				       LINE_QUOTED, LINE_TEXT, LINE_UTF8};

/* What a single octet becomes, written down from the header's words. */
static void
expected(enum line_form form, int c, char text[8])
{
	bool printable = c >= 0x20 && c <= 0x7e;

	snprintf(text, 8, "\\x%02x", (unsigned)c & 0xff);
	switch (form) {
	case LINE_NAME:
		printable = printable && c != 0x20;
		break;
	case LINE_QUOTED:
		if (c == '"' || c == '\\')
			snprintf(text, 8, "\\%c", c);
		printable = printable && c != '"' && c != '\\';
		break;
	case LINE_UTF8:
		printable = c <= 0x7f;
		break;
	case LINE_ASCII:
	case LINE_ESCAPED:
	case LINE_TEXT:
		break;
	}
	if (printable)
		snprintf(text, 8, "%c", c);
	else if (form == LINE_ASCII || form == LINE_NAME || form == LINE_TEXT)
		snprintf(text, 8, "?");
}

static void
test_octets(void **state)
{
	for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
		for (int c = 0; c < 256; c++) {
			char octet = (char)c, want[8];
			size_t n = c == 0 && forms[f] == LINE_UTF8 ? 1 : 0;
			expected(forms[f], c, want);
			n = n > 0 ? n : strlen(want);
			struct str got =
			    line_text(*state, forms[f], exact_n(&octet, 1), 1);
			assert_true(str_eq(got, str_n(want, n)));
		}
	}
	for (int c = 0; c < 256; c++)
		assert_int_equal(line_octet((char)c),
				 c >= 0x20 && c <= 0x7e ? c : '?');
}

static const struct {
	const char *text, *ascii, *escaped, *shown, *utf8;
} characters[] = {
    {"\xc3\xbc", "??", "\\xc3\\xbc", "\xc3\xbc", "\xc3\xbc"},
    /* C1 and its neighbours */
    {"\xc2\x80", "??", "\\xc2\\x80", "??", "\xc2\x80"},
    {"\xc2\x9b", "??", "\\xc2\\x9b", "??", "\xc2\x9b"},
    {"\xc2\x9f", "??", "\\xc2\\x9f", "??", "\xc2\x9f"},
    {"\xc2\xa0", "??", "\\xc2\\xa0", "\xc2\xa0", "\xc2\xa0"},
    {"\xe2\x82\xac.", "???.", "\\xe2\\x82\\xac.", "\xe2\x82\xac.",
     "\xe2\x82\xac."},
    {"\xf0\x9f\x93\xa7", "????", "\\xf0\\x9f\\x93\\xa7", "\xf0\x9f\x93\xa7",
     "\xf0\x9f\x93\xa7"},
    /* what turns text round or ends a line, U+2028 to U+202E and U+2066 to
       U+2069, and their neighbours */
    {"\xe2\x80\xa7", "???", "\\xe2\\x80\\xa7", "\xe2\x80\xa7", "\xe2\x80\xa7"},
    {"\xe2\x80\xa8", "???", "\\xe2\\x80\\xa8", "???", "\xe2\x80\xa8"},
    {"\xe2\x80\xae", "???", "\\xe2\\x80\\xae", "???", "\xe2\x80\xae"},
    {"\xe2\x80\xaf", "???", "\\xe2\\x80\\xaf", "\xe2\x80\xaf", "\xe2\x80\xaf"},
    {"\xe2\x81\xa5", "???", "\\xe2\\x81\\xa5", "\xe2\x81\xa5", "\xe2\x81\xa5"},
    {"\xe2\x81\xa6", "???", "\\xe2\\x81\\xa6", "???", "\xe2\x81\xa6"},
    {"\xe2\x81\xa9", "???", "\\xe2\\x81\\xa9", "???", "\xe2\x81\xa9"},
    {"\xe2\x81\xaa", "???", "\\xe2\\x81\\xaa", "\xe2\x81\xaa", "\xe2\x81\xaa"},
    /* no shortest form, a half of a pair, cut off, alone */
    {"\xc0\xaf", "??", "\\xc0\\xaf", "??", "\\xc0\\xaf"},
    {"\xed\xa0\x80", "???", "\\xed\\xa0\\x80", "???", "\\xed\\xa0\\x80"},
    {"a\xe2\x82", "a??", "a\\xe2\\x82", "a??", "a\\xe2\\x82"},
    {"\x9b"
     "31m",
     "?31m", "\\x9b31m", "?31m", "\\x9b31m"},
    {"\xff\xc3\xbc\xff", "????", "\\xff\\xc3\\xbc\\xff", "?\xc3\xbc?",
     "\\xff\xc3\xbc\\xff"},
};

static void
test_characters(void **state)
{
	for (size_t i = 0; i < sizeof characters / sizeof *characters; i++) {
		struct str text = exact(characters[i].text);
		assert_str(line_text(*state, LINE_ASCII, text, LINE_WHOLE),
			   characters[i].ascii);
		assert_str(line_text(*state, LINE_NAME, text, LINE_WHOLE),
			   characters[i].ascii);
		assert_str(line_text(*state, LINE_ESCAPED, text, LINE_WHOLE),
			   characters[i].escaped);
		assert_str(line_text(*state, LINE_QUOTED, text, LINE_WHOLE),
			   characters[i].escaped);
		assert_str(line_text(*state, LINE_TEXT, text, LINE_WHOLE),
			   characters[i].shown);
		assert_str(line_text(*state, LINE_UTF8, text, LINE_WHOLE),
			   characters[i].utf8);
	}
}

static void
test_maximum(void **state)
{
	struct buf out;

	for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
		buf_init(&out, *state);
		assert_true(line_add(&out, forms[f], exact("abc"), 3));
		assert_false(line_add(&out, forms[f], exact("abc"), 2));
		assert_true(line_add(&out, forms[f], exact(""), 0));
		assert_false(line_add(&out, forms[f], exact("\xff"), 0));
		assert_str(buf_str(&out), "abcab");
		/* A slice always, and one that a C string can be made of. */
		struct str none =
		    line_text(*state, forms[f], exact(""), LINE_WHOLE);
		assert_int_equal(none.n, 0);
		assert_string_equal(none.p, "");
	}
	/* Counted before the escapes. */
	buf_init(&out, *state);
	assert_false(line_add(&out, LINE_ESCAPED, exact("\n\n\n"), 2));
	assert_str(buf_str(&out), "\\x0a\\x0a");
}

/* "aaa" and a character of 2, 3 or 4 octets, cut at each octet. */
static void
test_whole_characters(void **state)
{
	static const char *const after[] = {"\xc3\xbc", "\xe2\x82\xac",
					    "\xf0\x9f\x93\xa7"};
	char text[16];

	for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
		snprintf(text, sizeof text, "aaa%sb", after[i]);
		size_t n = strlen(after[i]);
		for (size_t max = 0; max <= 3 + n; max++) {
			size_t want = max < 3 + n && max > 3 ? 3 : max;
			struct str whole =
			    line_text(*state, LINE_TEXT, exact(text), max);
			assert_true(str_eq(whole, str_n(text, want)));
			whole = line_text(*state, LINE_UTF8, exact(text), max);
			assert_true(str_eq(whole, str_n(text, want)));
		}
	}
	/* Where there is no character the octets count. */
	assert_str(line_text(*state, LINE_TEXT, exact("\x80\x80\x80\x80"), 2),
		   "??");
}

static void
test_long(void **state)
{
	static char text[100000];

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)i;
	for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
		struct str all = line_text(
		    *state, forms[f], exact_n(text, sizeof text), LINE_WHOLE);
		assert_true(all.n >= sizeof text && all.n <= 4 * sizeof text);
		assert_true(utf8_valid(all));
		if (forms[f] != LINE_UTF8)
			assert_true(str_is_printable(all));
	}
}

static void
test_mend(void **state)
{
	char text[] = "a\x1b[2J\xc3\xbc\n\xc2\x9b\xff z";

	(void)state;
	line_mend(text, sizeof text - 1);
	assert_string_equal(text, "a?[2J\xc3\xbc???? z");
	line_mend(text, 0);
	assert_string_equal(text, "a?[2J\xc3\xbc???? z");
}

/* --- the ways out --- */

static struct buf written;

static void
write_line(void *ctx, enum log_level level, struct str line)
{
	(void)ctx;
	(void)level;
	buf_reset(&written);
	buf_add(&written, line);
}

static void
test_log(void **state)
{
	struct log log = {.write = write_line};
	char foreign[LIMIT_LOG_VALUE + 1];
	const char *hostile = "x\" action=accept\nqueue-id=F \x1b[31m\xc2\x9b";

	atomic_init(&log.level, LOG_LEVEL_INFO);
	buf_init(&written, *state);
	log_about(&log, LOG_LEVEL_INFO, "queue-id", exact(hostile), "failed");
	assert_str(buf_str(&written),
		   "queue-id=\"x\\\" action=accept\\x0aqueue-id=F "
		   "\\x1b[31m\\xc2\\x9b\" failed");
	/* A value of four octets for each of its own hides no text after it. */
	memset(foreign, '\xff', sizeof foreign);
	log_about(&log, LOG_LEVEL_INFO, "queue-id",
		  str_n(foreign, sizeof foreign), "failed");
	assert_true(
	    str_ends_nocase(buf_str(&written), str_lit("\"... failed")));
	log_printf(&log, LOG_LEVEL_INFO, "said: %s", hostile);
	assert_str(buf_str(&written),
		   "said: x\" action=accept?queue-id=F ?[31m??");
	log_about(&log, LOG_LEVEL_DEBUG, "queue-id", exact("A"), "dropped");
	assert_str(buf_str(&written),
		   "said: x\" action=accept?queue-id=F ?[31m??");
}

/* A value in quotes can be read back, whatever it was. */
static void
test_log_value(void **state)
{
	char text[LIMIT_LOG_VALUE];
	struct buf line, back;

	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)i;
	buf_init(&line, *state);
	buf_init(&back, *state);
	log_value(&line, "v", exact_n(text, sizeof text));
	assert_true(str_is_printable(buf_str(&line)));
	struct str rest = str_n(line.p + 3, line.n - 4);
	while (rest.n > 0) {
		char c = rest.p[0];
		size_t n = 1;
		if (c == '\\' && rest.p[1] == 'x') {
			c = (char)(ascii_hex_value(rest.p[2]) << 4 |
				   ascii_hex_value(rest.p[3]));
			n = 4;
		} else if (c == '\\') {
			c = rest.p[1];
			n = 2;
		}
		assert_true(n > 1 || c != '"');
		buf_addc(&back, c);
		rest = str_from(rest, n);
	}
	assert_true(str_eq(buf_str(&back), str_n(text, sizeof text)));
}

/* No control reaches a terminal through JSON, either. */
static void
test_json(void **state)
{
	struct buf out;

	for (int c = 0; c < 256; c++) {
		char text[2] = {'\xc2', (char)c};
		bool utf8 = utf8_valid(exact_n(text, 2));
		buf_init(&out, *state);
		buf_add_json(&out, exact_n(text + 1, 1));
		buf_add_json(&out, exact_n(text, 2));
		assert_true(utf8_valid(buf_str(&out)));
		assert_str(
		    line_text(*state, LINE_TEXT, buf_str(&out), LINE_WHOLE),
		    out.p);
		assert_int_equal(str_is_ascii(buf_str(&out)),
				 !utf8 || c < 0xa0);
	}
	buf_reset(&out);
	buf_add_json(&out, exact("\xc2\x9b \xc2\xa0"));
	assert_str(buf_str(&out), "\"\\u009b \xc2\xa0\"");
}

static void
test_words(void **state)
{
	static const char *const words[] = {"one", "two", "three", NULL};
	static const char *const truth[] = {"yes", "TRUE", "On"};
	static const char *const lies[] = {"no", "False", "OFF"};
	struct buf out;
	size_t value = 9;
	bool yes;

	assert_string_equal(words_text(words, 0), "one");
	assert_string_equal(words_text(words, 2), "three");
	assert_string_equal(words_text(words, 3), "unknown");
	assert_string_equal(words_text(words, SIZE_MAX), "unknown");
	assert_false(words_find(words, exact("Two"), &value));
	assert_false(words_find(words, exact("tw"), &value));
	assert_int_equal(value, 9);
	assert_true(words_find(words, exact("two"), &value));
	assert_int_equal(value, 1);
	buf_init(&out, *state);
	words_add(&out, words);
	words_add(&out, words + 2);
	assert_str(buf_str(&out), "one, two or threethree");
	for (size_t i = 0; i < 3; i++) {
		yes = false;
		assert_true(words_yes_no(exact(truth[i]), &yes) && yes);
		assert_true(words_yes_no(exact(lies[i]), &yes) && !yes);
	}
	assert_false(words_yes_no(exact("y"), &yes));
	assert_false(words_yes_no(exact(""), &yes));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_octets, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_characters, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_maximum, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_whole_characters, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_long, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_mend, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_log, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_log_value, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_json, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_words, arena_setup,
					    arena_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
