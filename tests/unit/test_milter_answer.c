/* What the control socket answers to each request, of a server that runs. */
#include "tests/support/milter/mail_world.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "milter/control/answer.h"

#define ZONE                                            \
	"p.example TXT \"v=spf1 ip4:192.0.2.1 -all\"\n" \
	"_dmarc.p.example TXT \"v=DMARC1; p=reject\"\n"
#define RULES                                                          \
	"rules:\n"                                                     \
	"  - {name: one, from: p.example, action: reject, mode: "      \
	"monitor, owner: joe, reason: why not, expires: 2100-01-01}\n" \
	"  - {name: two, spf: fail, action: quarantine, "              \
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

	snprintf(row, sizeof row, "\n%-24s%s\n", name, value);
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
	begin("max-evaluations: 40\nmax-sessions: 77\n");
	const char *answer = ask("status");
	assert_begins(answer, "ok\n");
	assert_row(answer, "version", VERDICT_VERSION);
	snprintf(text, sizeof text, "%ld", (long)getpid());
	assert_row(answer, "pid", text);
	assert_row(answer, "mode", "monitor");
	assert_row(answer, "enforce wants", "on-quarantine");
	assert_row(answer, "messages", "0");
	assert_row(answer, "max sessions", "77");
	assert_row(answer, "max evaluations", "40");
	assert_row(answer, "reload failed", "never");
	assert_row(answer, "reload error", "-");
	send_one();
	struct session *open = mail_world_session("192.0.2.1");
	answer = ask("status");
	assert_row(answer, "messages", "1");
	assert_row(answer, "messages put off", "0");
	assert_row(answer, "sessions", "1");
	session_free(open);
	assert_row(ask("status"), "sessions", "0");
}

static void
test_status_json(void **state)
{
	json_error_t error;

	(void)state;
	begin("mode: enforce\non-quarantine: hold\n");
	send_one();
	const char *answer = ask("status json");
	assert_begins(answer, "ok\n{");
	json_t *json = json_loads(answer + 3, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(json);
	assert_int_equal(json_integer_value(json_object_get(json, "pid")),
			 getpid());
	assert_string_equal(json_string_value(json_object_get(json, "mode")),
			    "enforce");
	assert_int_equal(json_integer_value(json_object_get(json, "messages")),
			 1);
	assert_true(json_is_null(json_object_get(json, "reload_failed")));
	assert_true(json_integer_value(json_object_get(json, "threads")) > 0);
	assert_true(json_integer_value(json_object_get(json, "memory_bytes")) >
		    1 << 20);
	assert_true(json_integer_value(json_object_get(json, "dns_lookups")) >
		    0);
	const char *dns =
	    json_string_value(json_object_get(json, "dns_server_1"));
	assert_non_null(strstr(dns, "127.0.0.1:"));
	assert_non_null(strstr(dns, " answers, last answer 20"));
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
	const char *answer = ask("rules");
	const char *second = strstr(answer, "\n\nrule ");
	assert_non_null(second);
	assert_row(answer, "rule", "one");
	assert_row(answer, "action", "reject");
	assert_row(answer, "mode", "monitor");
	assert_row(answer, "owner", "joe");
	assert_row(answer, "reason", "why not");
	assert_row(answer, "expires", "2100-01-01T00:00:00Z");
	assert_row(answer, "expired", "no");
	assert_row(answer, "hits", "1");
	assert_row(second, "rule", "two");
	assert_row(second, "action", "quarantine");
	assert_row(second, "mode", "as configured");
	assert_row(second, "owner", "-");
	assert_row(second, "expired", "yes");
	assert_row(second, "hits", "0");
	assert_row(second, "last hit", "never");
}

static void
test_rules_json(void **state)
{
	json_error_t error;

	(void)state;
	begin(RULES);
	json_t *json =
	    json_loads(ask("rules json") + 3, JSON_REJECT_DUPLICATES, &error);
	assert_int_equal(json_array_size(json), 2);
	json_t *two = json_array_get(json, 1);
	assert_string_equal(json_string_value(json_object_get(two, "rule")),
			    "two");
	assert_string_equal(json_string_value(json_object_get(two, "expires")),
			    "2000-01-01T00:00:00Z");
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
	assert_row(ask("status"), "reloads", "1");
	mail_world_write("mode: nonsense\n");
	const char *answer = ask("reload");
	assert_begins(answer, "error config the configuration stays as it "
			      "was: ");
	assert_non_null(strstr(answer, "nonsense"));
	answer = ask("status");
	assert_row(answer, "mode", "enforce");
	assert_row(answer, "reloads", "1");
	assert_null(strstr(answer, "reload failed           never"));
	assert_non_null(strstr(answer, "nonsense"));
}

#define ONE(name) cmocka_unit_test_teardown(name, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ONE(test_no_request), ONE(test_denied),     ONE(test_status),
	    ONE(test_rules),      ONE(test_rules_json), ONE(test_status_json),
	    ONE(test_trace),      ONE(test_cache),      ONE(test_reload),
	};

	return cmocka_run_group_tests_name("milter-answer", tests,
					   mail_world_group_setup,
					   mail_world_group_teardown);
}
