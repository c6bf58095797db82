/* The part of a configuration that is given away with a saved check. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "config/portable.h"
#include "tests/support/config_file.h"

static const char whole[] =
    "listen: inet:8891@127.0.0.1\n"
    "user: daemon\n"
    "authserv-id: mx.receiver.example\n"
    "strip-ids: [old.receiver.example, mx2.receiver.example]\n"
    "authres-iprev: yes\n"
    "mode: enforce\n"
    "on-quarantine: tag\n"
    "tag-filed: yes\n"
    "deferrals: 7\n"
    "deferral-time: 2h\n"
    "reply-text: [\"Refused: %{reason}\", \"a \\\"quoted\\\" line\"]\n"
    "reply-url: https://receiver.example/help\n"
    "clock-tolerance: 90s\n"
    "trusted-sealers: lists.example\n"
    "forwarders: [192.0.2.0/24, \"name:*.lists.example\", "
    "\"spf:uni.example\"]\n"
    "internal-networks: [127.0.0.0/8, 2001:db8::/48]\n"
    "resolver: 192.0.2.53\n"
    "limits: {signatures: 5, message-time: 20s, header-bytes: 128k}\n"
    "history: {store: \"postgresql://geheim@192.0.2.1/x\"}\n"
    "log: {level: debug}\n"
    "rules:\n"
    "  - name: first\n"
    "    from: [sender.example, .other.example]\n"
    "    client: 192.0.2.7\n"
    "    action: accept\n"
    "    reason: \"since \\\"that\\\" day\"\n"
    "    expires: 2030-01-01\n"
    "  - name: second\n"
    "    not-recipient: postmaster@receiver.example\n"
    "    header: \"Subject: x*\"\n"
    "    action: reject\n";

static struct str
printed(const struct config *config, struct arena *arena)
{
	struct buf out, why;

	buf_init(&out, arena);
	buf_init(&why, arena);
	if (!config_print_portable(config, &out, &why))
		fail_msg("%.*s", STR_ARG(buf_str(&why)));
	return buf_str(&out);
}

static bool
has(struct str text, const char *word)
{
	return memmem(text.p, text.n, word, strlen(word)) != NULL;
}

/* Without what tells of the place where it stood. */
static struct str
without_places(struct arena *arena, struct str text)
{
	struct buf out;
	struct str line;

	buf_init(&out, arena);
	while (str_split(&text, '\n', &line)) {
		size_t at = str_chr(line, '#');
		buf_add(&out, str_trim_wsp(str_first(line, at)));
		buf_addc(&out, '\n');
	}
	return buf_str(&out);
}

static void
comes_back_as_it_was(void **state)
{
	struct config *config = config_file_load(whole);
	struct str text = printed(config, *state);
	static struct config_error error;
	struct config *got;

	if (config_load_portable("saved", text, &got, &error) != ERR_OK)
		fail_msg("%s", error.text);
	assert_true(str_eq(without_places(*state, printed(got, *state)),
			   without_places(*state, text)));
	assert_str(got->authres.id, "mx.receiver.example");
	assert_int_equal(got->policy.deferrals.times, 7);
	assert_int_equal(got->policy.rules->count, 2);
	assert_str(got->policy.rules->rule[0].reason, "since \"that\" day");
	assert_int_equal(got->forwarders.count, 3);
	assert_int_equal(got->verify.limits.signatures, 5);
	assert_int_equal(got->policy.reply.lines, 2);
	config_unref(got);
	config_unref(config);
}

/* Whatever the host is called there. */
static void
names_the_host_that_it_is_of(void **state)
{
	struct config *config = config_file_load("mode: monitor\n");
	struct buf name;

	buf_init(&name, *state);
	buf_printf(&name, "authserv-id: %s%.*s%s", "\"",
		   STR_ARG(config->authres.id), "\"");
	assert_true(has(printed(config, *state), name.p) ||
		    has(printed(config, *state),
			arena_printf(*state, "authserv-id: %.*s",
				     STR_ARG(config->authres.id))
			    .p));
	config_unref(config);
}

static void
tells_nothing_of_the_host(void **state)
{
	struct config *config = config_file_load(whole);
	struct str text = printed(config, *state);
	static const char *const none[] = {"geheim", "192.0.2.53", "8891",
					   "daemon", "debug",      "history"};

	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		if (has(text, none[i]))
			fail_msg("%s is in it", none[i]);
	config_unref(config);
}

static void
takes_no_file_along(void **state)
{
	static const char text[] = "rules:\n  - name: lists\n    from: "
				   "\"file:%s/list\"\n    client: 192.0.2.1\n"
				   "    action: accept\n";
	char path[256];
	struct buf out, why;

	snprintf(path, sizeof path, "%s/list", config_file_folder());
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs("sender.example\n", file);
	fclose(file);
	struct config *config = config_file_load(
	    arena_printf(*state, text, config_file_folder()).p);
	buf_init(&out, *state);
	buf_init(&why, *state);
	assert_false(config_print_portable(config, &out, &why));
	assert_true(has(buf_str(&why), "rule lists takes a list from file:/"));
	config_unref(config);
	assert_int_equal(unlink(path), 0);
}

/* It is a stranger's, and this host's files are not for it. */
static void
reads_no_file(void **state)
{
	static const char *const texts[] = {
	    "rules:\n  - name: x\n    from: file:/etc/passwd\n    action: "
	    "reject\n",
	    "rules:\n  - name: x\n    from: [a.example, \"file:/dev/zero\"]\n"
	    "    action: reject\n",
	};
	static struct config_error error;
	struct config *config;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		assert_int_equal(config_load_portable("saved", str_of(texts[i]),
						      &config, &error),
				 ERR_CONFIG);
		assert_non_null(strstr(
		    error.text, "a list in a file is not taken from here"));
	}
	assert_int_equal(config_load_portable("saved", str_lit("mode: loose"),
					      &config, &error),
			 ERR_CONFIG);
	assert_non_null(strstr(error.text, "saved:1:"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, arena_setup, arena_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(comes_back_as_it_was),
	    TEST(names_the_host_that_it_is_of),
	    TEST(tells_nothing_of_the_host),
	    TEST(takes_no_file_along),
	    TEST(reads_no_file),
	};

	return cmocka_run_group_tests(tests, config_file_setup,
				      config_file_teardown);
}
