/* What the control socket answers to each request, of a server that runs. */
#include "tests/support/milter/mail_world.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "milter/control/answer.h"

/* It stands still, so that what was a moment ago is 0 seconds ago. */
int64_t __real_clock_wall_seconds(void);
int64_t __wrap_clock_wall_seconds(void);

int64_t
__wrap_clock_wall_seconds(void)
{
	static _Atomic int64_t begun;
	int64_t none = 0;

	atomic_compare_exchange_strong(&begun, &none,
				       __real_clock_wall_seconds());
	return begun;
}

#define ZONE                                            \
	"p.example TXT \"v=spf1 ip4:192.0.2.1 -all\"\n" \
	"_dmarc.p.example TXT \"v=DMARC1; p=reject\"\n"
#define RULES                                                     \
	"rules:\n"                                                \
	"  - {name: one, from: p.example, action: reject, mode: " \
	"monitor, owner: joe, reason: why not}\n"                 \
	"  - {name: two, spf: fail, action: quarantine, "         \
	"expires: 2000-01-01}\n"

static struct server *server;
static struct buf answered;

/* Valid until the next one. */
static const char *
ask_as(const char *line, bool privileged)
{
	struct request request = request_parse(exact(line));

	buf_clear(&answered);
	buf_init(&answered, NULL);
	answer_request(server, &request, privileged, &answered);
	return answered.p;
}

static const char *
ask(const char *line)
{
	return ask_as(line, true);
}

static void
begin(const char *config)
{
	server = mail_world(config, ZONE);
}

static void
send_one(void)
{
	struct session *session = mail_world_session("192.0.2.1");

	assert_int_equal(mail_world_send(session, "<joe@p.example>",
					 "From: joe@p.example\n"),
			 SMFIS_CONTINUE);
	session_free(session);
}

static int
teardown(void **state)
{
	buf_clear(&answered);
	return mail_world_teardown(state);
}

/* The value of a line "NAME    VALUE" of a text for people. */
static void
assert_row(const char *text, const char *name, const char *value)
{
	char row[400];

	snprintf(row, sizeof row, "\n%-18s%s\n", name, value);
	if (strstr(text, row) == NULL)
		fail_msg("no row \"%s\" in %s", row + 1, text);
}

static void
test_no_request(void **state)
{
	(void)state;
	begin("");
	assert_string_equal(ask("statuss"), "error usage this is no request\n");
	assert_string_equal(ask(""), "error usage this is no request\n");
}

static void
test_denied(void **state)
{
	static const char *const lines[] = {"reload", "trace on p.example",
					    "trace off p.example",
					    "cache flush"};

	(void)state;
	begin("");
	send_one();
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		assert_string_equal(ask_as(lines[i], false),
				    "error denied only root and the daemon's "
				    "user may do this\n");
	/* And nothing of it was done. */
	assert_string_equal(ask_as("trace", false), "ok\nnothing is traced\n");
	assert_int_equal(metrics_get(&server->metrics.reloads), 0);
	assert_null(
	    strstr(ask_as("cache show p.example", false), "nothing is cached"));
	assert_begins(ask_as("status", false), "ok\n");
	assert_begins(ask_as("rules", false), "ok\n");
	assert_begins(ask_as("metrics", false), "ok\n");
}

