/* The limits of RFC 7208 section 4.6.4, each at the limit and one beyond. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "tests/support/dns_server.h"
#include "tests/support/spf_case.h"

/* A zone of ok.example, whose A record is 192.0.2.99, and the text given. */
static const char base_zone[] = "ok.example A 192.0.2.99\n"
				"ok.example MX 1 ok.example\n"
				"ok.example TXT \"v=spf1 ~all\"\n";

static struct spf_world *
world_of(struct buf *zone)
{
	buf_adds(zone, base_zone);
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

/* Nine or ten includes, then each kind of term that looks something up. */
static void
test_terms(void **state)
{
	static const char *const terms[] = {
	    "a:ok.example",       "a:ok.example/0",     "mx:ok.example",
	    "mx:ok.example/0",    "ptr:ok.example",     "exists:ok.example",
	    "include:ok.example", "redirect=ok.example"};
	struct buf zone;

	(void)state;
	buf_init(&zone, NULL);
	for (int i = 0; i < 8; i++) {
		for (int n = 9; n <= 10; n++) {
			buf_printf(&zone, "t%d-%d.example TXT \"v=spf1", i, n);
			add_times(&zone, " include:ok.example", n);
			buf_printf(&zone, " %s\"\n", terms[i]);
		}
	}
	struct spf_world *world = world_of(&zone);
	for (int i = 0; i < 8; i++) {
		char from[40], reason[100];
		snprintf(from, sizeof from, "u@t%d-9.example", i);
		assert_int_not_equal(check(world, from).result, SPF_PERMERROR);
		snprintf(from, sizeof from, "u@t%d-10.example", i);
		snprintf(
		    reason, sizeof reason,
		    "more than 10 terms that look something up, at last %s",
		    terms[i]);
		struct spf_outcome outcome = check(world, from);
		assert_int_equal(outcome.result, SPF_PERMERROR);
		assert_str(outcome.reason, reason);
	}
	spf_world_free(world);
}

/* A match before the eleventh term counts. */
static void
test_match_before_limit(void **state)
{
	struct buf zone;

	(void)state;
	buf_init(&zone, NULL);
	buf_adds(&zone, "t.example TXT \"v=spf1");
	add_times(&zone, " a:ok.example", 10);
	buf_adds(&zone, " ip4:192.0.2.1 a:ok.example -all\"\n");
	struct spf_world *world = world_of(&zone);
	assert_int_equal(check(world, "u@t.example").result, SPF_PASS);
	assert_int_equal(
	    spf_world_check(world, "u@t.example", "h", "192.0.2.2").result,
	    SPF_PERMERROR);
	spf_world_free(world);
}

/* Chains of n records; the last one holds ~all. */
static void
add_chain(struct buf *zone, const char *prefix, const char *link, int n)
{
	for (int i = 0; i < n; i++)
		buf_printf(zone, "%s%d.example TXT \"v=spf1 %s%s%d.example\"\n",
			   prefix, i, link, prefix, i + 1);
	buf_printf(zone, "%s%d.example TXT \"v=spf1 +all\"\n", prefix, n);
}

static void
test_chains(void **state)
{
	struct buf zone;

	(void)state;
	buf_init(&zone, NULL);
	add_chain(&zone, "i", "include:", 11);
	add_chain(&zone, "r", "redirect=", 11);
	buf_adds(&zone, "self.example TXT \"v=spf1 include:self.example\"\n");
	buf_adds(&zone, "loop.example TXT \"v=spf1 redirect=loop.example\"\n");
	struct spf_world *world = world_of(&zone);
	assert_int_equal(check(world, "u@i0.example").result, SPF_PERMERROR);
	assert_int_equal(check(world, "u@i1.example").result, SPF_PASS);
	assert_int_equal(check(world, "u@r0.example").result, SPF_PERMERROR);
	assert_int_equal(check(world, "u@r1.example").result, SPF_PASS);
	assert_int_equal(check(world, "u@self.example").result, SPF_PERMERROR);
	struct spf_outcome outcome = check(world, "u@loop.example");
	assert_int_equal(outcome.result, SPF_PERMERROR);
	assert_str(outcome.reason,
		   "more than 10 terms that look something up, at last "
		   "redirect=loop.example");
	spf_world_free(world);
}

/* Ten includes on every level: at most eleven records are ever asked for. */
static void
test_tree(void **state)
{
	struct buf zone;

	(void)state;
	buf_init(&zone, NULL);
	buf_adds(&zone, "t.example TXT \"v=spf1");
	for (int i = 0; i < 10; i++)
		buf_printf(&zone, " include:%d.%%{d}", i);
	buf_adds(&zone, "\"\n*.t.example TXT \"v=spf1");
	for (int i = 0; i < 10; i++)
		buf_printf(&zone, " include:%d.%%{d}", i);
	buf_adds(&zone, " -all\"\n");
	struct spf_world *world = world_of(&zone);
	assert_int_equal(check(world, "u@t.example").result, SPF_PERMERROR);
	assert_int_equal(spf_world_asked(world, NULL, 0), 11);
	spf_world_free(world);
}

/* A reason shows 255 octets of a term. */
static void
test_shown_term(void **state)
{
	struct buf zone, want;

	(void)state;
	buf_init(&zone, NULL);
	buf_init(&want, NULL);
	for (int n = 255; n <= 256; n++) {
		buf_printf(&zone, "t%d.example TXT \"v=spf1 a!", n);
		add_times(&zone, "x", n - 2);
		buf_adds(&zone, " -all\"\n");
	}
	struct spf_world *world = world_of(&zone);
	buf_adds(
	    &want,
	    "SPF record of t255.example: argument is not a domain name in a!");
	add_times(&want, "x", 253);
	assert_str(check(world, "u@t255.example").reason, want.p);
	memcpy(strstr(want.p, "t255"), "t256", 4);
	buf_adds(&want, "...");
	assert_str(check(world, "u@t256.example").reason, want.p);
	buf_clear(&want);
	spf_world_free(world);
}

/* As long as a record may be, and one octet longer (section 6.2). */
static void
test_long_explanation(void **state)
{
	struct buf zone;

	(void)state;
	buf_init(&zone, NULL);
	for (int more = 0; more <= 1; more++) {
		buf_printf(&zone,
			   "x%d.example TXT \"v=spf1 -all exp=e%d.example\"\n"
			   "e%d.example TXT \"",
			   more, more, more);
		add_times(&zone, "x", LIMIT_SPF_RECORD + more);
		buf_adds(&zone, "\"\n");
	}
	struct spf_world *world = world_of(&zone);
	assert_int_equal(check(world, "u@x0.example").explanation.n,
			 LIMIT_SPF_EXPLANATION);
	assert_int_equal(check(world, "u@x1.example").explanation.n, 0);
	spf_world_free(world);
}

static void
test_exchanges(void **state)
{
	struct buf zone;

	(void)state;
	buf_init(&zone, NULL);
	for (int n = 10; n <= 11; n++) {
		buf_printf(&zone, "m%d.example TXT \"v=spf1 mx -all\"\n", n);
		buf_printf(&zone,
			   "z%d.example TXT \"v=spf1 mx:m%d.example/0"
			   " -all\"\n",
			   n, n);
		for (int i = 0; i < n; i++)
			buf_printf(&zone,
				   "m%d.example MX %d h%d.example\n"
				   "h%d.example A 198.51.100.%d\n",
				   n, i, i, i, i);
	}
	struct spf_world *world = world_of(&zone);
	assert_int_equal(check(world, "u@m10.example").result, SPF_FAIL);
	assert_int_equal(spf_world_asked(world, NULL, DNS_A), 10);
	assert_int_equal(
	    spf_world_check(world, "u@m10.example", "h", "198.51.100.9").result,
	    SPF_PASS);
	/* Eleven: whichever comes first, the result is the same. */
	for (int i = 0; i < 11; i++) {
		char ip[40];
		snprintf(ip, sizeof ip, "198.51.100.%d", i);
		struct spf_outcome outcome =
		    spf_world_check(world, "u@m11.example", "h", ip);
		assert_int_equal(outcome.result, SPF_PERMERROR);
		assert_str(outcome.reason,
			   "m11.example has more than 10 MX hosts");
	}
	assert_int_equal(check(world, "u@z10.example").result, SPF_PASS);
	assert_int_equal(check(world, "u@z11.example").result, SPF_PERMERROR);
	spf_world_free(world);
}

/* The eleventh PTR name is not looked at. */
static void
test_names(void **state)
{
	struct buf zone;

	(void)state;
	buf_init(&zone, NULL);
	buf_adds(&zone, "p.example TXT \"v=spf1 ptr -all\"\n"
			"x.example TXT \"v=spf1 exists:%{p}.x.example -all\"\n"
			"n10.p.example.x.example A 127.0.0.2\n"
			"unknown.x.example A 127.0.0.3\n");
	for (int ip = 1; ip <= 2; ip++) {
		for (int i = 1; i <= 9; i++)
			buf_printf(&zone,
				   "%d.2.0.192.in-addr.arpa PTR n%d.test\n"
				   "n%d.test A 198.51.100.1\n",
				   ip, i, i);
		if (ip == 2)
			buf_adds(&zone, "2.2.0.192.in-addr.arpa PTR n1.test\n");
		buf_printf(&zone, "%d.2.0.192.in-addr.arpa PTR n10.p.example\n",
			   ip);
	}
	buf_adds(&zone, "n10.p.example A 192.0.2.1\nn10.p.example A 192.0.2.2\n"
			"q.example TXT \"v=spf1 exists:%{p}.q.example -all\"\n"
			"n10.p.example.q.example A 127.0.0.2\n");
	struct spf_world *world = world_of(&zone);
	assert_int_equal(
	    spf_world_check(world, "u@p.example", "h", "192.0.2.1").result,
	    SPF_PASS);
	assert_int_equal(
	    spf_world_check(world, "u@q.example", "h", "192.0.2.1").result,
	    SPF_PASS);
	assert_int_equal(
	    spf_world_check(world, "u@q.example", "h", "192.0.2.2").result,
	    SPF_FAIL);
	assert_int_equal(
	    spf_world_check(world, "u@p.example", "h", "192.0.2.2").result,
	    SPF_FAIL);
	spf_world_free(world);
}

/* The message's questions are used up: permerror, and it says so. */
static void
test_questions(void **state)
{
	static const struct dns_limits limits = {.questions = 1};
	struct zone *zone = zone_parse("t.example TXT \"v=spf1 a -all\"\n"
				       "t.example A 192.0.2.1\n");
	struct dns_resolver *resolver =
	    dns_resolver_new_offline(zone_oracle, zone);
	struct dns_session *session = dns_session_new(resolver, &limits);
	struct arena *arena = arena_new(NULL);
	struct spf_outcome outcome;
	struct spf_input input = {
	    .mail_from_known = true,
	};

	(void)state;
	address_path(arena, exact("u@t.example"), &input.mail_from);
	assert_true(ip_parse(str_lit("192.0.2.1"), &input.client));
	spf_evaluate(spf_begin(arena, session, &input),
		     clock_monotonic_ms() + 10000, &outcome);
	assert_int_equal(outcome.result, SPF_PERMERROR);
	assert_str(
	    outcome.reason,
	    "A lookup of t.example was not made: the message's questions "
	    "are used up");
	arena_free(arena);
	dns_session_unref(session);
	dns_resolver_free(resolver);
	zone_free(zone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_terms),
	    cmocka_unit_test(test_match_before_limit),
	    cmocka_unit_test(test_chains),
	    cmocka_unit_test(test_tree),
	    cmocka_unit_test(test_shown_term),
	    cmocka_unit_test(test_long_explanation),
	    cmocka_unit_test(test_exchanges),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_questions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
