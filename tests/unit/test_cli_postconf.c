/* What postconf prints, and what `verdict config --mta` says of it. */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "milter/cli/setup/postfix/mta_parts.h"
#include "tests/support/config_file.h"

/* --- master.cf --- */

static struct postconf
parsed(const char *text)
{
	struct postconf postconf = {.services = 0};

	buf_init(&postconf.complaints, NULL);
	postconf_parse_services(text, &postconf);
	return postconf;
}

/* The only service: "NAME COMMAND CHROOT OVERRIDE|OVERRIDE". */
static const struct {
	const char *line, *read;
} services[] = {
    {"smtp inet n - y - - smtpd", "smtp/inet smtpd y "},
    {"smtp  inet\tn - - - -   smtpd", "smtp/inet smtpd - "},
    {"cleanup unix n - n - 0 /usr/lib/postfix/cleanup",
     "cleanup/unix cleanup n "},
    {"s inet n - n - - smtpd -o a=b -o c=d", "s/inet smtpd n a=b|c=d"},
    {"s inet n - n - - smtpd -oa=b", "s/inet smtpd n a=b"},
    {"s inet n - n - - smtpd -voa=b", "s/inet smtpd n a=b"},
    {"s inet n - n - - smtpd -v -o a=", "s/inet smtpd n a="},
    {"s inet n - n - - smtpd -o { a = b c }", "s/inet smtpd n a=b c"},
    {"s inet n - n - - smtpd -o { a = { b, {c} } }",
     "s/inet smtpd n a={ b, {c} }"},
    {"s inet n - n - - smtpd -o a", "s/inet smtpd n a="},
    /* Not its own option, but the value of one. */
    {"s inet n - n - - smtpd -n -o a=b", "s/inet smtpd n "},
    {"s inet n - n - - smtpd -s 3 -o a=b", "s/inet smtpd n a=b"},
    {"s unix - n n - - pipe flags=R argv=/x -o a=b", "s/unix pipe n a=b"},
    {"s inet n - n - - smtpd -o", "s/inet smtpd n "},
    {"s inet n - n - - smtpd -o {", "s/inet smtpd n {="},
    /* What lacks a column is no service. */
    {"s inet n - n - smtpd", ""},
    {"", ""},
    {"{ s inet n - n - - smtpd", ""},
};

static void
test_services(void **state)
{
	struct buf read;

	(void)state;
	for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
		struct postconf postconf = parsed(services[i].line);
		buf_init(&read, NULL);
		for (size_t s = 0; s < postconf.services; s++) {
			const struct postconf_service *one =
			    &postconf.service[s];
			buf_printf(&read, "%s %s %s ", one->name, one->command,
				   one->chroot);
			for (size_t k = 0; k < one->overrides; k++)
				buf_printf(&read, "%s%s", k > 0 ? "|" : "",
					   one->override[k]);
		}
		assert_str(buf_str(&read), services[i].read);
		buf_clear(&read);
		postconf_clear(&postconf);
	}
}

static void
test_lines(void **state)
{
	struct postconf postconf = parsed("a inet n - n - - smtpd\n\n"
					  "b unix n - n - - smtpd -o { x =\n"
					  "c unix n - n - - cleanup");

	(void)state;
	assert_int_equal(postconf.services, 3);
	assert_string_equal(postconf.service[1].name, "b/unix");
	assert_string_equal(postconf.service[2].command, "cleanup");
	assert_true(postconf_overrides(&postconf.service[1], "{ x"));
	assert_false(postconf_overrides(&postconf.service[1], "x"));
	assert_false(postconf_overrides(NULL, "x"));
	postconf_clear(&postconf);
}

static char *
copy(const char *text)
{
	return mem_copy(text, strlen(text));
}

/* NULL is "(unknown)". */
static void
assert_value(const struct postconf *postconf,
	     const struct postconf_service *service, const char *name,
	     const char *want)
{
	char *value = postconf_value(postconf, service, name);

	assert_string_equal(value ? value : "(unknown)", want);
	free(value);
}

