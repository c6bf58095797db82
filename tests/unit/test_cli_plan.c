/* What `verdict setup` would change of what postconf prints. */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "milter/cli/setup/postfix/mta_parts.h"
#include "tests/support/config_file.h"

#define SMTPD "smtp inet n - n - - smtpd"
#define OURS "{ unix:v/v.sock, connect_timeout=10s, default_action=tempfail }"
#define OWN "{unix:v/v.sock,connect_timeout=10s,default_action=tempfail}"
/* What does not stand in a case's own lines. */
#define GOOD                                               \
	"cleanup_replace_stray_cr_lf = yes\n"              \
	"compatibility_level = 3.6\n"                      \
	"inet_interfaces = all\n"                          \
	"message_reject_characters = \\0\n"                \
	"milter_command_timeout = 30s\n"                   \
	"milter_connect_macros = j v\n"                    \
	"milter_connect_timeout = 30s\n"                   \
	"milter_content_timeout = 300s\n"                  \
	"milter_default_action = tempfail\n"               \
	"milter_end_of_data_macros = i\n"                  \
	"milter_macro_daemon_name = mx.receiver.example\n" \
	"milter_macro_v = Postfix 3.7.11\n"                \
	"milter_mail_macros = {auth_authen}\n"             \
	"milter_protocol = 6\n"                            \
	"milter_rcpt_macros = {rcpt_addr}\n"               \
	"myhostname = mx.receiver.example\n"               \
	"queue_directory = /var/spool/postfix\n"           \
	"smtpd_forbid_bare_newline = yes\n"                \
	"smtpd_milters = { unix:v/v.sock }\n"

/* main: as it is written, and seen; own: as the service sees it beside that.
   edits: "PLACE PARAMETER=VALUE", or without "=" where its -o is taken out. */
static const struct planned {
	const char *title, *main, *master, *own, *edits;
	bool stops;
} planned[] = {
    {"all fits", "", SMTPD, "", "", false},
    {"the first milter", "smtpd_milters =\n", SMTPD, "",
     "main.cf smtpd_milters=" OURS "\n", false},
    {"before others", "smtpd_milters = inet:a:1 inet:b:2\n", SMTPD, "",
     "main.cf smtpd_milters=" OURS ", inet:a:1 inet:b:2\n", false},
    {"once for two services", "smtpd_milters = inet:a:1\n",
     SMTPD "\nsmtps inet n - n - - smtpd", "",
     "main.cf smtpd_milters=" OURS ", inet:a:1\n", false},
    {"of a service", "", SMTPD " -o smtpd_milters=inet:a:1",
     "smtpd_milters = inet:a:1\n", "smtp/inet smtpd_milters=" OWN ",inet:a:1\n",
     false},
    {"of a service, with blanks", "",
     SMTPD " -o { smtpd_milters = { inet:a:1, x = y } inet:b:2 }",
     "smtpd_milters = { inet:a:1, x = y } inet:b:2\n",
     "smtp/inet smtpd_milters=" OWN ",{inet:a:1,x=y},inet:b:2\n", false},
    {"of a service, with a condition", "",
     SMTPD " -o smtpd_milters=${a?{b}:{c}}", "smtpd_milters =\n",
     "smtp/inet smtpd_milters=" OWN ",${a?{b}:{c}}\n", false},
    {"of a service, with a condition that has blanks", "",
     SMTPD " -o { smtpd_milters = ${a ? {b} : {c}} }", "smtpd_milters =\n", "",
     false},
    {"switched off", "", SMTPD " -o smtpd_milters=", "smtpd_milters =\n",
     "smtp/inet smtpd_milters\n", false},
    {"switched off, and others are on",
     "smtpd_milters = inet:a:1, unix:v/v.sock\n", SMTPD " -o smtpd_milters=",
     "smtpd_milters =\n", "smtp/inet smtpd_milters=" OWN "\n", false},
    {"options of the entry",
     "smtpd_milters = inet:a:1, { unix:v/v.sock, { default_action = accept }, "
     "x=y, content_timeout=1s, protocol=2 }\n",
     SMTPD, "",
     "main.cf smtpd_milters=inet:a:1, { unix:v/v.sock, x=y, "
     "default_action=tempfail, content_timeout=35s, protocol=6 }\n",
     false},
    {"a bare entry",
     "smtpd_milters = unix:v/v.sock\n"
     "milter_default_action = accept\n",
     SMTPD, "",
     "main.cf smtpd_milters={ unix:v/v.sock, default_action=tempfail }\n",
     false},
    {"a path that smtpd does not reach", "smtpd_milters = { unix:/v/v.sock }\n",
     SMTPD, "", "main.cf smtpd_milters=unix:v/v.sock\n", false},
    {"local mail", "non_smtpd_milters = inet:a:1, unix:v/v.sock, inet:b:2\n",
     SMTPD, "", "main.cf non_smtpd_milters=inet:a:1, inet:b:2\n", false},
    {"two words of one list",
     "receive_override_options = no_milters, x, NO_HEADER_BODY_CHECKS\n", SMTPD,
     "", "main.cf receive_override_options=x\n", false},
    {"two macros of one list", "milter_connect_macros = {x}\n", SMTPD, "",
     "main.cf milter_connect_macros={x} v j\n", false},
    {"the only macro", "milter_end_of_data_macros =\n", SMTPD, "",
     "main.cf milter_end_of_data_macros=i\n", false},
    {"a macro in two places", "milter_rcpt_macros = x\n",
     SMTPD "\nsmtps inet n - n - - smtpd -o milter_rcpt_macros=y",
     "milter_rcpt_macros = y\n",
     "main.cf milter_rcpt_macros=x {rcpt_addr}\n"
     "smtps/inet milter_rcpt_macros=y,{rcpt_addr}\n",
     false},
    {"what macros hold", "milter_macro_v = 8\n", SMTPD, "",
     "main.cf milter_macro_v=Postfix $mail_version\n", false},
    {"what macros of a service hold", "", SMTPD " -o milter_macro_v=8",
     "milter_macro_v = 8\n", "smtp/inet milter_macro_v\n", false},
    {"NUL, beside others", "message_reject_characters = \\1\n", SMTPD, "",
     "main.cf message_reject_characters=\\1\\0\n", false},
    {"NUL and a bare CR",
     "message_reject_characters =\ncleanup_replace_stray_cr_lf = no\n", SMTPD,
     "",
     "main.cf message_reject_characters=\\0\n"
     "main.cf cleanup_replace_stray_cr_lf=yes\n",
     false},
    {"back from a filter", "", SMTPD "\n127.0.0.1:10025 inet n - n - - smtpd",
     "", "127.0.0.1:10025/inet smtpd_milters=\n", false},
};

