/* Void lookups: the terms that find nothing, RFC 7208 section 4.6.4. */
#include "tests/support/test.h"

#include "tests/support/dns_server.h"
#include "tests/support/spf_case.h"

static void
test_voids(void **state)
{
	(void)state;
	SPF_RUN(
	    "two.example TXT \"v=spf1 a:n1.example mx:n2.example -all\"\n"
	    "three.example TXT \"v=spf1 a:n1.example mx:n2.example"
	    " exists:n3.example -all\"\n"
	    "same.example TXT \"v=spf1 a:n1.example a:n1.example a:n1.example"
	    " -all\"\n"
	    /* NODATA counts as a name that does not exist. */
	    "nodata.example TXT \"v=spf1 a a a -all\"\n"
	    "zero.example TXT \"v=spf1 a:n1.example/0 mx:n2.example/0"
	    " a:n3.example/0 -all\"\n"
	    /* What cannot be asked is no lookup. */
	    "odd.example TXT \"v=spf1 a:a..example a:b..example"
	    " mx:c..example exists:%{l}.example a:n1.example"
	    " a:n2.example -all\"\n"
	    /* Over all records together. */
	    "in.example TXT \"v=spf1 include:two.example a:n3.example"
	    " -all\"\n"
	    "red.example TXT \"v=spf1 a:n1.example redirect=two.example\"\n"
	    /* A lookup for the explanation changes no result. */
	    "exp.example TXT \"v=spf1 a:n1.example a:n2.example -all"
	    " exp=%{p}.n4.example\"\n",
	    {"u@two.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
	    {"u@three.example", "192.0.2.1", SPF_PERMERROR, "",
	     "more than 2 terms found nothing, at last exists:n3.example", ""},
	    {"u@same.example", "192.0.2.1", SPF_PERMERROR, "", NULL, ""},
	    {"u@nodata.example", "192.0.2.1", SPF_PERMERROR, "", NULL, ""},
	    {"u@zero.example", "192.0.2.1", SPF_PERMERROR, "", NULL, ""},
	    {"0123456789012345678901234567890123456789012345678901234567890123"
	     "@odd.example",
	     "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
	    {"u@in.example", "192.0.2.1", SPF_PERMERROR, "", NULL, ""},
	    {"u@red.example", "192.0.2.1", SPF_PERMERROR, "", NULL, ""},
	    {"u@exp.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""});
}

/*
 * Terms count, not queries: W is a term that finds nothing, twice, so that one
 * more is one too many.
 */
#define W "a:n1.example exists:n2.example "

/* Three lookups that find nothing within one term are one. */
static void
test_void_terms(void **state)
{
	(void)state;
	SPF_RUN(
	    "gone.example MX 1 n1.example\ngone.example MX 2 n2.example\n"
	    "gone.example MX 3 n3.example\n"
	    "some.example MX 1 n1.example\nsome.example MX 2 h.example\n"
	    "some.example MX 3 n3.example\nh.example A 192.0.2.77\n"
	    "null.example MX 0 .\n"
	    "odd.example MX 1 a..example\n"
	    "mx.example TXT \"v=spf1 mx:gone.example -all\"\n"
	    "mx-zero.example TXT \"v=spf1 mx:gone.example/0 -all\"\n"
	    "mx-more.example TXT \"v=spf1 " W "mx:gone.example -all\"\n"
	    "mx-more-zero.example TXT \"v=spf1 " W "mx:gone.example/0 -all\"\n"
	    "mx-none.example TXT \"v=spf1 " W "mx:n4.example -all\"\n"
	    "mx-some.example TXT \"v=spf1 " W "mx:some.example -all\"\n"
	    "mx-some-zero.example TXT \"v=spf1 " W "?mx:some.example/0 -all\"\n"
	    "mx-null.example TXT \"v=spf1 " W "mx:null.example -all\"\n"
	    "mx-odd.example TXT \"v=spf1 " W "mx:odd.example -all\"\n",
	    {"u@mx.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
	    {"u@mx-zero.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
	    {"u@mx-more.example", "192.0.2.1", SPF_PERMERROR, "",
	     "more than 2 terms found nothing, at last mx:gone.example", ""},
	    {"u@mx-more-zero.example", "192.0.2.1", SPF_PERMERROR, "", NULL,
	     ""},
	    {"u@mx-none.example", "192.0.2.1", SPF_PERMERROR, "", NULL, ""},
	    {"u@mx-some.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
	    {"u@mx-some-zero.example", "192.0.2.1", SPF_NEUTRAL, NULL, NULL,
	     ""},
	    /* An answer, and no host to ask for. */
	    {"u@mx-null.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
	    {"u@mx-odd.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""});
}

/* A host with addresses of the other family only finds nothing. */
static void
test_void_family(void **state)
{
	(void)state;
	SPF_RUN("h.example A 192.0.2.77\nx.example AAAA 2001:db8::77\n"
		"m.example MX 1 h.example\nm.example MX 2 n1.example\n"
		"two.example TXT \"v=spf1 a:h.example mx:m.example -all\"\n"
		"three.example TXT \"v=spf1 a:h.example mx:m.example"
		" a:h.example -all\"\n"
		"six.example TXT \"v=spf1 a:x.example a:x.example a:x.example"
		" -all\"\n"
		/* exists asks for A, whatever the client (5.7) */
		"ex.example TXT \"v=spf1 " W "exists:h.example -all\"\n",
		{"u@two.example", "2001:db8::1", SPF_FAIL, "-all", NULL, ""},
		{"u@three.example", "2001:db8::1", SPF_PERMERROR, "", NULL, ""},
		{"u@three.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
		{"u@six.example", "2001:db8::1", SPF_FAIL, "-all", NULL, ""},
		{"u@six.example", "192.0.2.1", SPF_PERMERROR, "", NULL, ""},
		{"u@ex.example", "2001:db8::1", SPF_PASS, NULL, NULL, ""});
}

/* ptr, and %{p}, whose lookups are those of the term it stands in. */
static void
test_void_names(void **state)
{
	(void)state;
	SPF_RUN(
	    "ptr.example TXT \"v=spf1 ptr:n.example -all\"\n"
	    "ptr-more.example TXT \"v=spf1 " W "ptr:n.example -all\"\n"
	    "p.example TXT \"v=spf1 a:%{p}.example -all\"\n"
	    "p-more.example TXT \"v=spf1 " W "a:%{p}.example -all\"\n"
	    "p-found.example TXT \"v=spf1 " W "a:%{p}.w.example -all\"\n"
	    "*.w.example A 192.0.2.77\n"
	    /* three names that do not exist */
	    "1.2.0.192.in-addr.arpa PTR 1.n.example\n"
	    "1.2.0.192.in-addr.arpa PTR 2.n.example\n"
	    "1.2.0.192.in-addr.arpa PTR 3.n.example\n"
	    /* one that does, and is another's; one whose servers fail */
	    "3.2.0.192.in-addr.arpa PTR 1.n.example\n"
	    "3.2.0.192.in-addr.arpa PTR a.n.example\n"
	    "3.2.0.192.in-addr.arpa PTR sf.n.example\n"
	    "a.n.example A 192.0.2.77\nsf.n.example !servfail\n"
	    "4.2.0.192.in-addr.arpa PTR sf.n.example\n"
	    /* valid, but the term's own lookup finds nothing */
	    "5.2.0.192.in-addr.arpa PTR v.n.example\n"
	    "v.n.example A 192.0.2.5\n",
	    {"u@ptr.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
	    {"u@ptr.example", "192.0.2.2", SPF_FAIL, "-all", NULL, ""},
	    {"u@ptr-more.example", "192.0.2.1", SPF_PERMERROR, "", NULL, ""},
	    {"u@ptr-more.example", "192.0.2.2", SPF_PERMERROR, "", NULL, ""},
	    {"u@ptr-more.example", "192.0.2.3", SPF_FAIL, "-all", NULL, ""},
	    {"u@ptr-more.example", "192.0.2.4", SPF_FAIL, "-all", NULL, ""},
	    {"u@p.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
	    {"u@p-more.example", "192.0.2.1", SPF_PERMERROR, "", NULL, ""},
	    {"u@p-more.example", "192.0.2.5", SPF_PERMERROR, "", NULL, ""},
	    {"u@p-found.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""});
}

/* An include or redirect is no void itself; what it leads to counts on. */
static void
test_void_across_records(void **state)
{
	(void)state;
	SPF_RUN(
	    "in.example TXT \"v=spf1 include:w.example ?all\"\n"
	    "in-more.example TXT \"v=spf1 include:w.example mx:n3.example"
	    " ?all\"\n"
	    "w.example TXT \"v=spf1 " W "-all\"\n"
	    "red.example TXT \"v=spf1 redirect=w.example\"\n"
	    "red-more.example TXT \"v=spf1 mx:n3.example"
	    " redirect=w.example\"\n",
	    {"u@in.example", "192.0.2.1", SPF_NEUTRAL, "?all", NULL, ""},
	    {"u@in-more.example", "192.0.2.1", SPF_PERMERROR, "", NULL, ""},
	    {"u@red.example", "192.0.2.1", SPF_FAIL, "-all", NULL, ""},
	    {"u@red-more.example", "192.0.2.1", SPF_PERMERROR, "", NULL, ""});
}

/* Where the third void term ends the evaluation, nothing more is asked. */
static void
test_nothing_after_the_last_void(void **state)
{
	struct spf_world *world =
	    spf_world_new("p.example TXT \"v=spf1 " W "a:n3.example"
			  " a:n4.example mx:n5.example -all\"\n");

	(void)state;
	assert_int_equal(
	    spf_world_check(world, "u@p.example", "h.example", "192.0.2.1")
		.result,
	    SPF_PERMERROR);
	assert_int_equal(spf_world_asked(world, NULL, DNS_A), 3);
	assert_int_equal(spf_world_asked(world, NULL, DNS_MX), 0);
	spf_world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_voids),
	    cmocka_unit_test(test_void_terms),
	    cmocka_unit_test(test_void_family),
	    cmocka_unit_test(test_void_names),
	    cmocka_unit_test(test_void_across_records),
	    cmocka_unit_test(test_nothing_after_the_last_void),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