static void
test_values(void **state)
{
	struct postconf postconf = parsed("s inet n - n - - smtpd -o a=1\n"
					  "t inet n - n - - smtpd -o ab=2\n");
	const struct postconf_service *service = postconf.service;

	(void)state;
	postconf.parameters = copy("ab = x\na =  1 2 \nc =\nc = later\nd=e\nf "
				   "= last");
	postconf.service[0].parameters = copy("a = own\n");
	assert_value(&postconf, NULL, "a", "1 2 ");
	assert_value(&postconf, NULL, "ab", "x");
	assert_value(&postconf, NULL, "c", "");
	assert_value(&postconf, NULL, "d", "(unknown)");
	assert_value(&postconf, NULL, "f", "last");
	assert_value(&postconf, NULL, "b", "(unknown)");
	assert_value(&postconf, &service[0], "a", "own");
	assert_value(&postconf, &service[0], "ab", "(unknown)");
	assert_value(&postconf, &service[1], "a", "1 2 ");
	assert_true(postconf_overrides(&service[0], "a"));
	assert_false(postconf_overrides(&service[1], "a"));
	postconf_clear(&postconf);
}

static void
test_chroot(void **state)
{
	static const struct {
		const char *column, *level;
		bool is_chrooted;
	} c[] = {
	    {"y", "compatibility_level = 3.6\n", true},
	    {"n", "compatibility_level = 0\n", false},
	    {"-", "compatibility_level = 0\n", true},
	    {"-", "compatibility_level = 1\n", false},
	    {"-", "compatibility_level = 3.6\n", false},
	    /* Before Postfix 3.0. */
	    {"-", "", true},
	};
	char line[64];

	(void)state;
	for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
		snprintf(line, sizeof line, "s inet n - %s - - smtpd",
			 c[i].column);
		struct postconf postconf = parsed(line);
		postconf.parameters = copy(c[i].level);
		assert_int_equal(
		    postconf_is_chrooted(&postconf, postconf.service),
		    c[i].is_chrooted);
		postconf_clear(&postconf);
	}
}

/* --- what is judged --- */

#define GOOD                                                      \
	"cleanup_replace_stray_cr_lf = yes\n"                     \
	"compatibility_level = 3.6\n"                             \
	"inet_interfaces = all\n"                                 \
	"local_header_rewrite_clients = permit_inet_interfaces\n" \
	"message_reject_characters = \\0\n"                       \
	"milter_command_timeout = 30s\n"                          \
	"milter_connect_macros = j {daemon_name} v _\n"           \
	"milter_connect_timeout = 30s\n"                          \
	"milter_content_timeout = 300s\n"                         \
	"milter_default_action = tempfail\n"                      \
	"milter_end_of_data_macros = i\n"                         \
	"milter_macro_daemon_name = mx.receiver.example\n"        \
	"milter_macro_v = Postfix 3.7.11\n"                       \
	"milter_mail_macros = i {auth_type} {auth_authen}\n"      \
	"milter_protocol = 6\n"                                   \
	"milter_rcpt_macros = i {rcpt_addr}\n"                    \
	"myhostname = mx.receiver.example\n"                      \
	"mynetworks = 127.0.0.0/8 [::1]/128\n"                    \
	"queue_directory = /var/spool/postfix\n"                  \
	"smtpd_forbid_bare_newline = normalize\n"                 \
	"smtpd_milters = unix:v/v.sock\n"
#define SMTPD "smtp inet n - y - - smtpd\n"
#define REST "cleanup unix n - y - 0 cleanup\nsmtp unix - - y - - smtp\n"
#define UNIX "unix:/var/spool/postfix/v/v.sock"
#define FILTER "127.0.0.1:10025 inet n - n - - smtpd -o content_filter=\n"

/* Lines of main.cf that come before GOOD; those of master.cf before REST; of a
   service with overrides, before all.  says: how each line begins, joined by
   LF, and what it holds after a "..."; in the order that they come. */
