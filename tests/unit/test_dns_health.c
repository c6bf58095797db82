/* Which DNS servers answer: at the start, when one falls silent, and after. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tests/support/dns_world.h"

#define PROBE_MS 300
#define PATIENCE_MS 5000

static struct dns_server_test *second;

/* Lines of the log since the test began. */
static atomic_uint silences, dead_ends, refusals, returns, failovers;

static void
write_line(void *ctx, enum log_level level, struct str line)
{
	(void)ctx;
	if (str_starts(line, str_lit("event=dns-silent server=127.0.0.1:"))) {
		atomic_fetch_add(&silences, 1);
		if (level == LOG_LEVEL_ERROR)
			atomic_fetch_add(&dead_ends, 1);
	}
	if (str_starts(line, str_lit("event=dns-refuses server=127.0.0.1:")))
		atomic_fetch_add(&refusals, 1);
	if (str_starts(line, str_lit("event=dns-answers server=127.0.0.1:")))
		atomic_fetch_add(&returns, 1);
	if (str_starts(line, str_lit("event=dns-failover silent=127.0.0.1:")))
		atomic_fetch_add(&failovers, 1);
}

static const struct log sink = {.level = LOG_LEVEL_DEBUG, .write = write_line};

/* A line is written after what a report shows. */
static void
expect_lines(unsigned silent, unsigned dead, unsigned back)
{
	int64_t end = clock_monotonic_ms() + PATIENCE_MS;

	while ((silences != silent || returns != back) &&
	       clock_monotonic_ms() < end)
		nap(5);
	assert_int_equal(silences, silent);
	assert_int_equal(dead_ends, dead);
	assert_int_equal(returns, back);
}

/* A resolver whose only servers are the world's and, if started, the second. */
static void
start(struct world *world, const char *zone, uint16_t first_port)
{
	struct dns_options options = {.name_ms = NAME_MS, .probe_ms = PROBE_MS};

	dns_server_zone(world->server, zone);
	world_add_server(&options, first_port ? first_port
					      : dns_server_port(world->server));
	if (second != NULL)
		world_add_server(&options, dns_server_port(second));
	assert_int_equal(
	    dns_resolver_new(&options, NULL, &sink, &world->resolver), 0);
	world->session = dns_session_new(world->resolver, NULL);
}

static struct dns_server_report
report(struct world *world, size_t server)
{
	struct dns_server_report all[DNS_SERVERS_MAX];

	assert_true(dns_resolver_servers(world->resolver, all) > server);
	return all[server];
}

static void
wait_for(struct world *world, size_t server, enum dns_server_state state)
{
	int64_t end = clock_monotonic_ms() + PATIENCE_MS;

	while (report(world, server).state != state &&
	       clock_monotonic_ms() < end)
		nap(5);
	assert_int_equal(report(world, server).state, state);
}

static void
test_at_the_start(void **state)
{
	struct world *world = *state;

	start(world, "", 0);
	wait_for(world, 0, DNS_SERVER_ANSWERS);
	assert_true(report(world, 0).answered_ms > 0);
	assert_int_equal(dns_server_asked(world->server, "localhost", DNS_A),
			 1);
	/* Nobody is asked again without need, and probes are no questions. */
	nap(2 * PROBE_MS);
	assert_int_equal(dns_server_asked(world->server, NULL, 0), 1);
	assert_int_equal(counters(world).questions, 0);
	expect_lines(0, 0, 0);
}

static void
test_dead_from_the_start(void **state)
{
	struct world *world = *state;
	uint16_t port = dns_server_port(world->server);

	dns_server_stop(world->server);
	world->server = dns_server_start("");
	start(world, "", port);
	wait_for(world, 0, DNS_SERVER_SILENT);
	assert_int_equal(report(world, 0).answered_ms, 0);
	assert_true(report(world, 0).silent_ms > 0);
	/* Said once, while it is tried by itself until it is back. */
	nap(3 * PROBE_MS);
	expect_lines(1, 1, 0);
	dns_server_stop(world->server);
	world->server = dns_server_start_on(port, "");
	assert_non_null(world->server);
	wait_for(world, 0, DNS_SERVER_ANSWERS);
	expect_lines(1, 1, 1);
}

/* An authority has only its own zones, and is no use for others. */
static void
test_refuses(void **state)
{
	struct world *world = *state;

	start(world,
	      "localhost !refused\nown.example A 192.0.2.1\n"
	      "a.example !refused\n",
	      0);
	wait_for(world, 0, DNS_SERVER_REFUSES);
	assert_status(look(world, "own.example", DNS_A), DNS_OK);
	assert_status(look(world, "a.example", DNS_A), DNS_FAILED);
	nap(2 * PROBE_MS);
	assert_int_equal(report(world, 0).state, DNS_SERVER_REFUSES);
	assert_int_equal(refusals, 1);
	expect_lines(0, 0, 0);
	/* It is asked again until it serves us. */
	dns_server_zone(world->server, "");
	wait_for(world, 0, DNS_SERVER_ANSWERS);
	expect_lines(0, 0, 1);
}