static char *
joined(const char *a, const char *b)
{
	struct buf text;

	buf_init(&text, NULL);
	buf_printf(&text, "%s%s", a, b);
	return text.p;
}

static void
add_edits(struct buf *out, const struct mta_plan *plan)
{
	for (size_t i = 0; i < plan->edits; i++) {
		const struct mta_edit *edit = &plan->edit[i];
		buf_printf(out, "%s %s%s%s\n",
			   edit->service ? edit->service : "main.cf",
			   edit->parameter, edit->value ? "=" : "",
			   edit->value ? edit->value : "");
	}
}

/* The plan of a case, twice merged into one: the second time adds nothing. */
static void
plan_of(const struct planned *one, const struct config *config,
	struct mta_plan *plan_out)
{
	struct postconf postconf = {.services = 0};
	struct mta_plan plan;
	struct buf lines;

	buf_init(&postconf.complaints, NULL);
	buf_init(&lines, NULL);
	postconf_parse_services(one->master, &postconf);
	postconf.parameters = joined(one->main, GOOD);
	postconf.written = joined(one->main, GOOD);
	for (size_t i = 0; i < postconf.services; i++) {
		if (postconf.service[i].overrides > 0)
			postconf.service[i].parameters =
			    joined(one->own, postconf.parameters);
	}
	mta_plan_init(&plan);
	mta_plan_init(plan_out);
	mta_judge(config, &postconf, NULL, &plan, &lines);
	assert_int_equal(mta_plan_merge(plan_out, &plan), plan.edits > 0);
	assert_false(mta_plan_merge(plan_out, &plan));
	plan_out->stops = plan.stops;
	mta_plan_clear(&plan);
	buf_clear(&lines);
	postconf_clear(&postconf);
}

static void
test_planned(void **state)
{
	struct config *config =
	    config_file_load("authserv-id: mx.receiver.example\n"
			     "listen: unix:/var/spool/postfix/v/v.sock\n");

	(void)state;
	for (size_t i = 0; i < sizeof planned / sizeof planned[0]; i++) {
		struct mta_plan plan;
		struct buf edits;
		buf_init(&edits, NULL);
		buf_adds(&edits, "");
		plan_of(&planned[i], config, &plan);
		add_edits(&edits, &plan);
		if (!str_is(buf_str(&edits), planned[i].edits) ||
		    plan.stops != planned[i].stops)
			fail_msg("%s: \"%s\" instead of \"%s\"",
				 planned[i].title, edits.p, planned[i].edits);
		buf_clear(&edits);
		mta_plan_clear(&plan);
	}
	config_unref(config);
}

/* Why it is: each finding once, without its cure. */
static void
test_why(void **state)
{
	static const struct planned one = {"why",
					   "milter_connect_macros =\n",
					   SMTPD "\nsmtps inet n - n - - smtpd",
					   "",
					   "",
					   false};
	struct config *config =
	    config_file_load("authserv-id: mx.receiver.example\n"
			     "listen: unix:/var/spool/postfix/v/v.sock\n");
	struct mta_plan plan;

	(void)state;
	plan_of(&one, config, &plan);
	assert_int_equal(plan.edits, 1);
	assert_string_equal(
	    plan.edit[0].why.p,
	    "milter_connect_macros: v is missing, without which verdict-milter "
	    "takes Postfix for a mail server that rewrites addresses\n"
	    "milter_connect_macros: j is missing, without which the log does "
	    "not tell your mail servers apart\n");
	assert_string_equal(plan.found.p, "milter_connect_macros\n");
	mta_plan_clear(&plan);
	config_unref(config);
}

/* What no edit can help. */
static void
test_stops(void **state)
{
	static const struct planned one = {
	    "a chroot",
	    "smtpd_milters = { unix:/run/v.sock }\n",
	    "smtp inet n - y - - smtpd",
	    "",
	    "",
	    true};
	struct config *config =
	    config_file_load("authserv-id: mx.receiver.example\n"
			     "listen: unix:/run/v.sock\n");
	struct mta_plan plan;

	(void)state;
	plan_of(&one, config, &plan);
	assert_int_equal(plan.edits, 0);
	assert_true(plan.stops);
	mta_plan_clear(&plan);
	config_unref(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_planned),
					   cmocka_unit_test(test_why),
					   cmocka_unit_test(test_stops)};

	return cmocka_run_group_tests_name("cli-plan", tests, config_file_setup,
					   config_file_teardown);
}
