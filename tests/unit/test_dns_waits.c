/* Who waits for answers: together, as long as it may, and asleep. */
#include "tests/support/test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/clock.h"
#include "tests/support/dns_world.h"

/* The library's waits (--wrap, see Makefile), which are counted. */
bool __real_clock_wait(pthread_cond_t *condition, pthread_mutex_t *mutex,
		       int64_t until_ms);
bool __wrap_clock_wait(pthread_cond_t *condition, pthread_mutex_t *mutex,
		       int64_t until_ms);

static atomic_uint waits;

bool
__wrap_clock_wait(pthread_cond_t *condition, pthread_mutex_t *mutex,
		  int64_t until_ms)
{
	atomic_fetch_add(&waits, 1);
	return __real_clock_wait(condition, mutex, until_ms);
}

struct asker {
	struct world *world;
	const char *name;
	pthread_t thread;
	enum dns_status status;
	char reason[64];
	int64_t took_ms;
};

static void *
ask_once(void *ctx)
{
	struct asker *asker = ctx;
	struct dns_session *session =
	    dns_session_new(asker->world->resolver, NULL);
	int64_t begun = clock_monotonic_ms();
	const struct dns_answer *answer =
	    dns_lookup(session, str_of(asker->name), DNS_A, begun + 10000);

	asker->status = answer->status;
	asker->took_ms = clock_monotonic_ms() - begun;
	snprintf(asker->reason, sizeof asker->reason, "%s", answer->reason);
	dns_session_unref(session);
	return NULL;
}

static void
start_asker(struct asker *asker, struct world *world, const char *name)
{
	*asker = (struct asker){.world = world, .name = name};
	assert_int_equal(pthread_create(&asker->thread, NULL, ask_once, asker),
			 0);
}

static void
test_shared_question(void **state)
{
	struct world *world = *state;
	struct asker asker[50];

	world_start(world,
		    "slow.example !delay 400\nslow.example A 192.0.2.1\n");
	for (size_t i = 0; i < 50; i++)
		start_asker(&asker[i], world, "slow.example");
	for (size_t i = 0; i < 50; i++) {
		pthread_join(asker[i].thread, NULL);
		assert_int_equal(asker[i].status, DNS_OK);
	}
	assert_int_equal(dns_server_asked(world->server, NULL, 0), 1);
	assert_int_equal(counters(world).questions, 1);
}

/* Turned, not merely started: the number grows as often as it is asked. */
static void
test_wake(void **state)
{
	struct world *world = *state;

	world_start(world, "");
	for (int round = 0; round < 3; round++) {
		uint64_t before = dns_resolver_wake(world->resolver);
		int64_t end = clock_monotonic_ms() + 5000;
		while (dns_resolver_wake(world->resolver) == before &&
		       clock_monotonic_ms() < end)
			sched_yield();
		assert_int_not_equal(dns_resolver_wake(world->resolver),
				     before);
	}
}

static void
test_zone_waiters(void **state)
{
	struct world *world = *state;
	struct asker asker[2], other;

	dns_server_zone(world->server, "*.bad.example !silent\n"
				       "bad.example !silent\n"
				       "known.bad.example A 192.0.2.1\n"
				       "a.good.example A 192.0.2.1\n");
	world_start_with(
	    world, (struct dns_options){.zone_waiters = 2, .name_ms = 2000},
	    NULL);
	assert_status(look(world, "known.bad.example", DNS_A), DNS_OK);
	start_asker(&asker[0], world, "1.bad.example");
	start_asker(&asker[1], world, "_dmarc.bad.example");
	for (int i = 0; i < 500 && dns_server_asked(world->server, NULL, 0) < 3;
	     i++)
		nap(2);
	nap(LIMIT_DNS_PATIENCE_MS + 200); /* both are slow now */
	int64_t begun = clock_monotonic_ms();
	const struct dns_answer *answer =
	    look(world, "s._domainkey.bad.example", DNS_TXT);
	assert_status(answer, DNS_TIMEOUT);
	assert_string_equal(answer->reason,
			    "too many messages wait for this zone");
	assert_true(clock_monotonic_ms() - begun < 1000);
	struct dns_usage usage;
	dns_session_usage(world->session, &usage);
	assert_true(usage.zone_waiters_exhausted);
	assert_int_equal(usage.late, 0);
	/* What is known is given, and other zones are asked. */
	world_next_message(world);
	assert_status(look(world, "known.bad.example", DNS_A), DNS_OK);
	start_asker(&other, world, "a.good.example");
	pthread_join(other.thread, NULL);
	assert_int_equal(other.status, DNS_OK);
	for (size_t i = 0; i < 2; i++) {
		pthread_join(asker[i].thread, NULL);
		assert_string_equal(asker[i].reason,
				    "the DNS server is silent");
	}
	/* Nothing of it was cached, and the places are free again. */
	assert_status(look(world, "s._domainkey.bad.example", DNS_TXT),
		      DNS_TIMEOUT);
	assert_true(
	    dns_server_asked(world->server, "s._domainkey.bad.example", 0) > 0);
}

