/* A new configuration while mail flows, and what the daemon says of rules while
   it runs. */
#include "tests/support/milter/mail_world.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
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
	reload_warn(&server, NULL, config, &out);
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

/* --- reloads --- */

static struct buf out;

/* The answer; valid until the next one. */
static const char *
reload(struct server *server, bool want)
{
	buf_clear(&out);
	buf_init(&out, NULL);
	assert_int_equal(reload_now(server, &out), want);
	return out.p;
}

static int
teardown(void **state)
{
	buf_clear(&out);
	return mail_world_teardown(state);
}

static void
test_taken_over(void **state)
{
	struct server *server = mail_world("", "");
	struct config_error error;
	int64_t now = clock_wall_seconds();
	char want[200];

	(void)state;
	mail_world_write("mode: enforce\non-quarantine: hold\n"
			 "max-memory: 20M\nlog:\n  level: debug\n");
	const char *text = reload(server, true);
	snprintf(want, sizeof want, "the configuration is read again: %s\n",
		 config_file_path());
	assert_begins(text, want);
	assert_null(strstr(text, "waiting for a restart"));
	struct config *config = server_config(server);
	assert_int_equal(config->policy.mode, POLICY_ENFORCE);
	config_unref(config);
	assert_int_equal(atomic_load(&server->log.level), LOG_LEVEL_DEBUG);
	assert_int_equal(atomic_load(&server->pool.limit), 20 << 20);
	assert_int_equal(metrics_get(&server->metrics.reloads), 1);
	assert_int_equal(metrics_get(&server->metrics.reload_failures), 0);
	assert_int_equal(reload_error(&server->reload, &error), 0);
	assert_in_range(reload_time(&server->reload), now, now + 60);
	/* The log tells the same. */
	assert_non_null(strstr(mail_world_logged(), want));
}

static void
test_refused(void **state)
{
	struct server *server = mail_world("tag-header: X-One\n", "");
	struct config *before = server->config;
	struct config_error error;
	int64_t now = clock_wall_seconds();

	(void)state;
	mail_world_write("mode: maybe\n");
	const char *text = reload(server, false);
	assert_begins(text, "the configuration stays as it was: ");
	assert_non_null(strstr(text, "c.yaml:3:7: "));
	assert_ptr_equal(server->config, before);
	assert_in_range(reload_error(&server->reload, &error), now, now + 60);
	assert_non_null(strstr(text, error.text));
	assert_int_equal(metrics_get(&server->metrics.reload_failures), 1);
	assert_int_equal(metrics_get(&server->metrics.reloads), 0);
	const char *line = mail_world_logged();
	assert_begins(line, "error the configuration stays as it was: ");
	/* One that goes well ends the trouble. */
	mail_world_write("tag-header: X-Two\n");
	reload(server, true);
	assert_int_equal(reload_error(&server->reload, &error), 0);
	assert_str(server->config->authres.tag_header, "X-Two");
	/* No file at all. */
	assert_int_equal(unlink(config_file_path()), 0);
	text = reload(server, false);
	assert_non_null(strstr(text, "No such file or directory"));
	assert_str(server->config->authres.tag_header, "X-Two");
}

/* Against the start, not against the last reload. */
static void
test_restart_is_wanted(void **state)
{
	struct server *server = mail_world("", "");

	(void)state;
	mail_world_write("max-evaluations: 99\n");
	assert_non_null(strstr(reload(server, true),
			       "changed, and waiting for a restart: "
			       "max-evaluations (systemctl restart "
			       "verdict-milter)\n"));
	assert_non_null(strstr(mail_world_logged(),
			       "warning changed, and waiting for a restart: "
			       "max-evaluations (systemctl restart "
			       "verdict-milter)\n"));
	mail_world_write("max-evaluations: 99\ntag-header: X-Two\n");
	assert_non_null(strstr(reload(server, true), "max-evaluations"));
	assert_null(strstr(reload(server, true), "verdict setup"));
	mail_world_write("listen: inet:8899@127.0.0.1\n");
	assert_non_null(strstr(reload(server, true),
			       "after the restart the mail server still asks "
			       "the old address of listen, and mail waits, "
			       "until: verdict setup postfix --apply "
			       "--reload\n"));
	mail_world_write("");
	assert_null(strstr(reload(server, true), "restart"));
}

