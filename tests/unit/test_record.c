/* A verdict as octets and back. */
#include "tests/support/test.h"

#include <string.h>

#include "tests/support/law.h"
#include "tests/support/record_world.h"

static const struct str names[] = {STR("subject"), STR("X-Y"), STR("X-None")};
static const struct record_about keeps_none = {.context = 7};
static const struct record_about keeps_some = {
    .context = 7, .field = names, .fields = 3};

static size_t
count_of(struct str text, const char *word)
{
	size_t n = strlen(word), count = 0;

	for (size_t i = 0; i + n <= text.n; i++)
		count += memcmp(text.p + i, word, n) == 0;
	return count;
}

static struct verdict
round_trip(struct arena *arena, const struct verdict *verdict,
	   const struct record_about *about)
{
	struct verdict unpacked = {.header = NULL};
	const char *fault = law_round_trip(arena, verdict, about, &unpacked);

	assert_string_equal(fault != NULL ? fault : "", "");
	assert_null(unpacked.header);
	return unpacked;
}

static void
test_whole(void **state)
{
	struct verdict verdict = record_world_verdict(*state);

	struct verdict got = round_trip(*state, &verdict, &keeps_none);
	/* What the law does not look at. */
	assert_int_equal(got.decision.how, QUARANTINE_HOLD);
	assert_int_equal(got.decision.deferral, 2);
	assert_int_equal(got.decision.deferrals_allowed, 5);
	assert_true(got.decision.deferrals_spent);
	assert_true(got.dns.questions_exhausted);
	assert_false(got.dns.slow_waiters_exhausted);
	assert_true(got.dns.records_exhausted);
	assert_int_equal(got.dns.questions, 14);
	assert_int_equal(got.questions, 11);
	assert_null(got.question[0].answer);
}

/* A verdict of a message that was put off before anything was known. */
static void
test_empty(void **state)
{
	struct verdict verdict = {
	    .client_class = CLIENT_FOREIGN,
	    .from = {.state = FROM_MISSING, .reason = ""},
	    .hindrance = HINDRANCE_NOT_BEGUN,
	};

	round_trip(*state, &verdict, &keeps_none);
}

static void
test_mail_from(void **state)
{
	static const struct {
		const char *text, *local, *domain;
	} table[] = {
	    {"a@b@c.example", "a@b", "c.example"},
	    {"\"a@b\"@c.example", "a@b", "c.example"},
	    {"U@C.Example", "U", "c.example"},
	    {"postmaster", "postmaster", ""},
	    {"(x", "", ""},
	    {"@c.example", "", "c.example"},
	};
	struct verdict verdict = record_world_verdict(*state);

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		verdict.mail_from = str_of(table[i].text);
		verdict.mail_from_local = str_of(table[i].local);
		verdict.mail_from_domain = str_of(table[i].domain);
		round_trip(*state, &verdict, &keeps_none);
	}
	verdict.mail_from = verdict.mail_from_local = verdict.mail_from_domain =
	    str_empty();
	verdict.mail_from_null = true;
	round_trip(*state, &verdict, &keeps_none);
	verdict.mail_from_null = verdict.mail_from_known = false;
	round_trip(*state, &verdict, &keeps_none);
}

/* Without "<>", with a NUL, and one that goes on and on. */
static void
test_message_id(void **state)
{
	static char longest[5000];
	struct verdict verdict = record_world_verdict(*state);

	memset(longest, 'x', sizeof longest);
	longest[0] = '<';
	longest[sizeof longest - 1] = '>';
	const struct str table[] = {STR(""),         STR("<>"),
				    STR("<"),        STR("x@y"),
				    STR("<a\0b@c>"), {longest, sizeof longest}};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		verdict.message_id = table[i];
		round_trip(*state, &verdict, &keeps_none);
	}
}

