/* A check as a file, and back; and what may stand in such a file. */
#include "tests/support/test.h"

#include <string.h>

#include "base/limits.h"
#include "dns/answer.h"
#include "record/parts.h"
#include "record/saved.h"
#include "record/saved.pb-c.h"

static const struct str recipients[] = {STR("a@receiver.example"),
					STR("\"b c\"@receiver.example")};
static const struct dns_rr texts[] = {{.text = STR("v=spf1 -all")},
				      {.text = STR("\0\xff")}};
static const struct dns_rr addresses[] = {
    {.ip = {.family = IP_V4, .octet = {192, 0, 2, 1}}}};
static const struct dns_rr exchangers[] = {
    {.preference = 10, .text = STR("mx.sender.example")}};
static const struct str aliases[] = {STR("other.example"), STR("")};
static const struct dns_answer answers[] = {
    {.name = STR("sender.example"),
     .type = DNS_TXT,
     .status = DNS_OK,
     .reason = "",
     .authentic = true,
     .ttl = 300,
     .count = 2,
     .rr = texts},
    {.name = STR("sender.example"),
     .type = DNS_A,
     .status = DNS_OK,
     .reason = "",
     .cut = true,
     .count = 1,
     .rr = addresses,
     .alias = aliases,
     .aliases = 2},
    {.name = STR("sender.example"),
     .type = DNS_MX,
     .status = DNS_OK,
     .reason = "",
     .count = 1,
     .rr = exchangers},
    {.name = STR("_dmarc.sender.example"),
     .type = DNS_TXT,
     .status = DNS_FAILED,
     .reason = "the DNS server says SERVFAIL"},
};

static struct saved_check
a_check(void)
{
	return (struct saved_check){
	    .program = STR("0.2.0"),
	    .now = 1764547200,
	    .client = {.family = IP_V4, .octet = {192, 0, 2, 10}},
	    .client_name = STR("mx.sender.example"),
	    .helo = STR("mx"),
	    .mail_from_known = true,
	    .mail_from = STR("a@sender.example"),
	    .recipient = recipients,
	    .recipients = 2,
	    .smtp_auth = true,
	    .as_published = true,
	    .configuration = STR("mode: enforce\n"),
	    .answer = answers,
	    .answers = 4,
	    .message = STR("From: a@sender.example\r\n\r\n\0\xff\n"),
	};
}

static struct str
pack(struct arena *arena, const struct saved_check *check)
{
	struct buf octets;

	buf_init(&octets, arena);
	assert_true(saved_pack(check, &octets));
	return exact_n(octets.p, octets.n);
}

static void
test_whole(void **state)
{
	const struct saved_check check = a_check();
	const struct str octets = pack(*state, &check);
	struct saved_check got;

	assert_true(saved_is(octets));
	assert_null(saved_unpack(*state, octets, &got));
	assert_str(got.program, "0.2.0");
	assert_int_equal(got.now, check.now);
	assert_true(ip_eq(got.client, check.client));
	assert_str(got.client_name, "mx.sender.example");
	assert_str(got.helo, "mx");
	assert_true(got.mail_from_known && got.smtp_auth && got.as_published);
	assert_str(got.mail_from, "a@sender.example");
	assert_int_equal(got.recipients, 2);
	assert_str(got.recipient[1], "\"b c\"@receiver.example");
	assert_str(got.configuration, "mode: enforce\n");
	assert_true(str_eq(got.message, check.message));
	assert_int_equal(got.answers, 4);
	assert_true(str_eq(pack(*state, &got), octets));
}

static void
test_answers(void **state)
{
	const struct saved_check check = a_check();
	struct saved_check got;
	struct dns_answer *answer;

	assert_null(saved_unpack(*state, pack(*state, &check), &got));
	answer = saved_answer(&got, str_lit("sender.example"), DNS_TXT);
	assert_int_equal(answer->status, DNS_OK);
	assert_int_equal(answer->count, 2);
	assert_true(str_eq(answer->rr[1].text, texts[1].text));
	assert_true(answer->authentic && !answer->cut);
	assert_int_equal(answer->ttl, 300);
	dns_answer_unref(answer);
	answer = saved_answer(&got, str_lit("sender.example"), DNS_A);
	assert_true(ip_eq(answer->rr[0].ip, addresses[0].ip));
	assert_int_equal(answer->aliases, 2);
	assert_str(answer->alias[0], "other.example");
	assert_true(answer->cut && !answer->authentic);
	dns_answer_unref(answer);
	answer = saved_answer(&got, str_lit("sender.example"), DNS_MX);
	assert_int_equal(answer->rr[0].preference, 10);
	assert_str(answer->rr[0].text, "mx.sender.example");
	dns_answer_unref(answer);
	answer = saved_answer(&got, str_lit("_dmarc.sender.example"), DNS_TXT);
	assert_int_equal(answer->status, DNS_FAILED);
	assert_string_equal(answer->reason, "the DNS server says SERVFAIL");
	dns_answer_unref(answer);
	assert_null(saved_answer(&got, str_lit("sender.example"), DNS_PTR));
	assert_null(saved_answer(&got, str_lit("other.example"), DNS_TXT));
}

static void
test_too_large(void **state)
{
	struct saved_check check = a_check();
	struct buf octets;

	buf_init(&octets, *state);
	check.configuration = str_n(arena_alloc(*state, LIMIT_RECORD_OCTETS),
				    LIMIT_RECORD_OCTETS);
	assert_false(saved_pack(&check, &octets));
	/* The message has no bound of ours. */
	check.message = check.configuration;
	check.configuration = str_empty();
	assert_true(saved_pack(&check, &octets));
}

