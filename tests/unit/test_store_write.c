/* What is written into a store, and read back. */
#include <stdio.h>
#include <string.h>

#include "store/store.h"
#include "tests/support/store/store_world.h"
#include "tests/support/store/synthetic.h"

#define JOURNAL 0x8000000000000001u

static const struct synthetic mail = {1764547200, 100}; /* 2025-12-01 UTC */

static struct {
	struct store *store;
	struct batch *batch;
	struct journal_cursor cursor;
} world;

static void
open_store(void)
{
	struct sql_error error;

	world.store = store_open(store_world_url(), SQL_MAKE, &error);
	if (!world.store)
		fail_msg("%s", error.text);
	world.batch = batch_new(store_key(world.store));
	batch_reset(world.batch, str_lit("mx.receiver.example"));
	assert_true(store_cursor_read(world.store, JOURNAL, &world.cursor));
}

static void
close_store(void)
{
	batch_free(world.batch);
	store_close(world.store);
}

static int
setup(void **state)
{
	store_world_setup(state);
	open_store();
	return 0;
}

static int
teardown(void **state)
{
	close_store();
	return store_world_teardown(state);
}

static void
reopen(void)
{
	close_store();
	open_store();
}

/* The record is the number, so that a reader sees whose it is. */
static void
add(const struct synthetic *of, uint64_t from, uint64_t n)
{
	struct store_message message;
	struct verdict verdict;
	struct arena *arena;
	uint64_t i;

	for (i = from; i < from + n; i++) {
		arena = arena_new(NULL);
		synthetic_verdict(of, arena, i, &verdict);
		store_message_of(
		    arena, &verdict,
		    arena_printf(arena, "record %llu", (unsigned long long)i),
		    &message);
		batch_add_message(world.batch, &message);
		arena_free(arena);
	}
}

static bool
try_write(void)
{
	struct journal_cursor to = world.cursor;
	bool done;

	to.sequence = 1;
	to.offset += 1;
	done = store_write(world.store, world.batch, &world.cursor, &to);
	if (done)
		world.cursor = to;
	batch_reset(world.batch, str_lit("mx.receiver.example"));
	return done;
}

static void
write_batch(void)
{
	if (!try_write())
		fail_msg("%s", store_error(world.store)->text);
}

/* Which records came, and how often. */
static struct {
	uint64_t sum, count;
	int64_t wanted; /* ends with this one */
} seen;

static bool
see(void *ctx, const struct store_place *place, struct str record)
{
	uint64_t n;

	(void)ctx, (void)place;
	assert_true(str_uint(str_from(record, 7), UINT64_MAX, &n));
	seen.sum += n;
	seen.count++;
	return (int64_t)n != seen.wanted;
}

static void
check_records(uint64_t n)
{
	int64_t count = -1;

	memset(&seen, 0, sizeof(seen));
	seen.wanted = -1;
	assert_true(store_scan(world.store, 0, INT64_MAX, see, NULL));
	assert_int_equal(seen.count, n);
	assert_true(store_count(world.store, 0, INT64_MAX, &count));
	assert_int_equal(count, n);
	assert_int_equal(seen.sum, n * (n - 1) / 2);
	assert_int_equal(store_world_get("SELECT count(*) FROM message"), n);
	assert_int_equal(
	    store_world_get("SELECT CAST(sum(messages) AS bigint) FROM tally"),
	    n);
	assert_int_equal(
	    store_world_get("SELECT CAST(sum(messages) AS bigint) FROM block"),
	    n);
}

/* How many records come along with those that have the term; the n-th must be
   one of them. */
static uint64_t
found(enum term_kind kind, const char *text, int64_t n)
{
	const struct store_term term = {kind, str_of(text)};

	memset(&seen, 0, sizeof(seen));
	seen.wanted = n;
	if (!store_find(world.store, &term, 0, INT64_MAX, see, NULL))
		fail_msg("%s", store_error(world.store)->text);
	return seen.count;
}