static void
test_status(void **state)
{
	char text[64];

	(void)state;
	begin("max-evaluations: 40\nmax-sessions: 2000\n");
	const char *answer = ask("status");
	assert_begins(answer, "ok\n");
	assert_row(answer, "version", VERDICT_VERSION);
	snprintf(text, sizeof text, "as process %ld, user ", (long)getpid());
	assert_non_null(strstr(answer, text));
	assert_row(answer, "mode", "monitor");
	assert_row(answer, "enforce wants",
		   "on-quarantine: set it before mode: enforce");
	assert_row(answer, "messages", "0");
	assert_row(answer, "sessions", "0 of 2,000, 0 refused");
	assert_non_null(strstr(answer, "of which 0 of 40 evaluate a message"));
	assert_non_null(strstr(answer, "; messages hold 0 bytes of 512 MB\n"));
	assert_null(strstr(answer, "reload failed"));
	assert_null(strstr(answer, "wants a restart"));
	send_one();
	struct session *open = mail_world_session("192.0.2.1");
	answer = ask("status");
	assert_row(answer, "messages", "1");
	assert_row(answer, "",
		   "     accept  quarantine      reject    tempfail"
		   "     discard");
	assert_row(answer, "  done",
		   "          1           0           0           0"
		   "           0");
	assert_row(answer, "sessions", "1 of 2,000, 0 refused");
	session_free(open);
	assert_row(ask("status"), "sessions", "0 of 2,000, 0 refused");
}

/* What mail became, and what enforce would make of it. */
static void
test_status_in_monitor(void **state)
{
	(void)state;
	begin("rules:\n  - {name: one, from: p.example, action: reject}\n");
	send_one();
	const char *answer = ask("status");
	assert_row(
	    answer, "  done",
	    "          1           0           0           0           0");
	assert_row(
	    answer, "  enforce would",
	    "          0           0           1           0           0");
}

/* Counts of two modes would say nothing of either. */
static void
test_status_after_a_change_of_mode(void **state)
{
	const char *const none =
	    "          0           0           0           0           0";
	struct buf told;

	(void)state;
	begin("");
	send_one();
	buf_init(&told, NULL);
	mail_world_write("mode: enforce\non-quarantine: hold\n");
	assert_true(reload_now(server, &told));
	buf_clear(&told);
	const char *answer = ask("status");
	assert_non_null(
	    strstr(answer, "1; below those since the mode changed, "));
	assert_row(answer, "  done", none);
	assert_row(answer, "  enforce would", none);
}

static json_t *
ask_json(const char *line)
{
	json_error_t error;
	const char *answer = ask(line);

	assert_begins(answer, "ok\n");
	json_t *json = json_loads(answer + 3, JSON_REJECT_DUPLICATES, &error);
	if (json == NULL)
		fail_msg("%s in %s", error.text, answer);
	return json;
}

static json_int_t
number(const json_t *json, const char *name)
{
	assert_true(json_is_integer(json_object_get(json, name)));
	return json_integer_value(json_object_get(json, name));
}

static const char *
text(const json_t *json, const char *name)
{
	assert_true(json_is_string(json_object_get(json, name)));
	return json_string_value(json_object_get(json, name));
}

static void
test_status_json(void **state)
{
	(void)state;
	begin("mode: enforce\non-quarantine: hold\n");
	send_one();
	json_t *json = ask_json("status json");
	assert_int_equal(number(json, "pid"), getpid());
	assert_string_equal(text(json, "mode"), "enforce");
	assert_begins(text(json, "listen"), "unix:/");
	assert_true(text(json, "user")[0] != '\0');
	assert_int_equal(number(json, "messages"), 1);
	assert_int_equal(number(json_object_get(json, "applied"), "accept"), 1);
	assert_int_equal(number(json_object_get(json, "decided"), "tempfail"),
			 0);
	assert_true(json_is_null(json_object_get(json, "reload_failed")));
	assert_true(json_is_array(json_object_get(json, "wants_restart")));
	assert_true(number(json, "threads") > 0);
	assert_true(number(json, "memory_bytes") > 1 << 20);
	assert_int_equal(number(json, "max_cache_bytes"), 64 << 20);
	assert_true(number(json, "dns_lookups") > 0);
	json_t *servers = json_object_get(json, "dns_servers");
	assert_int_equal(json_array_size(servers), 1);
	const json_t *dns = json_array_get(servers, 0);
	assert_begins(text(dns, "server"), "127.0.0.1:");
	assert_string_equal(text(dns, "state"), "answers");
	assert_begins(text(dns, "last_answer"), "20");
	assert_true(json_is_null(json_object_get(dns, "silent_since")));
	json_decref(json);
}

