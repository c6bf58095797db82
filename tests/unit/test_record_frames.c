/* What the records of a journal share, there and back. */
#include "tests/support/test.h"

#include <string.h>

#include "dns/answer.h"
#include "record/record.h"
#include "record/record.pb-c.h"

static void
test_context(void **state)
{
	struct record_context context = {.number = 3,
					 .time = 1700000000,
					 .host = str_lit("mx.receiver.example"),
					 .version = str_lit("0.2.0"),
					 .enforce = true,
					 .configuration =
					     "0123456789abcdef0123456789abcde"};
	struct record_context got;

	for (int i = 0; i < 2; i++, context.enforce = false) {
		struct str octets = record_context_pack(*state, &context);
		assert_null(record_context_unpack(*state, octets, &got));
		assert_int_equal(got.number, 3);
		assert_int_equal(got.time, 1700000000);
		assert_str(got.host, "mx.receiver.example");
		assert_str(got.version, "0.2.0");
		assert_int_equal(got.enforce, context.enforce);
		assert_memory_equal(got.configuration, context.configuration,
				    RECORD_CONFIGURATION_OCTETS);
	}
}

static void
test_dns_text(void **state)
{
	struct dns_answer *answer =
	    dns_answer_new(str_lit("a.example"), DNS_TXT, DNS_NODATA, "");
	struct record_dns_text got;

	dns_answer_add_text(answer, str_lit("v=spf1 -all"));
	dns_answer_add_text(answer, str_lit("\0\xff"));
	struct dns_question question = {.answer = answer};
	memcpy(question.digest, dns_answer_digest(answer), DNS_DIGEST_OCTETS);
	struct str octets = record_dns_text_pack(*state, &question);
	assert_null(record_dns_text_unpack(*state, octets, &got));
	assert_memory_equal(got.digest, question.digest, DNS_DIGEST_OCTETS);
	assert_int_equal(got.texts, 2);
	assert_str(got.text[0], "v=spf1 -all");
	assert_true(str_eq(got.text[1], str_lit("\0\xff")));
	dns_answer_unref(answer);
}

/* --- read from files, so nothing is believed --- */

static void
test_hostile_context(void **state)
{
	struct record_context got;
	Record__Context m = RECORD__CONTEXT__INIT;
	uint8_t digest[RECORD_CONFIGURATION_OCTETS] = {0}, octets[600];
	uint8_t host[300];

	memset(host, 'h', sizeof host);
	m.configuration = (ProtobufCBinaryData){sizeof digest, digest};
	m.mode = RECORD__MODE__MODE_MONITOR;
	for (int i = 0; i < 4; i++) {
		m.host = (ProtobufCBinaryData){i == 1 ? 256 : 255, host};
		m.mode = i == 2 ? 3 : RECORD__MODE__MODE_MONITOR;
		m.configuration.len = i == 3 ? 31 : 32;
		size_t n = record__context__pack(&m, octets);
		const char *fault = record_context_unpack(
		    *state, str_n((char *)octets, n), &got);
		assert_int_equal(fault != NULL, i > 0);
	}
	assert_non_null(record_context_unpack(*state, str_lit("\x0a"), &got));
}

static void
test_hostile_dns_text(void **state)
{
	static ProtobufCBinaryData text[LIMIT_DNS_ANSWER_RRS + 1];
	struct record_dns_text got;
	Record__DnsText m = RECORD__DNS_TEXT__INIT;
	uint8_t digest[DNS_DIGEST_OCTETS] = {0}, octets[2000];

	m.text = text;
	for (int i = 0; i < 4; i++) {
		m.digest = (ProtobufCBinaryData){i == 1 ? 15 : 16, digest};
		m.n_text = i == 2   ? 0
			   : i == 3 ? LIMIT_DNS_ANSWER_RRS + 1
				    : LIMIT_DNS_ANSWER_RRS;
		size_t n = record__dns_text__pack(&m, octets);
		const char *fault = record_dns_text_unpack(
		    *state, str_n((char *)octets, n), &got);
		assert_int_equal(fault != NULL, i > 0);
	}
	assert_non_null(record_dns_text_unpack(*state, str_lit("\x0a"), &got));
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_context),
	    TEST(test_dns_text),
	    TEST(test_hostile_context),
	    TEST(test_hostile_dns_text),
	};

	return cmocka_run_group_tests_name("record_frames", tests, NULL, NULL);
}
