/* What is written into a store, and read back. */
#include <stdio.h>
#include <string.h>

#include "tests/support/store/mail_world.h"

static const struct synthetic mail = {1764547200, 100}; /* 2025-12-01 UTC */

static void
batches_come_back(void **state)
{
	char queue_id[32];
	uint64_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		mail_add(&mail, i * 1000, 1000);
		mail_write();
	}
	mail_check(3000);
	/* The last block of one process is not gone on with by the next. */
	mail_reopen();
	mail_add(&mail, 3000, 500);
	mail_write();
	mail_check(3500);
	assert_int_equal(store_world_get("SELECT count(*) FROM block"), 24 + 4);
	for (i = 0; i < 3500; i += 487) {
		snprintf(queue_id, sizeof(queue_id), "4%010llx",
			 (unsigned long long)i);
		assert_in_range(mail_find(TERM_QUEUE_ID, queue_id, -1), 1, 128);
		assert_in_range(mail_find(TERM_QUEUE_ID, queue_id, (int64_t)i),
				1, i % 128 + 1);
	}
	assert_int_equal(mail_find(TERM_QUEUE_ID, "4ABCDEF", -1), 0);
	assert_int_equal(mail_find(TERM_RULE, "40000000000", -1), 0);
	assert_int_equal(
	    mail_find(TERM_RECIPIENT, "POSTMASTER@receiver.example", -1), 3500);
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
		mail_add(&mail, i, 1);
		mail_write();
	}
	mail_check(300);
	assert_int_equal(store_world_get("SELECT count(*) FROM block"), 3);
	assert_int_equal(store_world_get("SELECT count(*) FROM part"), 1);
	for (i = 0; i < 300; i += 37) {
		snprintf(queue_id, sizeof(queue_id), "4%010llx",
			 (unsigned long long)i);
		assert_in_range(mail_find(TERM_QUEUE_ID, queue_id, (int64_t)i),
				1, 128);
	}
	/* 300 is 454 to the base of 8. */
	assert_int_equal(
	    store_world_get("SELECT count(DISTINCT list) FROM term"),
	    4 + 5 + 4);
}

static void
the_cursor_moves_with_what_it_brought(void **state)
{
	struct journal_cursor old;

	(void)state;
	mail_add(&mail, 0, 100);
	old = mail_world.cursor;
	mail_write();
	mail_world.cursor = old;
	mail_add(&mail, 0, 100);
	assert_false(mail_try_write());
	assert_int_equal(store_error(mail_world.store)->trouble, SQL_LATER);
	assert_non_null(
	    strstr(store_error(mail_world.store)->text, "meanwhile"));
	mail_check(100);
	mail_reopen();
	assert_int_equal(mail_world.cursor.offset, 1);
	mail_add(&mail, 100, 100);
	mail_write();
	old.sequence = 7;
	mail_world.cursor = old;
	mail_add(&mail, 0, 100);
	assert_false(mail_try_write());
	mail_check(200);
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
		batch_add_message(mail_world.batch, &message);
	}
}

static void
a_part_ends(void **state)
{
	(void)state;
	add_bare(0, 40000);
	mail_write();
	add_bare(40000, 30000);
	mail_write();
	mail_reopen();
	add_bare(70000, 100);
	mail_write();
	mail_check(70100);
	assert_int_equal(store_world_get("SELECT count(*) FROM part"), 2);
	assert_int_equal(store_world_get("SELECT max(messages) FROM part"),
			 65536);
	/* Once it is full, its terms stand in one list. */
	assert_int_equal(
	    store_world_get(
		"SELECT count(DISTINCT list) FROM term WHERE part = 0"),
	    1);
	assert_in_range(mail_find(TERM_QUEUE_ID, "465009", 65009), 1, 128);
	assert_in_range(mail_find(TERM_QUEUE_ID, "469509", 69509), 1, 128);
}

static void
days(void **state)
{
	/* 40 before midnight, and then some, shuffled. */
	const struct synthetic before = {1764547200 - 40, 1000};
	uint64_t i;

	(void)state;
	for (i = 0; i < 100; i++)
		mail_add(&before, (i * 37) % 100, 1);
	mail_write();
	mail_check(100);
	assert_int_equal(
	    store_world_get("SELECT count(DISTINCT day) FROM part"), 2);
	assert_int_equal(
	    store_world_get("SELECT count(*) FROM message WHERE day = 20422"),
	    40);
	memset(&mail_world.seen, 0, sizeof(mail_world.seen));
	mail_world.seen.wanted = -1;
	assert_true(store_scan(mail_world.store, 1764547200, 1764547200 + 5,
			       mail_see, NULL));
	assert_int_equal(mail_world.seen.count, 60);
}

static void
columns(void **state)
{
	struct sql *sql = store_sql(mail_world.store);
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
	batch_add_message(mail_world.batch, &message);
	batch_add_message(mail_world.batch, &message);
	mail_write();
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
		batch_add_message(mail_world.batch, &message);
		if (i == 30000)
			mail_write();
		if (i == 52000) {
			mail_write();
			mail_reopen();
		}
	}
	message.time = 1764547200;
	for (i = 0; i < 3000; i++) {
		snprintf(client, sizeof(client), "late client %d", i);
		message.tally[TALLY_CLIENT] = str_of(client);
		batch_add_message(mail_world.batch, &message);
	}
	mail_write();
	assert_int_equal(store_folded(mail_world.store), 2500);
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
		batch_add_texts(mail_world.batch, digest, &text, 1, mail.begin);
		batch_add_texts(mail_world.batch, digest, &text, 1, mail.begin);
		mail_add(&mail, 5, 1);
		mail_add(&(struct synthetic){1764547200 + 8 * 3600, 1}, 5, 1);
		mail_write();
		mail_reopen();
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
	batch_add_event(mail_world.batch, &event);
	batch_add_event(mail_world.batch, &event);
	batch_add_gap(mail_world.batch, &gap);
	mail_write();
	batch_add_event(mail_world.batch, &event);
	mail_write();
	assert_int_equal(
	    store_world_get("SELECT count(*) FROM event WHERE version = "
			    "'0.2.0' AND mode = 'monitor'"),
	    1);
	assert_int_equal(store_world_get("SELECT messages FROM gap"), 12);
	assert_int_equal(store_world_get("SELECT octets FROM gap"), 345);
}

static void
several_hosts(void **state)
{
	uint64_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		batch_reset(mail_world.batch,
			    i % 2 ? str_lit("mx1.receiver.example")
				  : str_lit("mx2.receiver.example"));
		mail_add(&mail, i * 10, 10);
		mail_write();
	}
	mail_check(40);
	assert_int_equal(store_world_get("SELECT count(*) FROM host"), 2);
	assert_int_equal(
	    store_world_get("SELECT messages FROM part WHERE host = 2"), 20);
}

static const struct CMUnitTest write_tests[] = {
    MAIL_TEST(batches_come_back),
    MAIL_TEST(a_block_grows),
    MAIL_TEST(the_cursor_moves_with_what_it_brought),
    MAIL_TEST(a_part_ends),
    MAIL_TEST(days),
    MAIL_TEST(columns),
    MAIL_TEST(a_flood_is_counted_in_one_row),
    MAIL_TEST(what_the_dns_said),
    MAIL_TEST(events_and_gaps),
    MAIL_TEST(several_hosts),
};

int
main(void)
{
	return store_world_main(write_tests);
}
