#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "mail/header.h"

static const char *
junk(void)
{
	static char text[1000];

	memset(text, 'x', sizeof text - 1);
	return text;
}

static void
test_line_ends(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {" a", " a"},
	    {"", ""},
	    {" a\n b", " a\r\n b"},
	    {" a\r\n b", " a\r\n b"},
	    {" a\r b", " a\r b"},
	    {" a\r\r\n b", " a\r\r\n b"},
	    {"\n a\n\n b\n", "\r\n a\r\n\r\n b\r\n"},
	    {" a\n\r b", " a\r\n\r b"},
	    {"\r", "\r"},
	};
	struct header header;

	header_init(&header, *state, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_true(
		    header_add(&header, exact("X"), exact(cases[i].in)));
		assert_str(header.field[i].value, cases[i].out);
	}
}

/* RFC 5322 section 2.1.1: without CRLF, the name and the colon with the first
   line, and a blank after that, also where a mail server may put it. */
static void
test_long_line(void **state)
{
	static const struct {
		const char *name, *before, *after;
	} cases[] = {
	    {"X", "", ""},
	    {"X \t", " ", ""},
	    {"X", " a\n", ""},
	    {"X", " a\r\n ", "\n b"},
	    {"X", "", "\r\n b"},
	    {"X", "\t\r", "\r\n"},
	    {"X", " a\r\n b\r\n ", ""},
	    {"X", "", "\r"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *fold = strrchr(cases[i].before, '\n');
		size_t n =
		    fold ? strlen(fold + 1)
			 : strlen(cases[i].name) + 1 + strlen(cases[i].before);
		size_t bare = strcmp(cases[i].after, "\r") == 0;
		n += cases[i].before[0] == '\0';
		char value[1100];
		struct header header;
		for (size_t line = 998; line <= 999; line++) {
			snprintf(value, sizeof value, "%s%.*s%s",
				 cases[i].before, (int)(line - n - bare),
				 junk(), cases[i].after);
			header_init(&header, *state, NULL);
			assert_true(header_add(&header, exact(cases[i].name),
					       exact(value)));
			assert_int_equal(
			    header_has_long_line(&header, &header.field[0]),
			    line == 999);
		}
	}
}

static void
test_names(void **state)
{
	struct header header;

	header_init(&header, *state, NULL);
	assert_true(header_add(&header, exact("From \t"), exact(" a")));
	assert_true(header_add(&header, exact("Subject"), exact(" b")));
	assert_true(header_add(&header, exact("fROM"), exact(" c")));
	assert_true(header_add(&header, exact(" "), exact(" d")));
	assert_str(header.field[0].name, "From");
	assert_str(header.field[0].raw_name, "From \t");
	assert_str(header.field[3].name, "");
	assert_int_equal(header_count(&header, str_lit("FROM")), 2);
	assert_int_equal(header_count(&header, str_lit("Fro")), 0);
}

static void
test_field_bound(void **state)
{
	struct header header;

	header_init(&header, *state, NULL);
	for (size_t i = 0; i < LIMIT_HEADER_FIELDS; i++)
		assert_true(header_add(&header, str_lit("X"), str_lit("y")));
	assert_false(header_add(&header, str_lit("X"), str_lit("y")));
	assert_int_equal(header.count, LIMIT_HEADER_FIELDS);
	assert_int_equal(header.dropped, 1);
	assert_int_equal(header.bytes, (LIMIT_HEADER_FIELDS + 1) * 5);
}

/* What did not fit keeps counting, so a later small field does not fit. */
static void
test_byte_bound(void **state)
{
	struct header_limits limits = {.bytes = 20};
	struct header header;

	header_init(&header, *state, &limits);
	assert_int_equal(header.limits.fields, LIMIT_HEADER_FIELDS);
	assert_true(header_add(&header, exact("A"), exact("123456")));
	assert_true(header_add(&header, exact("B"), exact("123456")));
	assert_int_equal(header.bytes, 20);
	assert_false(header_add(&header, exact("C"), exact("")));
	assert_false(header_add(&header, exact("D"), exact("")));
	assert_int_equal(header.count, 2);
	assert_int_equal(header.dropped, 2);
	assert_int_equal(header.bytes, 28);
}

static void
test_values_are_copies(void **state)
{
	struct header header;
	char name[] = "From", value[] = " a";

	header_init(&header, *state, NULL);
	assert_true(header_add(&header, str_of(name), str_of(value)));
	name[0] = value[1] = '?';
	assert_str(header.field[0].name, "From");
	assert_str(header.field[0].value, " a");
}

static void
test_unfold(void **state)
{
	assert_str(header_unfold(*state, exact(" a\r\n\tb \r\n ")), "a\tb");
	assert_str(header_unfold(*state, exact("\r\n a\rb\r\n")), "a\rb");
	assert_str(header_unfold(*state, exact("")), "");
	assert_str(header_unfold(*state, exact("\r")), "");
}

static void
test_hidden(void **state)
{
	static const struct {
		const char *value, *want; /* NULL: none */
	} cases[] = {
	    {" x\rFrom: a@b.example", " a@b.example"},
	    {" x\nfROM \t:a\rb", "a"},
	    {" x\r\nFrom:a\r\nTo:b", "a"},
	    {"\r\rFrom:", ""},
	    {" x\vFrom: a\fb", " a"},
	    {" x\x1c"
	     "From: a\x1d"
	     "b",
	     " a"},
	    {" x\x85"
	     "From: a\xc2\x85"
	     "b",
	     " a\xc2"},
	    {" x\xe2\x80\xa8"
	     "From: a\xe2\x80\xa9"
	     "b",
	     " a"},
	    {" x\xe2\x80\xa7"
	     "From: a",
	     NULL},
	    {" x\tFrom: a", NULL},
	    {" x\x1f"
	     "From: a",
	     NULL},
	    {" x\r\n From: a", NULL},
	    {" x\r From: a", NULL},
	    {" From: a", NULL},
	    {" x\rFrom a", NULL},
	    {" x\rFrom", NULL},
	    {" x\rResent-From: a", NULL},
	    {" x\rFromage: a", NULL},
	    {"", NULL},
	    {"\r", NULL},
	};
	struct header_field field = {.value = exact("\rFrom:a\rFrom:b\rTo:")};
	struct str value;
	size_t at = 0;

	(void)state;
	assert_true(header_hidden(&field, str_lit("From"), &at, &value));
	assert_str(value, "a");
	assert_true(header_hidden(&field, str_lit("From"), &at, &value));
	assert_str(value, "b");
	assert_false(header_hidden(&field, str_lit("From"), &at, &value));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *want = cases[i].want;
		field.value = exact(cases[i].value);
		at = 0;
		bool got = header_hidden(&field, str_lit("From"), &at, &value);
		assert_int_equal(got, want != NULL);
		if (got)
			assert_str(value, want);
	}
}

