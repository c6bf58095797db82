/* Answers, sessions and their limits, over an offline resolver. */
#include "tests/support/test.h"

#include <string.h>

#include "base/clock.h"
#include "dns/answer.h"
#include "tests/support/dns_server.h"

struct world {
	struct zone *zone;
	struct dns_resolver *resolver;
	struct dns_session *session;
};

static const char zone_text[] =
    "# a comment\n"
    "a.example A 192.0.2.1\n"
    "a.example A 192.0.2.2\n"
    "a.example AAAA 2001:db8::1\n"
    "mx.example MX 10 Mail.Example.\n"
    "null.example MX 0 .\n"
    "2.0.192.in-addr.arpa EMPTY\n"
    "1.2.0.192.in-addr.arpa PTR Host.Example\n"
    "txt.example TXT \"v=spf1 \" \"-all\"\n"
    "txt.example TXT \"nul\\000 quote\\\" back\\\\ \\255\"\n"
    "below.deep.example A 192.0.2.3\n"
    "*.wild.example TXT \"w\"\n"
    "there.wild.example A 192.0.2.4\n"
    "alias.example CNAME alias2.example\n"
    "alias2.example CNAME a.example\n"
    "dead.example CNAME nowhere.example\n"
    "loop.example CNAME loop.example\n"
    "bad.example !servfail\n"
    "badtxt.example A 192.0.2.5\n"
    "badtxt.example !servfail TXT\n"
    "silent.example !silent\n"
    "secure.example TXT \"s\"\n"
    "secure.example !ad\n"
    "c1.example CNAME c2.example\nc2.example CNAME c3.example\n"
    "c3.example CNAME c4.example\nc4.example CNAME c5.example\n"
    "c5.example CNAME c6.example\nc6.example CNAME c7.example\n"
    "c7.example CNAME c8.example\nc8.example CNAME a.example\n"
    "c0.example CNAME c1.example\n";

static int
setup_limits(void **state, const struct dns_limits *limits)
{
	static struct world world;

	world.zone = zone_parse(zone_text);
	world.resolver = dns_resolver_new_offline(zone_oracle, world.zone);
	world.session = dns_session_new(world.resolver, limits);
	*state = &world;
	return 0;
}

static int
setup(void **state)
{
	return setup_limits(state, NULL);
}

static int
setup_small(void **state)
{
	return setup_limits(state, &(struct dns_limits){5, 2});
}

static int
teardown(void **state)
{
	struct world *world = *state;

	dns_session_unref(world->session);
	dns_resolver_free(world->resolver);
	zone_free(world->zone);
	return 0;
}

static const struct dns_answer *
look(struct world *world, const char *name, enum dns_type type)
{
	return dns_lookup(world->session, exact(name), type,
			  clock_monotonic_ms() + 1000);
}

static void
assert_status(const struct dns_answer *answer, enum dns_status want)
{
	assert_string_equal(dns_status_text(answer->status),
			    dns_status_text(want));
	assert_int_equal(answer->count > 0, want == DNS_OK);
}

static void
test_records(void **state)
{
	char text[IP_TEXT_MAX];
	const struct dns_answer *answer = look(*state, "A.Example", DNS_A);

	assert_status(answer, DNS_OK);
	assert_str(answer->name, "a.example");
	assert_int_equal(answer->count, 2);
	assert_string_equal(ip_format(answer->rr[1].ip, text), "192.0.2.2");
	answer = look(*state, "a.example", DNS_AAAA);
	assert_int_equal(answer->count, 1);
	assert_string_equal(ip_format(answer->rr[0].ip, text), "2001:db8::1");
	answer = look(*state, "mx.example", DNS_MX);
	assert_str(answer->rr[0].text, "mail.example");
	assert_int_equal(answer->rr[0].preference, 10);
	answer = look(*state, "null.example", DNS_MX);
	assert_int_equal(answer->count, 1);
	assert_str(answer->rr[0].text, "");
	answer = look(*state, "1.2.0.192.in-addr.arpa", DNS_PTR);
	assert_str(answer->rr[0].text, "host.example");
}

static void
test_txt(void **state)
{
	const struct dns_answer *answer = look(*state, "txt.example", DNS_TXT);

	assert_int_equal(answer->count, 2);
	assert_str(answer->rr[0].text, "v=spf1 -all");
	assert_true(
	    str_eq(answer->rr[1].text, str_lit("nul\0 quote\" back\\ \xff")));
}

