#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "tests/support/zone.h"
#include "verify/verify.h"

/* The limits that a header of `fields` fields, 20 octets each, passes. */
static unsigned
header_limits(struct header_limits limits, int fields)
{
	struct zone *zone = zone_parse("");
	struct verify_engine engine = {
	    .resolver = dns_resolver_new_offline(zone_oracle, zone)};
	struct verify_options options = {.limits = {.header = limits}};
	struct verify_envelope envelope = {.now = 1};
	struct verify *verify = verify_begin(&engine, &options, &envelope);

	for (int i = 0; i < fields; i++)
		verify_header(verify, exact("Subject"), exact(" 12345678"));
	verify_eoh(verify);
	unsigned passed = verify_verdict(verify)->limits;
	verify_free(verify);
	dns_resolver_free(engine.resolver);
	zone_free(zone);
	return passed;
}

static void
test_header_limits(void **state)
{
	(void)state;
	/* The colon and the line end count. */
	const size_t field = sizeof "Subject: 12345678\r\n" - 1;
	struct header_limits three = {.fields = 3, .bytes = 1000};
	struct header_limits octets = {.fields = 10, .bytes = 3 * field};

	assert_int_equal(header_limits(three, 3), 0);
	assert_int_equal(header_limits(three, 4), VERDICT_LIMIT_HEADER_FIELDS);
	assert_int_equal(header_limits(octets, 3), 0);
	assert_int_equal(header_limits(octets, 4), VERDICT_LIMIT_HEADER_BYTES);
	octets.fields = 3;
	assert_int_equal(header_limits(octets, 4),
			 VERDICT_LIMIT_HEADER_FIELDS |
			     VERDICT_LIMIT_HEADER_BYTES);
}

/* Has a line of so many octets those around it that stay together? */
static bool
is_long(enum address_rewriting rewriting, size_t octets)
{
	struct verify_engine engine = {0};
	struct verify_options options = {0};
	struct verify_envelope envelope = {
	    .client_class = CLIENT_INTERNAL, .rewriting = rewriting, .now = 1};
	struct verify *verify = verify_begin(&engine, &options, &envelope);
	char value[1000];

	memset(value, 'x', sizeof value);
	value[0] = ' ';
	verify_header(verify, exact("X"), str_n(value, octets - 2));
	const struct header *header = verify_header_fields(verify);
	bool is = header_has_long_line(header, &header->field[0]);
	verify_free(verify);
	return is;
}

/* RFC 5322 section 2.1.1 for Postfix, "L=990" for Sendmail. */
static void
test_line_limit(void **state)
{
	(void)state;
	assert_false(is_long(ADDRESSES_STAY, 998));
	assert_true(is_long(ADDRESSES_STAY, 999));
	assert_false(is_long(ADDRESSES_COMPLETED, 990));
	assert_true(is_long(ADDRESSES_COMPLETED, 991));
	assert_true(is_long(ADDRESSES_CANONIFIED, 991));
}

/* --- MAIL FROM is read once --- */

static const struct {
	const char *given, *text, *local, *domain;
	enum spf_result spf;
} paths[] = {
    {"<u@X.Example>", "u@X.Example", "u", "x.example", SPF_PASS},
    {"u@x.example.", "u@x.example.", "u", "x.example", SPF_PASS},
    {"<\"a@b\"@x.example>", "\"a@b\"@x.example", "a@b", "x.example", SPF_PASS},
    {"<\"u\"@x.example>", "\"u\"@x.example", "u", "x.example", SPF_PASS},
    {"<@r.test:u@x.example>", "@r.test:u@x.example", "u", "x.example",
     SPF_PASS},
    {"<u@\xef\xbd\x98.example>", "u@\xef\xbd\x98.example", "u", "x.example",
     SPF_PASS},
    {"<a b@x.example>", "a b@x.example", "a b", "x.example", SPF_PASS},
    {"<@x.example>", "@x.example", "", "x.example", SPF_PASS},
    {"<a(b@x.example>", "a(b@x.example", "a", "", SPF_NONE},
    {"<a@b@x.example>", "a@b@x.example", "a", "", SPF_NONE},
    {"<u@[192.0.2.1]>", "u@[192.0.2.1]", "u", "", SPF_NONE},
    {"<x.example>", "x.example", "x.example", "", SPF_NONE},
    {"<u@x.example", "<u@x.example", "", "", SPF_NONE},
    {"<u@x.example\n>", "u@x.example\n", "", "", SPF_NONE},
    {"<>", "", "", "", SPF_NONE},
};

