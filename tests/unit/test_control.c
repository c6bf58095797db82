/* The two ends of the control socket agree on requests and their outcomes. */
#include "tests/support/test.h"

#include "control/outcome.h"
#include "control/request.h"

static const struct {
	const char *line;
	enum request_verb verb;
	const char *argument;
	bool json, privileged;
} requests[] = {
    {"status", REQUEST_STATUS, "", false, false},
    {"status json", REQUEST_STATUS, "", true, false},
    {"rules", REQUEST_RULES, "", false, false},
    {"rules json", REQUEST_RULES, "", true, false},
    {"metrics", REQUEST_METRICS, "", false, false},
    {"reload", REQUEST_RELOAD, "", false, true},
    {"trace", REQUEST_TRACE, "", false, false},
    {"trace on a.example", REQUEST_TRACE_ON, "a.example", false, true},
    {"trace off a", REQUEST_TRACE_OFF, "a", false, true},
    {"cache show _dmarc.a.example", REQUEST_CACHE_SHOW, "_dmarc.a.example",
     false, false},
    {"cache show json", REQUEST_CACHE_SHOW, "json", false, false},
    {"cache flush", REQUEST_CACHE_FLUSH, "", false, true},
};

#define N_REQUESTS (sizeof requests / sizeof requests[0])

static void
test_request_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_REQUESTS; i++) {
		struct request request = request_parse(exact(requests[i].line));
		assert_int_equal(request.verb, requests[i].verb);
		assert_str(request.argument, requests[i].argument);
		assert_int_equal(request.json, requests[i].json);
		assert_int_equal(request_is_privileged(request.verb),
				 requests[i].privileged);
	}
	assert_false(request_is_privileged(REQUEST_BAD));
}

static void
test_request_bad(void **state)
{
	static const char *const lines[] = {
	    "",
	    "statu",
	    "statuss",
	    "status ",
	    " status",
	    "STATUS",
	    "status\r",
	    "status  json",
	    "status json ",
	    "status jsonx",
	    "reload json",
	    "trace on",
	    "trace on ",
	    "trace on a b",
	    "trace ona",
	    "trace on  a",
	    "trace on a\tb",
	    "trace on a\x7f",
	    "trace json",
	    "cache",
	    "cache show",
	    "cache flush now",
	    "cache show a json",
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct request request = request_parse(exact(lines[i]));
		assert_int_equal(request.verb, REQUEST_BAD);
		assert_int_equal(request.argument.n, 0);
		assert_false(request.json);
	}
	assert_int_equal(request_parse(exact_n("status\0", 7)).verb,
			 REQUEST_BAD);
}

static void
test_request_write(void **state)
{
	struct buf line;

	(void)state;
	buf_init(&line, NULL);
	for (size_t i = 0; i < N_REQUESTS; i++) {
		struct request request = {.verb = requests[i].verb,
					  .argument =
					      exact(requests[i].argument),
					  .json = requests[i].json};
		buf_reset(&line);
		assert_true(request_write(&request, &line));
		assert_true(line.n > 0 && line.p[line.n - 1] == '\n');
		assert_str(str_first(buf_str(&line), line.n - 1),
			   requests[i].line);
	}
	buf_clear(&line);
}

static void
test_request_cannot_be_written(void **state)
{
	static const struct request c[] = {
	    {REQUEST_BAD, STR(""), false},
	    {REQUEST_RELOAD, STR(""), true},
	    {REQUEST_TRACE_ON, STR("a.example"), true},
	    {REQUEST_TRACE_ON, STR(""), false},
	    {REQUEST_TRACE_ON, STR("a b"), false},
	    {REQUEST_TRACE_ON, STR("a\nreload"), false},
	    {REQUEST_STATUS, STR("a"), false},
	    {REQUEST_CACHE_FLUSH, STR("a.example"), false},
	};
	struct buf line;

	(void)state;
	buf_init(&line, NULL);
	for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
		assert_false(request_write(&c[i], &line));
		assert_int_equal(line.n, 0);
	}
	buf_clear(&line);
}

