/* What is read of a store that is damaged. */
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

static const struct CMUnitTest find_tests[] = {
    MAIL_TEST(what_is_damaged_is_left_out),
};

int
main(void)
{
	return store_world_main(find_tests);
}
