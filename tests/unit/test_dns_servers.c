/* Several DNS servers, and the options that name them. */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
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
					  "2001:db8::1:99999"};
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
test_servers_read(void **state)
{
	char path[] = "/tmp/verdict-resolv-XXXXXX", text[IP_TEXT_MAX];
	struct dns_options options = {.servers = 5};
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	(void)state;
	fputs("# nameserver 192.0.2.9\nsearch example\n"
	      "nameserver 192.0.2.1\n nameserver\t2001:db8::1 \n"
	      "nameservers 192.0.2.8\nnameserver name.example\n"
	      "nameserver fe80::1%eth0\n",
	      file);
	fclose(file);
	dns_servers_read(path, &options);
	remove(path);
	assert_int_equal(options.servers, 2);
	assert_string_equal(ip_format(options.server[0].ip, text), "192.0.2.1");
	assert_string_equal(ip_format(options.server[1].ip, text),
			    "2001:db8::1");
	assert_int_equal(options.server[1].port, 53);
	dns_servers_read(path, &options);
	assert_int_equal(options.servers, 1);
	assert_true(ip_is_loopback(options.server[0].ip));
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
	    cmocka_unit_test(test_bad_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
