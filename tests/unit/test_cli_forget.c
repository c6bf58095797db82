/* verdict forget: what a store has of somebody goes, and nothing else does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "milter/cli/cli.h"
#include "tests/support/replay/replay_world.h"
#include "verdict/privacy.h"

static char key_path[128];

/* Of `whom`, by one more word. */
static int
forget(const char *whom, const char *word)
{
	char path[128];
	char *argv[] = {"forget",
			(char *)(uintptr_t)whom,
			"--config",
			path,
			"--store",
			(char *)(uintptr_t)store_world_url(),
			"--no-feed",
			"--json",
			(char *)(uintptr_t)word,
			NULL};
	FILE *file;

	snprintf(path, sizeof(path), "%s/forget.yaml", store_world_folder());
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "history: {journal-folder: %s/journal}\n",
		store_world_folder());
	snprintf(key_path, sizeof(key_path), "%s/privacy.key",
		 store_world_folder());
	fprintf(file, "privacy-key: %s\n", key_path);
	fclose(file);
	snprintf(path, sizeof(path), "%s/journal", store_world_folder());
	(void)mkdir(path, 0750);
	snprintf(path, sizeof(path), "%s/forget.yaml", store_world_folder());
	return replay_run(history_forget, argv, word ? 9 : 8);
}

/* Records that are there, and those that a term leads to. */
static bool
count(void *ctx, const struct store_place *place, struct str record)
{
	(void)place, (void)record;
	++*(int *)ctx;
	return true;
}

static int
records(void)
{
	int n = 0;

	assert_true(store_scan(replay_world.store, 0, INT64_MAX, count, &n));
	return n;
}

static int
found(enum term_kind kind, const char *text)
{
	const struct store_term term = {kind, str_of(text)};
	int n = 0;

	assert_true(
	    store_find(replay_world.store, &term, 0, INT64_MAX, count, &n));
	return n;
}

static struct verdict
mail_of(const char *local, const char *domain, const char *to)
{
	struct verdict verdict = replay_spoof();
	struct str *recipient =
	    arena_alloc(replay_world.arena, sizeof(*recipient));

	*recipient = str_of(to);
	verdict.recipient = recipient;
	verdict.recipients = 1;
	verdict.from.domain[0] = verdict.dmarc.outcome[0].from = str_of(domain);
	verdict.from.address[0].local = str_of(local);
	verdict.from.address[0].domain = str_of(domain);
	verdict.mail_from =
	    arena_printf(replay_world.arena, "%s@%s", local, domain);
	verdict.mail_from_local = str_of(local);
	verdict.mail_from_domain = str_of(domain);
	return verdict;
}

static void
an_address_goes(void **state)
{
	(void)state;
	replay_add(mail_of("a", "one.example", "x@receiver.example"));
	replay_add(mail_of("b", "one.example", "Y@receiver.example"));
	replay_add(mail_of("b", "two.example", "x@receiver.example"));
	replay_write();
	assert_int_equal(forget("X@Receiver.Example", NULL), 0);
	replay_says("{\"whom\":\"X@Receiver.Example\",\"removed\":false,"
		    "\"messages\":2,");
	assert_int_equal(records(), 3);
	assert_int_equal(forget("x@receiver.example", "--yes"), 0);
	replay_says("\"removed\":true,\"messages\":2,\"counts\":0,"
		    "\"dns_texts\":0,\"journal_files\":0}");
	assert_int_equal(records(), 1);
	assert_int_equal(store_world_get("SELECT count(*) FROM message"), 1);
	/* What leads to nothing is gone, what leads to the other one stays. */
	assert_int_equal(found(TERM_RECIPIENT, "x@receiver.example"), 0);
	assert_int_equal(found(TERM_MAIL_FROM, "a@one.example"), 0);
	assert_int_equal(found(TERM_FROM_DOMAIN, "two.example"), 0);
	assert_int_equal(found(TERM_QUEUE_ID, "Q0"), 0);
	assert_int_equal(found(TERM_RECIPIENT, "y@receiver.example"), 1);
	assert_int_equal(found(TERM_FROM_DOMAIN, "one.example"), 1);
	assert_int_equal(found(TERM_CLIENT, "198.51.100.66"), 1);
	/* What is counted has no addresses. */
	assert_int_equal(
	    store_world_get("SELECT CAST(sum(messages) AS bigint) FROM tally"),
	    3);
	assert_int_equal(forget("x@receiver.example", "--yes"), 0);
	replay_says("\"messages\":0,");
	assert_int_equal(records(), 1);
}

