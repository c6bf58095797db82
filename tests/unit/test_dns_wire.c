/* The wire format alone: packets that no decent server sends. */
#include "tests/support/test.h"

#include <string.h>

#include "base/buf.h"
#include "tests/support/dns_packet.h"

static void
test_question(void **state)
{
	struct dns_wire_question question;
	struct dns_key key =
	    packet_key(str_lit("A\xff\0.b\\ c.Example"), DNS_TXT);

	(void)state;
	assert_true(key.askable);
	dns_wire_question(&key, true, true, &question);
	dns_wire_set_id(&question, 0xabcd);
	const char want[] = "\xab\xcd\1\x20\0\1\0\0\0\0\0\1"
			    "\3a\xff\0\4b\\ c\7example\0\0\x10\0\1"
			    "\0\0\x29\4\xd0\0\0\0\0\0";
	assert_int_equal(question.n, sizeof want);
	assert_memory_equal(question.octet, want, sizeof want);
	assert_int_equal(question.end, question.n - 11);
	dns_wire_question(&key, false, false, &question);
	assert_int_equal(question.n, question.end);
	assert_int_equal(question.octet[3], 0);
	assert_int_equal(question.octet[11], 0);
}

static void
test_longest_question(void **state)
{
	char name[LIMIT_DOMAIN];
	struct dns_wire_question question;

	(void)state;
	memset(name, 'a', sizeof name);
	name[63] = name[127] = name[191] = '.';
	struct dns_key key = packet_key(str_n(name, sizeof name), DNS_A);
	assert_true(key.askable);
	dns_wire_question(&key, true, false, &question);
	assert_int_equal(question.n, DNS_WIRE_QUESTION_MAX);
}

static bool
is_answer(const struct buf *packet, uint16_t id)
{
	struct dns_key key = packet_key(str_lit("a.example"), DNS_A);
	struct dns_wire_question question;
	struct str whole = exact_n(packet->p, packet->n);

	dns_wire_question(&key, true, false, &question);
	return dns_wire_is_answer_to(&question, id, (const uint8_t *)whole.p,
				     whole.n);
}

static void
test_is_answer_to(void **state)
{
	struct buf packet;

	(void)state;
	packet_begin(&packet, 0x8180, 0, 0, 0, DNS_A);
	assert_true(is_answer(&packet, 0x1234));
	assert_false(is_answer(&packet, 0x1235));
	assert_false(is_answer(&packet, 0x1134));
	packet.p[13] = 'A';
	assert_true(is_answer(&packet, 0x1234));
	/* Every octet of header and question that decides. */
	static const size_t at[] = {2,  5,  12, 13, 14, 15,
				    21, 22, 23, 24, 25, 26};
	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		packet.p[at[i]] ^= 0x10;
		assert_false(is_answer(&packet, 0x1234));
		packet.p[at[i]] ^= 0x10;
	}
	packet.p[2] ^= (char)0x80; /* a question */
	assert_false(is_answer(&packet, 0x1234));
	packet.p[2] ^= (char)0x80;
	for (size_t n = 0; n < 27; n++) {
		packet.n = n;
		assert_false(is_answer(&packet, 0x1234));
	}
	buf_clear(&packet);
}

static void
test_other_owners_and_classes(void **state)
{
	struct buf packet;

	(void)state;
	packet_begin(&packet, 0x8180, 4, 0, 1, DNS_A);
	packet_add(&packet, str_lit("\1b\7example\0"), DNS_A,
		   str_lit("\1\1\1\1"));
	packet_add(&packet, PACKET_SAME, DNS_AAAA, str_lit("0123456789abcdef"));
	packet_add(&packet, str_lit("\1A\7eXample\0"), DNS_A,
		   str_lit("\2\2\2\2"));
	size_t at = packet.n;
	packet_add(&packet, PACKET_SAME, DNS_A, str_lit("\3\3\3\3"));
	packet.p[at + 5] = 3; /* class CH */
	packet_add(&packet, PACKET_SAME, DNS_A, str_lit("\4\4\4\4"));
	struct packet_got got = packet_parse(&packet, DNS_A);
	assert_int_equal(got.result, DNS_WIRE_ANSWER);
	assert_int_equal(got.answer->status, DNS_OK);
	assert_int_equal(got.answer->count, 1);
	assert_int_equal(got.answer->rr[0].ip.octet[0], 2);
	dns_answer_unref(got.answer);
}