static void
test_statuses(void **state)
{
	assert_status(look(*state, "no.example", DNS_A), DNS_NXDOMAIN);
	assert_status(look(*state, "a.example", DNS_TXT), DNS_NODATA);
	assert_status(look(*state, "deep.example", DNS_A), DNS_NODATA);
	assert_status(look(*state, "example", DNS_A), DNS_NODATA);
	assert_status(look(*state, "2.0.192.in-addr.arpa", DNS_PTR),
		      DNS_NODATA);
	assert_status(look(*state, "bad.example", DNS_A), DNS_FAILED);
	assert_status(look(*state, "badtxt.example", DNS_TXT), DNS_FAILED);
	assert_status(look(*state, "badtxt.example", DNS_A), DNS_OK);
	assert_status(look(*state, "silent.example", DNS_A), DNS_TIMEOUT);
	assert_true(dns_is_void(look(*state, "no.example", DNS_A)));
	assert_false(dns_is_void(look(*state, "bad.example", DNS_A)));
	assert_true(dns_is_trouble(look(*state, "silent.example", DNS_A)));
	assert_true(look(*state, "secure.example", DNS_TXT)->authentic);
	assert_false(look(*state, "txt.example", DNS_TXT)->authentic);
}

static void
test_wildcards(void **state)
{
	assert_status(look(*state, "x.wild.example", DNS_TXT), DNS_OK);
	assert_status(look(*state, "x.y.wild.example", DNS_TXT), DNS_OK);
	assert_status(look(*state, "x.wild.example", DNS_A), DNS_NODATA);
	assert_status(look(*state, "there.wild.example", DNS_TXT), DNS_NODATA);
	assert_status(look(*state, "x.there.wild.example", DNS_TXT),
		      DNS_NXDOMAIN);
	assert_status(look(*state, "wild.example", DNS_TXT), DNS_NODATA);
}

static void
test_aliases(void **state)
{
	assert_int_equal(look(*state, "alias.example", DNS_A)->count, 2);
	assert_str(look(*state, "alias.example", DNS_A)->name, "alias.example");
	assert_status(look(*state, "alias.example", DNS_MX), DNS_NODATA);
	assert_status(look(*state, "dead.example", DNS_A), DNS_NXDOMAIN);
	assert_status(look(*state, "loop.example", DNS_A), DNS_FAILED);
	assert_status(look(*state, "c1.example", DNS_A), DNS_OK);
	assert_status(look(*state, "c0.example", DNS_A), DNS_FAILED);
}

static struct str
repeated(char c, size_t n, const char *tail)
{
	char text[600];

	memset(text, c, n);
	memcpy(text + n, tail, strlen(tail));
	return exact_n(text, n + strlen(tail));
}

static const struct dns_answer *
look_str(struct world *world, struct str name)
{
	return dns_lookup(world->session, name, DNS_A,
			  clock_monotonic_ms() + 1000);
}

static void
test_names_off_the_wire(void **state)
{
	struct world *world = *state;
	struct str long_name = repeated('a', 63, ".");
	char text[600];
	size_t n = 0;

	zone_free(world->zone);
	world->zone = zone_parse("*.x A 192.0.2.1\n* A 192.0.2.1\n");
	dns_resolver_free(world->resolver);
	dns_session_unref(world->session);
	world->resolver = dns_resolver_new_offline(zone_oracle, world->zone);
	world->session = dns_session_new(world->resolver, NULL);
	assert_status(look_str(world, repeated('a', 63, ".x")), DNS_OK);
	assert_status(look_str(world, repeated('a', 64, ".x")), DNS_NXDOMAIN);
	assert_status(look_str(world, str_empty()), DNS_NXDOMAIN);
	assert_status(look_str(world, exact(".x")), DNS_NXDOMAIN);
	assert_status(look_str(world, exact("a..x")), DNS_NXDOMAIN);
	assert_status(look_str(world, exact("a.x.")), DNS_NXDOMAIN);
	for (int i = 0; i < 4; i++, n += long_name.n)
		memcpy(text + n, long_name.p, long_name.n);
	memcpy(text + 251, ".x", 2);
	assert_status(look_str(world, exact_n(text, 253)), DNS_OK);
	memcpy(text + 251, "a.x", 3);
	memcpy(text + 190, ".a", 2);
	assert_status(look_str(world, exact_n(text, 254)), DNS_NXDOMAIN);
	memset(text, 'a', sizeof text);
	assert_status(look_str(world, exact_n(text, 600)), DNS_NXDOMAIN);
}

