/* The resolver over real UDP and TCP: answers, loss, forgeries, cache. */
#include "tests/support/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/dns_world.h"

/* --- answers --- */

static void
test_records(void **state)
{
	struct world *world = *state;
	char text[IP_TEXT_MAX];

	world_start(world, "a.example A 192.0.2.1\n"
			   "a.example A 192.0.2.2\n"
			   "a.example AAAA 2001:db8::1\n"
			   "a.example MX 10 Mail.Example\n"
			   "a.example MX 0 .\n"
			   "a.example TXT \"one \" \"two\\000\\255\"\n"
			   "1.2.0.192.in-addr.arpa PTR Host.Example\n"
			   "odd\xff(%).example TXT \"odd\"\n");
	const struct dns_answer *answer = look(world, "A.Example", DNS_A);
	assert_int_equal(answer->count, 2);
	assert_str(answer->name, "a.example");
	assert_int_equal(answer->ttl, 300);
	assert_string_equal(answer->reason, "");
	assert_string_equal(ip_format(answer->rr[1].ip, text), "192.0.2.2");
	answer = look(world, "a.example", DNS_AAAA);
	assert_string_equal(ip_format(answer->rr[0].ip, text), "2001:db8::1");
	answer = look(world, "a.example", DNS_MX);
	assert_str(answer->rr[0].text, "mail.example");
	assert_int_equal(answer->rr[0].preference, 10);
	assert_str(answer->rr[1].text, "");
	answer = look(world, "a.example", DNS_TXT);
	assert_true(str_eq(answer->rr[0].text, str_lit("one two\0\xff")));
	answer = look(world, "1.2.0.192.in-addr.arpa", DNS_PTR);
	assert_str(answer->rr[0].text, "host.example");
	assert_status(look(world, "odd\xff(%).example", DNS_TXT), DNS_OK);
	assert_status(look(world, "nope.example", DNS_A), DNS_NXDOMAIN);
	assert_status(look(world, "example", DNS_A), DNS_NODATA);
	assert_int_equal(counters(world).questions, 8);
	assert_int_equal(counters(world).outstanding, 0);
}

static void
test_rcodes(void **state)
{
	struct world *world = *state;

	world_start(world, "servfail.example !servfail\n"
			   "refused.example !refused\n"
			   "formerr.example !rcode 1\n"
			   "notimp.example !rcode 4\n"
			   "rcode9.example !rcode 9\n"
			   "lame.example !referral\n"
			   "old.example !formerr\n"
			   "old.example A 192.0.2.1\n");
	const struct dns_answer *answer =
	    look(world, "servfail.example", DNS_A);
	assert_status(answer, DNS_FAILED);
	assert_string_equal(answer->reason, "the DNS server says SERVFAIL");
	answer = look(world, "refused.example", DNS_A);
	assert_status(answer, DNS_FAILED);
	assert_string_equal(answer->reason, "the DNS server says REFUSED");
	answer = look(world, "formerr.example", DNS_A);
	assert_status(answer, DNS_FAILED);
	assert_string_equal(answer->reason, "the DNS server says FORMERR");
	assert_int_equal(dns_server_asked(world->server, "formerr.example", 0),
			 2);
	answer = look(world, "notimp.example", DNS_A);
	assert_string_equal(answer->reason, "the DNS server says NOTIMP");
	answer = look(world, "rcode9.example", DNS_A);
	assert_string_equal(answer->reason,
			    "the DNS server gives an unusual response code");
	answer = look(world, "lame.example", DNS_TXT);
	assert_status(answer, DNS_FAILED);
	assert_string_equal(
	    answer->reason,
	    "the DNS server refers to other servers and does not recurse");
	assert_status(look(world, "old.example", DNS_A), DNS_OK);
	assert_int_equal(counters(world).failures, 6);
}

