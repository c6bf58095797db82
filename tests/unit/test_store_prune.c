/* What a store gives up, and when. */
#include <stdio.h>
#include <string.h>

#include "store/store.h"
#include "tests/support/store/store_world.h"
#include "tests/support/store/synthetic.h"

#define DAY 86400
#define NOW ((int64_t)20500 * DAY + 3600)

static const struct store_retention usual = {30, STORE_KEEP_OCTETS, 400};

static struct {
	struct store *store;
	struct batch *batch;
	struct journal_cursor cursor;
} world;

static int
setup(void **state)
{
	struct sql_error error;

	store_world_setup(state);
	world.store = store_open(store_world_url(), SQL_MAKE, &error);
	if (!world.store)
		fail_msg("%s", error.text);
	world.batch = batch_new(store_key(world.store));
	memset(&world.cursor, 0, sizeof(world.cursor));
	world.cursor.journal = 1;
	return 0;
}

static int
teardown(void **state)
{
	batch_free(world.batch);
	store_close(world.store);
	return store_world_teardown(state);
}

/* n messages on that many days before now, each with a term, a tally, a text
   and a name of the DNS of its own. */
static void
write_day(int64_t ago, int n)
{
	struct journal_cursor to = world.cursor;
	struct store_message message = {.action = str_lit("accept")};
	struct store_term term = {TERM_QUEUE_ID, str_empty()};
	struct store_seen seen = {str_empty(), {0}};
	char text[64];
	int i;

	batch_reset(world.batch, str_lit("mx"));
	message.time = NOW - ago * DAY;
	message.term = &term;
	message.seen = &seen;
	message.terms = message.seens = 1;
	for (i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "day-%d-%d", (int)ago, i);
		term.text = message.record = seen.name = str_of(text);
		message.tally[TALLY_FROM_DOMAIN] = str_of(text);
		memcpy(seen.digest, text, sizeof(seen.digest));
		batch_add_texts(world.batch, seen.digest, &message.record, 1,
				message.time);
		batch_add_message(world.batch, &message);
	}
	batch_add_gap(world.batch, &(struct batch_gap){message.time, 1, 1});
	to.sequence = 1;
	to.offset++;
	if (!store_write(world.store, world.batch, &world.cursor, &to))
		fail_msg("%s", store_error(world.store)->text);
	world.cursor = to;
}

static int
prune(const struct store_retention *retention)
{
	bool more = true;
	int steps;

	for (steps = 0; more && steps < 1000; steps++)
		if (!store_prune(world.store, retention, NOW, &more))
			fail_msg("%s", store_error(world.store)->text);
	assert_false(more);
	return steps;
}

static void
check_count(const char *table, int64_t n)
{
	char text[128];

	snprintf(text, sizeof(text), "SELECT count(*) FROM %s", table);
	assert_int_equal(store_world_get(text), n);
}

static void
nothing_is_old(void **state)
{
	(void)state;
	assert_int_equal(prune(&usual), 1);
	write_day(0, 10);
	write_day(30, 10);
	assert_int_equal(prune(&usual), 1);
	check_count("message", 20);
}

static void
messages_go_by_age(void **state)
{
	(void)state;
	write_day(31, 10);
	write_day(33, 10);
	write_day(30, 10);
	write_day(0, 10);
	prune(&usual);
	check_count("message", 20);
	check_count("term", 2);
	check_count("block", 2);
	check_count("part", 2);
	/* What is counted stays. */
	check_count("tally", 40);
	check_count("tally_day", 40);
	check_count("tally_sum", 4);
	/* With that of the sums. */
	check_count("tally_key", 41);
	check_count("dns_text", 40);
	/* A day that went can come again. */
	write_day(33, 5);
	check_count("message", 25);
	prune(&usual);
	check_count("message", 20);
}