static void
batches_come_back(void **state)
{
	char queue_id[32];
	uint64_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		add(&mail, i * 1000, 1000);
		write_batch();
	}
	check_records(3000);
	/* The last block of one process is not gone on with by the next. */
	reopen();
	add(&mail, 3000, 500);
	write_batch();
	check_records(3500);
	assert_int_equal(store_world_get("SELECT count(*) FROM block"), 24 + 4);
	for (i = 0; i < 3500; i += 487) {
		snprintf(queue_id, sizeof(queue_id), "4%010llx",
			 (unsigned long long)i);
		assert_in_range(found(TERM_QUEUE_ID, queue_id, -1), 1, 128);
		assert_in_range(found(TERM_QUEUE_ID, queue_id, (int64_t)i), 1,
				i % 128 + 1);
	}
	assert_int_equal(found(TERM_QUEUE_ID, "4ABCDEF", -1), 0);
	assert_int_equal(found(TERM_RULE, "40000000000", -1), 0);
	assert_int_equal(
	    found(TERM_RECIPIENT, "POSTMASTER@receiver.example", -1), 3500);
}

/* One message at a time, as where there is little mail: the last block grows.
 */
static void
a_block_grows(void **state)
{
	char queue_id[32];
	uint64_t i;

	(void)state;
	for (i = 0; i < 300; i++) {
		add(&mail, i, 1);
		write_batch();
	}
	check_records(300);
	assert_int_equal(store_world_get("SELECT count(*) FROM block"), 3);
	assert_int_equal(store_world_get("SELECT count(*) FROM part"), 1);
	for (i = 0; i < 300; i += 37) {
		snprintf(queue_id, sizeof(queue_id), "4%010llx",
			 (unsigned long long)i);
		assert_in_range(found(TERM_QUEUE_ID, queue_id, (int64_t)i), 1,
				128);
	}
	assert_int_equal(
	    store_world_get("SELECT count(*) FROM (SELECT hash, place FROM "
			    "term GROUP BY hash, place HAVING count(*) > 1) t"),
	    0);
}

static void
the_cursor_moves_with_what_it_brought(void **state)
{
	struct journal_cursor old;

	(void)state;
	add(&mail, 0, 100);
	old = world.cursor;
	write_batch();
	world.cursor = old;
	add(&mail, 0, 100);
	assert_false(try_write());
	assert_int_equal(store_error(world.store)->trouble, SQL_LATER);
	assert_non_null(strstr(store_error(world.store)->text, "meanwhile"));
	check_records(100);
	reopen();
	assert_int_equal(world.cursor.offset, 1);
	add(&mail, 100, 100);
	write_batch();
	old.sequence = 7;
	world.cursor = old;
	add(&mail, 0, 100);
	assert_false(try_write());
	check_records(200);
}

/* Without what makes a message expensive. */
static void
add_bare(uint64_t from, uint64_t n)
{
	struct store_message message = {.time = mail.begin,
					.action = str_lit("accept")};
	struct store_term term = {TERM_QUEUE_ID, str_empty()};
	char record[32], queue_id[32];
	uint64_t i;

	message.term = &term;
	message.record.p = record;
	for (i = from; i < from + n; i++) {
		message.terms = i % 500 == 9;
		message.record.n =
		    (size_t)snprintf(record, sizeof(record), "record %llu",
				     (unsigned long long)i);
		term.text.n = (size_t)snprintf(queue_id, sizeof(queue_id),
					       "4%llu", (unsigned long long)i);
		term.text.p = queue_id;
		batch_add_message(world.batch, &message);
	}
}

static void
a_part_ends(void **state)
{
	(void)state;
	add_bare(0, 40000);
	write_batch();
	add_bare(40000, 30000);
	write_batch();
	reopen();
	add_bare(70000, 100);
	write_batch();
	check_records(70100);
	assert_int_equal(store_world_get("SELECT count(*) FROM part"), 2);
	assert_int_equal(store_world_get("SELECT max(messages) FROM part"),
			 65536);
	assert_in_range(found(TERM_QUEUE_ID, "465009", 65009), 1, 128);
	assert_in_range(found(TERM_QUEUE_ID, "469509", 69509), 1, 128);
}

