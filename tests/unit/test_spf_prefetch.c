/* What is asked ahead, and what is not. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "tests/support/spf_case.h"

static const char zone[] =
    "p.example TXT \"v=spf1 a mx:m.example include:i.example exists:e.example"
    " include:%{d}.x.example ptr a:%{d} ip4:192.0.2.9 a:late.example."
    " redirect=r.example\"\n"
    "p.example A 198.51.100.1\np.example AAAA 2001:db8::5\n"
    "m.example MX 1 mx1.example\nm.example MX 2 mx2.example\n"
    "m.example MX 3 .\n"
    "mx1.example A 198.51.100.2\nmx2.example A 198.51.100.3\n"
    "mx1.example AAAA 2001:db8::6\nmx2.example AAAA 2001:db8::7\n"
    "i.example TXT \"v=spf1 a:in.example a:eleventh.example -all\"\n"
    "in.example A 198.51.100.4\nin.example AAAA 2001:db8::8\n"
    "e.example AAAA 2001:db8::9\nlate.example A 198.51.100.6\n"
    "r.example TXT \"v=spf1 -all exp=why.example\"\n"
    "h.example TXT \"v=spf1 a:in.example\"\n"
    "bad.example TXT \"v=spf1 a:in.example oops\"\n"
    "two.example TXT \"v=spf1 a:in.example\"\n"
    "two.example TXT \"v=spf1 a:in.example\"\n"
    "all.example TXT \"v=spf1 ?all redirect=r.example\"\n"
    "match.example TXT \"v=spf1 a:in.example ip4:192.0.2.0/24"
    " ip6:2001:db8:1::/48 a:late.example redirect=r.example\"\n"
    "many.example MX 1 m1.example\nmx.example TXT \"v=spf1 mx:many.example\"\n"
    "many.example MX 2 m2.example\nmany.example MX 3 m3.example\n"
    "many.example MX 4 m4.example\nmany.example MX 5 m5.example\n"
    "many.example MX 6 m6.example\nmany.example MX 7 m7.example\n"
    "many.example MX 8 m8.example\nmany.example MX 9 m9.example\n"
    "many.example MX 10 m10.example\nmany.example MX 11 m11.example\n";

static int
setup(void **state)
{
	*state = spf_world_new(zone);
	return 0;
}

static int
teardown(void **state)
{
	spf_world_free(*state);
	return 0;
}

static void
test_questions(void **state)
{
	struct spf_world *world = *state;

	spf_world_prefetch(world, "u@P.Example", "198.51.100.99");
	assert_int_equal(spf_world_asked(world, "p.example", DNS_TXT), 1);
	assert_int_equal(spf_world_asked(world, "p.example", DNS_A), 1);
	assert_int_equal(spf_world_asked(world, "m.example", DNS_MX), 1);
	assert_int_equal(spf_world_asked(world, "mx1.example", DNS_A), 1);
	assert_int_equal(spf_world_asked(world, "mx2.example", DNS_A), 1);
	assert_int_equal(spf_world_asked(world, "i.example", DNS_TXT), 1);
	assert_int_equal(spf_world_asked(world, "in.example", DNS_A), 1);
	assert_int_equal(spf_world_asked(world, "e.example", DNS_A), 1);
	assert_int_equal(spf_world_asked(world, "late.example", DNS_A), 1);
	assert_int_equal(spf_world_asked(world, "r.example", DNS_TXT), 1);
	/* Not what needs macros or is the eleventh term. */
	assert_int_equal(spf_world_asked(world, NULL, 0), 10);
}

static void
test_ipv6(void **state)
{
	struct spf_world *world = *state;

	spf_world_prefetch(world, "u@p.example", "2001:db8::1");
	assert_int_equal(spf_world_asked(world, "p.example", DNS_AAAA), 1);
	assert_int_equal(spf_world_asked(world, "mx1.example", DNS_AAAA), 1);
	assert_int_equal(spf_world_asked(world, "in.example", DNS_AAAA), 1);
	assert_int_equal(spf_world_asked(world, "e.example", DNS_A), 1);
	assert_int_equal(spf_world_asked(world, NULL, DNS_A), 1);
}