static void
test_request_of_words(void **state)
{
	static const struct {
		size_t n;
		const char *word[3];
		enum request_verb verb;
		const char *argument;
	} c[] = {
	    {1, {"status"}, REQUEST_STATUS, ""},
	    {1, {"trace"}, REQUEST_TRACE, ""},
	    {3, {"trace", "on", "a.example"}, REQUEST_TRACE_ON, "a.example"},
	    {3, {"trace", "off", ""}, REQUEST_TRACE_OFF, ""},
	    {3, {"cache", "show", "a b"}, REQUEST_CACHE_SHOW, "a b"},
	    {2, {"cache", "flush"}, REQUEST_CACHE_FLUSH, ""},
	    {0, {NULL}, REQUEST_BAD, ""},
	    {1, {"cache"}, REQUEST_BAD, ""},
	    {2, {"trace", "on"}, REQUEST_BAD, ""},
	    {1, {"trace on"}, REQUEST_BAD, ""},
	    {2, {"trace on", "a"}, REQUEST_BAD, ""},
	    {2, {"status", "json"}, REQUEST_BAD, ""},
	    {3, {"cache", "flush", "a"}, REQUEST_BAD, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
		struct request request = request_of_words(c[i].n, c[i].word);
		assert_int_equal(request.verb, c[i].verb);
		assert_str(request.argument, c[i].argument);
		assert_false(request.json);
	}
}

static void
test_outcome_both_ways(void **state)
{
	struct buf answer;
	struct str text;

	(void)state;
	buf_init(&answer, NULL);
	outcome_ok(&answer);
	buf_adds(&answer, "a\nok\n");
	assert_str(buf_str(&answer), "ok\na\nok\n");
	assert_int_equal(outcome_read(buf_str(&answer), &text), OUTCOME_OK);
	assert_str(text, "a\nok\n");
	for (int i = OUTCOME_USAGE; i <= OUTCOME_CONFIG; i++) {
		buf_reset(&answer);
		outcome_error((enum outcome)i, str_lit("why it is so"),
			      &answer);
		assert_int_equal(outcome_read(buf_str(&answer), &text), i);
		assert_str(text, "why it is so");
	}
	assert_str(buf_str(&answer), "error config why it is so\n");
	buf_clear(&answer);
}

static void
test_outcome_read(void **state)
{
	static const struct {
		const char *answer;
		enum outcome outcome;
		const char *text;
	} c[] = {
	    {"ok\n", OUTCOME_OK, ""},
	    {"error denied no\nmore\n", OUTCOME_DENIED, "no\nmore"},
	    {"error denied", OUTCOME_DENIED, ""},
	    {"error usage no end", OUTCOME_USAGE, "no end"},
	    {"error later a reason\n", OUTCOME_OTHER, "a reason"},
	    {"error ok a reason\n", OUTCOME_OTHER, "a reason"},
	    {"error \n", OUTCOME_OTHER, ""},
	    {"error\n", OUTCOME_UNKNOWN, ""},
	    {"ok", OUTCOME_UNKNOWN, ""},
	    {"okay\n", OUTCOME_UNKNOWN, ""},
	    {"", OUTCOME_UNKNOWN, ""},
	};
	struct str text;

	(void)state;
	for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
		assert_int_equal(outcome_read(exact(c[i].answer), &text),
				 c[i].outcome);
		assert_str(text, c[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request_parse),
	    cmocka_unit_test(test_request_bad),
	    cmocka_unit_test(test_request_write),
	    cmocka_unit_test(test_request_cannot_be_written),
	    cmocka_unit_test(test_request_of_words),
	    cmocka_unit_test(test_outcome_both_ways),
	    cmocka_unit_test(test_outcome_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