static const struct judged {
	const char *title, *main, *master, *own, *says;
	const char *listen; /* NULL: UNIX */
} judged[] = {
    {"all fits", "", SMTPD, "", "", NULL},
    {"no entry", "smtpd_milters =\n", SMTPD, "",
     "smtpd_milters: no entry leads to \"listen: " UNIX "\"...cure: "
     "smtpd_milters = { unix:v/v.sock, ",
     NULL},
    {"another entry", "smtpd_milters = unix:v/w.sock\n", SMTPD, "",
     "smtpd_milters: no entry leads...cure: add { unix:v/v.sock", NULL},
    {"the whole path", "smtpd_milters = " UNIX "\n",
     "smtp inet n - n - - smtpd\n", "", "", NULL},
    {"the whole path in a chroot", "smtpd_milters = " UNIX "\n", SMTPD, "",
     "smtpd_milters: smtpd runs in a chroot, so it looks for the socket at "
     "/var/spool/postfix/var/spool/postfix/v/v.sock...",
     NULL},
    {"the default action", "milter_default_action = accept\n", SMTPD, "",
     "milter_default_action: \"accept\" lets mail in unchecked...", NULL},
    {"an entry's own",
     "smtpd_milters = { unix:v/v.sock, default_action=reject }\n", SMTPD, "",
     "milter_default_action: \"reject\" refuses or holds mail...", NULL},
    {"the last of two",
     "smtpd_milters = {unix:v/v.sock,default_action=accept "
     "{default_action=tempfail}}\n",
     SMTPD, "", "", NULL},
    {"short timeouts",
     "milter_connect_timeout = 4\nmilter_command_timeout = 0m\n"
     "milter_content_timeout = 34s\n",
     SMTPD, "",
     "milter_connect_timeout: 4 is too short...at least 5s\n"
     "milter_command_timeout: 0m is too short...\n"
     "milter_content_timeout: 34s is too short...at least 35s",
     NULL},
    {"timeouts with units",
     "milter_connect_timeout = 1h\nmilter_command_timeout = 1w\n"
     "milter_content_timeout = 1m\n",
     SMTPD, "", "", NULL},
    {"an old protocol", "milter_protocol = 2\n", SMTPD, "",
     "milter_protocol: before 6 blanks...this is \"2\"", NULL},
    {"words after it", "milter_protocol = 6 no_replies\n", SMTPD, "",
     "milter_protocol: \"6 no_replies\" asks for another...", NULL},
    {"no milter at all", "smtpd_milters = unix:v/v.sock default_action=x\n",
     SMTPD, "", "smtpd_milters: \"default_action=x\" is no milter...", NULL},
    {"an open brace", "smtpd_milters = { unix:v/v.sock\n", SMTPD, "",
     "smtpd_milters: a brace is not closed...", NULL},
    {"maps", "smtpd_milter_maps = cidr:/x\n", SMTPD, "",
     "smtpd_milter_maps: \"cidr:/x\" takes the place...", NULL},
    {"switched off", "receive_override_options = no_milters\n", SMTPD, "",
     "receive_override_options: no_milters switches...", NULL},
    {"of one service", "",
     "smtp inet n - y - - smtpd\n"
     "submission inet n - y - - smtpd -o smtpd_milters=\n",
     "smtpd_milters =\n",
     "submission/inet: smtpd_milters: no entry leads...cure: take -o "
     "smtpd_milters out of its line",
     NULL},
    {"macros",
     "milter_connect_macros = _\nmilter_mail_macros = i\n"
     "milter_rcpt_macros = i\nmilter_end_of_data_macros =\n",
     SMTPD, "",
     "milter_connect_macros: v is missing...\n"
     "milter_connect_macros: j is missing...\n"
     "milter_mail_macros: {auth_authen} is missing...\n"
     "milter_rcpt_macros: {rcpt_addr} is missing...\n"
     "milter_end_of_data_macros: i is missing...",
     NULL},
    {"values of macros",
     "milter_macro_v = 8.17\nmilter_macro_daemon_name = x\n"
     "milter_macro_defaults = i=1\n",
     SMTPD, "",
     "milter_macro_v: \"8.17\" hides...\n"
     "milter_macro_daemon_name: \"x\" is another name...\n"
     "milter_macro_defaults: \"i=1\" can make...",
     NULL},
    {"the daemon's name of submission",
     "milter_macro_daemon_name = ORIGINATING\n", SMTPD, "", "", NULL},
    {"a proxy filter", "smtpd_proxy_filter = [127.0.0.1]:10024\n", SMTPD, "",
     "smtpd_proxy_filter: with \"[127.0.0.1]:10024\"...", NULL},
    {"NUL let through by a flag",
     "receive_override_options = NO_header_body_checks\n", SMTPD, "",
     "receive_override_options: no_header_body_checks switches...", NULL},
    {"octets", "message_reject_characters = \\r\n", SMTPD, "",
     "message_reject_characters: what follows a NUL is hidden...", NULL},
    {"octets in other words",
     "message_reject_characters =\n"
     "message_strip_characters = a\\015\\000\n"
     "cleanup_replace_stray_cr_lf = no\n",
     SMTPD, "", "", NULL},
    {"a carriage return", "cleanup_replace_stray_cr_lf = no\n", SMTPD, "",
     "cleanup_replace_stray_cr_lf: \"no\", so a carriage return...", NULL},
    {"bare newlines", "smtpd_forbid_bare_newline = no\n", SMTPD, "",
     "smtpd_forbid_bare_newline: \"no\" lets mail be smuggled...", NULL},
    {"bare newlines, by a word to come", "smtpd_forbid_bare_newline = maybe\n",
     SMTPD, "", "smtpd_forbid_bare_newline: what \"maybe\" does...", NULL},
    {"who may send them",
     "smtpd_forbid_bare_newline_exclusions = 127.0.0.0/8, 192.0.2.0/24\n",
     SMTPD, "",
     "smtpd_forbid_bare_newline_exclusions: \"192.0.2.0/24\" holds more...",
     NULL},
    {"XCLIENT",
     "smtpd_authorized_xclient_hosts = !192.0.2.1 "
     "[::ffff:127.0.0.0]/104 [2001:db8::]/32 hash:/x\n",
     SMTPD, "",
     "smtpd_authorized_xclient_hosts: \"[2001:db8::]/32\" holds more...\n"
     "smtpd_authorized_xclient_hosts: which clients \"hash:/x\" names...",
     NULL},
    {"rewritten clients",
     "local_header_rewrite_clients = permit_mynetworks, static:all\n", SMTPD,
     "", "local_header_rewrite_clients: which clients \"static:all\"...", NULL},
    {"rewritten strangers", "remote_header_rewrite_domain = d.example\n", SMTPD,
     "", "remote_header_rewrite_domain: \"d.example\" completes...", NULL},
    {"tables at cleanup",
     "milter_header_checks = pcre:/x\nalways_add_missing_headers = yes\n",
     SMTPD, "",
     "milter_header_checks: what \"pcre:/x\" does...\n"
     "always_add_missing_headers: \"yes\" gives...",
     NULL},
    {"own programs",
     "non_smtpd_milters = unix:v/v.sock\n"
     "internal_mail_filter_classes = bounce\n",
     SMTPD, "",
     "non_smtpd_milters: mail of this host's own...\n"
     "internal_mail_filter_classes: \"bounce\" sends...",
     NULL},
    {"tables at delivery",
     "smtp_header_checks = x:y\nlmtp_header_checks = x:z\n"
     "smtp_generic_maps = x:g\nsmtp_line_length_limit = 200\n",
     SMTPD, "",
     "smtp_header_checks: what \"x:y\" does...\n"
     "smtp_generic_maps: what \"x:g\" does...rewrite the addresses\n"
     "smtp_line_length_limit: \"200\" folds lines...",
     NULL},
    {"lines of the other protocol", "lmtp_line_length_limit = 200\n", SMTPD, "",
     "", NULL},
    {"lines that stay whole", "smtp_line_length_limit = 0\n", SMTPD, "", "",
     NULL},
    {"names of mailboxes", "recipient_delimiter = +-\n", SMTPD, "",
     "recipient_delimiter: \"+-\" gives mailboxes more names...", NULL},
    {"a filter whose way back is not seen", "content_filter = scan:x\n", SMTPD,
     "", "content_filter: the service by which mail comes back...", NULL},
    {"a filter that is a program", "content_filter = scan:x\n",
     SMTPD "scan unix - n n - - pipe argv=/x\n", "", "", NULL},
    {"the way back", "content_filter = scan:x\n", SMTPD FILTER,
     "content_filter =\n",
     "127.0.0.1:10025/inet: smtpd_milters: mail that comes back here...", NULL},
    {"the way back without us", "content_filter = scan:x\n",
     SMTPD "127.0.0.1:10025 inet n - n - - smtpd -o content_filter= -o "
	   "smtpd_milters=\n",
     "content_filter =\nsmtpd_milters =\n", "", NULL},
    {"another program", "",
     SMTPD "qmqp inet n - n - - qmqpd\n127.0.0.1:9 inet n - n - - x\n", "",
     "qmqp/inet: master.cf: the mail that qmqpd takes...", NULL},
    {"none from outside", "", "", "", "master.cf: no smtpd service is found...",
     NULL},
    {"another name",
     "myhostname = b.example\n"
     "milter_macro_daemon_name = b.example\n",
     SMTPD, "",
     "hint: authserv-id: \"mx.receiver.example\" is not Postfix's "
     "myhostname \"b.example\"...",
     NULL},
    {"octets of a terminal", "milter_protocol = 6 \x1b[2J\xc3\xa4\n", SMTPD, "",
     "milter_protocol: \"6 \\x1b[2J\\xc3\\xa4\" asks...", NULL},
    {"inet", "smtpd_milters = inet:127.0.0.1:8891\n", SMTPD, "", "",
     "inet:8891@127.0.0.1"},
    {"inet in brackets", "smtpd_milters = inet:[127.0.0.1]:8891\n", SMTPD, "",
     "", "inet:8891@127.0.0.1"},
    {"inet at another port", "smtpd_milters = inet:127.0.0.1:8892\n", SMTPD, "",
     "smtpd_milters: no entry leads...add { inet:127.0.0.1:8891, ",
     "inet:8891@127.0.0.1"},
    {"inet of another host", "smtpd_milters = inet:192.0.2.1:8891\n", SMTPD, "",
     "smtpd_milters: no entry leads...", "inet:8891@127.0.0.1"},
};