static void
test_identity(void **state)
{
	struct spf_world *world = *state;

	spf_world_prefetch(world, "<>",
			   "198.51.100.99"); /* HELO helo.example */
	assert_int_equal(spf_world_asked(world, "helo.example", DNS_TXT), 1);
	assert_int_equal(spf_world_asked(world, NULL, 0), 1);
	spf_world_prefetch(world, "u@localhost", "198.51.100.99");
	assert_int_equal(spf_world_asked(world, NULL, 0), 0);
	spf_world_prefetch(world, "u@nowhere.example", "198.51.100.99");
	assert_int_equal(spf_world_asked(world, NULL, 0), 1);
}

/* Records that will not be evaluated cause no more questions. */
static void
test_bad_records(void **state)
{
	struct spf_world *world = *state;

	spf_world_prefetch(world, "u@bad.example", "198.51.100.99");
	assert_int_equal(spf_world_asked(world, NULL, 0), 1);
	spf_world_prefetch(world, "u@two.example", "198.51.100.99");
	assert_int_equal(spf_world_asked(world, NULL, 0), 1);
	spf_world_prefetch(world, "u@mx.example", "198.51.100.99");
	assert_int_equal(spf_world_asked(world, NULL, 0), 2);
}

/* Nothing behind the term that will end the evaluation. */
static void
test_end(void **state)
{
	struct spf_world *world = *state;

	spf_world_prefetch(world, "u@all.example", "198.51.100.99");
	assert_int_equal(spf_world_asked(world, NULL, 0), 1);
	spf_world_prefetch(world, "u@match.example", "192.0.2.77");
	assert_int_equal(spf_world_asked(world, NULL, 0), 2);
	spf_world_prefetch(world, "u@match.example", "2001:db8:1::1");
	assert_int_equal(spf_world_asked(world, NULL, 0), 2);
	spf_world_prefetch(world, "u@match.example", "198.51.100.99");
	assert_int_equal(spf_world_asked(world, "late.example", DNS_A), 1);
	assert_int_equal(spf_world_asked(world, "r.example", DNS_TXT), 1);
	assert_int_equal(spf_world_asked(world, NULL, 0), 4);
}

/* Loops and trees of cached records end after ten terms. */
static void
test_loops(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, NULL);
	buf_adds(&text, "self.example TXT \"v=spf1 include:self.example"
			" redirect=self.example\"\n");
	for (int from = 0; from < 10; from++) {
		buf_printf(&text, "t%d.example TXT \"v=spf1", from);
		for (int to = 0; to < 10; to++)
			buf_printf(&text, " include:t%d.example", to);
		buf_adds(&text, "\"\n");
	}
	for (int i = 0; i < 12; i++)
		buf_printf(&text,
			   "c%d.example TXT \"v=spf1 redirect=c%d."
			   "example\"\n",
			   i, i + 1);
	struct spf_world *world = spf_world_new(text.p);
	spf_world_prefetch(world, "u@self.example", "198.51.100.99");
	assert_int_equal(spf_world_asked(world, NULL, 0), 1);
	spf_world_prefetch(world, "u@t0.example", "198.51.100.99");
	assert_true(spf_world_asked(world, NULL, 0) <= 10);
	spf_world_prefetch(world, "u@c0.example", "198.51.100.99");
	assert_int_equal(spf_world_asked(world, NULL, 0), 11);
	spf_world_free(world);
	buf_clear(&text);
}

/* An MX set of ten hosts for each of ten terms would be a storm. */
static void
test_session_limit(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, NULL);
	buf_adds(&text, "s.example TXT \"v=spf1");
	for (int i = 0; i < 10; i++)
		buf_printf(&text, " mx:m%d.example", i);
	buf_adds(&text, " -all\"\n");
	for (int i = 0; i < 100; i++)
		buf_printf(&text,
			   "m%d.example MX 1 h%d.example\n"
			   "h%d.example A 198.51.100.1\n",
			   i / 10, i, i);
	struct spf_world *world = spf_world_new(text.p);
	spf_world_prefetch(world, "u@s.example", "198.51.100.99");
	assert_int_equal(spf_world_asked(world, NULL, 0), LIMIT_DNS_PREFETCHES);
	spf_world_free(world);
	buf_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	    TEST(test_questions),
	    TEST(test_ipv6),
	    TEST(test_identity),
	    TEST(test_bad_records),
	    TEST(test_end),
	    cmocka_unit_test(test_loops),
	    cmocka_unit_test(test_session_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
