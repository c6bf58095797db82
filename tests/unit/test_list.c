#include "tests/support/test.h"

#include <string.h>

#include "mail/list.h"

static struct mail_list
read_list(struct arena *arena, const char *const *field)
{
	static const struct header_limits limits = {0};
	struct header header;
	struct mail_list list;

	header_init(&header, arena, &limits);
	for (; field[0] != NULL; field += 2)
		assert_true(
		    header_add(&header, exact(field[0]), exact(field[1])));
	mail_list_read(arena, &header, &list);
	return list;
}

#define FIELDS(...)                                      \
	(const char *const[])                            \
	{                                                \
		"From", "a@b.example", __VA_ARGS__, NULL \
	}

static void
test_identifiers(void **state)
{
	static const struct {
		const char *value, *id;
	} cases[] = {
	    {" <Talk.List.example>", "talk.list.example"},
	    {" Talk\r\n <talk.list.example>  ", "talk.list.example"},
	    {" \"a <b>\" <talk.list.example>", "talk.list.example"},
	    {" talk.list.example", ""},
	    {" <>", ""},
	    {" <", ""},
	    {"", ""},
	    {" <talk list.example>", ""},
	    {" <t\x01lk.list.example>", ""},
	    {" <talk.list.example> (comment)", ""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct mail_list list =
		    read_list(*state, FIELDS("list-ID", cases[i].value));
		assert_true(list.named);
		assert_str(list.id, cases[i].id);
	}
}

static void
test_long_identifier(void **state)
{
	char value[260];

	memset(value, 'a', sizeof value);
	value[0] = '<';
	value[256] = '>';
	value[257] = '\0';
	assert_int_equal(read_list(*state, FIELDS("List-Id", value)).id.n, 255);
	value[256] = 'a';
	value[257] = '>';
	value[258] = '\0';
	assert_int_equal(read_list(*state, FIELDS("List-Id", value)).id.n, 0);
}

static void
test_fields(void **state)
{
	struct mail_list list = read_list(*state, FIELDS("Subject", "List-Id"));

	assert_false(list.named);
	list = read_list(*state, FIELDS("List-Unsubscribe", "<https://x>"));
	assert_true(list.named);
	assert_str(list.id, "");
	list = read_list(*state, FIELDS("X-List-Id", "<a.b>"));
	assert_false(list.named);
	/* the first one counts */
	list =
	    read_list(*state, FIELDS("List-Id", "<a.b>", "List-Id", "<c.d>"));
	assert_str(list.id, "a.b");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_identifiers),
	    cmocka_unit_test(test_long_identifier),
	    cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests_name("list", tests, arena_setup,
					   arena_teardown);
}
