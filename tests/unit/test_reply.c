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
one_value_leaves_room(void **state)
{
	char reason[402];

	(void)state;
	memset(reason, 'b', sizeof reason);
	for (size_t n = 399; n <= 402; n++)
		assert_int_equal(
		    fill(exact("%{reason}"), exact_n(reason, n), str_empty()).n,
		    n < 400 ? n : 400);
}

static void
faults_of_lines(void **state)
{
	static const char *const bad[] = {
	    "",       "\t",          "a\xc3\xbc",   "%{",
	    "%{url",  "a %{} b",     "%{urls}",     "%{ur}",
	    "%{URL}", "%{url} %{a}", "%{a} %{url}",
	};
	static const char *const good[] = {
	    "a", "%", "%url}", "% {a}", "{a}", "%{url}%{reason}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_non_null(reply_line_fault(exact(bad[i])));
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_null(reply_line_fault(exact(good[i])));
}

/* The From domain that decides, else the first, else none. */
static void
domain_of_from(void **state)
{
	struct str line = str_lit("%{from-domain}");
	struct reply_template template = {&line, 1, str_empty()};
	struct verdict verdict = {.mail_from = str_empty()};
	struct str reason = str_empty();

	(void)state;
	verdict.from.domain[0] = str_lit("b.example");
	verdict.dmarc.outcome[0].from = str_lit("c.example");
	assert_str(reply_fill(arena, &template, &verdict, reason), "unknown");
	verdict.from.count = 1;
	assert_str(reply_fill(arena, &template, &verdict, reason), "b.example");
	verdict.dmarc.count = 1;
	assert_str(reply_fill(arena, &template, &verdict, reason), "c.example");
}

/* Each has the length of a line for itself. */
static void
several_lines(void **state)
{
	char words[LIMIT_REPLY_LINE];
	struct str line[3] = {str_empty(), str_lit("%{reason"), str_lit("c")};
	struct reply_template template = {line, 2, str_empty()};
	struct verdict verdict = {.mail_from = str_empty()};

	(void)state;
	memset(words, 'a', sizeof words);
	line[0] = exact_n(words, sizeof words);
	struct str got = reply_fill(arena, &template, &verdict, str_lit("no"));
	assert_int_equal(got.n, LIMIT_REPLY_LINE + 9);
	assert_str(str_from(got, LIMIT_REPLY_LINE), "\n%{reason");
	template.lines = 0;
	assert_str(reply_fill(arena, &template, &verdict, str_lit("no")), "no");
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
	    cmocka_unit_test(one_value_leaves_room),
	    cmocka_unit_test(faults_of_lines),
	    cmocka_unit_test(domain_of_from),
	    cmocka_unit_test(several_lines),
	    cmocka_unit_test(the_words_of_conditions_are_those_of_results),
	};

	return cmocka_run_group_tests_name("reply", tests, setup, teardown);
}