static void
test_questions(void **state)
{
	struct world *world = *state;
	struct dns_usage usage;

	for (int i = 0; i < 3; i++) {
		look(world, "a.example", DNS_A);
		look(world, "A.example", DNS_A);
		look(world, "a.example", DNS_TXT);
		look(world, "1.example", DNS_TXT);
		look(world, "2.example", DNS_TXT);
	}
	dns_session_usage(world->session, &usage);
	assert_int_equal(usage.questions, 4);
	assert_int_equal(usage.sent, 4);
	assert_status(look(world, "3.example", DNS_A), DNS_NXDOMAIN);
	dns_session_usage(world->session, &usage);
	assert_int_equal(usage.questions, 5);
	assert_false(usage.questions_exhausted);
	const struct dns_answer *answer = look(world, "txt.example", DNS_TXT);
	assert_status(answer, DNS_LIMIT);
	assert_str(answer->name, "txt.example");
	assert_status(look(world, "a.example", DNS_A), DNS_OK);
	dns_session_usage(world->session, &usage);
	assert_int_equal(usage.questions, 5);
	assert_true(usage.questions_exhausted);
	assert_false(usage.prefetches_exhausted);
}

struct chain {
	unsigned run, released;
	char seen[64];
};

static void
released(void *ctx)
{
	struct chain *chain = ctx;

	chain->released++;
}

static void
noted(struct dns_session *session, const struct dns_answer *answer, void *ctx)
{
	struct chain *chain = ctx;

	(void)session;
	chain->run++;
	chain->seen[0] = answer->count ? 'y' : 'n';
}

static void
test_prefetches(void **state)
{
	struct world *world = *state;
	struct chain chain = {0};
	struct dns_usage usage;

	dns_prefetch(world->session, exact("a.example"), DNS_A, noted, &chain,
		     released);
	assert_int_equal(chain.run, 1);
	assert_int_equal(chain.released, 1);
	assert_int_equal(chain.seen[0], 'y');
	look(world, "a.example", DNS_A);
	dns_prefetch(world->session, exact("1.example"), DNS_A, NULL, &chain,
		     released);
	assert_int_equal(chain.released, 2);
	dns_session_usage(world->session, &usage);
	assert_int_equal(usage.questions, 2);
	assert_int_equal(usage.prefetches, 2);
	assert_false(usage.prefetches_exhausted);
	dns_prefetch(world->session, exact("2.example"), DNS_A, noted, &chain,
		     released);
	assert_int_equal(chain.run, 1);
	assert_int_equal(chain.released, 3);
	/* Known already: no new question. */
	dns_prefetch(world->session, exact("a.example"), DNS_A, noted, &chain,
		     released);
	assert_int_equal(chain.run, 2);
	dns_session_usage(world->session, &usage);
	assert_int_equal(usage.questions, 2);
	assert_true(usage.prefetches_exhausted);
	assert_false(usage.questions_exhausted);
}

static void
test_prefetch_beyond_questions(void **state)
{
	struct world *world = *state;
	struct chain chain = {0};
	struct dns_usage usage;

	for (int i = 0; i < 5; i++)
		look(world,
		     &"1\0"
		      "2\0"
		      "3\0"
		      "4\0"
		      "5"[i * 2],
		     DNS_A);
	dns_prefetch(world->session, exact("6"), DNS_A, noted, &chain,
		     released);
	assert_int_equal(chain.run, 0);
	assert_int_equal(chain.released, 1);
	dns_session_usage(world->session, &usage);
	assert_true(usage.prefetches_exhausted);
	assert_true(usage.questions_exhausted);
}

/* An arrival that asks for the same name again, for ever. */
static void
again(struct dns_session *session, const struct dns_answer *answer, void *ctx)
{
	struct chain *chain = ctx;

	chain->run++;
	dns_prefetch(session, answer->name, DNS_A, again, ctx, released);
	dns_prefetch(session, answer->name, DNS_A, again, ctx, released);
}