static void
test_cname_chains(void **state)
{
	struct world *world = *state;

	world_start(world, "c1.example CNAME c2.example\n"
			   "c1.example !reverse\n"
			   "c2.example CNAME c3.example\n"
			   "c3.example CNAME c4.example\n"
			   "c4.example CNAME c5.example\n"
			   "c5.example CNAME c6.example\n"
			   "c6.example CNAME c7.example\n"
			   "c7.example CNAME c8.example\n"
			   "c8.example CNAME end.example\n"
			   "c0.example CNAME c1.example\n"
			   "end.example A 192.0.2.1\n"
			   "loop.example CNAME pool.example\n"
			   "pool.example CNAME loop.example\n"
			   "dead.example CNAME nowhere.example\n");
	assert_status(look(world, "c1.example", DNS_A), DNS_OK);
	assert_status(look(world, "c1.example", DNS_TXT), DNS_NODATA);
	assert_status(look(world, "c0.example", DNS_A), DNS_FAILED);
	assert_status(look(world, "loop.example", DNS_A), DNS_FAILED);
	assert_status(look(world, "dead.example", DNS_A), DNS_NXDOMAIN);
	assert_true(look(world, "dead.example", DNS_A)->aliases > 0);
	assert_true(look(world, "loop.example", DNS_A)->aliases > 0);
	assert_int_equal(look(world, "end.example", DNS_A)->aliases, 0);
	assert_int_equal(look(world, "none.example", DNS_A)->aliases, 0);
}

static void
test_authentic(void **state)
{
	struct world *world = *state;
	const char *zone = "a.example TXT \"a\"\na.example !ad\n"
			   "b.example TXT \"b\"\n";

	world_start(world, zone);
	assert_false(look(world, "a.example", DNS_TXT)->authentic);
	dns_session_unref(world->session);
	dns_resolver_free(world->resolver);
	world_start_with(world, (struct dns_options){.trust_ad = true}, NULL);
	assert_true(look(world, "a.example", DNS_TXT)->authentic);
	assert_false(look(world, "b.example", DNS_TXT)->authentic);
}

/* --- TCP --- */

static void
test_truncated(void **state)
{
	struct world *world = *state;

	world_start(world, "t.example !truncate\n"
			   "t.example TXT \"whole\"\n"
			   "closed.example !truncate\n"
			   "closed.example !tcp-close\n"
			   "id.example !truncate\n"
			   "id.example !wrong-id\n"
			   "name.example !truncate\n"
			   "name.example !wrong-question\n");
	assert_str(look(world, "t.example", DNS_TXT)->rr[0].text, "whole");
	assert_int_equal(dns_server_asked(world->server, "t.example", 0), 2);
	assert_int_equal(counters(world).tcp, 1);
	const struct dns_answer *answer = look(world, "closed.example", DNS_A);
	assert_status(answer, DNS_FAILED);
	assert_string_equal(answer->reason,
			    "the TCP connection to the DNS server broke");
	answer = look(world, "id.example", DNS_A);
	assert_status(answer, DNS_FAILED);
	assert_string_equal(answer->reason, "a wrong answer over TCP");
	assert_status(look(world, "name.example", DNS_A), DNS_FAILED);
}

/* A record of so many octets at big.example. */
static void
start_with_large(struct world *world, size_t n)
{
	char *zone = mem_alloc(n + 100), *at = zone;

	at = stpcpy(at, "small.example A 192.0.2.1\nbig.example TXT \"");
	memset(at, 'x', n);
	strcpy(at + n, "\"\n");
	world_start(world, zone);
	free(zone);
}

static void
test_large_answer(void **state)
{
	struct world *world = *state;
	const size_t n = 60000;

	start_with_large(world, n);
	for (int i = 0; i < 2; i++) {
		const struct dns_answer *answer =
		    look(world, "big.example", DNS_TXT);
		assert_status(answer, DNS_OK);
		assert_int_equal(answer->rr[0].text.n, n);
		assert_ptr_equal(look(world, "big.example", DNS_TXT), answer);
		/* Not cached: the next message asks again. */
		assert_int_equal(counters(world).cache_entries, 0);
		assert_int_equal(counters(world).tcp, i + 1);
		world_next_message(world);
	}
}

/* One is handed out in any case; what is known stays, and no more is asked. */
static void
test_no_memory_left(void **state)
{
	struct world *world = *state;
	struct arena_pool pool;

	start_with_large(world, 2 * LIMIT_DNS_FREE_BYTES);
	arena_pool_init(&pool, LIMIT_DNS_FREE_BYTES);
	dns_session_charge(world->session, &pool, NULL);
	assert_int_equal(dns_session_room(world->session), ARENA_ROOM);
	assert_status(look(world, "big.example", DNS_TXT), DNS_OK);
	assert_int_equal(dns_session_room(world->session), ARENA_ROOM_POOL);
	const struct dns_answer *answer = look(world, "small.example", DNS_A);
	assert_status(answer, DNS_TIMEOUT);
	assert_string_equal(answer->reason,
			    "there is no memory left for answers");
	assert_int_equal(dns_server_asked(world->server, "small.example", 0),
			 0);
	assert_status(look(world, "big.example", DNS_TXT), DNS_OK);
	dns_session_unref(world->session);
	world->session = NULL;
}

