/* Where the daemon listens, read from the text of `listen`. */
#include "tests/support/test.h"

#include "config/endpoint.h"

static const struct {
	const char *text;
	const char *path, *near; /* near NULL: it is none */
	unsigned port;
} cases[] = {
    {"unix:/run/v.sock", "/run/v.sock", "-", 0},
    {"inet:8891@127.0.0.1", "", "127.0.0.1", 8891},
    {"inet:65535@192.0.2.1", "", "192.0.2.1", 65535},
    {"inet:8891@0.0.0.0", "", "127.0.0.1", 8891},
    {"inet6:8891@::", "", "::1", 8891},
    {"inet6:8891@2001:db8::1", "", "2001:db8::1", 8891},
    {"unix:", .near = NULL},
    {"unix:run/v.sock", .near = NULL},
    {"local:/run/v.sock", .near = NULL},
    {"inet:0@127.0.0.1", .near = NULL},
    {"inet:65536@127.0.0.1", .near = NULL},
    {"inet:8891", .near = NULL},
    {"inet:8891@", .near = NULL},
    {"inet:8891@localhost", .near = NULL},
    {"inet:@127.0.0.1", .near = NULL},
    {"inet:8891@::1", .near = NULL},
    {"inet6:8891@127.0.0.1", .near = NULL},
    {"inet6:8891@::ffff:127.0.0.1", .near = NULL},
    {"8891@127.0.0.1", .near = NULL},
    {"", .near = NULL},
};

static void
test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct str text = exact(cases[i].text);
		struct endpoint endpoint = {.port = 1};
		char near[IP_TEXT_MAX];

		bool good = endpoint_parse(text, &endpoint);
		if (good != (cases[i].near != NULL))
			fail_msg("%s", cases[i].text);
		if (!good) {
			assert_int_equal(endpoint.port, 1);
			assert_int_equal(endpoint_path(text).n, 0);
			continue;
		}
		assert_true(str_is(endpoint.path, cases[i].path));
		assert_true(str_is(endpoint_path(text), cases[i].path));
		assert_int_equal(endpoint.port, cases[i].port);
		assert_string_equal(ip_format(endpoint_near(&endpoint), near),
				    cases[i].near);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
