/* What is asked for before it is needed: prefetches, and their end. */
#include "tests/support/test.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "base/account.h"
#include "base/arena.h"
#include "base/clock.h"
#include "tests/support/dns_world.h"

struct chain {
	atomic_uint run, released;
};

static void
released(void *ctx)
{
	atomic_fetch_add(&((struct chain *)ctx)->released, 1);
}

/* cN.example names c(N+1).example. */
static void
follow(struct dns_session *session, const struct dns_answer *answer, void *ctx)
{
	atomic_fetch_add(&((struct chain *)ctx)->run, 1);
	if (answer->count)
		dns_prefetch(session, answer->rr[0].text, DNS_TXT, follow, ctx,
			     released);
}

static void
wait_released(struct chain *chain, unsigned want)
{
	for (int i = 0; i < 500 && atomic_load(&chain->released) < want; i++)
		nap(10);
	assert_int_equal(atomic_load(&chain->released), want);
}

static void
test_prefetch_chain(void **state)
{
	struct world *world = *state;
	struct chain chain = {0};
	struct dns_usage usage;

	world_start(world, "c1.example TXT \"c2.example\"\n"
			   "c2.example TXT \"c3.example\"\n"
			   "c3.example TXT \"c4.example\"\n");
	for (unsigned i = 1; i <= 2; i++) {
		dns_prefetch(world->session, exact("c1.example"), DNS_TXT,
			     follow, &chain, released);
		wait_released(&chain, 4 * i);
		assert_int_equal(atomic_load(&chain.run), 4 * i);
		assert_int_equal(dns_server_asked(world->server, NULL, 0), 4);
		dns_session_usage(world->session, &usage);
		assert_int_equal(usage.prefetches, 4);
		assert_status(look(world, "c3.example", DNS_TXT), DNS_OK);
		dns_session_usage(world->session, &usage);
		assert_int_equal(usage.questions, 4);
		assert_int_equal(usage.sent, i == 1 ? 4 : 0);
		world_next_message(world);
	}
}

static void
test_prefetch_overlaps(void **state)
{
	struct world *world = *state;
	char name[32];

	world_start(world, "*.example TXT \"x\"\n*.example !delay 300\n");
	int64_t begun = clock_monotonic_ms();
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < 10; i++) {
			snprintf(name, sizeof name, "n%d.example", i);
			if (pass == 0)
				dns_prefetch(world->session, str_of(name),
					     DNS_TXT, NULL, NULL, NULL);
			else
				assert_status(look(world, name, DNS_TXT),
					      DNS_OK);
		}
	}
	assert_true(clock_monotonic_ms() - begun < 2000);
	assert_int_equal(dns_server_asked(world->server, NULL, 0), 10);
}

static void
test_cancel_in_flight(void **state)
{
	struct world *world = *state;
	struct chain chain = {0};

	world_start(world, "c1.example TXT \"c2.example\"\n"
			   "c1.example !delay 50\n");
	dns_prefetch(world->session, exact("c1.example"), DNS_TXT, follow,
		     &chain, released);
	dns_prefetch(world->session, exact("c1.example"), DNS_TXT, follow,
		     &chain, released);
	dns_session_cancel(world->session);
	assert_int_equal(atomic_load(&chain.released), 2);
	dns_session_unref(world->session);
	world->session = dns_session_new(world->resolver, NULL);
	assert_status(look(world, "c1.example", DNS_TXT), DNS_OK);
	assert_int_equal(atomic_load(&chain.run), 0);
	assert_int_equal(atomic_load(&chain.released), 2);
}

/* Whoever paid for large answers may be gone when the last one comes. */
static void
test_cancel_before_the_payer_goes(void **state)
{
	struct world *world = *state;
	struct accounts *accounts = accounts_new();
	struct arena_pool pool;
	struct chain chain = {0};

	world_start(world, "c1.example TXT \"c2.example\"\n"
			   "c1.example !delay 50\n");
	arena_pool_init(&pool, 1000000);
	struct account *account = account_open(accounts, ip_none());
	dns_session_charge(world->session, &pool, account);
	dns_prefetch(world->session, exact("c1.example"), DNS_TXT, follow,
		     &chain, released);
	dns_session_cancel(world->session);
	account_close(accounts, account);
	dns_session_unref(world->session);
	accounts_free(accounts);
	world->session = dns_session_new(world->resolver, NULL);
	assert_status(look(world, "c1.example", DNS_TXT), DNS_OK);
}

static void
test_cancel_at_any_time(void **state)
{
	struct world *world = *state;
	struct chain chain = {0};
	unsigned asked = 0;

	world_start(world,
		    "c1.example TXT \"c2.example\"\nc1.example !ttl 0\n"
		    "c2.example TXT \"c3.example\"\nc2.example !ttl 0\n");
	for (int i = 0; i < 300; i++) {
		struct timespec pause = {0, i * 1000};
		struct dns_session *session =
		    dns_session_new(world->resolver, NULL);

		dns_prefetch(session, exact("c1.example"), DNS_TXT, follow,
			     &chain, released);
		nanosleep(&pause, NULL);
		dns_session_cancel(session);
		asked = atomic_load(&chain.run);
		nanosleep(&pause, NULL);
		assert_int_equal(atomic_load(&chain.run), asked);
		dns_session_unref(session);
	}
	/* Every call was released, whether it ran or not. */
	assert_true(atomic_load(&chain.released) >= 300);
	assert_true(asked > 0);
}

