#include "tests/support/spf_case.h"

#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/dns_server.h"

#define QUESTIONS 300

struct spf_world {
	struct zone *zone;
	struct dns_resolver *resolver;
	struct dns_session *session;
	struct arena *arena;
	struct {
		char name[256];
		enum dns_type type;
	} asked[QUESTIONS];
	size_t n_asked;
};

static struct dns_answer *
oracle(void *ctx, struct str name, enum dns_type type)
{
	struct spf_world *world = ctx;

	assert_true(world->n_asked < QUESTIONS);
	snprintf(world->asked[world->n_asked].name, 256, "%.*s", STR_ARG(name));
	world->asked[world->n_asked++].type = type;
	return zone_oracle(world->zone, name, type);
}

struct spf_world *
spf_world_new(const char *zone_text)
{
	struct spf_world *world = mem_alloc(sizeof *world);

	world->zone = zone_parse(zone_text);
	world->resolver = dns_resolver_new_offline(oracle, world);
	return world;
}

static void
end_session(struct spf_world *world)
{
	if (world->session != NULL)
		dns_session_unref(world->session);
	arena_free(world->arena);
	world->session = NULL;
	world->arena = NULL;
}

static void
begin_session(struct spf_world *world)
{
	end_session(world);
	world->session = dns_session_new(world->resolver, NULL);
	world->arena = arena_new(NULL);
	dns_resolver_flush(world->resolver);
	world->n_asked = 0;
}

void
spf_world_free(struct spf_world *world)
{
	end_session(world);
	dns_resolver_free(world->resolver);
	zone_free(world->zone);
	free(world);
}

static struct spf_input
input_of(struct arena *arena, const char *from, const char *helo,
	 const char *ip)
{
	struct spf_input input = {
	    .helo = exact(helo),
	    .mail_from_known = true,
	    .receiver = str_lit("mx.receiver.example"),
	    .now = 1700000000,
	};

	address_path(arena, exact(from), &input.mail_from);
	assert_true(ip_parse(str_of(ip), &input.client));
	return input;
}

struct spf_outcome
spf_world_check(struct spf_world *world, const char *from, const char *helo,
		const char *ip)
{
	struct spf_outcome outcome;

	begin_session(world);
	struct spf_input input = input_of(world->arena, from, helo, ip);
	spf_evaluate(spf_begin(world->arena, world->session, &input),
		     clock_monotonic_ms() + 20000, &outcome);
	return outcome;
}

static bool
differs(struct str got, const char *want)
{
	return want != NULL && !str_is(got, want);
}

void
spf_world_run(struct spf_world *world, const struct spf_case *test, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct spf_outcome got = spf_world_check(
		    world, test[i].from, "helo.example", test[i].ip);
		if (got.result != test[i].result ||
		    differs(got.mechanism, test[i].mechanism) ||
		    differs(got.reason, test[i].reason) ||
		    differs(got.explanation, test[i].explanation))
			fail_msg("case %zu, %s from %s: got %s, mechanism "
				 "\"%.*s\", reason \"%.*s\", explanation "
				 "\"%.*s\"",
				 i, test[i].from, test[i].ip,
				 spf_result_text(got.result),
				 STR_ARG(got.mechanism), STR_ARG(got.reason),
				 STR_ARG(got.explanation));
	}
}

void
spf_world_prefetch(struct spf_world *world, const char *from, const char *ip)
{
	begin_session(world);
	struct spf_input input =
	    input_of(world->arena, from, "helo.example", ip);
	spf_prefetch(spf_begin(world->arena, world->session, &input));
}

size_t
spf_world_asked(const struct spf_world *world, const char *name,
		enum dns_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < world->n_asked; i++) {
		n += (name == NULL ||
		      strcasecmp(world->asked[i].name, name) == 0) &&
		     (type == 0 || world->asked[i].type == type);
	}
	return n;
}