static void
test_status_names_what_wants_a_restart(void **state)
{
	(void)state;
	begin("");
	mail_world_write("cache-size: 1M\nmax-evaluations: 3\n");
	assert_begins(ask("reload"), "ok\n");
	assert_row(ask("status"), "wants a restart",
		   "cache-size, max-evaluations");
	json_t *json = ask_json("status json");
	const json_t *keywords = json_object_get(json, "wants_restart");
	assert_int_equal(json_array_size(keywords), 2);
	assert_string_equal(json_string_value(json_array_get(keywords, 1)),
			    "max-evaluations");
	json_decref(json);
}

static void
test_rules(void **state)
{
	(void)state;
	begin("");
	assert_string_equal(ask("rules"), "ok\nno rules\n");
	assert_string_equal(ask("rules json"), "ok\n[]\n");
	teardown(NULL);
	begin(RULES);
	send_one();
	assert_string_equal(
	    ask("rules"),
	    "ok\n"
	    "rule  action      owner  hits       last hit  expires\n"
	    "one   (reject)    joe       1  0 seconds ago    never\n"
	    "two   quarantine            0          never  expired\n"
	    "(action): the rule is only reported, as it says mode: monitor\n"
	    "rules: \"two\" has expired on 2000-01-01 and no longer matches: "
	    "remove it or give\nit another date\n");
}

/* Each row fits into 80 columns, whatever the names are. */
static void
test_rules_of_long_names(void **state)
{
	(void)state;
	begin("rules:\n"
	      "  - {name: a-partner-with-a-very-long-name-whose-mail-is-let-in-"
	      "by.us, from: a.example, action: as-published, owner: "
	      "postmaster-of-the-night@p.example, unauthenticated: yes}\n");
	assert_string_equal(
	    ask("rules"),
	    "ok\n"
	    "rule                       action        owner           hits  "
	    "last "
	    "hit  expires\n"
	    "a-partner-w...et-in-by.us  as-published  postma...ample     0"
	    "     never    never\n");
}

static void
test_rules_json(void **state)
{
	(void)state;
	begin(RULES);
	json_t *json = ask_json("rules json");
	assert_int_equal(json_array_size(json), 2);
	const json_t *two = json_array_get(json, 1);
	assert_string_equal(text(two, "rule"), "two");
	assert_string_equal(text(two, "mode"), "as configured");
	assert_string_equal(text(two, "expires"), "2000-01-01T00:00:00Z");
	assert_string_equal(text(two, "expired"), "yes");
	assert_string_equal(text(json_array_get(json, 0), "reason"), "why not");
	assert_true(json_is_null(json_object_get(two, "last_hit")));
	json_decref(json);
}

static void
test_trace(void **state)
{
	char line[64];

	(void)state;
	begin("");
	assert_begins(ask("trace on P.Example."), "ok\np.example, for 3");
	assert_non_null(
	    strstr(mail_world_logged(), "info trace on: p.example\n"));
	unsigned left = 0;
	assert_int_equal(
	    sscanf(ask("trace"), "ok\np.example, for %u s more\n", &left), 1);
	assert_in_range(left, 3500, 3600);
	assert_string_equal(ask("trace off a.example"),
			    "error refused this domain is not traced\n");
	assert_string_equal(ask("trace off p.example"),
			    "ok\nnothing is traced\n");
	assert_begins(ask("trace on a..b"), "error usage ");
	for (int i = 0; i < LIMIT_TRACES; i++) {
		snprintf(line, sizeof line, "trace on d%d.example", i);
		assert_begins(ask(line), "ok\n");
	}
	assert_begins(ask("trace on p.example"), "error refused as "
						 "many domains");
}

