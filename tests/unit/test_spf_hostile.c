/*
 * Records that crash, mislead or exhaust libspf2 when it sees them itself, and
 * many evaluations at once.
 */
#include "tests/support/test.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "tests/support/dns_server.h"
#include "tests/support/spf_case.h"

static struct spf_world *
world_of(struct buf *zone)
{
	struct spf_world *world = spf_world_new(zone->p);

	buf_clear(zone);
	return world;
}

static void
add_times(struct buf *zone, const char *text, int n)
{
	for (int i = 0; i < n; i++)
		buf_adds(zone, text);
}

static struct spf_outcome
check(struct spf_world *world, const char *from)
{
	return spf_world_check(world, from, "h.example", "192.0.2.1");
}

/* Far more terms than libspf2 keeps: none may vanish. */
static void
test_long_record(void **state)
{
	struct buf zone;

	(void)state;
	buf_init(&zone, NULL);
	buf_adds(&zone, "l.example TXT \"v=spf1");
	for (int i = 0; i < 250; i++)
		buf_printf(&zone, " ip4:198.51.100.%d", i);
	for (int i = 0; i < 100; i++)
		buf_printf(&zone, " ~ip6:2001:db8:0:0:0:0:0:%x", i);
	buf_adds(&zone, " -all\"\n");
	struct spf_world *world = world_of(&zone);
	for (int i = 0; i < 256; i++) {
		char ip[40], term[60];
		snprintf(ip, sizeof ip, "198.51.100.%d", i);
		snprintf(term, sizeof term, "ip4:%s", ip);
		struct spf_outcome outcome =
		    spf_world_check(world, "u@l.example", "h", ip);
		assert_int_equal(outcome.result, i < 250 ? SPF_PASS : SPF_FAIL);
		assert_str(outcome.mechanism, i < 250 ? term : "-all");
	}
	assert_int_equal(
	    spf_world_check(world, "u@l.example", "h", "2001:db8::63").result,
	    SPF_SOFTFAIL);
	assert_int_equal(
	    spf_world_check(world, "u@l.example", "h", "2001:db8::64").result,
	    SPF_FAIL);
	spf_world_free(world);
}

/* Stack overflows of libspf2's macro compiler (CVE-2023-42118). */
static void
test_many_macros(void **state)
{
	struct buf zone;

	(void)state;
	buf_init(&zone, NULL);
	buf_adds(&zone, "exp.example TXT \"v=spf1 -all exp=e.example\"\n"
			"e.example TXT \"");
	add_times(&zone, "%{d}", 127);
	buf_adds(&zone, "abcd\"\nex.example TXT \"v=spf1 exists:");
	add_times(&zone, "%{d}", 127);
	add_times(&zone, "0123456789", 350);
	buf_adds(&zone, ".example -all\"\nmod.example TXT \"v=spf1 x=");
	add_times(&zone, "%{d}", 127);
	add_times(&zone, "0123456789", 700);
	buf_adds(&zone, " -all\"\nbig.example TXT \"v=spf1 x=");
	add_times(&zone, "%{d}", 127);
	add_times(&zone, "0123456789", 900);
	buf_adds(&zone, " -all\"\n");
	struct spf_world *world = world_of(&zone);
	struct spf_outcome outcome = check(world, "u@exp.example");
	assert_int_equal(outcome.result, SPF_FAIL);
	assert_int_equal(outcome.explanation.n, LIMIT_SPF_EXPLANATION);
	assert_int_equal(check(world, "u@ex.example").result, SPF_FAIL);
	assert_int_equal(check(world, "u@mod.example").result, SPF_FAIL);
	outcome = check(world, "u@big.example");
	assert_int_equal(outcome.result, SPF_PERMERROR);
	assert_str(outcome.reason,
		   "SPF record of big.example: record is too long");
	spf_world_free(world);
}