static void
test_chain_in_any_order(void **state)
{
	struct buf packet;

	(void)state;
	packet_begin(&packet, 0x8180, 3, 0, 0, DNS_A);
	packet_add(&packet, str_lit("\1c\0"), DNS_A, str_lit("\1\1\1\1"));
	packet_add_ttl(&packet, str_lit("\1b\0"), 5, str_lit("\0\0\0\7"),
		       str_lit("\1C\0"));
	packet_add(&packet, PACKET_SAME, 5, str_lit("\1B\0"));
	struct packet_got got = packet_parse(&packet, DNS_A);
	assert_int_equal(got.answer->count, 1);
	assert_int_equal(got.answer->ttl, 7);
	assert_str(got.answer->name, "a.example");
	assert_int_equal(got.answer->aliases, 2);
	assert_str(got.answer->alias[0], "b");
	assert_str(got.answer->alias[1], "c");
	dns_answer_unref(got.answer);
}

static void
test_loop(void **state)
{
	struct buf packet;

	(void)state;
	packet_begin(&packet, 0x8180, 2, 0, 0, DNS_A);
	packet_add(&packet, PACKET_SAME, 5, str_lit("\1b\0"));
	packet_add(&packet, str_lit("\1b\0"), 5, str_lit("\xc0\x0c"));
	struct packet_got got = packet_parse(&packet, DNS_A);
	assert_int_equal(got.result, DNS_WIRE_ANSWER);
	assert_int_equal(got.answer->status, DNS_FAILED);
	assert_string_equal(got.answer->reason,
			    "a loop or too long a chain of CNAMEs");
	dns_answer_unref(got.answer);
}

static void
test_denied(void **state)
{
	struct buf packet;

	(void)state;
	/* NXDOMAIN is about the end of the chain (RFC 6604 section 3). */
	packet_begin(&packet, 0x81a3, 2, 0, 0, DNS_A);
	packet_add(&packet, PACKET_SAME, 5, str_lit("\1b\0"));
	packet_add(&packet, str_lit("\1b\0"), DNS_A, str_lit("\1\1\1\1"));
	struct packet_got got = packet_parse(&packet, DNS_A);
	assert_int_equal(got.answer->status, DNS_NXDOMAIN);
	assert_int_equal(got.answer->count, 0);
	assert_true(got.answer->authentic);
	assert_int_equal(got.answer->ttl, 60);
	dns_answer_unref(got.answer);
}