static void
test_cache(void **state)
{
	(void)state;
	begin("");
	assert_string_equal(ask("cache show p.example"),
			    "ok\nnothing is cached for p.example\n");
	send_one();
	const char *answer = ask("cache show p.example.");
	assert_begins(answer, "ok\n");
	assert_non_null(strstr(answer, "v=spf1 ip4:192.0.2.1 -all"));
	/* Other people's octets do not rule a terminal. */
	assert_string_equal(ask("cache show \xc3\xa4.example"),
			    "ok\nnothing is cached for \\xc3\\xa4.example\n");
	unsigned n = 0;
	assert_int_equal(
	    sscanf(ask("cache flush"), "ok\n%u answers are forgotten\n", &n),
	    1);
	assert_true(n >= 2);
	assert_non_null(
	    strstr(mail_world_logged(), "info the cache is flushed: "));
	assert_string_equal(ask("cache show p.example"),
			    "ok\nnothing is cached for p.example\n");
	assert_string_equal(ask("cache flush"),
			    "ok\n0 answers are forgotten\n");
}

static void
test_reload(void **state)
{
	(void)state;
	begin("");
	mail_world_write("mode: enforce\non-quarantine: hold\n");
	assert_begins(ask("reload"), "ok\nthe configuration is read again: /");
	assert_row(ask("status"), "mode", "enforce");
	assert_int_equal(metrics_get(&server->metrics.reloads), 1);
	mail_world_write("mode: nonsense\n");
	const char *answer = ask("reload");
	assert_begins(answer, "error config the configuration stays as it "
			      "was: ");
	assert_non_null(strstr(answer, "nonsense"));
	answer = ask("status");
	assert_row(answer, "mode", "enforce");
	assert_int_equal(metrics_get(&server->metrics.reloads), 1);
	assert_row(answer, "reload failed",
		   "0 seconds ago, so the one before stays in force:");
	assert_non_null(strstr(answer, "\n                  /"));
	assert_non_null(strstr(answer, "nonsense"));
}

static void
test_reload_tells_all_errors(void **state)
{
	(void)state;
	begin("");
	mail_world_write("mode: nonsense\nuser: a b\n");
	const char *answer = ask("reload");
	assert_begins(answer, "error config the configuration stays as it "
			      "was: /");
	assert_non_null(strstr(answer, "7: mode: \"nonsense\""));
	assert_non_null(strstr(answer, "7: user: \"a b\""));
	const char *logged = mail_world_logged();
	assert_non_null(strstr(logged, "7: mode: "));
	assert_non_null(strstr(logged, "7: user: "));
	answer = ask("status");
	assert_non_null(strstr(answer, "7: mode: "));
	assert_non_null(strstr(answer, "7: user: "));
	json_t *json = ask_json("status json");
	const json_t *errors = json_object_get(json, "reload_errors");
	assert_int_equal(json_array_size(errors), 2);
	json_decref(json);
	mail_world_write("");
	assert_begins(ask("reload"), "ok\n");
	json = ask_json("status json");
	errors = json_object_get(json, "reload_errors");
	assert_true(json_is_array(errors));
	assert_int_equal(json_array_size(errors), 0);
	json_decref(json);
}

#define ONE(name) cmocka_unit_test_teardown(name, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ONE(test_no_request),
	    ONE(test_denied),
	    ONE(test_status),
	    ONE(test_status_in_monitor),
	    ONE(test_status_after_a_change_of_mode),
	    ONE(test_status_json),
	    ONE(test_status_names_what_wants_a_restart),
	    ONE(test_rules),
	    ONE(test_rules_of_long_names),
	    ONE(test_rules_json),
	    ONE(test_trace),
	    ONE(test_cache),
	    ONE(test_reload),
	    ONE(test_reload_tells_all_errors),
	};

	return cmocka_run_group_tests_name("milter-answer", tests,
					   mail_world_group_setup,
					   mail_world_group_teardown);
}