/* Rules, log, trace and DMARC look at these; SPF must not look elsewhere. */
static void
test_one_reading(void **state)
{
	struct zone *zone = zone_parse("x.example TXT \"v=spf1 +all\"\n"
				       "b.x.example TXT \"v=spf1 +all\"\n");
	struct verify_engine engine = {
	    .resolver = dns_resolver_new_offline(zone_oracle, zone)};
	struct verify_options options = {.authserv_id = str_lit("mx.test")};

	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		struct verify_envelope envelope = {
		    .now = 1,
		    .helo = str_lit("h.example"),
		    .mail_from_known = true,
		    .mail_from = exact(paths[i].given),
		};
		assert_true(ip_parse(str_lit("192.0.2.1"), &envelope.client));
		struct verify *verify =
		    verify_begin(&engine, &options, &envelope);
		const struct verdict *verdict = verify_verdict(verify);
		verify_eoh(verify);
		assert_int_equal(verify_finish(verify, NULL, NULL), 0);
		assert_str(verdict->mail_from, paths[i].text);
		assert_str(verdict->mail_from_local, paths[i].local);
		assert_str(verdict->mail_from_domain, paths[i].domain);
		assert_int_equal(verdict->spf.result, paths[i].spf);
		if (verdict->spf.result != SPF_NONE)
			assert_str(verdict->spf.domain, paths[i].domain);
		assert_int_equal(verdict->spf.scope, verdict->mail_from_null
							 ? SPF_HELO
							 : SPF_MAILFROM);
		verify_free(verify);
	}
	dns_resolver_free(engine.resolver);
	zone_free(zone);
}

/* --- what it cost --- */

static void
test_cost(void **state)
{
	struct zone *zone =
	    zone_parse("x.example TXT \"v=spf1 +all\"\n"
		       "_dmarc.x.example TXT \"v=DMARC1; p=none\"\n");
	struct verify_engine engine = {
	    .resolver = dns_resolver_new_offline(zone_oracle, zone)};
	struct verify_options options = {.authserv_id = str_lit("mx.test")};
	struct verify_envelope envelope = {
	    .now = 1,
	    .mail_from_known = true,
	    .mail_from = str_lit("<u@x.example>"),
	    .client = {.family = IP_V4, .octet = {192, 0, 2, 1}},
	};

	(void)state;
	struct verify *verify = verify_begin(&engine, &options, &envelope);
	const struct verdict *verdict = verify_verdict(verify);
	verify_header(verify, str_lit("From"), str_lit(" u@x.example"));
	verify_body(verify, "Hi.\r\n", 5);
	verify_body(verify, "Ho.\r\n", 5);
	assert_int_equal(verify_finish(verify, NULL, NULL), 0);
	assert_int_equal(verdict->header_octets,
			 sizeof "From: u@x.example\r\n" - 1);
	assert_int_equal(verdict->body_octets, 10);
	assert_int_equal(verdict->questions, verdict->dns.questions);
	assert_str(verdict->question[0].name, "_dmarc.x.example");
	assert_int_equal(verdict->question[0].status, DNS_OK);
	verify_free(verify);
	dns_resolver_free(engine.resolver);
	zone_free(zone);
}

/* --- sixty signatures --- */

#define BODY_OCTETS (16 * 1024 * 1024)

/* A large message with `signatures`, each with another l=. */
static void
verify_signatures(unsigned signatures)
{
	static char chunk[65536];
	struct zone *zone = zone_parse("");
	struct verify_engine engine = {
	    .resolver = dns_resolver_new_offline(zone_oracle, zone)};
	struct verify_options options = {
	    .limits = {.signatures = LIMIT_DKIM_SHOWN}};
	struct verify_envelope envelope = {.now = 1};
	char value[300];

	for (size_t i = 0; i < sizeof chunk; i++)
		chunk[i] = "Some words \r\n"[i % 13];
	struct verify *verify = verify_begin(&engine, &options, &envelope);
	for (unsigned i = 0; i < signatures; i++) {
		snprintf(value, sizeof value,
			 " v=1; a=rsa-sha256; c=relaxed/relaxed; d=a.example; "
			 "s=s%u; l=%u; h=from; b=AAAA; bh=AAAAAAAAAAAAAAAAAAAAA"
			 "AAAAAAAAAAAAAAAAAAAAAA=",
			 i, BODY_OCTETS / 2 - i * 100000);
		verify_header(verify, str_lit("DKIM-Signature"), exact(value));
	}
	verify_header(verify, str_lit("From"), str_lit(" u@a.example"));
	verify_eoh(verify);
	for (size_t sent = 0; sent < BODY_OCTETS; sent += sizeof chunk)
		verify_body(verify, chunk, sizeof chunk);
	assert_int_equal(verify_finish(verify, NULL, NULL), 0);
	const struct verdict *verdict = verify_verdict(verify);
	assert_int_equal((verdict->limits & VERDICT_LIMIT_SIGNATURES) != 0,
			 signatures > LIMIT_DKIM_SHOWN);
	assert_int_equal(verdict->dkim.outcome[0].result, DKIM_FAIL);
	verify_free(verify);
	dns_resolver_free(engine.resolver);
	zone_free(zone);
}

static void
test_many_lengths(void **state)
{
	(void)state;
	verify_signatures(1);
	verify_signatures(60);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_header_limits),
	    cmocka_unit_test(test_line_limit),
	    cmocka_unit_test(test_one_reading),
	    cmocka_unit_test(test_cost),
	    cmocka_unit_test(test_many_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
