/* What goes into the journal with a message: its context, and the texts that it
   names. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "dns/answer.h"
#include "milter/limits.h"
#include "milter/server/history.h"
#include "record/record.h"
#include "tests/support/config_file.h"
#include "tests/support/journal_world.h"
#include "tests/support/record_world.h"
#include "tests/support/test.h"

/* More than go into one append. */
#define TEXTS (3 * JOURNAL_APPEND_MAX)
#define CONFIG                                                    \
	"authserv-id: mx.receiver.example\nresolver: 127.0.0.1\n" \
	"history: {journal-folder: %s}\n"

static struct arena *arena;
static struct history *history;
static struct config *config;
static struct dns_question question[TEXTS];

static struct config *
load(void)
{
	char text[300];

	snprintf(text, sizeof text, CONFIG, journal_world_folder());
	return config_file_load(text);
}

static int
setup(void **state)
{
	if (journal_world_setup(state) != 0)
		return -1;
	arena = arena_new(NULL);
	config = load();
	history = NULL;
	return history_open(config, NULL, &history) ? 0 : -1;
}

static int
teardown(void **state)
{
	history_close(history);
	config_unref(config);
	arena_free(arena);
	return journal_world_teardown(state);
}

/* --- what stands in the journal --- */

struct seen {
	size_t contexts, texts, messages;
	uint32_t context; /* of the last message */
	uint8_t digest[2 * TEXTS][DNS_DIGEST_OCTETS];
};

static bool
has_digest(const struct seen *seen, const uint8_t *digest)
{
	for (size_t i = 0; i < seen->texts; i++)
		if (memcmp(seen->digest[i], digest, DNS_DIGEST_OCTETS) == 0)
			return true;
	return false;
}

static void
see_message(struct seen *seen, struct str octets)
{
	struct verdict verdict;

	assert_null(record_unpack(arena, octets, &verdict, &seen->context));
	for (size_t i = 0; i < verdict.questions; i++)
		if (verdict.question[i].type == DNS_TXT &&
		    verdict.question[i].status == DNS_OK)
			assert_true(
			    has_digest(seen, verdict.question[i].digest));
	seen->messages++;
}

static void
see_text(struct seen *seen, struct str octets)
{
	struct record_dns_text text;

	assert_null(record_dns_text_unpack(arena, octets, &text));
	assert_true(seen->texts < 2 * TEXTS);
	memcpy(seen->digest[seen->texts++], text.digest, DNS_DIGEST_OCTETS);
}

static void
look(struct seen *seen)
{
	struct journal_reader *reader =
	    journal_reader_new(journal_world_folder(), NULL);
	struct journal_item item;

	*seen = (struct seen){.contexts = 0};
	while (journal_next(reader, &item) != JOURNAL_END) {
		struct str octets = item.frame.octets;
		seen->contexts += item.frame.kind == RECORD_CONTEXT;
		if (item.frame.kind == RECORD_DNS_TEXT)
			see_text(seen, octets);
		if (item.frame.kind == (JOURNAL_COUNTED | RECORD_MESSAGE))
			see_message(seen, octets);
	}
	journal_reader_free(reader);
}

/* --- messages --- */

/* n questions from the first on, each with an answer of its own. */
static struct verdict
verdict_of(size_t first, size_t n)
{
	struct verdict verdict = record_world_verdict(arena);
	char text[32];

	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof text, "d%zu.example", first + i);
		struct dns_answer *answer =
		    dns_answer_new(str_of(text), DNS_TXT, DNS_NODATA, "");
		dns_answer_add_text(answer, str_of(text));
		question[i] =
		    (struct dns_question){.name = str_lit("d.example"),
					  .type = DNS_TXT,
					  .status = DNS_OK,
					  .answer = answer};
		memcpy(question[i].digest, dns_answer_digest(answer),
		       DNS_DIGEST_OCTETS);
	}
	verdict.question = question;
	verdict.questions = n;
	return verdict;
}

static void
free_answers(size_t n)
{
	for (size_t i = 0; i < n; i++)
		dns_answer_unref(question[i].answer);
}

static void
remember(const struct config *under, size_t first, size_t n)
{
	struct verdict verdict = verdict_of(first, n);

	history_message(history, under, arena, &verdict);
}

static void
texts_stand_once_and_before_their_message(void **state)
{
	static struct seen seen;

	(void)state;
	remember(config, 0, TEXTS);
	look(&seen);
	assert_int_equal(seen.contexts, 1);
	assert_int_equal(seen.texts, TEXTS);
	assert_int_equal(seen.messages, 1);
	assert_int_equal(seen.context, 1);
	free_answers(TEXTS);
	remember(config, TEXTS - 2, 4);
	look(&seen);
	assert_int_equal(seen.texts, TEXTS + 2);
	assert_int_equal(seen.messages, 2);
	free_answers(4);
}

/* A question that has no text adds none. */
static void
other_answers_have_no_texts(void **state)
{
	static struct seen seen;
	struct verdict verdict = verdict_of(0, 3);

	(void)state;
	question[0].type = DNS_A;
	question[1].status = DNS_TIMEOUT;
	memset(question[0].digest, 0, DNS_DIGEST_OCTETS);
	memset(question[1].digest, 0, DNS_DIGEST_OCTETS);
	struct dns_question all[3];
	memcpy(all, question, sizeof all);
	question[0].answer = question[1].answer = NULL;
	history_message(history, config, arena, &verdict);
	look(&seen);
	assert_int_equal(seen.texts, 1);
	memcpy(question, all, sizeof all);
	free_answers(3);
}

static void
each_message_names_its_context(void **state)
{
	static struct seen seen;
	struct config *fresh[LIMIT_HISTORY_CONTEXTS];

	(void)state;
	for (size_t i = 0; i < LIMIT_HISTORY_CONTEXTS; i++) {
		fresh[i] = load();
		history_adopt(history, fresh[i]);
		remember(fresh[i], 0, 0);
		look(&seen);
		assert_int_equal(seen.contexts, i + 2);
		assert_int_equal(seen.context, i + 2);
	}
	/* It began before all of them, and is forgotten. */
	remember(config, 0, 0);
	look(&seen);
	assert_int_equal(seen.context, 0);
	remember(fresh[0], 0, 0);
	look(&seen);
	assert_int_equal(seen.context, 2);
	assert_int_equal(seen.messages, LIMIT_HISTORY_CONTEXTS + 2);
	for (size_t i = 0; i < LIMIT_HISTORY_CONTEXTS; i++)
		config_unref(fresh[i]);
}

static void
without_a_journal_nothing_is_done(void **state)
{
	struct config *off = config_file_load(
	    "authserv-id: mx.receiver.example\nresolver: 127.0.0.1\n"
	    "history: {journal: no}\n");
	struct history *none = NULL;
	struct journal_report report;
	const struct verdict verdict = {.hindrance = HINDRANCE_NOT_BEGUN};

	(void)state;
	assert_true(history_open(off, NULL, &none));
	assert_null(none);
	history_adopt(none, off);
	history_message(none, off, arena, &verdict);
	assert_false(history_report(none, &report));
	assert_int_equal(report.written, 0);
	history_close(none);
	config_unref(off);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(texts_stand_once_and_before_their_message),
	    TEST(other_answers_have_no_texts),
	    TEST(each_message_names_its_context),
	    TEST(without_a_journal_nothing_is_done),
	};

	return cmocka_run_group_tests_name(
	    "milter_history", tests, config_file_setup, config_file_teardown);
}
