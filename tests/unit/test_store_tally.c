/* What messages are counted by: hours, days, sums, and the marks of keys. */
#include <stdio.h>

#include "store/message.h"
#include "tests/support/store/stats_world.h"
#include "tests/support/store/store_world.h"

#define HOUR STATS_WORLD_HOUR
#define DAY STATS_WORLD_DAY

static const struct stats_mail mails[] = {
    {.from = "good.example",
     .client = "192.0.2.1",
     .name = "mx.good.example",
     .spf = "good.example",
     .list = "list.good.example",
     .count = 4},
    {.from = "good.example",
     .client = "192.0.2.2",
     .spf = "good.example",
     .count = 2,
     .ago = HOUR},
    {.from = "bank.example",
     .policy = DMARC_P_REJECT,
     .client = "198.51.100.66",
     .name = "host.client.example",
     .spf = "forger.example",
     .spf_open = true,
     .list = "list.forger.example"},
    {.from = "our.example",
     .client = "192.0.2.200",
     .class = CLIENT_AUTHENTICATED,
     .count = 3},
};

#define MAILS (sizeof(mails) / sizeof(mails[0]))

static int64_t
sum(const char *table, const char *where)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "SELECT CAST(coalesce(sum(t.messages), 0) AS bigint) FROM %s "
		 "t JOIN tally_key k ON k.key = t.key WHERE %s",
		 table, where);
	return store_world_get(text);
}

static int64_t
rows(const char *table)
{
	char text[64];

	snprintf(text, sizeof(text), "SELECT count(*) FROM %s", table);
	return store_world_get(text);
}

static void
three_tables(void **state)
{
	(void)state;
	stats_world_mail(mails, MAILS);
	/* A second batch adds to the same rows. */
	stats_world_mail(mails, MAILS);
	assert_int_equal(rows("tally"), 4);
	assert_int_equal(rows("tally_day"), 4);
	/* Three in one hour, and what passes in the other. */
	assert_int_equal(rows("tally_sum"), 4);
	assert_int_equal(sum("tally", "1 = 1"), 20);
	assert_int_equal(sum("tally_day", "1 = 1"), 20);
	assert_int_equal(sum("tally_sum", "1 = 1"), 20);
	assert_int_equal(
	    sum("tally_day",
		"t.day = 20786 AND k.from_domain = 'good.example'"),
	    12);
	assert_int_equal(sum("tally_sum", "k.from_domain IS NOT NULL"), 0);
	assert_int_equal(sum("tally_sum", "k.dmarc = 'pass'"), 12);
	assert_int_equal(sum("tally_sum",
			     "k.would = 'quarantine' AND "
			     "k.shape = 'list' AND k.class = 'foreign'"),
			 2);
}

static void
marks_of_keys(void **state)
{
	(void)state;
	stats_world_mail(mails, MAILS);
	assert_int_equal(sum("tally", "k.key < 0"), 1);
	assert_int_equal(
	    sum("tally", "k.key < 0 AND k.from_domain = 'bank.example'"), 1);
	assert_int_equal(sum("tally_day", "k.key >= 4611686018427387904"), 3);
	assert_int_equal(sum("tally_day", "k.key >= 4611686018427387904 AND "
					  "k.from_domain = 'our.example'"),
			 3);
}

/* Only of what fails: the names of all hosts would be kept for a year. */
static void
more_of_what_fails(void **state)
{
	(void)state;
	stats_world_mail(mails, MAILS);
	assert_int_equal(sum("tally", "k.client_name IS NOT NULL OR "
				      "k.list IS NOT NULL OR "
				      "k.spf_open IS NOT NULL"),
			 1);
	assert_int_equal(sum("tally", "k.client_name = 'host.client.example' "
				      "AND k.list = 'list.forger.example' AND "
				      "k.spf_open = 'yes'"),
			 1);
}

/* Of a day the same are folded; the sums know all. */
static void
a_flood(void **state)
{
	struct stats_mail mail = {.from = "good.example", .count = 1};
	static struct stats_mail many[20000];
	static char client[20000][48];
	int i, turn;

	(void)state;
	for (turn = 0; turn < 3; turn++) {
		for (i = 0; i < 20000; i++) {
			snprintf(client[i], sizeof(client[i]), "192.%d.%d.%d",
				 turn, i / 250, i % 250);
			many[i] = mail;
			many[i].client = client[i];
		}
		stats_world_mail(many, 20000);
	}
	assert_int_equal(rows("tally"), 50001);
	assert_int_equal(rows("tally_day"), 50001);
	assert_int_equal(sum("tally_day", "k.class = '(rest)'"), 10000);
	assert_int_equal(sum("tally_day", "1 = 1"), 60000);
	assert_int_equal(rows("tally_sum"), 1);
	assert_int_equal(sum("tally_sum", "k.class = 'foreign'"), 60000);
}

#define TALLY_TEST(f)                                         \
	cmocka_unit_test_setup_teardown(f, stats_world_setup, \
					stats_world_teardown)

static const struct CMUnitTest tally_tests[] = {
    TALLY_TEST(three_tables),
    TALLY_TEST(marks_of_keys),
    TALLY_TEST(more_of_what_fails),
    TALLY_TEST(a_flood),
};

int
main(void)
{
	return store_world_main(tally_tests);
}