static void
messages_go_by_size(void **state)
{
	struct store_retention small = usual;
	int64_t octets;
	int ago;

	(void)state;
	for (ago = 9; ago >= 0; ago--)
		write_day(ago, 100);
	octets =
	    store_world_get("SELECT CAST(sum(octets) AS bigint) FROM part");
	small.octets = octets * 11 / 20; /* of five days and a half */
	prune(&small);
	check_count("message", 500);
	assert_int_equal(store_world_get("SELECT min(day) FROM message"),
			 20500 - 4);
	/* The last part stays. */
	small.octets = 1;
	prune(&small);
	check_count("message", 100);
	write_day(0, 100);
	check_count("message", 200);
}

static void
tallies_go_by_age(void **state)
{
	(void)state;
	write_day(430, 10);
	write_day(401, 10);
	write_day(400, 10);
	write_day(0, 10);
	prune(&usual);
	check_count("message", 10);
	check_count("tally", 20);
	check_count("tally_day", 20);
	check_count("tally_sum", 2);
	check_count("gap", 2);
	/* A while longer, so that none goes that is still named. */
	check_count("tally_key", 31);
	check_count("dns_text", 30);
	check_count("dns_seen", 30);
	assert_int_equal(
	    store_world_get("SELECT count(*) FROM tally t LEFT JOIN tally_key "
			    "k ON k.key = t.key WHERE k.key IS NULL"),
	    0);
}

/* Feeding between two steps, and afterwards. */
static void
feeding_goes_on(void **state)
{
	struct store_retention small = usual;
	bool more = true;
	int i;

	(void)state;
	for (i = 5; i >= 1; i--)
		write_day(i, 50);
	small.octets = 1;
	for (i = 0; more; i++) {
		assert_true(store_prune(world.store, &small, NOW, &more));
		write_day(0, 50);
		assert_true(i < 20);
	}
	assert_int_equal(
	    store_world_get("SELECT count(*) FROM message WHERE day = 20500"),
	    i * 50);
}

/* Of a size that no compressing makes smaller. */
static void
write_mail(uint64_t from, uint64_t n)
{
	const struct synthetic mail = {NOW, 10};
	struct journal_cursor to = world.cursor;
	struct store_message message;
	struct siphash_key noise[20];
	struct verdict verdict;
	struct arena *arena;
	uint64_t i, k;

	batch_reset(world.batch, str_lit("mx"));
	for (i = from; i < from + n; i++) {
		for (k = 0; k < 20; k++)
			noise[k] = siphash_key_random();
		arena = arena_new(NULL);
		synthetic_verdict(&mail, arena, i, &verdict);
		store_message_of(arena, &verdict,
				 str_n((const char *)noise, sizeof(noise)),
				 &message);
		batch_add_message(world.batch, &message);
		arena_free(arena);
	}
	to.sequence = 1;
	to.offset++;
	assert_true(store_write(world.store, world.batch, &world.cursor, &to));
	world.cursor = to;
}

/* The rows' size is guessed: a guess that is far off would fill a disk. */
static void
the_size_is_about_right(void **state)
{
	int64_t octets, pages;
	uint64_t i;

	(void)state;
	if (store_world_engine() != ENGINE_SQLITE)
		return;
	for (i = 0; i < 6; i++)
		write_mail(i * 5000, 5000);
	octets =
	    store_world_get("SELECT CAST(sum(octets) AS bigint) FROM part");
	pages = store_world_get(
	    "SELECT sum(pgsize) FROM dbstat WHERE name IN ('message', "
	    "'block', 'term')");
	print_message("# octets %lld of %lld\n", (long long)octets,
		      (long long)pages);
	assert_in_range(octets, pages * 8 / 10, pages * 12 / 10);
}

#define PRUNE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static const struct CMUnitTest prune_tests[] = {
    PRUNE_TEST(nothing_is_old),      PRUNE_TEST(messages_go_by_age),
    PRUNE_TEST(messages_go_by_size), PRUNE_TEST(tallies_go_by_age),
    PRUNE_TEST(feeding_goes_on),     PRUNE_TEST(the_size_is_about_right),
};

int
main(void)
{
	return store_world_main(prune_tests);
}
