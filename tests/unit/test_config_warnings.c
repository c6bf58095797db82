/* What works but is likely not meant. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/config_file.h"

static void
warnings_name_the_keyword(void **state)
{
	struct config *c = config_file_load("authserv-id: mx\n");
	struct buf out;

	(void)state;
	buf_init(&out, NULL);
	config_warnings(c, &out);
	assert_non_null(strstr(out.p, "authserv-id: \"mx\" has no dot"));
	buf_reset(&out);
	config_unref(c);
	c = config_file_load("authserv-id: mx.receiver.example\n"
			     "rules: [{name: a, action: reject, spf: fail, "
			     "expires: 2999-01-01}]\n");
	config_warnings(c, &out);
	assert_int_equal(out.n, 0);
	config_unref(c);
	c = config_file_load(
	    "authserv-id: mx.receiver.example\n"
	    "rules: [{name: a, action: accept, from: b.example, "
	    "unauthenticated: yes, expires: 2020-02-29}]\n");
	config_warnings(c, &out);
	assert_non_null(
	    strstr(out.p, "rules: \"a\" has expired on 2020-02-29"));
	assert_non_null(strstr(out.p, "rules: \"a\" is unauthenticated"));
	buf_reset(&out);
	config_unref(c);
	c = config_file_load(
	    "authserv-id: mx.receiver.example\n"
	    "rules: [{name: a, action: discard, from: b.example}, {name: b, "
	    "action: discard, from: b.example, client: 192.0.2.1}]\n");
	config_warnings(c, &out);
	assert_non_null(
	    strstr(out.p, "rules: \"a\" discards: anybody's mail "));
	assert_null(strstr(out.p, "rules: \"b\""));
	buf_reset(&out);
	config_unref(c);
	c = config_file_load("authserv-id: mx.receiver.example\n"
			     "socket-mode: 666\n");
	config_warnings(c, &out);
	assert_non_null(strstr(out.p, "socket-mode: 0666 lets every user"));
	buf_reset(&out);
	config_unref(c);
	c = config_file_load("authserv-id: mx.receiver.example\n"
			     "listen: inet:8891@127.0.0.1\n"
			     "socket-mode: 666\n");
	config_warnings(c, &out);
	assert_int_equal(out.n, 0);
	config_unref(c);
	c = config_file_load("authserv-id: mx.receiver.example\n"
			     "listen: inet:8891@0.0.0.0\n"
			     "allow-remote-mta: [0.0.0.0/1, 128.0.0.0/1]\n");
	config_warnings(c, &out);
	assert_non_null(strstr(out.p, "allow-remote-mta: holds a quarter"));
	buf_clear(&out);
	config_unref(c);
}

/* Each file, and the warnings that it has. */
static void
what_makes_another_void(void **state)
{
#define REFUSED                                                             \
	": with on-quarantine: reject mail that they vouch for is refused " \
	"all the same, as what they spare from on-reject is a quarantine: " \
	"choose hold or tag, or let such mail in by a rule\n"
	static const struct {
		const char *text, *want;
	} rows[] = {
	    {"forwarder-domains: lists.example\non-quarantine: reject\n",
	     "forwarder-domains" REFUSED},
	    {"forwarders: 192.0.2.1\non-quarantine: reject\n",
	     "forwarders" REFUSED},
	    {"forwarders: 192.0.2.1\nforwarder-domains: lists.example\n"
	     "mode: enforce\non-quarantine: reject\n",
	     "forwarders" REFUSED "forwarder-domains" REFUSED},
	    {"forwarders: 192.0.2.1\non-quarantine: hold\n", ""},
	    {"forwarders: 192.0.2.1\n", ""},
	    {"on-quarantine: reject\n", ""},
	    {"relay-received: mx2.example\n",
	     "relay-received: nobody's Received fields are read while "
	     "trusted-relays names no relay: name there who writes this "
	     "name\n"},
	    {"relay-received: mx2.example\ntrusted-relays: 192.0.2.1\n", ""},
	    /* Then nobody spares anything. */
	    {"forwarders: 192.0.2.1\non-quarantine: reject\n"
	     "on-reject: reject\n",
	     ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[200];
		snprintf(text, sizeof text, "authserv-id: mx.example\n%s",
			 rows[i].text);
		struct config *c = config_file_load(text);
		struct buf out;
		buf_init(&out, NULL);
		config_warnings(c, &out);
		buf_addc(&out, '\0');
		assert_string_equal(out.p, rows[i].want);
		buf_clear(&out);
		config_unref(c);
	}
}

static void
count_line(void *ctx, struct str line)
{
	struct buf *out = ctx;

	buf_add(out, line);
	buf_addc(out, ';');
}

/* A rule is told of when its notice begins and when it expires, once each. */
static void
expiries_are_told_once(void **state)
{
	const int64_t end = 1798761600, day = 86400; /* 2027-01-01 */
	struct config *c = config_file_load(
	    "rules: [{name: a, action: reject, spf: fail, "
	    "expires: 2027-01-01}, {name: b, action: reject, spf: fail}]\n");
	static const struct {
		int64_t since, now;
		const char *text;
	} rows[] = {
	    {-15, -14,
	     "rules: \"a\" expires on 2027-01-01, in 14 days: remove it or "
	     "give it another date;"},
	    {-30, -3,
	     "rules: \"a\" expires on 2027-01-01, in 3 days: remove it or "
	     "give it another date;"},
	    {-14, -13, ""},
	    {-1, 0,
	     "rules: \"a\" has expired on 2027-01-01 and no longer matches: "
	     "remove it or give it another date;"},
	    {-40, 5,
	     "rules: \"a\" has expired on 2027-01-01 and no longer matches: "
	     "remove it or give it another date;"},
	    {0, 1, ""},
	    {-40, -20, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf out;
		buf_init(&out, NULL);
		config_each_expiry(c, end + rows[i].since * day,
				   end + rows[i].now * day, count_line, &out);
		buf_addc(&out, '\0');
		assert_string_equal(out.p, rows[i].text);
		buf_clear(&out);
	}
	config_unref(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(warnings_name_the_keyword),
	    cmocka_unit_test(what_makes_another_void),
	    cmocka_unit_test(expiries_are_told_once),
	};

	return cmocka_run_group_tests_name(
	    "config-warnings", tests, config_file_setup, config_file_teardown);
}