/* What the decision by DMARC comes to is not told, and another reason is. */
static void
test_reason(void **state)
{
	struct verdict verdict = record_world_verdict(*state);
	struct str usual = str_lit("dmarc=fail shape=list policy=quarantine "
				   "from=x.example: no aligned identifier");

	size_t other = record_pack(*state, &verdict, &keeps_none).n;
	verdict.decision.reason = usual;
	assert_true(record_pack(*state, &verdict, &keeps_none).n < other);
	round_trip(*state, &verdict, &keeps_none);
	verdict.decision.reason = str_empty();
	round_trip(*state, &verdict, &keeps_none);
}

static void
test_nothing_twice(void **state)
{
	struct verdict verdict = record_world_verdict(*state);

	verdict.dmarc.outcome[0].org_domain = str_lit("sender.example");
	verdict.decision.reply_text = str_empty();
	struct str octets = record_pack(*state, &verdict, &keeps_none);
	assert_int_equal(count_of(octets, "receiver.example"), 1);
	assert_int_equal(count_of(octets, "lists.example"), 2);
	assert_int_equal(count_of(octets, "sender.example"), 1);
	assert_int_equal(count_of(octets, "_dmarc"), 0);
	/* In a reason, and as the name that was looked up. */
	assert_int_equal(count_of(octets, "_domainkey"), 2);
}

/* --- fields --- */

static void
test_no_field(void **state)
{
	struct verdict verdict = record_world_verdict(*state);
	struct str octets = record_pack(*state, &verdict, &keeps_none);

	assert_int_equal(count_of(octets, "ecret"), 0);
	struct verdict got = round_trip(*state, &verdict, &keeps_none);
	assert_int_equal(got.fields->names, 0);
	assert_int_equal(got.fields->count, 0);
}

static void
test_some_fields(void **state)
{
	struct verdict verdict = record_world_verdict(*state);
	struct verdict got = round_trip(*state, &verdict, &keeps_some);
	const struct field_readings *fields = got.fields;

	assert_int_equal(fields->names, 3);
	assert_true(fields_asked(fields, str_lit("x-none")));
	assert_false(fields_asked(fields, str_lit("To")));
	assert_int_equal(fields->count, 3);
	assert_str(fields->reading[0].name, "subject");
	assert_str(fields->reading[0].text[0], "a secret");
	assert_true(fields->reading[0].sure);
	assert_str(fields->reading[1].name, "X-Y");
	assert_false(fields->reading[1].sure);
	assert_int_equal(fields->reading[1].texts, 3);
	assert_str(fields->reading[2].text[0], "again");
	assert_false(fields->full);
}

/* --- bounds --- */

static void
test_many_questions(void **state)
{
	struct verdict verdict = record_world_verdict(*state);
	struct dns_question *question =
	    arena_array(*state, 300, sizeof *question);

	for (size_t i = 0; i < 300; i++)
		question[i] = (struct dns_question){
		    .name = arena_printf(*state, "%zu.example", i),
		    .type = DNS_TXT,
		    .status = DNS_OK};
	verdict.question = question;
	verdict.questions = 300;
	verdict.dns.questions = 300;
	struct verdict got = round_trip(*state, &verdict, &keeps_none);
	assert_int_equal(got.questions, LIMIT_RECORD_QUESTIONS);
	assert_int_equal(got.dns.questions, 300);
	assert_str(got.question[199].name, "199.example");
}

/* As many as there may be, of the longest. */
static void
test_many_recipients(void **state)
{
	struct verdict verdict = record_world_verdict(*state);
	struct str *recipient =
	    arena_array(*state, LIMIT_RECIPIENTS_KEPT, sizeof *recipient);

	for (int i = 0; i < LIMIT_RECIPIENTS_KEPT; i++)
		recipient[i] = arena_printf(*state, "%0*d@%0*d.example",
					    LIMIT_MAILBOX - 100, i, 91, i);
	verdict.recipient = recipient;
	verdict.recipients = LIMIT_RECIPIENTS_KEPT;
	round_trip(*state, &verdict, &keeps_some);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_whole),          TEST(test_empty),
	    TEST(test_mail_from),      TEST(test_message_id),
	    TEST(test_reason),         TEST(test_nothing_twice),
	    TEST(test_no_field),       TEST(test_some_fields),
	    TEST(test_many_questions), TEST(test_many_recipients),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