/* --- loss and silence --- */

static void
test_loss(void **state)
{
	struct world *world = *state;

	world_start_brief(world,
			  "once.example !drop 1\nonce.example A 192.0.2.1\n"
			  "twice.example !drop 2\ntwice.example A 192.0.2.1\n");
	assert_status(look(world, "once.example", DNS_A), DNS_OK);
	assert_in_range(counters(world).retransmissions, 1, 2);
	assert_status(look(world, "twice.example", DNS_A), DNS_OK);
	assert_in_range(counters(world).retransmissions, 3, 4);
	assert_int_equal(counters(world).questions, 2);
	assert_int_equal(counters(world).timeouts, 0);
}

static void
test_late_answer_counts(void **state)
{
	struct world *world = *state;

	/* Each answer comes after the next retransmission. */
	world_start_brief(
	    world, "late.example !delay 250\nlate.example A 192.0.2.1\n");
	assert_status(look(world, "late.example", DNS_A), DNS_OK);
	assert_in_range(counters(world).retransmissions, 1, 2);
}

static void
test_silence(void **state)
{
	struct world *world = *state;
	struct dns_usage usage;

	world_start_brief(world, "*.example !silent\n");
	int64_t begun = clock_monotonic_ms();
	const struct dns_answer *answer = look(world, "s.example", DNS_A);
	int64_t took = clock_monotonic_ms() - begun;
	assert_status(answer, DNS_TIMEOUT);
	assert_string_equal(answer->reason, "the DNS server is silent");
	assert_true(took >= NAME_MS && took < NAME_MS + 2000);
	assert_int_equal(counters(world).timeouts, 1);
	dns_session_usage(world->session, &usage);
	assert_true(usage.waited_us >= NAME_MS * 1000);
	/* Cached for the next message. */
	size_t asked = dns_server_asked(world->server, NULL, 0);
	assert_in_range(asked, 2, 3);
	world_next_message(world);
	assert_status(look(world, "s.example", DNS_A), DNS_TIMEOUT);
	assert_int_equal(dns_server_asked(world->server, NULL, 0), asked);
	dns_session_usage(world->session, &usage);
	assert_int_equal(usage.questions, 1);
	assert_int_equal(usage.sent, 0);
}

static void
test_deadline(void **state)
{
	struct world *world = *state;

	world_start(world,
		    "slow.example !delay 500\nslow.example A 192.0.2.1\n");
	int64_t begun = clock_monotonic_ms();
	const struct dns_answer *answer = dns_lookup(
	    world->session, exact("slow.example"), DNS_A, begun + 20);
	assert_status(answer, DNS_TIMEOUT);
	assert_string_equal(answer->reason, "no answer before the deadline");
	assert_true(clock_monotonic_ms() - begun < 450);
	/* It is still on its way, for this message and others. */
	assert_status(look(world, "slow.example", DNS_A), DNS_OK);
	assert_int_equal(dns_server_asked(world->server, NULL, 0), 1);
	world_next_message(world);
	answer = dns_lookup(world->session, exact("slow.example"), DNS_A, 0);
	assert_status(answer, DNS_OK);
}

/* --- forgeries --- */

static void
test_forgeries(void **state)
{
	struct world *world = *state;
	char text[IP_TEXT_MAX];

	world_start(world,
		    "id.example !wrong-id\nid.example A 192.0.2.1\n"
		    "name.example !wrong-question\nname.example A 192.0.2.1\n"
		    "port.example !wrong-port\nport.example A 192.0.2.1\n"
		    "junk.example !garbage\njunk.example A 192.0.2.1\n"
		    "extra.example !extra \"victim.example A 192.0.2.66\"\n"
		    "extra.example !extra \"extra.example TXT \\\"no\\\"\"\n"
		    "extra.example A 192.0.2.1\n"
		    "victim.example A 192.0.2.2\n");
	assert_status(look(world, "id.example", DNS_A), DNS_OK);
	assert_int_equal(counters(world).dropped, 1);
	assert_status(look(world, "name.example", DNS_A), DNS_OK);
	assert_int_equal(counters(world).dropped, 3);
	/* The kernel drops it: the socket is connected. */
	assert_status(look(world, "port.example", DNS_A), DNS_OK);
	assert_int_equal(counters(world).dropped, 3);
	assert_status(look(world, "junk.example", DNS_A), DNS_OK);
	assert_int_equal(counters(world).dropped, 6);
	assert_int_equal(look(world, "extra.example", DNS_A)->count, 1);
	const struct dns_answer *answer = look(world, "victim.example", DNS_A);
	assert_int_equal(answer->count, 1);
	assert_string_equal(ip_format(answer->rr[0].ip, text), "192.0.2.2");
	assert_status(look(world, "extra.example", DNS_TXT), DNS_OK);
}