/* --- what is no such file --- */

static const char *
fault_of(struct arena *arena, struct str octets)
{
	struct saved_check check;
	const char *fault =
	    saved_unpack(arena, exact_n(octets.p, octets.n), &check);

	return fault != NULL ? fault : "";
}

static void
test_head(void **state)
{
	static const struct {
		struct str octets;
		const char *fault;
	} cases[] = {
	    {STR("VERDICT-CHECK 1 0\n"), ""},
	    {STR("VERDICT-CHECK 1 0\nFrom: a@b.example\n"), ""},
	    {STR(""), "it is no saved check"},
	    {STR("From: a@b.example\n"), "it is no saved check"},
	    {STR("VERDICT-CHECK 1 0"), "it is no saved check"},
	    {STR("VERDICT-CHECK x 0\n"), "it is no saved check"},
	    {STR("VERDICT-CHECK 0 0\n"), "it is no saved check"},
	    {STR("VERDICT-CHECK 2 0\n"),
	     "a newer program has saved it: check it with that"},
	    {STR("VERDICT-CHECK 1 1\n"), "it is cut short"},
	    {STR("VERDICT-CHECK 1 99999999999999999999\n"), "it is cut short"},
	    {STR("VERDICT-CHECK 1 -1\n"), "it is cut short"},
	    {STR("VERDICT-CHECK 1\n"), "it is cut short"},
	    {STR("VERDICT-CHECK 1 1\n\xff"), "it is damaged"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(fault_of(*state, cases[i].octets),
				    cases[i].fault);
}

/* Whatever is cut off or changed: it is read or refused. */
static void
test_any_octet(void **state)
{
	const struct saved_check check = a_check();
	const struct str whole = pack(*state, &check);
	struct arena *arena = arena_new(NULL);
	char copy[2048];

	assert_true(whole.n < sizeof copy);
	for (size_t n = 0; n < whole.n; n++) {
		(void)fault_of(arena, str_first(whole, n));
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(copy, whole.p, whole.n);
			copy[n] = (char)(copy[n] ^ 1 << bit);
			(void)fault_of(arena, str_n(copy, whole.n));
		}
		arena_reset(arena);
	}
	arena_free(arena);
}

/* One thing is wrong with the answer. */
static const char *
with_answer(struct arena *arena, const Saved__Answer *answer)
{
	Saved__Check check = SAVED__CHECK__INIT;
	Saved__Answer *list[] = {(Saved__Answer *)(uintptr_t)answer};
	struct buf octets;

	check.n_answer = 1;
	check.answer = list;
	struct str packed = encode_message(arena, &check.base);
	buf_init(&octets, arena);
	buf_printf(&octets, "VERDICT-CHECK 1 %zu\n", packed.n);
	buf_add(&octets, packed);
	return fault_of(arena, buf_str(&octets));
}

static void
test_hostile_answers(void **state)
{
	Saved__Answer good = SAVED__ANSWER__INIT, bad;
	uint8_t octets[UINT16_MAX + 1] = "v=spf1";
	ProtobufCBinaryData data[LIMIT_DNS_ANSWER_RRS + 1];
	uint32_t preference = 10;

	for (size_t i = 0; i < LIMIT_DNS_ANSWER_RRS + 1; i++)
		data[i] = (ProtobufCBinaryData){6, octets};
	good.type = DNS_TXT;
	good.status = 1;
	good.n_data = 1;
	good.data = data;
	assert_string_equal(with_answer(*state, &good), "");
	bad = good;
	bad.type = 99;
	assert_string_equal(with_answer(*state, &bad),
			    "a type of the DNS is unknown");
	bad = good;
	bad.status = 99;
	assert_string_equal(with_answer(*state, &bad),
			    "a value of an enumeration is unknown");
	bad = good;
	bad.status = 2;
	assert_string_equal(with_answer(*state, &bad),
			    "an answer has too many records, or none");
	bad = good;
	bad.n_data = LIMIT_DNS_ANSWER_RRS + 1;
	assert_string_equal(with_answer(*state, &bad),
			    "an answer has too many records, or none");
	bad = good;
	bad.n_alias = LIMIT_DNS_CNAMES + 1;
	bad.alias = data;
	assert_string_equal(with_answer(*state, &bad),
			    "an answer has too many records, or none");
	bad = good;
	bad.type = DNS_A;
	assert_string_equal(with_answer(*state, &bad),
			    "an address has another length");
	bad = good;
	bad.type = DNS_MX;
	assert_string_equal(with_answer(*state, &bad),
			    "a preference is missing");
	bad.n_preference = 1;
	bad.preference = &preference;
	assert_string_equal(with_answer(*state, &bad), "");
	bad = good;
	bad.reason = (ProtobufCBinaryData){2, (uint8_t *)(uintptr_t) "a\n"};
	assert_string_equal(with_answer(*state, &bad),
			    "a text is not printable");
	data[0].len = UINT16_MAX + 1;
	assert_string_equal(with_answer(*state, &good), "a text is too long");
	good.type = DNS_PTR;
	assert_string_equal(with_answer(*state, &good),
			    "a name or address is too long");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, arena_setup, arena_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_whole), TEST(test_answers),   TEST(test_too_large),
	    TEST(test_head),  TEST(test_any_octet), TEST(test_hostile_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