/* What libspf2 reads wrong when it parses or expands by itself. */
static void
test_misread_records(void **state)
{
	(void)state;
	SPF_RUN(
	    /* More than 45 octets of garbage were dropped in silence. */
	    "g.example TXT \"v=spf1 "
	    "ip4:0123456789012345678901234567890123456789012345678901234567"
	    " -all\"\n"
	    "g6.example TXT \"v=spf1 "
	    "ip6:0123456789012345678901234567890123456789012345678901234567"
	    " -all\"\n"
	    /* redirect ran before later terms, and in spite of all. */
	    "r.example TXT \"v=spf1 redirect=open.example ip4:192.0.2.9"
	    " -all\"\nopen.example TXT \"v=spf1 +all\"\n"
	    /* The first octet was lost. */
	    "d.example TXT \"v=spf1 exists:%{d3}.ok.example -all\"\n"
	    "d.example.ok.example A 127.0.0.2\n"
	    /* exp-text= is nothing. */
	    "t.example TXT \"v=spf1 -all exp-text=injected\"\n"
	    /* Delimiters that were refused. */
	    "c.example TXT \"v=spf1 exists:%{l,/}.ok.example -all\"\n"
	    "a.b.c.ok.example A 127.0.0.2\n"
	    /* Names that double at every level. */
	    "*.dd.example TXT \"v=spf1 include:%{d}.%{d}\"\n"
	    "dd.example TXT \"v=spf1 include:a.%{d}\"\n"
	    /* A macro that arrives by way of the sender. */
	    "s.example TXT \"v=spf1 redirect=%{l}.ok.example\"\n"
	    "%{d}.ok.example TXT \"v=spf1 +all\"\n",
	    {"u@g.example", "192.0.2.1", SPF_PERMERROR, NULL, NULL, ""},
	    {"u@g6.example", "192.0.2.1", SPF_PERMERROR, NULL, NULL, ""},
	    {"u@r.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
	    {"u@r.example", "192.0.2.9", SPF_PASS, "ip4:192.0.2.9", NULL, ""},
	    {"u@d.example", "192.0.2.1", SPF_PASS, NULL, NULL, ""},
	    {"u@t.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
	    {"\"a,b/c\"@c.example", "192.0.2.1", SPF_PASS, NULL, NULL, ""},
	    {"u@dd.example", "192.0.2.1", SPF_PERMERROR, NULL, NULL, ""},
	    {"%{d}@s.example", "192.0.2.1", SPF_PASS, NULL, NULL, ""});
}

/* --- many evaluations at once --- */

#define THREADS 8
#define ROUNDS 100

struct shared {
	struct dns_resolver *resolver;
	pthread_barrier_t start;
};

static bool
one_round(struct dns_resolver *resolver, int i)
{
	static const enum spf_result want[3] = {SPF_PASS, SPF_SOFTFAIL,
						SPF_FAIL};
	static const char *const ips[3] = {"192.0.2.99", "198.51.100.7",
					   "192.0.2.50"};
	struct dns_session *session = dns_session_new(resolver, NULL);
	struct arena *arena = arena_new(NULL);
	struct spf_outcome outcome;
	struct spf_input input = {
	    .mail_from_known = true,
	    .helo = str_lit("h.example"),
	};

	bool good = ip_parse(str_of(ips[i % 3]), &input.client);
	address_path(arena, str_lit("u@t.example"), &input.mail_from);
	struct spf *spf = spf_begin(arena, session, &input);
	spf_prefetch(spf);
	spf_evaluate(spf, clock_monotonic_ms() + 60000, &outcome);
	good = good && outcome.result == want[i % 3];
	arena_free(arena);
	dns_session_cancel(session);
	dns_session_unref(session);
	return good;
}

static void *
run_rounds(void *ctx)
{
	struct shared *shared = ctx;
	bool good = true;

	pthread_barrier_wait(&shared->start);
	for (int i = 0; i < ROUNDS; i++)
		good = one_round(shared->resolver, i) && good;
	return good ? ctx : NULL;
}

static void
test_threads(void **state)
{
	struct zone *zone = zone_parse(
	    "t.example TXT \"v=spf1 include:i.example mx:ok.example"
	    " ~ip4:198.51.100.0/24 ptr exists:%{l}.no.example -all"
	    " exp=e.example\"\ni.example TXT \"v=spf1 a:ok.example -all\"\n"
	    "e.example TXT \"%{p}\"\nno.example A 192.0.2.1\n"
	    "ok.example A 192.0.2.99\nok.example MX 1 ok.example\n");
	struct shared shared = {
	    .resolver = dns_resolver_new_offline(zone_oracle, zone),
	};
	pthread_t thread[THREADS];

	(void)state;
	pthread_barrier_init(&shared.start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&thread[i], NULL, run_rounds, &shared), 0);
	for (int i = 0; i < THREADS; i++) {
		void *good;
		pthread_join(thread[i], &good);
		assert_ptr_equal(good, &shared);
	}
	pthread_barrier_destroy(&shared.start);
	dns_resolver_free(shared.resolver);
	zone_free(zone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_long_record),
	    cmocka_unit_test(test_many_macros),
	    cmocka_unit_test(test_misread_records),
	    cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