static void
test_prefetch_loop_ends(void **state)
{
	struct world *world = *state;
	struct chain chain = {0};

	dns_prefetch(world->session, exact("a.example"), DNS_A, again, &chain,
		     released);
	assert_int_equal(chain.run, 2 * LIMIT_DNS_PREFETCHES);
	assert_int_equal(chain.released, 1 + 2 * chain.run);
}

static void
test_cancelled(void **state)
{
	struct world *world = *state;
	struct chain chain = {0};

	dns_session_cancel(world->session);
	dns_prefetch(world->session, exact("a.example"), DNS_A, noted, &chain,
		     released);
	assert_int_equal(chain.run, 0);
	assert_int_equal(chain.released, 1);
	assert_status(look(world, "a.example", DNS_A), DNS_OK);
}

static void
test_deadline(void **state)
{
	struct world *world = *state;
	struct dns_usage usage;

	const struct dns_answer *answer = dns_lookup(
	    world->session, exact("a.example"), DNS_A, clock_monotonic_ms());
	assert_status(answer, DNS_TIMEOUT);
	assert_string_equal(answer->reason,
			    "the deadline had passed before the question");
	assert_status(look(world, "a.example", DNS_A), DNS_OK);
	answer = dns_lookup(world->session, exact("a.example"), DNS_A, 0);
	assert_status(answer, DNS_OK);
	dns_session_usage(world->session, &usage);
	assert_int_equal(usage.late, 1);
}

static const int kind_a, kind_b;
static int freed;

static void
count_freed(void *form)
{
	(void)form;
	freed++;
}

static void
test_forms(void **state)
{
	int one, two;
	struct dns_answer *answer =
	    dns_answer_new(exact("x"), DNS_TXT, DNS_NODATA, "");

	(void)state;
	freed = 0;
	assert_null(dns_answer_form(answer, &kind_a));
	size_t size = dns_answer_size(answer);
	assert_ptr_equal(
	    dns_answer_set_form(answer, &kind_a, &one, count_freed), &one);
	/* a parsed record of n octets may take 4 n */
	assert_true(dns_answer_size(answer) > 5 * size);
	assert_ptr_equal(
	    dns_answer_set_form(answer, &kind_a, &two, count_freed), &one);
	assert_int_equal(freed, 1);
	assert_null(dns_answer_set_form(answer, &kind_b, &two, count_freed));
	assert_int_equal(freed, 1);
	assert_ptr_equal(dns_answer_form(answer, &kind_a), &one);
	assert_null(dns_answer_form(answer, &kind_b));
	dns_answer_unref(dns_answer_ref(answer));
	assert_int_equal(freed, 1);
	dns_answer_unref(answer);
	assert_int_equal(freed, 2);
}

static void
test_answer_bounds(void **state)
{
	struct dns_answer *answer =
	    dns_answer_new(exact("x"), DNS_PTR, DNS_OK, "");

	(void)state;
	assert_status(answer, DNS_NODATA);
	for (int i = 0; i < LIMIT_DNS_ANSWER_RRS; i++)
		dns_answer_add_text(answer, exact("Text"));
	assert_false(answer->cut);
	for (int i = 0; i < 10; i++)
		dns_answer_add_text(answer, exact("more"));
	assert_true(answer->cut);
	assert_status(answer, DNS_OK);
	assert_int_equal(answer->count, LIMIT_DNS_ANSWER_RRS);
	assert_str(answer->rr[LIMIT_DNS_ANSWER_RRS - 1].text, "text");
	assert_true(dns_answer_size(answer) >
		    LIMIT_DNS_ANSWER_RRS * (sizeof *answer->rr + 5));
	dns_answer_unref(answer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_SMALL(name) \
	cmocka_unit_test_setup_teardown(name, setup_small, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_records),
	    TEST(test_txt),
	    TEST(test_statuses),
	    TEST(test_wildcards),
	    TEST(test_aliases),
	    TEST(test_names_off_the_wire),
	    TEST_SMALL(test_questions),
	    TEST_SMALL(test_prefetches),
	    TEST_SMALL(test_prefetch_beyond_questions),
	    TEST(test_prefetch_loop_ends),
	    TEST(test_cancelled),
	    TEST(test_deadline),
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_answer_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