static void
an_address_is_a_whole(void **state)
{
	(void)state;
	replay_add(mail_of("a", "one.example", "xx@receiver.example"));
	replay_add(mail_of("x", "one.example", "x@receiver.example.test"));
	replay_add(mail_of("boss", "one.example", "b@receiver.example"));
	replay_write();
	assert_int_equal(forget("x@receiver.example", "--yes"), 0);
	replay_says("\"messages\":0,");
	/* By From, also where MAIL FROM is another's. */
	assert_int_equal(forget("boss@one.example", "--yes"), 0);
	replay_says("\"messages\":1,");
	assert_int_equal(records(), 2);
}

static void
a_domain_goes(void **state)
{
	(void)state;
	replay_add(mail_of("a", "one.example", "x@receiver.example"));
	replay_add(mail_of("a", "sub.one.example", "x@receiver.example"));
	replay_add(mail_of("a", "someone.example", "x@receiver.example"));
	replay_add(mail_of("a", "two.example", "b@One.Example"));
	replay_write();
	store_world_run(
	    "INSERT INTO dns_seen VALUES ('_dmarc.one.example', 'd1', 1, 1);"
	    "INSERT INTO dns_seen VALUES ('one.example', 'd2', 1, 1);"
	    "INSERT INTO dns_seen VALUES ('two.example', 'd2', 1, 1);"
	    "INSERT INTO dns_seen VALUES ('x_one.example', 'd3', 1, 1);"
	    "INSERT INTO dns_text VALUES ('d1', 0, 1, 'v=DMARC1');"
	    "INSERT INTO dns_text VALUES ('d2', 0, 1, 'v=spf1');"
	    "INSERT INTO dns_text VALUES ('d3', 0, 1, 'v=spf1');");
	assert_int_equal(forget("one.example", NULL), 0);
	replay_says("\"messages\":3,\"counts\":2,\"dns_texts\":2,");
	assert_int_equal(store_world_get("SELECT count(*) FROM dns_text"), 3);
	assert_int_equal(forget("One.Example", "--yes"), 0);
	replay_says("\"messages\":3,\"counts\":2,\"dns_texts\":2,");
	assert_int_equal(records(), 1);
	assert_int_equal(found(TERM_FROM_DOMAIN, "someone.example"), 1);
	assert_int_equal(found(TERM_FROM_DOMAIN, "sub.one.example"), 0);
	assert_int_equal(store_world_get("SELECT count(*) FROM tally"), 2);
	assert_int_equal(store_world_get("SELECT count(*) FROM tally_day"), 2);
	assert_int_equal(
	    store_world_get("SELECT count(*) FROM tally_key WHERE from_domain "
			    "LIKE '%.one.example' OR from_domain = "
			    "'one.example'"),
	    0);
	assert_int_equal(store_world_get("SELECT count(*) FROM dns_seen"), 2);
	/* Another name has the second one. */
	assert_int_equal(store_world_get("SELECT count(*) FROM dns_text"), 2);
}

static void
what_is_hidden_is_found(void **state)
{
	struct siphash_key key;
	struct verdict verdict, hidden;

	(void)state;
	snprintf(key_path, sizeof(key_path), "%s/privacy.key",
		 store_world_folder());
	assert_null(privacy_key_read(key_path, true, &key));
	verdict = mail_of("a", "one.example", "x@receiver.example");
	hidden = privacy_hide(replay_world.arena, &key, &verdict);
	replay_add(hidden);
	verdict = mail_of("b", "one.example", "y@receiver.example");
	hidden = privacy_hide(replay_world.arena, &key, &verdict);
	replay_add(hidden);
	replay_write();
	assert_int_equal(forget("X@receiver.example", "--yes"), 0);
	replay_says("\"messages\":1,");
	assert_int_equal(forget("b@one.example", "--yes"), 0);
	replay_says("\"messages\":1,");
	assert_int_equal(records(), 0);
}

