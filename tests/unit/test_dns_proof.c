/* What an answer proves of a name, above all one without a record. */
#include "tests/support/test.h"

#include <string.h>

#include "tests/support/dns_packet.h"
#include "tests/support/dns_world.h"

#define AA 0x8500u /* with RD; RA clear */
#define RA 0x8180u
#define NEITHER 0x8100u
#define DENIED 3u
#define CNAME 5
#define NS 2
#define SOA 6

static void
add_soa(struct buf *packet, struct str owner)
{
	packet_add(packet, owner, SOA,
		   str_n("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\77", 22));
}

/* "a.example TXT": what stands in the answer and the authority section. */
struct negative {
	unsigned flags;
	const char *alias; /* a.example is a CNAME to this, or NULL */
	const char *other; /* a TXT record of this owner, or NULL */
	const char *ns, *soa;
	const char *want; /* the reason why it proves nothing, or NULL */
};

static struct str
wire_name(const char *text, uint8_t octet[64])
{
	struct str rest = str_of(text), label;
	size_t n = 0;

	while (rest.n > 0 && str_split(&rest, '.', &label)) {
		octet[n++] = (uint8_t)label.n;
		memcpy(octet + n, label.p, label.n);
		n += label.n;
	}
	octet[n++] = 0;
	return str_n((const char *)octet, n);
}

static struct packet_got
negative(const struct negative *row)
{
	struct buf packet;
	uint8_t octet[64];

	packet_begin(&packet, row->flags,
		     (row->alias ? 1u : 0) + (row->other ? 1u : 0),
		     (row->ns ? 1u : 0) + (row->soa ? 1u : 0), 0, DNS_TXT);
	if (row->alias != NULL)
		packet_add(&packet, PACKET_SAME, CNAME,
			   wire_name(row->alias, octet));
	if (row->other != NULL)
		packet_add(&packet, wire_name(row->other, octet), DNS_TXT,
			   str_lit("\1x"));
	if (row->ns != NULL)
		packet_add(&packet, wire_name(row->ns, octet), NS,
			   str_lit("\2ns\4test\0"));
	if (row->soa != NULL)
		add_soa(&packet, wire_name(row->soa, octet));
	return packet_parse(&packet, DNS_TXT);
}

#define REFERS "the DNS server refers to other servers and does not recurse"
#define FOREIGN "the DNS server answers for another name"
#define NOBODY "the DNS server neither recurses nor is an authority"
#define HALFWAY "the DNS server does not follow the CNAME"

/* RFC 2308 sections 2.1 and 2.2: what denies, and what says nothing. */
static const struct negative absences[] = {
    /* recursive servers and forwarders, with and without a SOA */
    {RA, NULL, NULL, NULL, "example", NULL},
    {RA, NULL, NULL, NULL, NULL, NULL},
    {RA, "b.test", NULL, NULL, "test", NULL},
    {RA, "b.test", NULL, NULL, "example", NULL},
    {RA, "b.test", NULL, NULL, NULL, NULL},
    {RA, NULL, NULL, "example", "example", NULL},
    {RA, NULL, NULL, "example", "", NULL},
    {RA | DENIED, NULL, NULL, NULL, NULL, NULL},
    {RA | DENIED, NULL, NULL, NULL, "example", NULL},
    {RA | DENIED, "b.test", NULL, "test", NULL, NULL},
    /* authorities */
    {AA, NULL, NULL, "example", "example", NULL},
    {AA, NULL, NULL, NULL, "a.example", NULL},
    {AA, NULL, NULL, NULL, NULL, NULL},
    {AA, "b.test", NULL, NULL, "test", NULL},
    {AA | DENIED, NULL, NULL, NULL, "example", NULL},
    {AA | DENIED, "b.example", NULL, NULL, NULL, NULL},
    /* referrals: down, up, to the side, behind a CNAME */
    {NEITHER, NULL, NULL, "a.example", NULL, REFERS},
    {NEITHER, NULL, NULL, "", NULL, REFERS},
    {AA, NULL, NULL, "example", NULL, REFERS},
    {AA, NULL, NULL, "", NULL, REFERS},
    {RA, NULL, NULL, "example", NULL, REFERS},
    {RA, NULL, NULL, "", NULL, REFERS},
    {RA, "b.test", NULL, "test", NULL, REFERS},
    /* the SOA of a zone that the name does not lie in */
    {RA, NULL, NULL, "example", "test", REFERS},
    {RA, NULL, NULL, "example", "xample", REFERS},
    {RA, NULL, NULL, "example", "b.a.example", REFERS},
    {AA, "b.test", NULL, NULL, NULL, HALFWAY},
    {AA, "b.test", NULL, NULL, "example", HALFWAY},
    /* neither */
    {NEITHER, NULL, NULL, NULL, NULL, NOBODY},
    {NEITHER, NULL, NULL, NULL, "example", NOBODY},
    {NEITHER | DENIED, NULL, NULL, NULL, NULL, NOBODY},
    {NEITHER, "b.test", NULL, NULL, NULL, NOBODY},
    /* an answer, but not to the question */
    {RA, NULL, "b.example", NULL, NULL, FOREIGN},
    {RA, NULL, "example", NULL, "example", FOREIGN},
    {AA, NULL, "b.example", NULL, "example", FOREIGN},
    {RA | DENIED, NULL, "b.example", NULL, "example", FOREIGN},
    {RA, "b.test", "c.test", NULL, NULL, FOREIGN},
};