static void
test_unref_in_flight(void **state)
{
	struct world *world = *state;
	struct chain chain = {0};

	world_start(world, "*.example TXT \"x\"\n*.example !delay 50\n");
	dns_prefetch(world->session, exact("a.example"), DNS_TXT, follow,
		     &chain, released);
	world_next_message(world);
	wait_released(&chain, 2);
	assert_int_equal(atomic_load(&chain.run), 2);
}

static void
test_free_in_flight(void **state)
{
	struct world *world = *state;
	struct chain chain = {0};

	world_start(world, "*.example !silent\n");
	dns_prefetch(world->session, exact("a.example"), DNS_TXT, follow,
		     &chain, released);
	dns_prefetch(world->session, exact("b.example"), DNS_TXT, follow,
		     &chain, released);
	/* Two are on the wire, the third hardly is. */
	for (int i = 0;
	     i < 5000 && dns_server_asked(world->server, NULL, 0) < 2; i++)
		nap(1);
	assert_true(dns_server_asked(world->server, NULL, 0) >= 2);
	dns_prefetch(world->session, exact("c.example"), DNS_TXT, follow,
		     &chain, released);
	dns_session_unref(world->session);
	dns_resolver_free(world->resolver);
	world->session = NULL;
	world->resolver = NULL;
	assert_int_equal(atomic_load(&chain.run), 0);
	assert_int_equal(atomic_load(&chain.released), 3);
}

/* A context that owns the session, and gives it up when it is released. */
static void
give_up(void *ctx)
{
	struct world *world = ctx;

	dns_session_cancel(world->session);
	dns_session_unref(world->session);
	world->session = NULL;
}

static void
note(struct dns_session *session, const struct dns_answer *answer, void *ctx)
{
	(void)session;
	(void)ctx;
	assert_status(answer, DNS_OK);
}

static void
test_release_gives_the_session_up(void **state)
{
	struct world *world = *state;

	world_start(world, "a.example TXT \"x\"\n");
	assert_status(look(world, "a.example", DNS_TXT), DNS_OK);
	dns_prefetch(world->session, exact("a.example"), DNS_TXT, note, world,
		     give_up);
	assert_null(world->session);
}

static void
test_release_gives_the_session_up_in_flight(void **state)
{
	struct world *world = *state, shadow;

	world_start(world, "a.example TXT \"x\"\na.example !delay 20\n");
	shadow = *world;
	world->session = NULL;
	dns_prefetch(shadow.session, exact("a.example"), DNS_TXT, note, &shadow,
		     give_up);
	for (int i = 0; i < 500 && counters(world).outstanding > 0; i++)
		nap(10);
	/* The engine's thread is joined before shadow is looked at. */
	dns_resolver_free(world->resolver);
	world->resolver = NULL;
	assert_null(shadow.session);
}

static void
prefetch_many(struct world *world, unsigned n)
{
	char name[32];

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof name, "p%u.example", i);
		dns_prefetch(world->session, str_of(name), DNS_TXT, NULL, NULL,
			     NULL);
	}
}

/* Until the server has read what a burst left in its socket. */
static void
settle(struct world *world)
{
	size_t before, now = dns_server_asked(world->server, NULL, 0);

	do {
		before = now;
		nap(100);
		now = dns_server_asked(world->server, NULL, 0);
	} while (now != before);
}

/* Hardly waits for any; one whose millisecond is over before is not asked. */
static void
look_up_until_full(struct world *world)
{
	char name[32];

	for (unsigned i = 0;
	     i < 3500 && counters(world).outstanding < LIMIT_DNS_OUTSTANDING;
	     i++) {
		snprintf(name, sizeof name, "w%u.example", i);
		dns_lookup(world->session, str_of(name), DNS_TXT,
			   clock_monotonic_ms() + 1);
	}
}

static void
test_outstanding(void **state)
{
	struct world *world = *state;
	struct chain chain = {0};

	dns_server_zone(world->server, "*.example !silent\n"
				       "good.example TXT \"x\"\n");
	world_start_with(world, (struct dns_options){.name_ms = 20000},
			 &(struct dns_limits){5000, 5000});
	prefetch_many(world, LIMIT_DNS_OUTSTANDING_PREFETCH + 100);
	assert_int_equal(counters(world).outstanding,
			 LIMIT_DNS_OUTSTANDING_PREFETCH);
	dns_prefetch(world->session, exact("good.example"), DNS_TXT, note,
		     &chain, released);
	assert_int_equal(atomic_load(&chain.released), 1);
	/* What is waited for has room. */
	settle(world);
	assert_status(look(world, "good.example", DNS_TXT), DNS_OK);
	look_up_until_full(world);
	assert_int_equal(counters(world).outstanding, LIMIT_DNS_OUTSTANDING);
	const struct dns_answer *answer = look(world, "more.example", DNS_TXT);
	assert_status(answer, DNS_FAILED);
	assert_string_equal(answer->reason, "too many questions outstanding");
	/* That is not the name's fault: it is not cached. */
	assert_int_equal(counters(world).cache_entries, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_prefetch_chain),
	    TEST(test_prefetch_overlaps),
	    TEST(test_cancel_in_flight),
	    TEST(test_cancel_before_the_payer_goes),
	    TEST(test_cancel_at_any_time),
	    TEST(test_unref_in_flight),
	    TEST(test_free_in_flight),
	    TEST(test_release_gives_the_session_up),
	    TEST(test_release_gives_the_session_up_in_flight),
	    TEST(test_outstanding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