static struct config *
config_of(const char *listen)
{
	struct buf text;

	buf_init(&text, NULL);
	buf_printf(&text,
		   "authserv-id: mx.receiver.example\nlisten: %s\n"
		   "rules:\n  - {name: r, any-recipient: a@receiver.example, "
		   "action: reject}\n",
		   listen ? listen : UNIX);
	struct config *config = config_file_load(text.p);
	buf_clear(&text);
	return config;
}

static char *
joined(const char *a, const char *b)
{
	char *text = mem_alloc(strlen(a) + strlen(b) + 1);

	strcpy(text, a);
	strcat(text, b);
	return text;
}

/* What mta_judge() says of a case; what it counted in *mistakes_out. */
static void
judge(const struct judged *one, struct buf *out, size_t *mistakes_out)
{
	struct config *config = config_of(one->listen);
	char *master = joined(one->master, REST);
	struct mta_plan plan;
	struct postconf postconf = parsed(master);

	postconf.parameters = joined(one->main, GOOD);
	postconf.written = joined(one->main, GOOD);
	for (size_t i = 0; i < postconf.services; i++)
		if (postconf.service[i].overrides > 0)
			postconf.service[i].parameters =
			    joined(one->own, postconf.parameters);
	mta_plan_init(&plan);
	*mistakes_out = mta_judge(config, &postconf, NULL, &plan, out);
	mta_plan_clear(&plan);
	postconf_clear(&postconf);
	free(master);
	config_unref(config);
}

