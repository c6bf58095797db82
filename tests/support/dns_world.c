#include "tests/support/dns_world.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "tests/support/test.h"

void
world_add_server(struct dns_options *options, uint16_t port)
{
	const uint8_t loopback[] = {127, 0, 0, 1};

	options->server[options->servers++] =
	    (struct dns_server){.ip = ip_v4(loopback), .port = port};
}

void
world_start_with(struct world *world, struct dns_options options,
		 const struct dns_limits *limits)
{
	if (options.servers == 0)
		world_add_server(&options, dns_server_port(world->server));
	assert_int_equal(
	    dns_resolver_new(&options, NULL, NULL, &world->resolver), ERR_OK);
	world->session = dns_session_new(world->resolver, limits);
}

int
world_setup(void **state)
{
	static struct world world;

	memset(&world, 0, sizeof world);
	world.server = dns_server_start("");
	*state = &world;
	return 0;
}

int
world_teardown(void **state)
{
	struct world *world = *state;

	dns_session_unref(world->session);
	dns_resolver_free(world->resolver);
	dns_server_stop(world->server);
	return 0;
}

void
world_start(struct world *world, const char *zone)
{
	dns_server_zone(world->server, zone);
	world_start_with(world, (struct dns_options){0}, NULL);
}

void
world_start_brief(struct world *world, const char *zone)
{
	dns_server_zone(world->server, zone);
	world_start_with(world, (struct dns_options){.name_ms = NAME_MS}, NULL);
}

void
world_next_message(struct world *world)
{
	dns_session_unref(world->session);
	world->session = dns_session_new(world->resolver, NULL);
}

const struct dns_answer *
look(struct world *world, const char *name, enum dns_type type)
{
	return dns_lookup(world->session, exact(name), type,
			  clock_monotonic_ms() + 10000);
}

struct dns_counters
counters(struct world *world)
{
	struct dns_counters counters;

	dns_resolver_counters(world->resolver, &counters);
	return counters;
}

void
assert_status(const struct dns_answer *answer, enum dns_status want)
{
	if (answer->status != want)
		fprintf(stderr, "# %.*s: %s\n", STR_ARG(answer->name),
			answer->reason);
	assert_string_equal(dns_status_text(answer->status),
			    dns_status_text(want));
	assert_int_equal(answer->count > 0, want == DNS_OK);
}

void
nap(int64_t ms)
{
	struct timespec time = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}
