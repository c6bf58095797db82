/* What the daemon says of rules while it runs. */
#include "tests/support/test.h"

#include <string.h>

#include "milter/server/server.h"
#include "tests/support/config_file.h"

static struct buf told;

static void
keep(void *ctx, enum log_level level, struct str line)
{
	(void)ctx;
	assert_int_equal(level, LOG_LEVEL_WARNING);
	buf_add(&told, line);
	buf_addc(&told, '\n');
}

static size_t
lines(const char *part)
{
	size_t n = 0;

	buf_addc(&told, '\0');
	for (const char *at = told.p; (at = strstr(at, part)) != NULL; at++)
		n++;
	buf_reset(&told);
	return n;
}

static void
test_rules_expire_aloud(void **state)
{
	const int64_t end = 4102444800, day = 86400; /* 2100-01-01 */
	struct config *config = config_file_load(
	    "authserv-id: mx.receiver.example\n"
	    "resolver: 127.0.0.1\n"
	    "rules: [{name: a, action: reject, spf: fail, expires: "
	    "2100-01-01}, {name: b, action: reject, spf: fail}]\n");
	struct server server;
	struct buf out;

	(void)state;
	buf_init(&told, NULL);
	buf_init(&out, NULL);
	server_init(&server, config, config_file_path());
	server.log = (struct log){.level = LOG_LEVEL_WARNING, .write = keep};
	/* Nothing before the start has told what is known then. */
	reload_look_at_rules(&server, end - 15 * day);
	assert_int_equal(lines("rules"), 0);
	reload_warn(&server, config, &out);
	assert_int_equal(lines("rules"), 0);
	for (int64_t now = end - 16 * day; now < end - 14 * day; now += day / 2)
		reload_look_at_rules(&server, now);
	assert_int_equal(lines("rules"), 0);
	for (int64_t now = end - 14 * day; now < end; now += day / 2)
		reload_look_at_rules(&server, now);
	assert_int_equal(lines("\"a\" expires on 2100-01-01, in 14 days"), 1);
	for (int64_t now = end; now < end + 3 * day; now += day / 2)
		reload_look_at_rules(&server, now);
	assert_int_equal(lines("\"a\" has expired on 2100-01-01"), 1);
	/* A clock that is set back. */
	reload_look_at_rules(&server, end + day);
	reload_look_at_rules(&server, end + 2 * day);
	assert_int_equal(lines("rules"), 0);
	buf_clear(&out);
	buf_clear(&told);
	server_clear(&server);
	accounts_free(server.accounts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rules_expire_aloud),
	};

	return cmocka_run_group_tests_name(
	    "milter-reload", tests, config_file_setup, config_file_teardown);
}