static void
days(void **state)
{
	/* 40 before midnight, and then some, shuffled. */
	const struct synthetic before = {1764547200 - 40, 1000};
	uint64_t i;

	(void)state;
	for (i = 0; i < 100; i++)
		add(&before, (i * 37) % 100, 1);
	write_batch();
	check_records(100);
	assert_int_equal(
	    store_world_get("SELECT count(DISTINCT day) FROM part"), 2);
	assert_int_equal(
	    store_world_get("SELECT count(*) FROM message WHERE day = 20422"),
	    40);
	memset(&seen, 0, sizeof(seen));
	seen.wanted = -1;
	assert_true(
	    store_scan(world.store, 1764547200, 1764547200 + 5, see, NULL));
	assert_int_equal(seen.count, 60);
}

static void
columns(void **state)
{
	struct sql *sql = store_sql(world.store);
	struct store_message message = {
	    .time = 1764547200 + 3600,
	    .queue_id = str_lit("4ABC"),
	    .from_domain = str_lit("bank.example"),
	    .client = str_lit("198.51.100.66"),
	    .action = str_lit("accept"),
	    .would = str_lit("reject"),
	    .shape = str_lit("spoof"),
	    .record = str_lit("record 0"),
	};

	(void)state;
	message.tally[TALLY_PUBLISHED] = str_lit("p=reject");
	message.tally[TALLY_SHAPE] = str_lit("spoof");
	batch_add_message(world.batch, &message);
	batch_add_message(world.batch, &message);
	write_batch();
	assert_true(sql_query(sql,
			      "SELECT time, queue_id, from_domain, client, "
			      "action, would, rule, shape FROM message "
			      "WHERE place = 1",
			      NULL, 0));
	assert_int_equal(sql_next(sql), SQL_ROW);
	assert_int_equal(sql_get_integer(sql, 0), 1764550800);
	assert_str(sql_get_octets(sql, 1), "4ABC");
	assert_str(sql_get_octets(sql, 2), "bank.example");
	assert_str(sql_get_octets(sql, 3), "198.51.100.66");
	assert_str(sql_get_octets(sql, 4), "accept");
	assert_str(sql_get_octets(sql, 5), "reject");
	assert_str(sql_get_octets(sql, 6), "");
	assert_str(sql_get_octets(sql, 7), "spoof");
	sql_end(sql);
	assert_int_equal(
	    store_world_get("SELECT messages FROM tally t JOIN tally_key k "
			    "ON k.key = t.key WHERE hour = 490153 "
			    "AND published = 'p=reject' AND shape = 'spoof' "
			    "AND rule IS NULL"),
	    2);
}

/* More kinds of messages in one hour than have rows of their own. */
static void
a_flood_is_counted_in_one_row(void **state)
{
	struct store_message message = {.time = 1764547200,
					.action = str_lit("accept"),
					.record = str_lit("record 0")};
	char client[32];
	int i;

	(void)state;
	for (i = 0; i < 55000; i++) {
		message.time = 1764547200 + (i % 10 == 0 ? 3600 : 0);
		snprintf(client, sizeof(client), "client %d", i);
		message.tally[TALLY_CLIENT] = str_of(client);
		batch_add_message(world.batch, &message);
		if (i == 30000)
			write_batch();
		if (i == 52000) {
			write_batch();
			reopen();
		}
	}
	message.time = 1764547200;
	for (i = 0; i < 3000; i++) {
		snprintf(client, sizeof(client), "late client %d", i);
		message.tally[TALLY_CLIENT] = str_of(client);
		batch_add_message(world.batch, &message);
	}
	write_batch();
	assert_int_equal(store_folded(world.store), 2500);
	assert_int_equal(
	    store_world_get("SELECT messages FROM tally t JOIN tally_key k ON "
			    "k.key = t.key WHERE class = '(rest)'"),
	    2500);
	assert_int_equal(store_world_get("SELECT count(*) FROM tally"),
			 50001 + 5500);
	assert_int_equal(
	    store_world_get("SELECT CAST(sum(messages) AS bigint) FROM tally"),
	    58000);
}