/* A name that is refused is not the server; who refuses all is found by it. */
static void
test_refuses_later(void **state)
{
	struct world *world = *state;

	start(world, "a.example !refused\n", 0);
	wait_for(world, 0, DNS_SERVER_ANSWERS);
	nap(PROBE_MS + 50);
	assert_status(look(world, "a.example", DNS_A), DNS_FAILED);
	nap(PROBE_MS + 50);
	assert_int_equal(report(world, 0).state, DNS_SERVER_ANSWERS);
	dns_server_zone(world->server, "localhost !refused\n"
				       "b.example !refused\n");
	assert_status(look(world, "b.example", DNS_A), DNS_FAILED);
	wait_for(world, 0, DNS_SERVER_REFUSES);
}

/* The silence of one zone is not the server's. */
static void
test_silent_zone(void **state)
{
	struct world *world = *state;

	start(world, "dead.example !silent\n", 0);
	wait_for(world, 0, DNS_SERVER_ANSWERS);
	assert_status(look(world, "dead.example", DNS_TXT), DNS_TIMEOUT);
	assert_int_equal(report(world, 0).state, DNS_SERVER_ANSWERS);
	nap(NAME_MS + 100);
	assert_int_equal(report(world, 0).state, DNS_SERVER_ANSWERS);
	/* A question without answer made it ask, once. */
	size_t asked = dns_server_asked(world->server, "localhost", DNS_A);
	assert_in_range(asked, 2, 3);
	expect_lines(0, 0, 0);
}

/* Many such questions make it ask no more than a few times. */
static void
test_silent_zones(void **state)
{
	struct world *world = *state;
	char zone[100 * 32] = "", name[32];
	size_t n = 0;

	for (int i = 0; i < 100; i++)
		n += (size_t)snprintf(zone + n, sizeof zone - n,
				      "d%d.example !silent\n", i);
	start(world, zone, 0);
	wait_for(world, 0, DNS_SERVER_ANSWERS);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "d%d.example", i);
		dns_prefetch(world->session, str_of(name), DNS_TXT, NULL, NULL,
			     NULL);
		nap(3);
	}
	nap(NAME_MS + 100);
	/* The start, then one in a fifth of NAME_MS. */
	assert_in_range(dns_server_asked(world->server, "localhost", DNS_A), 2,
			2 + (300 + NAME_MS) * 5 / NAME_MS + 4);
	expect_lines(0, 0, 0);
}

static void
test_falls_silent(void **state)
{
	struct world *world = *state;

	start(world, "", 0);
	wait_for(world, 0, DNS_SERVER_ANSWERS);
	dns_server_zone(world->server, "localhost !silent\n"
				       "a.example !silent\n");
	int64_t before = report(world, 0).answered_ms;
	assert_status(look(world, "a.example", DNS_TXT), DNS_TIMEOUT);
	wait_for(world, 0, DNS_SERVER_SILENT);
	assert_int_equal(report(world, 0).answered_ms, before);
	assert_true(report(world, 0).silent_ms >= before);
	/* An answer to any question shows that it is back. */
	dns_server_zone(world->server, "localhost !silent\n");
	look(world, "b.example", DNS_TXT);
	assert_int_equal(report(world, 0).state, DNS_SERVER_ANSWERS);
	expect_lines(1, 1, 1);
}

static void
test_returns_to_the_first(void **state)
{
	struct world *world = *state;

	second = dns_server_start("");
	start(world, "localhost !silent\na.example !silent\n", 0);
	look(world, "a.example", DNS_TXT);
	wait_for(world, 0, DNS_SERVER_SILENT);
	assert_int_equal(report(world, 1).state, DNS_SERVER_ANSWERS);
	assert_int_equal(failovers, 1);
	/* While it is silent the second is the first choice. */
	size_t asked = dns_server_asked(world->server, "b.example", DNS_TXT);
	look(world, "b.example", DNS_TXT);
	assert_int_equal(dns_server_asked(world->server, "b.example", DNS_TXT),
			 asked);
	dns_server_zone(world->server, "");
	wait_for(world, 0, DNS_SERVER_ANSWERS);
	look(world, "c.example", DNS_TXT);
	assert_int_equal(dns_server_asked(world->server, "c.example", DNS_TXT),
			 1);
	assert_int_equal(dns_server_asked(second, "c.example", DNS_TXT), 0);
	expect_lines(1, 0, 1);
}

static void
change_to_ports(struct world *world, const uint16_t *port, size_t n)
{
	struct dns_options options = {.servers = 0};
	struct dns_servers servers = {.count = n};

	for (size_t i = 0; i < n; i++)
		world_add_server(&options, port[i]);
	memcpy(servers.server, options.server, sizeof servers.server);
	dns_resolver_change(world->resolver, &servers);
}

static void
change_to(struct world *world, const struct dns_server_test *const *server,
	  size_t n)
{
	uint16_t port[DNS_SERVERS_MAX];

	for (size_t i = 0; i < n; i++)
		port[i] = dns_server_port(server[i]);
	change_to_ports(world, port, n);
}

