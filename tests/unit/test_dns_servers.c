/* Several DNS servers, and the options that name them. */
#include "tests/support/test.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "dns/engine_parts.h"
#include "tests/support/dns_world.h"

/* --- several servers --- */

static void
start_pair(struct world *world, uint16_t first)
{
	struct dns_options options = {0};

	world_add_server(&options, first);
	world_add_server(&options, dns_server_port(world->server));
	world_start_with(world, options, NULL);
}

static void
test_first_server_dead(void **state)
{
	struct world *world = *state;
	struct dns_server_test *gone = dns_server_start("");
	uint16_t port = dns_server_port(gone);

	dns_server_stop(gone);
	dns_server_zone(world->server, "*.example A 192.0.2.1\n");
	start_pair(world, port);
	int64_t begun = clock_monotonic_ms();
	assert_status(look(world, "a.example", DNS_A), DNS_OK);
	assert_status(look(world, "b.example", DNS_A), DNS_OK);
	assert_true(clock_monotonic_ms() - begun < 900);
}

static void
test_first_server_silent(void **state)
{
	struct world *world = *state;
	struct dns_server_test *silent =
	    dns_server_start("*.example !silent\n");

	dns_server_zone(world->server, "*.example A 192.0.2.1\n");
	start_pair(world, dns_server_port(silent));
	assert_status(look(world, "a.example", DNS_A), DNS_OK);
	assert_int_equal(dns_server_asked(silent, NULL, 0), 1);
	/* Later questions go to the one that answered. */
	assert_status(look(world, "b.example", DNS_A), DNS_OK);
	assert_int_equal(dns_server_asked(silent, NULL, 0), 1);
	dns_server_stop(silent);
}

static void
test_first_server_fails(void **state)
{
	struct world *world = *state;
	struct dns_server_test *first =
	    dns_server_start("a.example !servfail\nb.example !refused\n"
			     "c.example !servfail\n"
			     "l.example !referral\n"
			     "t.example !truncate\nt.example !tcp-close\n");

	dns_server_zone(world->server, "a.example A 192.0.2.1\n"
				       "b.example A 192.0.2.1\n"
				       "c.example !servfail\n"
				       "l.example A 192.0.2.1\n"
				       "t.example A 192.0.2.1\n");
	start_pair(world, dns_server_port(first));
	assert_status(look(world, "a.example", DNS_A), DNS_OK);
	assert_status(look(world, "b.example", DNS_A), DNS_OK);
	assert_status(look(world, "c.example", DNS_A), DNS_FAILED);
	assert_int_equal(dns_server_asked(first, NULL, 0), 3);
	/* A lame one is asked and passed over, as often as it is lame. */
	assert_status(look(world, "l.example", DNS_A), DNS_OK);
	assert_int_equal(dns_server_asked(first, NULL, 0), 4);
	assert_status(look(world, "t.example", DNS_A), DNS_OK);
	dns_server_stop(first);
}

static void
test_only_server_dead(void **state)
{
	struct world *world = *state;

	world_start_brief(world, "");
	dns_server_stop(world->server);
	world->server = NULL;
	const struct dns_answer *answer = look(world, "a.example", DNS_A);
	assert_status(answer, DNS_FAILED);
	assert_string_equal(answer->reason, "the DNS server cannot be reached");
}

/* --- options --- */

