#include "tests/support/test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "verify/author.h"

static void
add_from(struct header *header, struct str value)
{
	assert_true(header_add(header, str_lit("From"), value));
}

static void
test_states(void **state)
{
	static const struct {
		const char *value[2];
		enum from_state want;
		size_t count;
	} cases[] = {
	    {{NULL}, FROM_MISSING, 0},
	    {{" a@b.example"}, FROM_ONE, 1},
	    {{" a@b.example, c@d.example"}, FROM_SEVERAL, 2},
	    {{" nobody"}, FROM_NO_DOMAIN, 0},
	    {{" a@b.example", " c@d.example"}, FROM_FIELDS, 2},
	    {{" a@a.example,a@b.example,a@c.example,a@d.example,a@e.example"},
	     FROM_TOO_MANY,
	     4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *arena = arena_new(NULL);
		struct header header;
		struct verdict_from from;
		header_init(&header, arena, NULL);
		for (size_t k = 0; k < 2 && cases[i].value[k] != NULL; k++)
			add_from(&header, exact(cases[i].value[k]));
		author_domains(arena, &header, &from);
		assert_int_equal(from.state, cases[i].want);
		assert_int_equal(from.count, cases[i].count);
		arena_free(arena);
	}
}

/* Thousands of fields are bad as they are: no use in reading them all. */
static void
test_many_fields(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct header header;
	struct verdict_from from;
	struct buf value;

	(void)state;
	buf_init(&value, arena);
	buf_adds(&value, " x y z @");
	for (int i = 0; i < 208; i++)
		buf_adds(&value, i % 26 == 25 ? "." : "\xc3\xbc");
	header_init(&header, arena, NULL);
	add_from(&header, str_lit(" a@b.example"));
	while (header_add(&header, str_lit("From"), buf_str(&value)))
		;
	size_t before = arena_size(arena);
	int64_t begun = clock_thread_cpu_us();
	author_domains(arena, &header, &from);
	assert_true(clock_thread_cpu_us() - begun < 150000);
	assert_true(arena_size(arena) - before < 1024 * 1024);
	assert_int_equal(from.state, FROM_FIELDS);
	assert_str(from.domain[0], "b.example");
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_states),
	    cmocka_unit_test(test_many_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