/* Two wait in the zone, in its one place and in the brief one that is left to
   all: a third is refused, and not asked. */
static bool
is_refused(struct world *world, int zone)
{
	struct asker asker[2];
	char name[3][64];

	for (int i = 0; i < 3; i++)
		snprintf(name[i], sizeof name[i], "n%d.z%d.example", i, zone);
	for (size_t i = 0; i < 2; i++) {
		start_asker(&asker[i], world, name[i]);
		for (int k = 0;
		     k < 500 && dns_server_asked(world->server, name[i], 0) < 1;
		     k++)
			nap(1);
	}
	const struct dns_answer *answer =
	    dns_lookup(world->session, str_of(name[2]), DNS_A,
		       clock_monotonic_ms() + 10000);
	bool refused = dns_server_asked(world->server, name[2], 0) == 0;
	if (refused)
		assert_string_equal(answer->reason,
				    "too many messages wait for slow answers");
	for (size_t i = 0; i < 2; i++)
		pthread_join(asker[i].thread, NULL);
	return refused;
}

/* On a slow machine the first two may have left before the third comes. */
static void
test_refused_is_not_asked(void **state)
{
	struct world *world = *state;
	bool refused = false;

	dns_server_zone(world->server, "*.example !silent\n");
	world_start_with(world,
			 (struct dns_options){.zone_waiters = 1,
					      .slow_waiters = 1,
					      .name_ms = NAME_MS},
			 NULL);
	for (int i = 0; i < 10 && !refused; i++)
		refused = is_refused(world, i);
	assert_true(refused);
}

/* Is the one slow place taken, by the one who came before?  On a slow machine
   it may have been this lookup that came first. */
static bool
is_slow_place_taken(struct world *world, const char *first, const char *second)
{
	struct dns_usage usage;

	for (int i = 0;
	     i < 500 && dns_server_asked(world->server, first, 0) < 1; i++)
		nap(1);
	nap(LIMIT_DNS_PATIENCE_MS / 2);
	dns_lookup(world->session, str_of(second), DNS_A,
		   clock_monotonic_ms() + LIMIT_DNS_PATIENCE_MS + 100);
	dns_session_usage(world->session, &usage);
	world_next_message(world);
	return usage.slow_waiters_exhausted;
}

/* Whose deadline comes before its patience ends needs no slow place. */
static void
test_deadline_before_slow(void **state)
{
	static const char *const names[][2] = {{"a.example", "b.test"},
					       {"c.example", "d.test"},
					       {"e.example", "f.test"}};
	struct world *world = *state;
	struct dns_usage usage;
	struct asker asker[3];
	size_t n = 0;
	bool taken = false;

	dns_server_zone(world->server, "*.example !silent\n*.test !silent\n");
	world_start_with(
	    world, (struct dns_options){.slow_waiters = 1, .name_ms = 3000},
	    NULL);
	for (; n < 3 && !taken; n++) {
		start_asker(&asker[n], world, names[n][0]);
		taken = is_slow_place_taken(world, names[n][0], names[n][1]);
	}
	assert_true(taken);
	const struct dns_answer *answer =
	    dns_lookup(world->session, exact("brief.test"), DNS_A,
		       clock_monotonic_ms() + LIMIT_DNS_PATIENCE_MS / 4);
	assert_string_equal(answer->reason, "no answer before the deadline");
	dns_session_usage(world->session, &usage);
	assert_false(usage.slow_waiters_exhausted);
	while (n > 0)
		pthread_join(asker[--n].thread, NULL);
}

/* Who waits sleeps: for an answer, the end of its patience, the deadline. */
static void
test_waits_are_few(void **state)
{
	struct world *world = *state;

	world_start_brief(world, "*.example !silent\n");
	waits = 0;
	look(world, "a.example", DNS_A);
	assert_true(waits < 20);
}

static void
count_tick(void *ctx)
{
	++*(unsigned *)ctx;
}

static void
test_tick(void **state)
{
	struct world *world = *state;
	unsigned ticks = 0;

	world_start_brief(world, "*.example !silent\n");
	dns_session_set_tick(world->session, 100, count_tick, &ticks);
	look(world, "a.example", DNS_A);
	assert_in_range(ticks, 2, 5);
	unsigned before = ticks;
	dns_session_set_tick(world->session, 100, NULL, NULL);
	dns_lookup(world->session, exact("b.example"), DNS_A,
		   clock_monotonic_ms() + 150);
	assert_int_equal(ticks, before);
	/* The deadline comes before the tick. */
	int64_t begun = clock_monotonic_ms();
	dns_session_set_tick(world->session, 10000, count_tick, &ticks);
	dns_lookup(world->session, exact("c.example"), DNS_A, begun + 100);
	assert_in_range(clock_monotonic_ms() - begun, 100, 5000);
	assert_int_equal(ticks, before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_shared_question),
	    TEST(test_wake),
	    TEST(test_zone_waiters),
	    TEST(test_refused_is_not_asked),
	    TEST(test_deadline_before_slow),
	    TEST(test_waits_are_few),
	    TEST(test_tick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