static void
test_server_parse(void **state)
{
	static const struct {
		const char *text, *ip;
		unsigned port;
	} good[] = {
	    {"192.0.2.1", "192.0.2.1", 53},
	    {"192.0.2.1:5353", "192.0.2.1", 5353},
	    {"2001:db8::1", "2001:db8::1", 53},
	    {"[2001:db8::1]", "2001:db8::1", 53},
	    {"[2001:db8::1]:65535", "2001:db8::1", 65535},
	    {"fe80::1%eth0", "fe80::1", 53},
	    {"fe80::1%2", "fe80::1", 53},
	    {"[fe80::1%eth0.12]:5353", "fe80::1", 5353},
	    {"2001:db8::1%eth0", "2001:db8::1", 53},
	    {"192.0.2.1 # ours", "192.0.2.1", 53},
	    {"fe80::1%lo ; ours", "fe80::1", 53},
	};
	static const char *const bad[] = {"",
					  "192.0.2.1:",
					  "192.0.2.1:0",
					  "192.0.2.1:65536",
					  "192.0.2.1:53x",
					  "name.example",
					  "[2001:db8::1",
					  "[2001:db8::1]53",
					  "[2001:db8::1]:",
					  "[192.0.2.1]:53",
					  ":53",
					  "[]:53",
					  "[",
					  "2001:db8::1:99999",
					  "fe80::1",
					  "[febf::1]:53",
					  "fe80::1%",
					  "fe80::1%0123456789abcdef",
					  "fe80::1%a%b",
					  "fe80::1%a b",
					  "fe80::1%\x1b[",
					  "192.0.2.1%eth0",
					  "::ffff:192.0.2.1%eth0",
					  "192.0.2.1#x",
					  "192.0.2.1 x"};
	struct dns_server server;
	char text[IP_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(dns_server_parse(exact(good[i].text), &server));
		assert_string_equal(ip_format(server.ip, text), good[i].ip);
		assert_int_equal(server.port, good[i].port);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(dns_server_parse(exact(bad[i]), &server));
}

static void
test_server_format(void **state)
{
	static const char *const text[] = {"192.0.2.1:53", "[2001:db8::1]:5353",
					   "[fe80::1%lo]:53", "[fe80::1%7]:53"};
	struct dns_server server, again;
	char out[DNS_SERVER_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
		assert_true(dns_server_parse(exact(text[i]), &server));
		assert_string_equal(dns_server_format(&server, out), text[i]);
		assert_true(dns_server_parse(str_of(out), &again));
		assert_string_equal(again.scope, server.scope);
	}
}

/* By name or number; what is not link-local needs none. */
static void
test_scopes(void **state)
{
	const struct {
		const char *text;
		unsigned scope;
		bool has;
	} row[] = {
	    {"fe80::1%lo", if_nametoindex("lo"), true},
	    {"fe80::1%1", 1, true},
	    {"fe80::1%nowhere0", 0, false},
	    {"fe80::1%999999", 999999, false},
	    {"2001:db8::1%lo", 0, true},
	    {"192.0.2.1", 0, true},
	};
	struct dns_server server;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		assert_true(dns_server_parse(exact(row[i].text), &server));
		assert_int_equal(dns_server_scope(&server), row[i].scope);
		assert_int_equal(dns_server_has_scope(&server), row[i].has);
	}
}

/* *unusable_out: to be cleared. */
static void
read_text(const char *text, struct dns_options *options,
	  struct buf *unusable_out)
{
	char path[] = "/tmp/verdict-resolv-XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	fputs(text, file);
	fclose(file);
	buf_init(unusable_out, NULL);
	(void)dns_servers_read(path, options, unusable_out);
	remove(path);
}

static void
test_servers_read(void **state)
{
	struct dns_options options = {.servers = 5};
	static const char *const expected[] = {
	    "192.0.2.1:53", "[2001:db8::1]:53", "[fe80::1%eth0]:53",
	    "192.0.2.2:53", "[fe80::2%2]:53"};
	char text[DNS_SERVER_TEXT];
	struct buf unusable;

	(void)state;
	read_text("# nameserver 192.0.2.9\n; nameserver 192.0.2.8\n"
		  "search example\ndomain example\noptions edns0 trust-ad\n"
		  "nameserver 192.0.2.1\n nameserver\t2001:db8::1 \n"
		  "nameserver fe80::1%eth0\n\n"
		  "nameserver 192.0.2.2 # the second\r\n"
		  "nameserver fe80::2%2 anything glibc passes over\n",
		  &options, &unusable);
	assert_int_equal(unusable.n, 0);
	assert_int_equal(options.servers, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(dns_server_format(&options.server[i], text),
				    expected[i]);
	buf_clear(&unusable);
}

static void
test_lines_that_cannot_be_used(void **state)
{
	static const char *const bad[] = {
	    "nameserver name.example", "nameserver 192.0.2.1#x",
	    "nameserver 192.0.2.1:53", "nameserver",
	    "nameserver fe80::1",      "nameservers 192.0.2.8",
	    "nameserver \x1b[31m",     "nameserver=192.0.2.1"};
	struct dns_options options;
	struct buf unusable, text;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		buf_init(&text, NULL);
		buf_printf(&text, "nameserver 192.0.2.7\n%s\n", bad[i]);
		read_text(text.p, &options, &unusable);
		assert_int_equal(options.servers, 1);
		buf_addc(&unusable, '\0');
		assert_non_null(strstr(unusable.p, ":2: \""));
		assert_null(strchr(unusable.p, '\x1b'));
		buf_clear(&unusable);
		buf_clear(&text);
	}
	/* None is left; and a long line is one line. */
	buf_init(&text, NULL);
	buf_adds(&text, "options ");
	for (size_t i = 0; i < 247; i++)
		buf_addc(&text, 'x');
	buf_adds(&text, "nameserver 192.0.2.1\n");
	read_text(text.p, &options, &unusable);
	assert_int_equal(unusable.n, 0);
	assert_int_equal(options.servers, 1);
	assert_true(ip_is_loopback(options.server[0].ip));
	buf_clear(&unusable);
	buf_clear(&text);
}

