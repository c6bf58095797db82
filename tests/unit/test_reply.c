#include "tests/support/test.h"

#include <string.h>

#include "base/limits.h"
#include "policy/reply.h"
#include "policy/rules.h"

static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct str
fill(struct str line, struct str reason, struct str queue_id)
{
	struct reply_template template = {&line, 1,
					  str_lit("https://a.example/")};
	struct verdict verdict = {.queue_id = queue_id};

	assert_null(reply_line_fault(line));
	verdict.from.count = 1;
	verdict.from.domain[0] = str_lit("b.example");
	assert_true(ip_parse(str_lit("2001:db8::1"), &verdict.client));
	return reply_fill(arena, &template, &verdict, reason);
}

static void
macros_are_filled_once(void **state)
{
	(void)state;
	assert_str(fill(exact("%{from-domain} %{client} 5% %{queue-id} %{url}"),
			str_empty(), exact("4A")),
		   "b.example 2001:db8::1 5% 4A https://a.example/");
	assert_str(fill(exact("%{reason}"), exact("%{url} %s"), str_empty()),
		   "%{url} %s");
	assert_str(fill(exact("%{queue-id}"), str_empty(), str_empty()),
		   "unknown");
	/* Nobody adds a line. */
	assert_str(fill(exact("%{queue-id}"), str_empty(), exact("4\r\n250 A")),
		   "4??250 A");
}

static void
lines_keep_to_their_length(void **state)
{
	char words[LIMIT_REPLY_LINE + 1], reason[2000];
	struct str line;

	(void)state;
	memset(words, 'a', sizeof words);
	memset(reason, 'b', sizeof reason);
	assert_non_null(reply_line_fault(exact_n(words, sizeof words)));
	memcpy(words + 450, "%{reason}", 9);
	line = fill(exact_n(words, LIMIT_REPLY_LINE),
		    exact_n(reason, sizeof reason), str_empty());
	assert_int_equal(line.n, LIMIT_REPLY_LINE);
}

static void
the_words_of_conditions_are_those_of_results(void **state)
{
	(void)state;
	for (int i = 0; i <= SPF_PERMERROR; i++)
		assert_string_equal(rule_keywords[RULE_SPF].words[i],
				    spf_result_text((enum spf_result)i));
	for (int i = 0; i <= DKIM_PERMERROR; i++)
		assert_string_equal(rule_keywords[RULE_DKIM].words[i],
				    dkim_result_text((enum dkim_result)i));
	for (int i = 0; i <= ARC_FAIL; i++)
		assert_string_equal(rule_keywords[RULE_ARC].words[i],
				    arc_result_text((enum arc_result)i));
	for (int i = 0; i <= DMARC_PERMERROR; i++)
		assert_string_equal(rule_keywords[RULE_DMARC].words[i],
				    dmarc_result_text((enum dmarc_result)i));
	for (int i = 0; i <= DMARC_P_REJECT; i++)
		assert_string_equal(rule_keywords[RULE_POLICY].words[i],
				    dmarc_policy_text((enum dmarc_policy)i));
	for (int i = 0; i <= SHAPE_UNKNOWN; i++)
		assert_string_equal(rule_keywords[RULE_SHAPE].words[i],
				    shape_text((enum shape)i));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(macros_are_filled_once),
	    cmocka_unit_test(lines_keep_to_their_length),
	    cmocka_unit_test(the_words_of_conditions_are_those_of_results),
	};

	return cmocka_run_group_tests_name("reply", tests, setup, teardown);
}
