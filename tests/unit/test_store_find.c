/* What is read of a store: of one that is damaged, and what the DNS said. */
#include <stdio.h>
#include <string.h>

#include "tests/support/store/mail_world.h"

static const struct synthetic mail = {1764547200, 100}; /* 2025-12-01 UTC */

static void
check_unread(uint64_t blocks, uint64_t messages, uint64_t pages)
{
	struct store_unread unread;

	store_unread(mail_world.store, &unread);
	assert_int_equal(unread.blocks, blocks);
	assert_int_equal(unread.messages, messages);
	assert_int_equal(unread.pages, pages);
}

/* The rest is read. */
static void
what_is_damaged_is_left_out(void **state)
{
	(void)state;
	mail_add(&mail, 0, 300);
	mail_write();
	assert_null(store_unread_text(mail_world.store));
	store_world_run("UPDATE block SET octets = '12345' WHERE place = 128");
	memset(&mail_world.seen, 0, sizeof(mail_world.seen));
	mail_world.seen.wanted = -1;
	assert_true(store_scan(mail_world.store, 0, INT64_MAX, mail_see, NULL));
	assert_int_equal(mail_world.seen.count, 300 - 128);
	check_unread(1, 128, 0);
	assert_int_equal(mail_find(TERM_QUEUE_ID, "40000000082", -1), 0);
	check_unread(2, 256, 0);
	assert_in_range(mail_find(TERM_QUEUE_ID, "40000000003", 3), 1, 128);
	store_world_run("UPDATE term SET octets = '12345'");
	assert_int_equal(mail_find(TERM_QUEUE_ID, "40000000003", 3), 0);
	check_unread(2, 256, 1);
	assert_non_null(strstr(store_unread_text(mail_world.store),
			       "damaged: 2 blocks of records (256 messages "
			       "left out), 1 pages of the index"));
	/* Feeding goes on, and the index does. */
	for (uint64_t i = 300; i < 310; i++) {
		mail_add(&mail, i, 1);
		mail_write();
	}
	assert_in_range(mail_find(TERM_QUEUE_ID, "40000000135", 309), 1, 128);
}

/* Numbers of a store that somebody else wrote; one that goes round and round
   does not end this test. */
static void
places_beyond_a_part(void **state)
{
	(void)state;
	mail_add(&mail, 0, 300);
	mail_write();
	store_world_run(
	    store_world_engine() == ENGINE_SQLITE
		? "UPDATE block SET place = 9223372036854775807, "
		  "messages = 9223372036854775807 WHERE place = 256"
		: "UPDATE block SET place = 2147483647 WHERE place = 256");
	memset(&mail_world.seen, 0, sizeof(mail_world.seen));
	mail_world.seen.wanted = -1;
	assert_true(store_scan(mail_world.store, 0, INT64_MAX, mail_see, NULL));
	assert_int_equal(mail_world.seen.count, 256);
	memset(&mail_world.seen, 0, sizeof(mail_world.seen));
	mail_world.seen.wanted = -1;
	assert_true(
	    store_newest(mail_world.store, 0, INT64_MAX, mail_see, NULL));
	assert_int_equal(mail_world.seen.count, 256);
}

/* --- what the DNS said --- */

/* An answer of these records, found under the name at that time. */
static void
find_answer(const char *name, int64_t time, uint8_t digest,
	    const struct str *record, size_t records)
{
	struct store_seen seen = {str_of(name), {digest}};
	const struct store_message message = {.time = time,
					      .action = str_lit("accept"),
					      .seen = &seen,
					      .seens = 1,
					      .record = str_lit("record 0")};

	batch_add_message(mail_world.batch, &message);
	if (records)
		batch_add_texts(mail_world.batch, seen.digest, record, records,
				time);
}

/* "NAME FIRST-LAST PLACE TEXT\n" of each, days and hours after mail.begin. */
static bool
list(void *ctx, const struct store_published *one)
{
	struct buf *out = ctx;

	buf_add(out, one->name);
	buf_printf(out, " %d-%d %d ", (int)((one->first - mail.begin) / 3600),
		   (int)((one->last - mail.begin) / 3600), (int)one->place);
	buf_add(out, one->text);
	buf_addc(out, '\n');
	return out->n < 400;
}

static void
check_published(const char *name, const char *wanted)
{
	struct buf out;

	buf_init(&out, NULL);
	assert_true(
	    store_published(mail_world.store, str_of(name), list, &out));
	assert_str(buf_str(&out), wanted);
	buf_clear(&out);
}

static void
what_was_published(void **state)
{
	const struct str old = STR("v=spf1 -all"),
			 texts[] = {STR("x"), STR("v=spf1 mx -all")};
	const struct str policy = STR("v=DMARC1; p=none");

	(void)state;
	check_published("bank.example", "");
	find_answer("bank.example", mail.begin, 2, &old, 1);
	find_answer("bank.example", mail.begin + 24 * 3600, 1, texts, 2);
	find_answer("_dmarc.bank.example", mail.begin, 3, &policy, 1);
	find_answer("mybank.example", mail.begin, 4, &policy, 1);
	find_answer("lost.example", mail.begin, 5, NULL, 0);
	mail_write();
	find_answer("bank.example", mail.begin + 36 * 3600, 2, &old, 1);
	mail_write();
	check_published("bank.example",
			"_dmarc.bank.example 0-0 0 v=DMARC1; "
			"p=none\n"
			"bank.example 0-36 0 v=spf1 -all\n"
			"bank.example 24-24 0 x\n"
			"bank.example 24-24 1 v=spf1 mx -all\n");
	check_published("lost.example", "lost.example 0-0 0 \n");
	check_published("ank.example", "");
	check_published("_dmarc.bank.example",
			"_dmarc.bank.example 0-0 0 v=DMARC1; p=none\n");
}

/* Who makes up names does not fill the disk, and it is told. */
static void
names_have_a_bound(void **state)
{
	char name[32];
	int i;

	(void)state;
	for (i = 0; i < 52000; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		find_answer(name, mail.begin, (uint8_t)(i % 200), NULL, 0);
	}
	mail_write();
	assert_int_equal(store_world_get("SELECT count(*) FROM dns_seen"),
			 50000);
	assert_int_equal(store_nameless(mail_world.store), 2000);
}

static const struct CMUnitTest find_tests[] = {
    MAIL_TEST(what_is_damaged_is_left_out),
    MAIL_TEST(places_beyond_a_part),
    MAIL_TEST(what_was_published),
    MAIL_TEST(names_have_a_bound),
};

int
main(void)
{
	return store_world_main(find_tests);
}
