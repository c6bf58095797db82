#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "mail/message.h"

/* "name|value/name|value/#body", "!" behind where there is a defect. */
static struct str
shown(struct arena *arena, struct str raw)
{
	struct message message;
	struct buf buf;

	message_split(arena, raw, &message);
	buf_init(&buf, arena);
	for (size_t i = 0; i < message.count; i++) {
		buf_add(&buf, message.field[i].raw_name);
		buf_addc(&buf, '|');
		buf_add(&buf, message.field[i].value);
		buf_addc(&buf, '/');
	}
	buf_addc(&buf, '#');
	buf_add(&buf, message.body);
	if (message.defect != NULL)
		buf_addc(&buf, '!');
	return buf_str(&buf);
}

static void
test_split(void **state)
{
	static const struct {
		const char *raw, *want;
	} cases[] = {
	    /* plain, RFC 5322 section 2.1 */
	    {"A: 1\r\nB: 2\r\n\r\nbody\r\n", "A| 1/B| 2/#body\r\n"},
	    {"A: 1\nB: 2\n\nbody\n", "A| 1/B| 2/#body\r\n"},
	    {"A: 1\r\n\r\n", "A| 1/#"},
	    {"A: 1\r\n", "A| 1/#"},
	    {"A: 1", "A| 1/#"},
	    {"A:", "A|/#"},
	    {"", "#"},
	    {"\r\n", "#"},
	    {"\n", "#"},
	    {"\r\nA: 1\r\n", "#A: 1\r\n"},
	    {"\nA: 1\n", "#A: 1\r\n"},
	    {"A: 1\n\n\n\nx", "A| 1/#\r\n\r\nx"},
	    /* folding, section 2.2.3 and the blank line of 4.2 */
	    {"A: 1\r\n 2\r\n\t3\r\nB:4\r\n", "A| 1\r\n 2\r\n\t3/B|4/#"},
	    {"A: 1\n 2\n", "A| 1\r\n 2/#"},
	    {"A: 1\r\n \r\nB: 2\r\n", "A| 1\r\n /B| 2/#"},
	    {"A: 1\r\n ", "A| 1\r\n /#"},
	    {"A:\r\n 1\r\n", "A|\r\n 1/#"},
	    /* names, sections 3.6.8 and 4.5 */
	    {"From \t: a\r\n\r\n", "From \t| a/#"},
	    {"a~!: 1\r\n", "a~!| 1/#"},
	    {"A:1:2\r\n", "A|1:2/#"},
	    /* neither a field nor the empty line */
	    {"A: 1\r\nno field\r\nB: 2\r\n\r\nx",
	     "A| 1/#no field\r\nB: 2\r\n\r\nx!"},
	    {"A: 1\r\n: 2\r\n", "A| 1/#: 2\r\n!"},
	    {"A: 1\nB\xe4: 2\n", "A| 1/#B\xe4: 2\r\n!"},
	    {"A: 1\r\nB C: 2\r\n", "A| 1/#B C: 2\r\n!"},
	    {" A: 1\r\n", "# A: 1\r\n!"},
	    {"text\n", "#text\r\n!"},
	    /* bare CR and bare LF where CRLF ends lines */
	    {"A: 1\nB: 2\r\nC: 3\r\n\r\nx\ny\r\n", "A| 1\nB: 2/C| 3/#x\ny\r\n"},
	    {"A: 1\rB: 2\r\n\r\n", "A| 1\rB: 2/#"},
	    {"A: 1\r\n\nB: 2\r\n\r\nx", "A| 1/#\nB: 2\r\n\r\nx!"},
	    {"A: 1\r\r\n\r\nx", "A| 1\r/#x"},
	    {"\r", "#\r!"},
	    /* bare CR where LF ends lines; CRLF in the body only */
	    {"A: 1\rB\n\nx\r\ny\nz", "A| 1\rB/#x\r\ny\r\nz"},
	    /* mbox */
	    {"From a@b Mon Jan  1 00:00:00 2024\nA: 1\n\nx", "A| 1/#x"},
	    {"From a@b Mon Jan  1 00:00:00 2024\r\nA: 1\r\n\r\nx", "A| 1/#x"},
	    {"From : a\n\n", "From | a/#"},
	    {"A: 1\nFrom a\n", "A| 1/#From a\r\n!"},
	    {"From ", "#"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_str(shown(*state, exact(cases[i].raw)), cases[i].want);
}

/* libmilter hands over C strings. */
static void
test_nul(void **state)
{
	static const char raw[] = "A: 1\0 2\r\n 3\r\nB\0: 4\r\n\r\n";
	static const char body[] = "A: 1\r\n\r\nx\0y";
	struct message message;

	message_split(*state, exact_n(raw, sizeof raw - 1), &message);
	assert_int_equal(message.count, 1);
	assert_str(message.field[0].value, " 1");
	assert_non_null(message.defect);
	message_split(*state, exact_n(body, sizeof body - 1), &message);
	assert_int_equal(message.body.n, 3);
}

/* Every octet is in a field or the body, whatever the order. */
static void
test_any_octets(void **state)
{
	static const char alphabet[] = "A: \t\r\n";
	char raw[12];

	srandom(1);
	for (int round = 0; round < 20000; round++) {
		struct message message;
		struct arena *arena = arena_new(NULL);
		size_t n = (size_t)random() % sizeof raw, seen = 0;
		for (size_t i = 0; i < n; i++)
			raw[i] = alphabet[(size_t)random() % 6];
		message_split(arena, exact_n(raw, n), &message);
		for (size_t i = 0; i < message.count; i++)
			seen += message.field[i].raw_name.n + 1 +
				message.field[i].value.n + 2;
		seen += message.body.n;
		/* CR added to LF, CRLF at the end, or the empty line */
		assert_true(seen + 2 >= n && seen <= 2 * n + 2);
		arena_free(arena);
	}
	(void)state;
}

/* A quadratic splitter would need minutes. */
static void
test_many_fields(void **state)
{
	struct message message;
	struct buf buf;

	buf_init(&buf, NULL);
	for (int i = 0; i < 300000; i++)
		buf_adds(&buf, i % 2 ? " x\n" : "A:\n");
	message_split(*state, exact_n(buf.p, buf.n), &message);
	assert_int_equal(message.count, 150000);
	buf_clear(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_split),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_any_octets),
	    cmocka_unit_test(test_many_fields),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
