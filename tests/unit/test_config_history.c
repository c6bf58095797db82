/* history: where the records go, and how long they stay. */
#include "tests/support/test.h"

#include <string.h>

#include "base/err.h"
#include "config/config.h"
#include "tests/support/config_file.h"

static struct config *
load(const char *text, struct config_error *error)
{
	struct config *config = NULL;

	config_file_write(text, strlen(text));
	return config_load(config_file_path(), &config, error) == ERR_OK
		   ? config
		   : NULL;
}

static void
a_store_is_a_file_or_a_server(void **state)
{
	static const char *const good[] = {
	    "sqlite:/srv/a.db", "postgresql:///verdict",
	    "postgres://verdict@db.example:5433/verdict?sslmode=verify-full",
	    "postgresql://verdict@[2001:db8::1]/verdict?passfile=/etc/pass"};
	struct config_error error;
	struct buf text;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		buf_init(&text, NULL);
		buf_printf(&text, "history: {store: \"%s\"}", good[i]);
		struct config *config = load(text.p, &error);
		if (config == NULL)
			fail_msg("%s", error.text);
		assert_true(str_is(config->history.store, good[i]));
		config_unref(config);
		buf_clear(&text);
	}
}

static void
what_is_none_is_refused(void **state)
{
	static const struct bad {
		const char *text, *want;
	} bad[] = {
	    {"history: {store: history.db}",
	     "history.store: \"history.db\" is not a store: write "
	     "sqlite:/PATH or postgresql://"},
	    {"history: {store: \"sqlite:history.db\"}", "is not a store"},
	    {"history: {store: \"mysql://a/b\"}", "is not a store"},
	    {"history: {store: \"postgresql:///a b\"}", "is not a store"},
	    {"history: {store: \"\"}", "is not a store"},
	    {"history: {store: \"postgresql://a:b@c.example/d\"}",
	     "must not hold a password: leave it to a password file"},
	    {"history: {store: \"postgresql:///d?host=/run&Password=x\"}",
	     "must not hold a password"},
	    {"history: {store: \"postgresql://h/d?sslpassword=x\"}",
	     "must not hold a password"},
	    {"history: {keep-messages: 23h}", "history.keep-messages"},
	    {"history: {keep-size: 1M}", "history.keep-size"},
	    {"history: {keep-counts: 3651d}", "history.keep-counts"},
	};
	struct config_error error;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_null(load(bad[i].text, &error));
		if (strstr(error.text, bad[i].want) == NULL)
			fail_msg("%s\n got: %s\nwant: %s", bad[i].text,
				 error.text, bad[i].want);
	}
}

static void
what_stays(void **state)
{
	const int64_t day = 86400000;
	struct config_error error;

	(void)state;
	struct config *config = load("", &error);
	assert_int_equal(config->history.keep_messages_ms, 30 * day);
	assert_int_equal(config->history.keep_counts_ms, 400 * day);
	assert_int_equal(config->history.keep_size, (int64_t)4 << 30);
	config_unref(config);
	config = load("history: {keep-messages: 90d, keep-size: 20G}", &error);
	assert_int_equal(config->history.keep_messages_ms, 90 * day);
	assert_int_equal(config->history.keep_size, (int64_t)20 << 30);
	config_unref(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_store_is_a_file_or_a_server),
	    cmocka_unit_test(what_is_none_is_refused),
	    cmocka_unit_test(what_stays),
	};

	return cmocka_run_group_tests_name(
	    "config history", tests, config_file_setup, config_file_teardown);
}