static void
test_ports_change(void **state)
{
	struct world *world = *state;
	char name[32];

	world_start(world, "*.example A 192.0.2.1\n");
	for (int i = 0; i < 5 * LIMIT_DNS_PORT_USES; i++) {
		snprintf(name, sizeof name, "n%d.example", i);
		assert_status(look(world, name, DNS_A), DNS_OK);
	}
	assert_true(dns_server_ports_seen(world->server) >= 5);
}

/* Who starts us may have closed standard input: descriptor 0 is a socket like
   any other. */
static void
test_descriptor_zero(void **state)
{
	struct world *world = *state;
	int input = dup(STDIN_FILENO);
	char name[32];

	dns_server_zone(world->server, "*.example A 192.0.2.1\n");
	for (int made_before = 0; made_before < 2; made_before++) {
		if (made_before)
			world_start_with(world, (struct dns_options){0}, NULL);
		close(STDIN_FILENO);
		if (!made_before)
			world_start_with(world, (struct dns_options){0}, NULL);
		for (int i = 0; i < 2 * LIMIT_DNS_PORT_USES; i++) {
			snprintf(name, sizeof name, "n%d.example", i);
			assert_status(look(world, name, DNS_A), DNS_OK);
		}
		/* It was in use, and was given back. */
		assert_int_not_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
		dns_session_unref(world->session);
		dns_resolver_free(world->resolver);
		world->session = NULL;
		world->resolver = NULL;
		assert_int_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
		assert_int_equal(dup2(input, STDIN_FILENO), STDIN_FILENO);
	}
	close(input);
}

/* --- the cache --- */

static void
test_cache(void **state)
{
	struct world *world = *state;
	struct dns_usage usage;

	world_start(world, "a.example A 192.0.2.1\n"
			   "brief.example A 192.0.2.1\nbrief.example !ttl 1\n"
			   "zero.example A 192.0.2.1\nzero.example !ttl 0\n");
	assert_status(look(world, "a.example", DNS_A), DNS_OK);
	assert_status(look(world, "no.example", DNS_A), DNS_NXDOMAIN);
	world_next_message(world);
	assert_status(look(world, "A.EXAMPLE", DNS_A), DNS_OK);
	assert_status(look(world, "no.example", DNS_A), DNS_NXDOMAIN);
	assert_int_equal(counters(world).questions, 2);
	assert_int_equal(counters(world).cache_hits, 2);
	assert_int_equal(counters(world).lookups, 4);
	assert_int_equal(counters(world).cache_entries, 2);
	assert_true(counters(world).cache_bytes > 200);
	dns_session_usage(world->session, &usage);
	assert_int_equal(usage.questions, 2);
	assert_int_equal(usage.sent, 0);
	dns_resolver_flush(world->resolver);
	world_next_message(world);
	assert_status(look(world, "a.example", DNS_A), DNS_OK);
	assert_int_equal(counters(world).questions, 3);
	assert_status(look(world, "zero.example", DNS_A), DNS_OK);
	world_next_message(world);
	assert_status(look(world, "zero.example", DNS_A), DNS_OK);
	assert_int_equal(counters(world).questions, 5);
	/* Later than that this tells nothing. */
	int64_t end = clock_monotonic_ms() + 1000;
	assert_status(look(world, "brief.example", DNS_A), DNS_OK);
	world_next_message(world);
	assert_status(look(world, "brief.example", DNS_A), DNS_OK);
	uint64_t asked = counters(world).questions;
	assert_true(asked == 6 || clock_monotonic_ms() >= end);
	nap(1100);
	world_next_message(world);
	assert_status(look(world, "brief.example", DNS_A), DNS_OK);
	assert_int_equal(counters(world).questions, asked + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_records),        TEST(test_rcodes),
	    TEST(test_cname_chains),   TEST(test_authentic),
	    TEST(test_truncated),      TEST(test_large_answer),
	    TEST(test_no_memory_left), TEST(test_descriptor_zero),
	    TEST(test_loss),           TEST(test_late_answer_counts),
	    TEST(test_silence),        TEST(test_deadline),
	    TEST(test_forgeries),      TEST(test_ports_change),
	    TEST(test_cache),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
