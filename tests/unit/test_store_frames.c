/* What the daemon writes, in a store. */
#include <string.h>

#include "record/record.h"
#include "store/frames.h"
#include "tests/support/store/store_world.h"
#include "tests/support/store/synthetic.h"

static const struct synthetic mail = {1764547200, 1000};

static bool
take(struct batch *batch, struct arena *arena, uint8_t kind, struct str octets)
{
	const struct journal_item item = {.started = mail.begin,
					  .frame = {kind, octets}};

	return frames_take(NULL, arena, &item, batch);
}

static void
take_message(struct batch *batch, struct arena *arena, uint64_t n)
{
	const struct record_about about = {.context = 1};
	struct verdict verdict;

	synthetic_verdict(&mail, arena, n, &verdict);
	assert_true(take(batch, arena, RECORD_MESSAGE | JOURNAL_COUNTED,
			 record_pack(arena, &verdict, &about)));
}

static void
take_texts(struct batch *batch, struct arena *arena, uint64_t domain)
{
	struct dns_question question = {.type = DNS_TXT};
	struct dns_answer answer = {.count = 1};
	struct dns_rr rr = {.preference = 0};

	rr.text =
	    synthetic_text(arena, domain, 1, &question.name, question.digest);
	answer.rr = &rr;
	question.answer = &answer;
	assert_true(take(batch, arena, RECORD_DNS_TEXT,
			 record_dns_text_pack(arena, &question)));
}

static void
take_context(struct batch *batch, struct arena *arena, uint32_t number)
{
	const struct record_context context = {.number = number,
					       .time = mail.begin + number,
					       .host = STR("mx"),
					       .version = STR("0.2.0"),
					       .enforce = number > 1};

	assert_true(take(batch, arena, RECORD_CONTEXT,
			 record_context_pack(arena, &context)));
}

struct found {
	struct arena *arena;
	uint64_t count, wanted;
};

/* The whole verdict comes out of the store. */
static bool
see(void *ctx, const struct store_place *place, struct str record)
{
	struct found *found = ctx;
	struct verdict verdict, wanted;
	uint32_t context;

	assert_null(record_unpack(found->arena, record, &verdict, &context));
	synthetic_verdict(&mail, found->arena, (uint64_t)place->place, &wanted);
	assert_string_equal(verdict_json(found->arena, &verdict, str_empty()).p,
			    verdict_json(found->arena, &wanted, str_empty()).p);
	found->count++;
	return true;
}

static void
verdicts_come_back(void **state)
{
	const struct journal_cursor from = {.journal = 1}, to = {1, 1, 1, 1};
	struct found found = {arena_new(NULL), 0, 0};
	struct sql_error error;
	struct store *store = store_open(store_world_url(), SQL_MAKE, &error);
	struct batch *batch;
	uint64_t i;

	(void)state;
	assert_non_null(store);
	batch = batch_new(store_key(store));
	batch_reset(batch, str_lit("mx"));
	take_context(batch, found.arena, 1);
	take_context(batch, found.arena, 1);
	take_context(batch, found.arena, 2);
	for (i = 0; i < 300; i++)
		take_message(batch, found.arena, i);
	take_texts(batch, found.arena, synthetic_domain(7));
	assert_true(store_write(store, batch, &from, &to));
	assert_true(store_scan(store, 0, INT64_MAX, see, &found));
	assert_int_equal(found.count, 300);
	assert_int_equal(store_world_get("SELECT count(*) FROM event"), 2);
	assert_int_equal(
	    store_world_get("SELECT count(*) FROM event WHERE what = 'reload' "
			    "AND mode = 'enforce' AND version = '0.2.0'"),
	    1);
	assert_int_equal(
	    store_world_get("SELECT count(*) FROM dns_seen s JOIN dns_text t "
			    "ON t.digest = s.digest"),
	    1);
	assert_true(store_world_get(
			"SELECT count(*) FROM tally_key WHERE published = "
			"'p=reject' AND dmarc = 'fail' AND would IS NOT "
			"NULL AND shape = 'spoof' AND cause = 'dmarc'") > 0);
	assert_true(store_world_get(
			"SELECT count(*) FROM tally_key WHERE dkim LIKE "
			"'pass %.example s_' AND aligned = 'spf dkim'") > 0);
	batch_free(batch);
	store_close(store);
	arena_free(found.arena);
}

static void
what_is_no_record(void **state)
{
	static const struct siphash_key key = {{1, 2}};
	struct batch *batch = batch_new(&key);
	struct arena *arena = arena_new(NULL);

	(void)state;
	assert_false(take(batch, arena, RECORD_MESSAGE, exact("\xff\xff")));
	assert_false(take(batch, arena, RECORD_CONTEXT, exact("\xff\xff")));
	assert_false(take(batch, arena, RECORD_DNS_TEXT, exact("\xff\xff")));
	assert_false(take(batch, arena, 77, exact("text")));
	assert_true(batch_empty(batch));
	arena_free(arena);
	batch_free(batch);
}

static const struct CMUnitTest frames_tests[] = {
    STORE_TEST(verdicts_come_back),
    STORE_TEST(what_is_no_record),
};

int
main(void)
{
	return store_world_main(frames_tests);
}
