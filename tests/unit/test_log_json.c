/* Log lines as JSON objects. */
#include "tests/support/test.h"

#include "base/log_json.h"

static const struct {
	const char *line, *object;
} cases[] = {
    {"queue-id=4A client=192.0.2.1 helo=-",
     "\"queue-id\":\"4A\",\"client\":\"192.0.2.1\",\"helo\":\"\""},
    /* What counts is a number, what only looks so is none. */
    {"seen-client=192.0.2.9 held-s=1000",
     "\"seen-client\":\"192.0.2.9\",\"held-s\":1000"},
    {"queue-id=123 recipients=2 dns-ms=0",
     "\"queue-id\":\"123\",\"recipients\":2,\"dns-ms\":0"},
    {"recipients=many total-ms=-", "\"recipients\":\"many\",\"total-ms\":\"\""},
    /* JSON's numbers begin with no other zero. */
    {"recipients=007 dns-ms=00 total-ms=0",
     "\"recipients\":\"007\",\"dns-ms\":\"00\",\"total-ms\":0"},
    {"from=a.example,b.example dkim=none limits=spf-time",
     "\"from\":[\"a.example\",\"b.example\"],\"dkim\":[],"
     "\"limits\":[\"spf-time\"]"},
    {"removed=Authentication-Results:1,BIMI-Location:2",
     "\"removed\":[\"Authentication-Results:1\",\"BIMI-Location:2\"]"},
    {"from=- dkim=pass:a.example:s1,fail:b.example:s2",
     "\"from\":[],\"dkim\":[\"pass:a.example:s1\",\"fail:b.example:s2\"]"},
    {"dkim-reason=\"a.example:s1: no key; b.example:s2: it failed\" arc=none",
     "\"dkim-reason\":[\"a.example:s1: no key\",\"b.example:s2: it failed\"],"
     "\"arc\":\"none\""},
    {"helo=\"a b\" mail-from=\"x\\\" \\\\ \\x0a\\x00\\x1b[\" spf=fail",
     "\"helo\":\"a b\",\"mail-from\":\"x\\u0022 \\u005c "
     "\\u000a\\u0000\\u001b[\",\"spf\":\"fail\""},
    /* UTF-8 becomes itself again, other octets stay to be seen. */
    {"message-id=\"\\xc3\\xbc \\xff\"",
     "\"message-id\":\"\xc3\xbc \\u005cxff\""},
    {"helo=\"a b\"... spf=pass mail-from=abc... dkim=none",
     "\"helo\":\"a b...\",\"spf\":\"pass\",\"mail-from\":\"abc...\","
     "\"dkim\":[]"},
    {"queue-id=4A end of message, results=none",
     "\"queue-id\":\"4A\",\"message\":\"end of message, results=none\""},
    {"verdict-milter 1 starts: listen=a \"b\"",
     "\"message\":\"verdict-milter 1 starts: listen=a \\u0022b\\u0022\""},
    /* Ends of all kinds. */
    {"a=", "\"a\":\"\""},
    {"a=\"", "\"a\":\"\""},
    {"a=\"b", "\"a\":\"b\""},
    {"a=\"b\\", "\"a\":\"b\\u005c\""},
    {"a=\"\\x4", "\"a\":\"x4\""},
    {"a=\"\\xgg\"", "\"a\":\"xgg\""},
    {"=a", "\"message\":\"=a\""},
    {"a", "\"message\":\"a\""},
};

static void
test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buf out, want;

		buf_init(&out, NULL);
		buf_init(&want, NULL);
		buf_printf(&want, "{\"level\":\"info\",%s}", cases[i].object);
		log_json(&out, LOG_LEVEL_INFO, exact(cases[i].line));
		assert_str(buf_str(&out), want.p);
		buf_clear(&out);
		buf_clear(&want);
	}
}

static void
test_levels(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, NULL);
	log_json(&out, LOG_LEVEL_WARNING, str_empty());
	assert_str(buf_str(&out), "{\"level\":\"warning\"}");
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