/* The octets that no name holds end a line for some reader. */
static void
test_hidden_in_name(void **state)
{
	static const struct {
		const char *name;
		bool hidden;
	} cases[] = {
	    {"x\rFrom", true},
	    {"\x7f"
	     "fROM",
	     true},
	    {"x\x80"
	     "From",
	     true},
	    {"x\r\x1f"
	     "From",
	     true},
	    {"x From", false},
	    {"x~From", false},
	    {"x\tFrom", false},
	    {"x\rTo", false},
	    {"x\rResent-From", false},
	    {"x\r From", false},
	    {"From", false},
	    {"\rFrom\r", false},
	    {"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct header_field field = {.name = exact(cases[i].name)};
		if (header_hidden_in_name(&field, str_lit("From")) !=
		    cases[i].hidden)
			fail_msg("case %zu: %s", i, cases[i].name);
	}
}

static void
test_plain(void **state)
{
	static const struct {
		const char *name, *value;
		bool plain;
	} cases[] = {
	    {"X", "", true},
	    {"X ~!\t", " ~!\ta\r\n b\n\tc", true},
	    {"X", " a, of more than one word of the machine ~", true},
	    {"X\x7f", "", false},
	    {"\x1fX", "", false},
	    {"X\x80", "", false},
	    {"X", "\rb", false},
	    {"X", " a, of more than one word of the machine\x7f", false},
	    {"X", " a, of more than one word\x1f of the machine", false},
	    {"X", " a\x80, of more than one word of the machine", false},
	    {"X", " a\r\nb", false},
	    {"X", " a\n", false},
	    {"X", " a\r", false},
	};
	struct header header;

	header_init(&header, *state, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		header_add(&header, exact(cases[i].name),
			   exact(cases[i].value));
		if (header.field[i].plain != cases[i].plain)
			fail_msg("case %zu: %s:%s", i, cases[i].name,
				 cases[i].value);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hidden),
	    cmocka_unit_test(test_hidden_in_name),
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_line_ends),
	    cmocka_unit_test(test_long_line),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_field_bound),
	    cmocka_unit_test(test_byte_bound),
	    cmocka_unit_test(test_values_are_copies),
	    cmocka_unit_test(test_unfold),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