static void
wait_for_question(struct dns_server_test *server, const char *name,
		  enum dns_type type)
{
	int64_t end = clock_monotonic_ms() + PATIENCE_MS;

	while (dns_server_asked(server, name, type) == 0 &&
	       clock_monotonic_ms() < end)
		nap(5);
	assert_int_equal(dns_server_asked(server, name, type), 1);
}

/* It may have answered another question before. */
static void
wait_for_probe(struct dns_server_test *server)
{
	wait_for_question(server, "localhost", DNS_A);
}

static void
ask(struct world *world, const char *name)
{
	dns_prefetch(world->session, str_of(name), DNS_TXT, NULL, NULL, NULL);
	wait_for_question(world->server, name, DNS_TXT);
}

/* Who waits for the server before gets the answer of the one after. */
static void
test_other_server(void **state)
{
	struct world *world = *state;

	start(world, "a.example !silent\n", 0);
	wait_for(world, 0, DNS_SERVER_ANSWERS);
	second = dns_server_start("a.example TXT \"new\"\n");
	ask(world, "a.example");
	change_to(world, (const struct dns_server_test *[]){second}, 1);
	assert_int_equal(report(world, 0).server.port, dns_server_port(second));
	assert_status(look(world, "a.example", DNS_TXT), DNS_OK);
	wait_for(world, 0, DNS_SERVER_ANSWERS);
	wait_for_probe(second);
	size_t asked = dns_server_asked(world->server, NULL, 0);
	look(world, "b.example", DNS_TXT);
	assert_int_equal(dns_server_asked(second, "b.example", DNS_TXT), 1);
	assert_int_equal(dns_server_asked(world->server, NULL, 0), asked);
	expect_lines(0, 0, 0);
}

/*
 * Of two questions that begin anew the first brings the error of a dead server,
 * the second meets it: the server is asked once whether it answers, and that
 * ends with the next change.
 */
static void
test_one_probe_each(void **state)
{
	struct world *world = *state;
	struct dns_server_test *dead = dns_server_start("");
	uint16_t port = dns_server_port(dead);

	dns_server_stop(dead);
	start(world, "a.example !silent\nb.example !silent\n", 0);
	wait_for(world, 0, DNS_SERVER_ANSWERS);
	second = dns_server_start("");
	ask(world, "a.example");
	ask(world, "b.example");
	change_to_ports(world, &port, 1);
	wait_for(world, 0, DNS_SERVER_UNKNOWN);
	change_to(world, (const struct dns_server_test *[]){second}, 1);
	wait_for(world, 0, DNS_SERVER_ANSWERS);
	wait_for_probe(second);
	nap(PROBE_MS);
	assert_int_equal(dns_server_asked(second, "localhost", DNS_A), 1);
}

/* One becomes two and one again, while a question is on the wire each time. */
static void
test_more_and_fewer_servers(void **state)
{
	struct world *world = *state;

	second = dns_server_start("localhost !silent\n*.example !silent\n");
	const struct dns_server_test *both[] = {second, world->server};
	start(world, "", 0);
	for (int i = 0; i < 20; i++) {
		char name[32];

		snprintf(name, sizeof name, "d%d.example", i);
		dns_prefetch(world->session, str_of(name), DNS_TXT, NULL, NULL,
			     NULL);
		change_to(world, both + i % 2, 2U - (unsigned)i % 2U);
		nap(i % 3 * 10);
	}
	assert_int_equal(report(world, 0).server.port,
			 dns_server_port(world->server));
	for (int i = 0; i < 20; i++) {
		char name[32];

		snprintf(name, sizeof name, "d%d.example", i);
		assert_status(look(world, name, DNS_TXT), DNS_NXDOMAIN);
	}
	wait_for(world, 0, DNS_SERVER_ANSWERS);
	dns_session_unref(world->session);
	world->session = dns_session_new(world->resolver, NULL);
	assert_int_equal(counters(world).outstanding, 0);
}

static void
test_without_probes(void **state)
{
	struct world *world = *state;

	world_start_brief(world, "");
	look(world, "a.example", DNS_TXT);
	assert_int_equal(report(world, 0).state, DNS_SERVER_UNKNOWN);
	assert_int_equal(dns_server_asked(world->server, "localhost", DNS_A),
			 0);
}

static int
teardown(void **state)
{
	int status = world_teardown(state);

	if (second != NULL)
		dns_server_stop(second);
	second = NULL;
	silences = dead_ends = refusals = returns = failovers = 0;
	return status;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, world_setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_at_the_start),   CASE(test_dead_from_the_start),
	    CASE(test_refuses),        CASE(test_refuses_later),
	    CASE(test_silent_zone),    CASE(test_silent_zones),
	    CASE(test_falls_silent),   CASE(test_returns_to_the_first),
	    CASE(test_other_server),   CASE(test_more_and_fewer_servers),
	    CASE(test_one_probe_each), CASE(test_without_probes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