static void
negative_ttl(const char *ttl, const char *minimum, uint32_t want)
{
	struct buf packet, rdata;

	buf_init(&rdata, NULL);
	buf_add(&rdata, str_n("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 18));
	buf_add(&rdata, str_n(minimum, 4));
	packet_begin(&packet, 0x8180, 0, 1, 0, DNS_A);
	packet_add_ttl(&packet, str_lit("\7example\0"), 6, str_n(ttl, 4),
		       buf_str(&rdata));
	buf_clear(&rdata);
	struct packet_got got = packet_parse(&packet, DNS_A);
	assert_int_equal(got.answer->status, DNS_NODATA);
	assert_int_equal(got.answer->ttl, want);
	dns_answer_unref(got.answer);
}

static void
test_negative_ttl(void **state)
{
	(void)state;
	negative_ttl("\0\0\0\7", "\0\0\0\11", 7);
	negative_ttl("\0\0\0\11", "\0\0\0\7", 7);
	negative_ttl("\x80\0\0\1", "\0\0\0\7", 0);
}

static void
test_targets(void **state)
{
	struct buf packet;

	(void)state;
	packet_begin(&packet, 0x8180, 4, 0, 0, DNS_MX);
	packet_add(&packet, PACKET_SAME, DNS_MX,
		   str_lit("\0\12\4Mail\xc0\x0e"));
	packet_add(&packet, PACKET_SAME, DNS_MX, str_lit("\0\0\0"));
	packet_add(&packet, PACKET_SAME, DNS_MX, str_lit("\0\1\3a.b\0"));
	packet_add(&packet, PACKET_SAME, DNS_MX, str_lit("\0\1\3a\0b\0"));
	struct packet_got got = packet_parse(&packet, DNS_MX);
	assert_int_equal(got.answer->count, 2);
	assert_str(got.answer->rr[0].text, "mail.example");
	assert_int_equal(got.answer->rr[0].preference, 10);
	assert_str(got.answer->rr[1].text, "");
	dns_answer_unref(got.answer);

	packet_begin(&packet, 0x8180, 1, 0, 0, DNS_PTR);
	packet_add(&packet, PACKET_SAME, DNS_PTR, str_lit("\3a b\7example\0"));
	got = packet_parse(&packet, DNS_PTR);
	assert_int_equal(got.answer->status, DNS_NODATA);
	assert_string_equal(got.answer->reason, "no record is usable");
	dns_answer_unref(got.answer);
}

static void
test_txt(void **state)
{
	struct buf packet;

	(void)state;
	packet_begin(&packet, 0x8180, 2, 0, 0, DNS_TXT);
	packet_add(&packet, PACKET_SAME, DNS_TXT,
		   str_lit("\3a\0b\0\2\xff\xfe"));
	packet_add(&packet, PACKET_SAME, DNS_TXT, str_lit("\0"));
	struct packet_got got = packet_parse(&packet, DNS_TXT);
	assert_int_equal(got.answer->count, 2);
	assert_true(str_eq(got.answer->rr[0].text, str_lit("a\0b\xff\xfe")));
	assert_str(got.answer->rr[1].text, "");
	dns_answer_unref(got.answer);
}

static void
test_broken(void **state)
{
	struct buf packet;

	(void)state;
	/* More answers promised than there are; a record cut short. */
	packet_begin(&packet, 0x8180, 2, 0, 0, DNS_A);
	packet_add(&packet, PACKET_SAME, DNS_A, str_lit("\1\1\1\1"));
	struct packet_got got = packet_parse(&packet, DNS_A);
	assert_int_equal(got.result, DNS_WIRE_FAILURE);
	assert_string_equal(got.reason, "the DNS server's answer is malformed");
	packet_begin(&packet, 0x8180, 1, 0, 0, DNS_A);
	packet_add(&packet, PACKET_SAME, DNS_A, str_lit("\1\1\1\1"));
	packet.n -= 2;
	assert_int_equal(packet_parse(&packet, DNS_A).result, DNS_WIRE_FAILURE);
	/* A name that points to itself, and one that points ahead. */
	packet_begin(&packet, 0x8180, 1, 0, 0, DNS_A);
	packet_add(&packet, str_lit("\xc0\x1b"), DNS_A, str_lit("\1\1\1\1"));
	assert_int_equal(packet_parse(&packet, DNS_A).result, DNS_WIRE_FAILURE);
	packet_begin(&packet, 0x8180, 1, 0, 0, DNS_A);
	packet_add(&packet, str_lit("\xc0\xff"), DNS_A, str_lit("\1\1\1\1"));
	assert_int_equal(packet_parse(&packet, DNS_A).result, DNS_WIRE_FAILURE);
	/* An address of three octets is none. */
	packet_begin(&packet, 0x8180, 1, 0, 0, DNS_A);
	packet_add(&packet, PACKET_SAME, DNS_A, str_lit("\1\1\1"));
	got = packet_parse(&packet, DNS_A);
	if (got.result == DNS_WIRE_ANSWER)
		assert_int_equal(got.answer->count, 0);
	dns_answer_unref(got.answer);
}

/* RFC 1035 section 4.1: cut anywhere, a message promises more than it holds. */
static void
test_cut(void **state)
{
	struct buf packet, part;

	(void)state;
	packet_begin(&packet, 0x8180, 2, 0, 1, DNS_A);
	packet_add(&packet, str_lit("\1a\7example\0"), DNS_A,
		   str_lit("\1\1\1\1"));
	packet_add(&packet, PACKET_SAME, DNS_A, str_lit("\1\1\1\2"));
	packet_add(&packet, str_lit("\0"), DNS_TXT, str_lit("\1x"));
	for (size_t n = 0; n < packet.n; n++) {
		buf_init(&part, NULL);
		buf_add(&part, str_n(packet.p, n));
		assert_int_equal(packet_parse(&part, DNS_A).result,
				 DNS_WIRE_FAILURE);
	}
	struct packet_got got = packet_parse(&packet, DNS_A);
	assert_int_equal(got.result, DNS_WIRE_ANSWER);
	assert_int_equal(got.answer->count, 2);
	dns_answer_unref(got.answer);
}

/* RFC 1035 section 2.3.4: a label's length, or a pointer, but nothing else. */
static void
test_label_types(void **state)
{
	struct buf packet;

	(void)state;
	packet_begin(&packet, 0x8180, 1, 0, 0, DNS_A);
	packet_add(&packet,
		   str_lit("\x40"
			   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			   "aaaaaaaaaaaaaaaa\0"),
		   DNS_A, str_lit("\1\1\1\1"));
	assert_int_equal(packet_parse(&packet, DNS_A).result, DNS_WIRE_FAILURE);
}

static void
test_rcodes(void **state)
{
	static const struct {
		unsigned rcode;
		enum dns_wire_result result;
		const char *reason;
	} cases[] = {
	    {1, DNS_WIRE_FORMERR, "the DNS server says FORMERR"},
	    {2, DNS_WIRE_FAILURE, "the DNS server says SERVFAIL"},
	    {4, DNS_WIRE_FAILURE, "the DNS server says NOTIMP"},
	    {5, DNS_WIRE_FAILURE, "the DNS server says REFUSED"},
	    {9, DNS_WIRE_FAILURE,
	     "the DNS server gives an unusual response code"},
	};
	struct buf packet;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		packet_begin(&packet, 0x8180 | cases[i].rcode, 0, 0, 0, DNS_A);
		struct packet_got got = packet_parse(&packet, DNS_A);
		assert_int_equal(got.result, cases[i].result);
		assert_string_equal(got.reason, cases[i].reason);
	}
	/* BADVERS looks like NOERROR to who ignores the OPT record. */
	packet_begin(&packet, 0x8180, 0, 0, 1, DNS_A);
	buf_add(&packet, str_lit("\0\0\x29\4\xd0\1\0\0\0\0\0"));
	struct packet_got got = packet_parse(&packet, DNS_A);
	assert_int_equal(got.result, DNS_WIRE_FAILURE);
	assert_string_equal(got.reason,
			    "the DNS server gives an extended error code");
}

static void
test_many_records(void **state)
{
	struct buf packet;

	(void)state;
	packet_begin(&packet, 0x8180, 0, 0, 0, DNS_A);
	for (int i = 0; i < 1000; i++)
		packet_add(&packet, PACKET_SAME, DNS_A, str_lit("\1\1\1\1"));
	packet.p[6] = 1000 >> 8;
	packet.p[7] = (char)(1000 & 0xff);
	struct packet_got got = packet_parse(&packet, DNS_A);
	assert_int_equal(got.answer->count, LIMIT_DNS_ANSWER_RRS);
	assert_true(got.answer->cut);
	dns_answer_unref(got.answer);
}

/* Which TXT record counts, no part of a set tells. */
static void
test_many_texts(void **state)
{
	struct buf packet;

	(void)state;
	for (int n = LIMIT_DNS_ANSWER_RRS; n < LIMIT_DNS_ANSWER_RRS + 3; n++) {
		bool fits = n == LIMIT_DNS_ANSWER_RRS;
		packet_begin(&packet, 0x8180, 0, 0, 0, DNS_TXT);
		for (int i = 0; i < n; i++)
			packet_add(&packet, PACKET_SAME, DNS_TXT,
				   str_lit("\1x"));
		packet.p[6] = (char)((unsigned)n >> 8);
		packet.p[7] = (char)((unsigned)n & 0xff);
		struct packet_got got = packet_parse(&packet, DNS_TXT);
		assert_int_equal(got.result, DNS_WIRE_ANSWER);
		assert_int_equal(got.answer->status,
				 fits ? DNS_OK : DNS_TOO_MANY);
		assert_int_equal(got.answer->count, fits ? n : 0);
		assert_int_equal(got.answer->cut, !fits);
		assert_int_equal(got.answer->ttl, 100);
		assert_true(dns_answer_size(got.answer) > 0);
		dns_answer_unref(got.answer);
	}
}

/* A TXT record of that many strings, each of that size. */
static void
add_strings(struct buf *packet, size_t strings, size_t size)
{
	struct buf rdata;

	buf_init(&rdata, NULL);
	for (size_t i = 0; i < strings; i++) {
		buf_addc(&rdata, (char)size);
		for (size_t k = 0; k < size; k++)
			buf_addc(&rdata, 'x');
	}
	packet_add(packet, PACKET_SAME, DNS_TXT, buf_str(&rdata));
	buf_clear(&rdata);
}

/*
 * ldns moves all strings of a record for each one that it reads: 32,000 cost
 * the one thread that all lookups share 0.4 s.
 */
static void
test_many_strings(void **state)
{
	struct buf packet;

	(void)state;
	packet_begin(&packet, 0x8180, 1, 0, 0, DNS_TXT);
	add_strings(&packet, 255, 255);
	struct packet_got got = packet_parse(&packet, DNS_TXT);
	assert_int_equal(got.result, DNS_WIRE_ANSWER);
	assert_int_equal(got.answer->rr[0].text.n, 255 * 255);
	dns_answer_unref(got.answer);
	packet_begin(&packet, 0x8180, 1, 0, 0, DNS_TXT);
	add_strings(&packet, 32000, 1);
	got = packet_parse(&packet, DNS_TXT);
	assert_int_equal(got.result, DNS_WIRE_FAILURE);
	assert_string_equal(got.reason, "a record with too many parts");
	/* Wherever it stands. */
	packet_begin(&packet, 0x8180, 0, 1, 1, DNS_TXT);
	add_strings(&packet, 1, 1);
	add_strings(&packet, 301, 0);
	got = packet_parse(&packet, DNS_TXT);
	assert_string_equal(got.reason, "a record with too many parts");
	/* Of another type, which may have a list of names. */
	packet_begin(&packet, 0x8180, 1, 0, 0, DNS_TXT);
	struct str zeros = str_n((const char[5000]){0}, 5000);
	packet_add(&packet, PACKET_SAME, 55, zeros);
	got = packet_parse(&packet, DNS_TXT);
	assert_string_equal(got.reason, "a record with too many parts");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_question),
	    cmocka_unit_test(test_longest_question),
	    cmocka_unit_test(test_is_answer_to),
	    cmocka_unit_test(test_other_owners_and_classes),
	    cmocka_unit_test(test_chain_in_any_order),
	    cmocka_unit_test(test_loop),
	    cmocka_unit_test(test_denied),
	    cmocka_unit_test(test_negative_ttl),
	    cmocka_unit_test(test_targets),
	    cmocka_unit_test(test_txt),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_label_types),
	    cmocka_unit_test(test_rcodes),
	    cmocka_unit_test(test_many_records),
	    cmocka_unit_test(test_many_texts),
	    cmocka_unit_test(test_many_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