static void
assert_line(const struct judged *one, struct str got, struct str want)
{
	size_t gap = 0;

	while (gap < want.n && !str_starts(str_from(want, gap), str_lit("...")))
		gap++;
	char *line = mem_copy(got.p, got.n);
	char *part =
	    mem_copy(str_from(want, gap + 3).p, str_from(want, gap + 3).n);
	bool good =
	    str_starts(got, str_first(want, gap)) && strstr(line, part) != NULL;
	free(part);
	free(line);
	if (!good)
		fail_msg("%s: \"%.*s\" instead of \"%.*s\"", one->title,
			 STR_ARG(got), STR_ARG(want));
}

static void
test_judged(void **state)
{
	struct buf out;
	size_t mistakes, told;

	(void)state;
	for (size_t i = 0; i < sizeof judged / sizeof judged[0]; i++) {
		struct str got, want = str_of(judged[i].says), line, wanted;
		buf_init(&out, NULL);
		judge(&judged[i], &out, &mistakes);
		told = 0;
		got = buf_str(&out);
		while (got.n > 0 && str_split(&got, '\n', &line)) {
			told += !str_starts(line, str_lit("hint: "));
			if (want.n == 0 || !str_split(&want, '\n', &wanted))
				fail_msg("%s: %.*s", judged[i].title,
					 STR_ARG(line));
			assert_line(&judged[i], line, wanted);
		}
		if (want.n > 0)
			fail_msg("%s: nothing of \"%.*s\"", judged[i].title,
				 STR_ARG(want));
		assert_int_equal(mistakes, told);
		buf_clear(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_services), cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_values),   cmocka_unit_test(test_chroot),
	    cmocka_unit_test(test_judged),
	};

	return cmocka_run_group_tests_name(
	    "cli-postconf", tests, config_file_setup, config_file_teardown);
}
