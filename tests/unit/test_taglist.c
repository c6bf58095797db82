#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "mail/taglist.h"

static void
assert_reason(void **state, struct str text, const char *want)
{
	struct taglist list = {NULL, 77};

	assert_str(str_of(taglist_parse(*state, text, &list)), want);
	assert_int_equal(list.count, 77);
}

static struct taglist
parsed(void **state, struct str text)
{
	struct taglist list;

	assert_null(taglist_parse(*state, text, &list));
	return list;
}

static void
test_values(void **state)
{
	struct str text =
	    exact(" a = 1 2 ;\r\n\tb_2=;c=\t=x=:\xc3\xa9 \r\n  y ; ");
	struct taglist list = parsed(state, text);

	assert_int_equal(list.count, 3);
	assert_str(list.tag[0].name, "a");
	assert_str(list.tag[0].value, "1 2");
	assert_str(list.tag[0].raw, " 1 2 ");
	assert_str(list.tag[1].name, "b_2");
	assert_str(list.tag[1].value, "");
	assert_str(list.tag[1].raw, "");
	assert_str(list.tag[2].value, "=x=:\xc3\xa9 \r\n  y");
	assert_ptr_equal(list.tag[2].raw.p, strchr(text.p, 'c') + 2);
}

static void
test_folds_as_lf(void **state)
{
	struct taglist list = parsed(state, exact("v=1;\n a\n\t=\n b\n c;\n "));

	assert_int_equal(list.count, 2);
	assert_str(list.tag[1].value, "b\n c");
}

static void
test_find(void **state)
{
	struct taglist list = parsed(state, exact("bh=1;B=2;b=3"));

	assert_str(taglist_find(&list, "b")->value, "3");
	assert_str(taglist_find(&list, "B")->value, "2");
	assert_str(taglist_find(&list, "bh")->value, "1");
	assert_null(taglist_find(&list, "h"));
	assert_null(taglist_find(&list, ""));
}

static void
test_refused(void **state)
{
	const char *empty = "tag list has an empty element";
	const char *name = "tag list has a bad tag name";
	const char *equals = "tag list has a name without \"=\"";
	const char *octet = "tag value has a forbidden octet";

	assert_reason(state, str_empty(), empty);
	assert_reason(state, exact("  "), empty);
	assert_reason(state, exact(";"), empty);
	assert_reason(state, exact(";a=1"), empty);
	assert_reason(state, exact("a=1;;"), empty);
	assert_reason(state, exact("a=1; ;b=2"), empty);
	assert_reason(state, exact("=1"), name);
	assert_reason(state, exact("1a=1"), name);
	assert_reason(state, exact("_a=1"), name);
	assert_reason(state, exact("\xc3\xa9=1"), name);
	assert_reason(state, exact("a-b=1"), equals);
	assert_reason(state, exact("a"), equals);
	assert_reason(state, exact("a b=1"), equals);
	assert_reason(state, exact("a;b=1"), equals);
	assert_reason(state, exact("a=1\r\n"), octet);
	assert_reason(state, exact("a=1\rb"), octet);
	assert_reason(state, exact("a=1\nb"), octet);
	assert_reason(state, exact("a=\x7f"), octet);
	assert_reason(state, exact_n("a=1\0;", 5), octet);
	assert_reason(state, exact("a=1;b=2;a=1"), "tag list has a tag twice");
}

static void
test_without_fws(void **state)
{
	assert_str(tag_without_fws(*state, exact(" a\tb\r\n c;")), "abc;");
	assert_str(tag_without_fws(*state, exact("a")), "a");
	assert_str(tag_without_fws(*state, exact("\r\n ")), "");
}

static void
test_too_many(void **state)
{
	char text[LIMIT_TAGS * 6 + 6];
	size_t n = 0;

	for (int i = 0; i <= LIMIT_TAGS; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "t%d=;", i);
	assert_reason(state, exact_n(text, n), "tag list has too many tags");
	n = (size_t)(strstr(text, "t100=") - text);
	assert_int_equal(parsed(state, exact_n(text, n)).count, LIMIT_TAGS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_values, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_folds_as_lf, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_find, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_refused, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_without_fws, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_too_many, arena_setup,
					    arena_teardown),
	};

	return cmocka_run_group_tests_name("taglist", tests, NULL, NULL);
}