static void
test_proof_of_absence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof absences / sizeof *absences; i++) {
		struct packet_got got = negative(&absences[i]);
		const char *want = absences[i].want;
		bool denied = (absences[i].flags & DENIED) != 0;
		if (got.result != (want ? DNS_WIRE_FAILURE : DNS_WIRE_ANSWER))
			fail_msg("row %zu: %s", i, got.reason);
		if (want != NULL) {
			assert_string_equal(got.reason, want);
			assert_null(got.answer);
			continue;
		}
		assert_int_equal(got.answer->status,
				 denied ? DNS_NXDOMAIN : DNS_NODATA);
		assert_int_equal(got.answer->aliases > 0,
				 absences[i].alias != NULL);
		dns_answer_unref(got.answer);
	}
}

/* What is there is there, whoever has it. */
static void
test_proof_of_presence(void **state)
{
	static const unsigned flags[] = {RA, AA, NEITHER};
	struct buf packet;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		packet_begin(&packet, flags[i], 2, 1, 0, DNS_TXT);
		packet_add(&packet, PACKET_SAME, DNS_TXT, str_lit("\1x"));
		packet_add(&packet, str_lit("\1b\7example\0"), DNS_TXT,
			   str_lit("\1y"));
		packet_add(&packet, str_lit("\7example\0"), NS,
			   str_lit("\2ns\4test\0"));
		struct packet_got got = packet_parse(&packet, DNS_TXT);
		assert_int_equal(got.result, DNS_WIRE_ANSWER);
		assert_int_equal(got.answer->count, 1);
		assert_int_equal(got.answer->aliases, 0);
		dns_answer_unref(got.answer);
	}
}

/* A DNAME stands above the CNAME that is made of it (RFC 6672 section 3.1). */
static void
test_dname(void **state)
{
	struct buf packet;

	(void)state;
	packet_begin(&packet, RA, 2, 0, 0, DNS_TXT);
	packet_add(&packet, str_lit("\7example\0"), 39, str_lit("\4test\0"));
	packet_add(&packet, PACKET_SAME, CNAME, str_lit("\1a\4test\0"));
	struct packet_got got = packet_parse(&packet, DNS_TXT);
	assert_int_equal(got.result, DNS_WIRE_ANSWER);
	assert_int_equal(got.answer->status, DNS_NODATA);
	dns_answer_unref(got.answer);
}

/* Of TXT records none is given where not all are. */
static void
test_text_bounds(void **state)
{
	struct dns_answer *answer =
	    dns_answer_new(exact("x"), DNS_TXT, DNS_OK, "");

	(void)state;
	for (int i = 0; i < LIMIT_DNS_ANSWER_RRS; i++)
		dns_answer_add_text(answer, exact("Text"));
	assert_status(answer, DNS_OK);
	assert_int_equal(answer->count, LIMIT_DNS_ANSWER_RRS);
	size_t full = dns_answer_size(answer);
	for (int i = 0; i < LIMIT_DNS_ANSWER_RRS + 10; i++)
		dns_answer_add_text(answer, exact("more"));
	assert_status(answer, DNS_TOO_MANY);
	assert_int_equal(answer->count, 0);
	assert_true(dns_is_limited(answer));
	assert_false(dns_is_trouble(answer) || dns_is_void(answer));
	assert_true(dns_name_exists(answer));
	assert_true(dns_answer_size(answer) < full);
	dns_answer_unref(answer);
}

/* Whose existence an answer tells (RFC 6604 section 3). */
static void
test_name_existence(void **state)
{
	static const struct {
		enum dns_status status;
		bool alias, exists, absent;
	} rows[] = {
	    {DNS_NODATA, false, true, false},
	    {DNS_NODATA, true, true, false},
	    {DNS_NXDOMAIN, false, false, true},
	    {DNS_NXDOMAIN, true, true, false},
	    {DNS_FAILED, false, false, false},
	    {DNS_FAILED, true, true, false},
	    {DNS_TIMEOUT, false, false, false},
	    {DNS_LIMIT, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct dns_answer *answer =
		    dns_answer_new(exact("x"), DNS_A, rows[i].status, "");
		if (rows[i].alias)
			dns_answer_add_alias(answer, str_lit("y"));
		assert_int_equal(dns_name_exists(answer), rows[i].exists);
		assert_int_equal(dns_name_is_absent(answer), rows[i].absent);
		dns_answer_unref(answer);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_proof_of_absence),
	    cmocka_unit_test(test_proof_of_presence),
	    cmocka_unit_test(test_dname),
	    cmocka_unit_test(test_text_bounds),
	    cmocka_unit_test(test_name_existence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