/* A rule that expires soon is told of once a day, not with each reload. */
static void
test_expiry_once_a_day(void **state)
{
	struct server *server = mail_world("", "");
	const char *const soon = "expires on ";
	const struct tm *tm;
	struct tm room;
	char rule[200], two[400];
	time_t end = (time_t)clock_wall_seconds() + 5 * 86400;

	(void)state;
	tm = gmtime_r(&end, &room);
	snprintf(rule, sizeof rule,
		 "rules:\n- {name: a, action: reject, spf: fail, expires: "
		 "%04d-%02d-%02d}\n",
		 tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday);
	mail_world_write(rule);
	assert_non_null(strstr(reload(server, true), soon));
	assert_null(strstr(reload(server, true), soon));
	/* One that is new, alone. */
	snprintf(two, sizeof two, "%s- {name: b%s", rule, strchr(rule, ','));
	mail_world_write(two);
	const char *text = reload(server, true);
	assert_non_null(strstr(text, "rules: \"b\" expires on "));
	assert_null(strstr(text, "rules: \"a\""));
	/* A day later. */
	server->reload.told -= 86400;
	text = reload(server, true);
	assert_non_null(strstr(text, "rules: \"a\" expires on "));
	assert_null(strstr(reload(server, true), soon));
}

/* What a restart would meet is told, and refuses nothing. */
static void
test_faults_of_a_restart(void **state)
{
	struct server *server = mail_world("", "");

	(void)state;
	mail_world_write("user: nosuchuser\ncontrol-socket: /nowhere/c\n"
			 "tag-header: X-Two\n");
	const char *text = reload(server, true);
	assert_non_null(strstr(text, "\na restart would fail: /"));
	assert_non_null(strstr(text, ": user: there is no user "
				     "\"nosuchuser\"; create it"));
	assert_non_null(strstr(text, "\na restart would warn: control-socket: "
				     "cannot listen on /nowhere/c: "));
	assert_non_null(
	    strstr(mail_world_logged(), "warning a restart would fail: /"));
	assert_str(server->config->authres.tag_header, "X-Two");
}

static void
test_warnings_are_told(void **state)
{
	struct server *server = mail_world("", "");

	(void)state;
	mail_world_write("rules:\n  - {name: old, spf: fail, action: reject, "
			 "expires: 2000-01-01}\n");
	const char *text = reload(server, true);
	assert_non_null(strstr(text, "warning: "));
	assert_non_null(strstr(text, "\"old\""));
	assert_non_null(strstr(mail_world_logged(), "warning warning: "));
}

/* A rule that a reload brings is counted from then on. */
static void
test_new_rules_are_counted(void **state)
{
	struct server *server = mail_world("", "");
	uint64_t hits;
	int64_t last;

	(void)state;
	mail_world_write("rules:\n  - {name: new, client: [192.0.2.1], action: "
			 "reject}\n");
	reload(server, true);
	struct session *session = mail_world_session("192.0.2.1");
	mail_world_send(session, "<a@b.example>", "From: a@b.example\n");
	session_free(session);
	hits_get(server->hits, str_lit("new"), &hits, &last);
	assert_int_equal(hits, 1);
}

static void
test_none_while_stopping(void **state)
{
	struct server *server = mail_world("", "");
	struct config *before = server->config;

	(void)state;
	atomic_store(&server->stopping, true);
	mail_world_write("tag-header: X-Two\n");
	assert_string_equal(reload(server, false), "the daemon is stopping\n");
	assert_ptr_equal(server->config, before);
	assert_int_equal(metrics_get(&server->metrics.reload_failures), 0);
}

/* The daemon changes its folder. */
static void
test_path(void **state)
{
	char folder[PATH_MAX], want[PATH_MAX + 10];
	struct reload one;

	(void)state;
	assert_non_null(getcwd(folder, sizeof folder));
	reload_init(&one, "c.yaml");
	snprintf(want, sizeof want, "%s/c.yaml", folder);
	assert_string_equal(one.path, want);
	reload_clear(&one);
	reload_init(&one, "/etc/c.yaml");
	assert_string_equal(one.path, "/etc/c.yaml");
	reload_clear(&one);
}

#define ONE(name) cmocka_unit_test_teardown(name, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rules_expire_aloud),
	    ONE(test_taken_over),
	    ONE(test_refused),
	    ONE(test_restart_is_wanted),
	    ONE(test_expiry_once_a_day),
	    ONE(test_faults_of_a_restart),
	    ONE(test_warnings_are_told),
	    ONE(test_new_rules_are_counted),
	    ONE(test_none_while_stopping),
	    cmocka_unit_test(test_path),
	};

	return cmocka_run_group_tests_name("milter-reload", tests,
					   mail_world_group_setup,
					   mail_world_group_teardown);
}