/* Rubbish in its place: neither all of it is kept nor all of it told. */
static void
test_rubbish(void **state)
{
	struct dns_options options;
	struct buf unusable, text;
	size_t lines = 0;

	(void)state;
	buf_init(&text, NULL);
	buf_adds(&text, "nameserver 192.0.2.1\n");
	for (int i = 0; i < 30000; i++)
		buf_printf(&text, "rubbish %d\n", i);
	buf_adds(&text, "nameserver 192.0.2.2\n");
	read_text(text.p, &options, &unusable);
	assert_int_equal(options.servers, 1);
	buf_addc(&unusable, '\0');
	for (const char *at = unusable.p; (at = strchr(at, '\n')); at++)
		lines++;
	assert_int_equal(lines, LIMIT_RESOLV_CONF_TOLD + 1);
	assert_non_null(strstr(unusable.p, ": what stands after 64 kB "));
	buf_clear(&unusable);
	/* Half a line would be another server's. */
	buf_reset(&text);
	while (text.n < LIMIT_RESOLV_CONF - strlen("nameserver 192.0.2.1"))
		buf_adds(&text, "#\n");
	text.n = LIMIT_RESOLV_CONF - strlen("nameserver 192.0.2.1");
	text.p[text.n - 1] = '\n';
	buf_adds(&text, "nameserver 192.0.2.12\n");
	read_text(text.p, &options, &unusable);
	assert_int_equal(options.servers, 1);
	assert_true(ip_is_loopback(options.server[0].ip));
	buf_clear(&unusable);
	/* A file of exactly that size is read whole. */
	text.n = LIMIT_RESOLV_CONF;
	text.p[text.n] = '\0';
	read_text(text.p, &options, &unusable);
	assert_int_equal(options.servers, 1);
	assert_false(ip_is_loopback(options.server[0].ip));
	assert_int_equal(unusable.n, 0);
	buf_clear(&unusable);
	buf_clear(&text);
}

/* Nobody writes into it: that is no server, and no waiting. */
static void
test_pipe(void **state)
{
	struct dns_options options;
	struct buf unusable;
	char path[64];

	(void)state;
	snprintf(path, sizeof path, "/tmp/verdict-resolv-%ld", (long)getpid());
	assert_int_equal(mkfifo(path, 0600), 0);
	buf_init(&unusable, NULL);
	assert_false(dns_servers_read(path, &options, &unusable));
	assert_int_equal(options.servers, 1);
	buf_clear(&unusable);
	remove(path);
}

static void
test_too_many_servers(void **state)
{
	struct dns_options options;
	struct buf unusable, text;

	(void)state;
	buf_init(&text, NULL);
	for (int i = 1; i <= 9; i++)
		buf_printf(&text, "nameserver 192.0.2.%d\n", i);
	read_text(text.p, &options, &unusable);
	assert_int_equal(options.servers, 8);
	buf_addc(&unusable, '\0');
	assert_non_null(strstr(unusable.p, ":9: \"192.0.2.9\" is one DNS "));
	buf_clear(&unusable);
	buf_clear(&text);
}

static void
test_bad_options(void **state)
{
	struct dns_resolver *resolver = NULL;
	struct dns_options options = {0};

	(void)state;
	assert_int_equal(dns_resolver_new(&options, NULL, NULL, &resolver),
			 ERR_INPUT);
	options.servers = 1;
	assert_int_equal(dns_resolver_new(&options, NULL, NULL, &resolver),
			 ERR_INPUT);
	assert_null(resolver);
	dns_resolver_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_first_server_dead),
	    TEST(test_first_server_silent),
	    TEST(test_first_server_fails),
	    TEST(test_only_server_dead),
	    cmocka_unit_test(test_server_parse),
	    cmocka_unit_test(test_servers_read),
	    cmocka_unit_test(test_server_format),
	    cmocka_unit_test(test_scopes),
	    cmocka_unit_test(test_lines_that_cannot_be_used),
	    cmocka_unit_test(test_rubbish),
	    cmocka_unit_test(test_pipe),
	    cmocka_unit_test(test_too_many_servers),
	    cmocka_unit_test(test_bad_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