/* A key that is there and cannot be read: nobody is told that all is gone. */
static void
hidden_without_the_key(void **state)
{
	FILE *file;

	(void)state;
	snprintf(key_path, sizeof(key_path), "%s/privacy.key",
		 store_world_folder());
	replay_add(mail_of("a", "one.example", "x@receiver.example"));
	replay_write();
	file = fopen(key_path, "w");
	assert_non_null(file);
	fputs("x", file);
	fclose(file);
	assert_int_equal(forget("x@receiver.example", "--yes"), CLI_FAILURE);
	replay_says("\"messages\":1,");
	assert_int_equal(forget("one.example", "--yes"), 0);
	assert_int_equal(unlink(key_path), 0);
	assert_int_equal(forget("x@receiver.example", NULL), 0);
}

/* Many blocks, several lists of the index, and the rest as it was. */
static void
many_messages(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct verdict verdict = mail_of(
		    i % 3 ? "a" : "b", "one.example",
		    i % 10 ? "x@receiver.example" : "gone@receiver.example");

		verdict.message_id =
		    arena_printf(replay_world.arena, "<%d@one.example>", i);
		replay_add(verdict);
		if (i % 250 == 249)
			replay_write();
	}
	assert_int_equal(forget("gone@receiver.example", "--yes"), 0);
	replay_says("\"messages\":100,");
	assert_int_equal(records(), 900);
	assert_int_equal(found(TERM_RECIPIENT, "gone@receiver.example"), 0);
	assert_int_equal(found(TERM_MESSAGE_ID, "<10@one.example>"), 0);
	assert_true(found(TERM_MESSAGE_ID, "<11@one.example>") > 0);
	assert_int_equal(found(TERM_FROM_DOMAIN, "one.example"), 900);
	/* What comes then is told apart from what was there. */
	replay_reopen();
	replay_add(mail_of("a", "one.example", "gone@receiver.example"));
	replay_write();
	assert_int_equal(records(), 901);
	assert_true(found(TERM_RECIPIENT, "gone@receiver.example") > 0);
}

static void
not_while_another_feeds(void **state)
{
	(void)state;
	replay_add(mail_of("a", "one.example", "x@receiver.example"));
	replay_write();
	assert_true(store_claim(replay_world.store, REPLAY_JOURNAL));
	assert_int_equal(forget("x@receiver.example", "--yes"),
			 CLI_UNAVAILABLE);
	assert_int_equal(records(), 1);
	assert_int_equal(forget("x@receiver.example", NULL), 0);
	replay_says("\"messages\":1,");
}

/* SQLite: also in its file nothing is left of it. */
static void
nothing_is_left(void **state)
{
	static char octets[1 << 20];
	FILE *file;
	size_t n;

	(void)state;
	if (store_world_engine() != ENGINE_SQLITE)
		return;
	replay_add(mail_of("geheimnis", "one.example", "x@receiver.example"));
	replay_add(mail_of("a", "geheimnis.example", "x@receiver.example"));
	replay_write();
	assert_int_equal(forget("geheimnis.example", "--yes"), 0);
	assert_int_equal(forget("geheimnis@one.example", "--yes"), 0);
	file = fopen(store_world_path(), "r");
	assert_non_null(file);
	n = fread(octets, 1, sizeof(octets), file);
	fclose(file);
	assert_true(n > 0 && n < sizeof(octets));
	assert_null(memmem(octets, n, "geheimnis", 9));
}

static void
wrong_calls(void **state)
{
	char *none[] = {"forget", NULL};
	char *two[] = {"forget", "a@b.example", "b.example", NULL};

	(void)state;
	assert_int_equal(replay_run(history_forget, none, 1), CLI_USAGE);
	assert_int_equal(replay_run(history_forget, two, 3), CLI_USAGE);
	assert_int_equal(forget("", NULL), CLI_USAGE);
	assert_int_equal(forget("@one.example", NULL), CLI_USAGE);
	assert_int_equal(forget("a@", NULL), CLI_USAGE);
	assert_int_equal(forget("one..example", NULL), CLI_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    REPLAY_TEST(an_address_goes),
	    REPLAY_TEST(an_address_is_a_whole),
	    REPLAY_TEST(a_domain_goes),
	    REPLAY_TEST(what_is_hidden_is_found),
	    REPLAY_TEST(hidden_without_the_key),
	    REPLAY_TEST(many_messages),
	    REPLAY_TEST(not_while_another_feeds),
	    REPLAY_TEST(nothing_is_left),
	    REPLAY_TEST(wrong_calls),
	};

	return store_world_main(tests);
}
