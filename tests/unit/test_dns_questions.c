/* What a message asked, and the digests of what it was told. */
#include "tests/support/test.h"

#include <string.h>

#include "base/clock.h"
#include "dns/answer.h"
#include "tests/support/dns_server.h"

/* printf 'v=spf1 -all' | sha256sum */
#define SPF_DIGEST \
	"\xf9\x01\x39\xdd\x9a\xb3\xa2\x3e\x30\x5d\x0a\x48\x20\x85\x73\x46"

static const char zone_text[] = "a.example TXT \"v=spf1 \" \"-all\"\n"
				"b.example TXT \"one\"\n"
				"b.example TXT \"two\"\n"
				"c.example TXT \"two\"\n"
				"c.example TXT \"one\"\n"
				"d.example TXT \"onetwo\"\n"
				"h.example A 192.0.2.1\n"
				"bad.example !servfail\n";

struct world {
	struct arena *arena;
	struct zone *zone;
	struct dns_resolver *resolver;
	struct dns_session *session;
	const struct dns_question *question;
};

static int
setup(void **state)
{
	static struct world world;

	world.arena = arena_new(NULL);
	world.zone = zone_parse(zone_text);
	world.resolver = dns_resolver_new_offline(zone_oracle, world.zone);
	world.session =
	    dns_session_new(world.resolver, &(struct dns_limits){5, 2});
	*state = &world;
	return 0;
}

static int
teardown(void **state)
{
	struct world *world = *state;

	dns_session_unref(world->session);
	dns_resolver_free(world->resolver);
	zone_free(world->zone);
	arena_free(world->arena);
	return 0;
}

static const struct dns_answer *
look(struct world *world, const char *name, enum dns_type type)
{
	return dns_lookup(world->session, exact(name), type,
			  clock_monotonic_ms() + 1000);
}

static size_t
list(struct world *world)
{
	return dns_session_questions(world->session, world->arena,
				     &world->question);
}

static void
test_list(void **state)
{
	static const uint8_t none[DNS_DIGEST_OCTETS];
	struct world *world = *state;

	assert_int_equal(list(world), 0);
	const struct dns_answer *a = look(world, "A.Example", DNS_TXT);
	dns_prefetch(world->session, exact("h.example"), DNS_A, NULL, NULL,
		     NULL);
	look(world, "bad.example", DNS_MX);
	look(world, "a.example", DNS_TXT);
	look(world, "no.example", DNS_TXT);
	assert_int_equal(list(world), 4);
	const struct dns_question *q = world->question;
	assert_str(q[0].name, "a.example");
	assert_int_equal(q[0].type, DNS_TXT);
	assert_int_equal(q[0].status, DNS_OK);
	assert_ptr_equal(q[0].answer, a);
	assert_memory_equal(q[0].digest, SPF_DIGEST, DNS_DIGEST_OCTETS);
	assert_str(q[1].name, "h.example");
	assert_int_equal(q[1].type, DNS_A);
	assert_int_equal(q[1].status, DNS_OK);
	assert_memory_equal(q[1].digest, none, DNS_DIGEST_OCTETS);
	assert_int_equal(q[2].status, DNS_FAILED);
	assert_int_equal(q[3].status, DNS_NXDOMAIN);
	assert_memory_equal(q[3].digest, none, DNS_DIGEST_OCTETS);
}

/* The limit of questions is that of the list. */
static void
test_limit(void **state)
{
	struct world *world = *state;
	char name[] = "0.example";

	for (int i = 0; i < 9; i++, name[0]++)
		look(world, name, DNS_A);
	assert_int_equal(list(world), 5);
	assert_str(world->question[4].name, "4.example");
}

static struct dns_answer *
never(void *ctx, struct str name, enum dns_type type)
{
	(void)ctx;
	return dns_answer_new(name, type, DNS_TIMEOUT, "silence");
}

/* The deadline had passed: nothing was asked, and nothing came. */
static void
test_unanswered(void **state)
{
	struct world *world = *state;
	struct dns_resolver *resolver = dns_resolver_new_offline(never, NULL);
	struct dns_session *session = dns_session_new(resolver, NULL);

	(void)dns_lookup(session, str_lit("a.example"), DNS_TXT, 0);
	assert_int_equal(
	    dns_session_questions(session, world->arena, &world->question), 1);
	assert_int_equal(world->question[0].status, DNS_TIMEOUT);
	assert_null(world->question[0].answer);
	dns_session_unref(session);
	dns_resolver_free(resolver);
}

/* Servers turn the order of records; one text is never taken for two. */
static void
test_several(void **state)
{
	struct world *world = *state;
	const uint8_t *b = dns_answer_digest(look(world, "b.example", DNS_TXT));
	const uint8_t *c = dns_answer_digest(look(world, "c.example", DNS_TXT));
	const uint8_t *d = dns_answer_digest(look(world, "d.example", DNS_TXT));

	assert_memory_equal(b, c, DNS_DIGEST_OCTETS);
	assert_memory_not_equal(b, d, DNS_DIGEST_OCTETS);
}

static void
test_made_once(void **state)
{
	struct world *world = *state;
	const struct dns_answer *a = look(world, "a.example", DNS_TXT);

	assert_ptr_equal(dns_answer_digest(a), dns_answer_digest(a));
	assert_null(dns_answer_digest(look(world, "h.example", DNS_A)));
	assert_null(dns_answer_digest(look(world, "h.example", DNS_TXT)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_list),    TEST(test_limit),     TEST(test_unanswered),
	    TEST(test_several), TEST(test_made_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