static void
what_the_dns_said(void **state)
{
	uint8_t digest[DNS_DIGEST_OCTETS];
	struct arena *arena = arena_new(NULL);
	struct str name, text;
	int again;

	(void)state;
	for (again = 0; again < 2; again++) {
		text = synthetic_text(arena, synthetic_domain(5), 1, &name,
				      digest);
		batch_add_texts(world.batch, digest, &text, 1, mail.begin);
		batch_add_texts(world.batch, digest, &text, 1, mail.begin);
		add(&mail, 5, 1);
		add(&(struct synthetic){1764547200 + 8 * 3600, 1}, 5, 1);
		write_batch();
		reopen();
	}
	assert_int_equal(store_world_get("SELECT count(*) FROM dns_text"), 1);
	assert_int_equal(store_world_get("SELECT count(*) FROM dns_seen"), 3);
	assert_int_equal(
	    store_world_get("SELECT count(*) FROM dns_seen s JOIN dns_text t "
			    "ON t.digest = s.digest "
			    "WHERE last - first = 28800"),
	    1);
	arena_free(arena);
}

static void
events_and_gaps(void **state)
{
	const struct batch_event event = {mail.begin, str_lit("start"),
					  str_lit("0.2.0"), str_lit("monitor"),
					  str_lit("\1\2")};
	const struct batch_gap gap = {mail.begin, 12, 345};

	(void)state;
	batch_add_event(world.batch, &event);
	batch_add_event(world.batch, &event);
	batch_add_gap(world.batch, &gap);
	write_batch();
	batch_add_event(world.batch, &event);
	write_batch();
	assert_int_equal(
	    store_world_get("SELECT count(*) FROM event WHERE version = "
			    "'0.2.0' AND mode = 'monitor'"),
	    1);
	assert_int_equal(store_world_get("SELECT messages FROM gap"), 12);
	assert_int_equal(store_world_get("SELECT octets FROM gap"), 345);
}

static void
a_damaged_block_is_told(void **state)
{
	(void)state;
	add(&mail, 0, 300);
	write_batch();
	store_world_run("UPDATE block SET octets = '12345' WHERE place = 128");
	seen.wanted = -1;
	assert_false(store_scan(world.store, 0, INT64_MAX, see, NULL));
	assert_int_equal(store_error(world.store)->trouble, SQL_CORRUPT);
	assert_non_null(
	    strstr(store_error(world.store)->text, "20423/1/0/128 is damaged"));
}

static void
several_hosts(void **state)
{
	uint64_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		batch_reset(world.batch, i % 2
					     ? str_lit("mx1.receiver.example")
					     : str_lit("mx2.receiver.example"));
		add(&mail, i * 10, 10);
		write_batch();
	}
	check_records(40);
	assert_int_equal(store_world_get("SELECT count(*) FROM host"), 2);
	assert_int_equal(
	    store_world_get("SELECT messages FROM part WHERE host = 2"), 20);
}

#define WRITE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static const struct CMUnitTest write_tests[] = {
    WRITE_TEST(batches_come_back),
    WRITE_TEST(a_block_grows),
    WRITE_TEST(the_cursor_moves_with_what_it_brought),
    WRITE_TEST(a_part_ends),
    WRITE_TEST(days),
    WRITE_TEST(columns),
    WRITE_TEST(a_flood_is_counted_in_one_row),
    WRITE_TEST(what_the_dns_said),
    WRITE_TEST(events_and_gaps),
    WRITE_TEST(a_damaged_block_is_told),
    WRITE_TEST(several_hosts),
};

int
main(void)
{
	return store_world_main(write_tests);
}
