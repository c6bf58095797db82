/* From the journal into the store: everything, and once. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/feed.h"
#include "tests/support/store/pg_server.h"
#include "tests/support/store/store_world.h"

#define KIND (JOURNAL_COUNTED | 1)
#define NOTE 2 /* not counted */

static struct {
	char journal[128];
	uint64_t written;
} world;

static int
setup(void **state)
{
	store_world_setup(state);
	snprintf(world.journal, sizeof(world.journal), "%s/journal",
		 store_world_folder());
	world.written = 0;
	return 0;
}

/* n frames, each with its number, into small segments. */
static void
append_as(const char *host, uint64_t n)
{
	const struct journal_options options = {.folder = world.journal,
						.host = host,
						.size = 1 << 30,
						.segment_octets = 2500};
	struct journal *journal = journal_open(&options);
	char text[32];
	uint64_t i;

	assert_non_null(journal);
	for (i = 0; i < n; i++) {
		struct journal_frame frame = {KIND, {text, 0}};

		frame.octets.n =
		    (size_t)snprintf(text, sizeof(text), "record %llu",
				     (unsigned long long)world.written++);
		assert_int_equal(
		    journal_append(journal, &frame, 1, JOURNAL_ANY_SEGMENT),
		    JOURNAL_APPENDED);
	}
	journal_close(journal);
}

static void
append(uint64_t n)
{
	append_as("mx.receiver.example", n);
}

static bool
take(void *ctx, struct arena *arena, const struct journal_item *item,
     struct batch *batch)
{
	struct store_message message = {.time = 1764547200,
					.action = str_lit("accept")};
	struct store_term term = {TERM_QUEUE_ID, item->frame.octets};

	(void)ctx, (void)arena;
	if (item->frame.kind != KIND)
		return false;
	message.record = item->frame.octets;
	message.term = &term;
	message.terms = 1;
	batch_add_message(batch, &message);
	return true;
}

static struct feed_options
options_of(size_t batch_messages)
{
	return (struct feed_options){
	    .journal = world.journal,
	    .store = store_world_url(),
	    .retention = {100000, STORE_KEEP_OCTETS, 100000},
	    .take = take,
	    .batch_messages = batch_messages,
	};
}

static struct feed *
make_feed(size_t batch_messages)
{
	const struct feed_options options = options_of(batch_messages);

	return feed_new(&options);
}

/* To the end of what is there. */
static void
feed_all(struct feed *feed)
{
	enum feed_state state;

	do
		state = feed_step(feed);
	while (state == FEED_MORE);
	if (state != FEED_END)
		fail_msg("%s", feed_error(feed));
}

static void
feed_once(void)
{
	struct feed *feed = make_feed(0);

	feed_all(feed);
	feed_free(feed);
}

static uint64_t sum, count;

static bool
see(void *ctx, const struct store_place *place, struct str record)
{
	uint64_t n;

	(void)ctx, (void)place;
	assert_true(str_uint(str_from(record, 7), UINT64_MAX, &n));
	sum += n;
	count++;
	return true;
}

static void
check(uint64_t n, uint64_t wanted_sum)
{
	struct sql_error error;
	struct store *store = store_open(store_world_url(), SQL_READ, &error);

	if (!store)
		fail_msg("%s", error.text);
	sum = count = 0;
	if (!store_scan(store, 0, INT64_MAX, see, NULL))
		fail_msg("%s", store_error(store)->text);
	store_close(store);
	assert_int_equal(count, n);
	assert_int_equal(sum, wanted_sum);
	assert_int_equal(store_world_get("SELECT count(*) FROM message"), n);
	assert_int_equal(
	    store_world_get("SELECT CAST(sum(terms) AS bigint) FROM term"), n);
	assert_int_equal(
	    store_world_get("SELECT CAST(sum(messages) AS bigint) FROM tally"),
	    n);
}

static void
check_all(void)
{
	check(world.written, world.written * (world.written - 1) / 2);
}

static void
everything_arrives_once(void **state)
{
	struct feed *feed = make_feed(70);
	struct feed_report report;

	(void)state;
	assert_int_equal(feed_step(feed), FEED_END); /* no folder yet */
	append(1000);
	feed_all(feed);
	check_all();
	feed_all(feed);
	append(10);
	feed_all(feed);
	check_all();
	feed_report(feed, &report);
	assert_int_equal(report.messages, 1010);
	assert_int_equal(report.lost + report.octets + report.unreadable, 0);
	feed_free(feed);
	append(300);
	feed_once();
	check_all();
}

/* As many as a few seconds have, each within what 4,000 messages take. */
#define KILLS 100
#define KILL_US 60000

/* A process that feeds, ends after so many microseconds by SIGKILL. */
static bool
feed_and_kill(useconds_t after_us)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		struct feed *feed = make_feed(20);
		enum feed_state state;
		int tries = 0;

		/* The server may hold a dead one's lock for a moment. */
		while ((state = feed_step(feed)) == FEED_MORE ||
		       (state == FEED_HELD && tries++ < 500))
			if (state == FEED_HELD)
				usleep(20000);
		_exit(state == FEED_END ? 0 : 1);
	}
	usleep(after_us);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	return WIFEXITED(status);
}

static void
killed_at_any_moment(void **state)
{
	unsigned seed = 1;
	int kills = 0;

	(void)state;
	append(4000);
	/* The first makes the store; one that ended had nothing left. */
	while (kills < KILLS)
		if (feed_and_kill((useconds_t)(rand_r(&seed) % KILL_US)))
			append(4000);
		else
			kills++;
	feed_once();
	check_all();
}

/* Of those with frames: the last one of a journal may have just begun. */
static void
remove_segment(int nth)
{
	struct dirent **entry;
	struct stat file;
	char path[512];
	int n = scandir(world.journal, &entry, NULL, alphasort), i, at = 0;

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", world.journal,
			 entry[i]->d_name);
		if (strstr(entry[i]->d_name, ".segment") &&
		    stat(path, &file) == 0 && file.st_size > 1000 &&
		    at++ == nth)
			assert_int_equal(unlink(path), 0);
		free(entry[i]);
	}
	free(entry);
}

static void
what_is_lost_is_counted(void **state)
{
	struct feed *feed = make_feed(0);
	struct feed_report report;
	uint64_t lost;

	(void)state;
	/* Each begins a segment, at least. */
	for (int i = 0; i < 5; i++)
		append(100);
	remove_segment(2);
	feed_all(feed);
	feed_report(feed, &report);
	assert_in_range(report.lost, 1, 100);
	lost = report.lost;
	assert_int_equal(store_world_get("SELECT count(*) FROM message"),
			 500 - lost);
	assert_int_equal(
	    store_world_get("SELECT CAST(sum(messages) AS bigint) FROM gap"),
	    lost);
	feed_free(feed);
}

static void
what_cannot_be_read_is_left_out(void **state)
{
	const struct journal_options options = {.folder = world.journal,
						.host = "mx.receiver.example",
						.size = 1 << 30};
	const struct journal_frame note = {NOTE, STR("a note")};
	struct feed *feed = make_feed(0);
	struct feed_report report;
	struct journal *journal;

	(void)state;
	append(10);
	journal = journal_open(&options);
	assert_int_equal(journal_append(journal, &note, 1, JOURNAL_ANY_SEGMENT),
			 JOURNAL_APPENDED);
	journal_close(journal);
	feed_all(feed);
	append(10);
	feed_all(feed);
	feed_report(feed, &report);
	assert_int_equal(report.unreadable, 1);
	check_all();
	feed_free(feed);
}

static void
one_feeds(void **state)
{
	struct feed *one = make_feed(0), *two = make_feed(0);

	(void)state;
	append(100);
	feed_all(one);
	append(100);
	assert_int_equal(feed_step(two), FEED_HELD);
	assert_non_null(strstr(feed_error(two), "another process feeds it"));
	feed_all(one);
	feed_free(one);
	append(100);
	for (int i = 0; i < 200 && feed_step(two) == FEED_HELD; i++)
		usleep(20000);
	feed_all(two);
	feed_free(two);
	check_all();
}

/* A host gets another name, and a folder gets another journal. */
static void
other_hosts_and_journals(void **state)
{
	struct feed *feed = make_feed(0);
	char command[300];

	(void)state;
	append(100);
	append_as("mx2.receiver.example", 100);
	append(100);
	feed_all(feed);
	check_all();
	assert_int_equal(store_world_get("SELECT count(*) FROM host"), 2);
	snprintf(command, sizeof(command), "rm -r %s", world.journal);
	assert_int_equal(system(command), 0);
	append(100);
	feed_all(feed);
	append(10);
	feed_all(feed);
	feed_free(feed);
	feed_once();
	check_all();
	assert_int_equal(store_world_get("SELECT count(*) FROM cursor"), 2);
}

static void
refused(enum feed_state state, const char *text)
{
	struct feed *feed = make_feed(0);

	assert_int_equal(feed_step(feed), state);
	if (!strstr(feed_error(feed), text))
		fail_msg("%s", feed_error(feed));
	assert_null(strchr(feed_error(feed), '\n'));
	feed_free(feed);
}

static void
a_newer_store_is_left_alone(void **state)
{
	(void)state;
	append(100);
	feed_once();
	append(100);
	store_world_run("UPDATE store SET version = 77");
	refused(FEED_REFUSED, "tables of version 77");
	store_world_run("UPDATE store SET version = 1");
	feed_once();
	check_all();
}

static void
a_server_that_is_away(void **state)
{
	struct feed *feed = make_feed(0);

	(void)state;
	if (store_world_engine() != ENGINE_PGSQL) {
		feed_free(feed);
		return;
	}
	append(100);
	feed_all(feed);
	append(100);
	pg_server_down();
	assert_int_equal(feed_step(feed), FEED_LATER);
	assert_non_null(strstr(feed_error(feed), "away"));
	assert_int_equal(feed_step(feed), FEED_LATER);
	(void)pg_server_url();
	feed_all(feed);
	feed_free(feed);
	check_all();
}

static void
files_that_are_damaged(void **state)
{
	FILE *file;
	char head[17] = "";

	(void)state;
	if (store_world_engine() != ENGINE_SQLITE)
		return;
	append(100);
	file = fopen(store_world_path(), "w");
	fputs("not a database, but somebody's only copy of a letter", file);
	fclose(file);
	refused(FEED_REFUSED, "no database of SQLite, nothing is written");
	file = fopen(store_world_path(), "r");
	assert_int_equal(fread(head, 1, 16, file), 16);
	fclose(file);
	assert_string_equal(head, "not a database, ");
	unlink(store_world_path());
	feed_once();
	check_all();
	/* Its tables, overwritten from the second page on. */
	append(100);
	file = fopen(store_world_path(), "r+");
	fseek(file, 4096, SEEK_SET);
	for (int i = 0; i < 40000; i++)
		fputc(0xa5, file);
	fclose(file);
	refused(FEED_REFUSED, "is damaged, nothing more is written");
}

#define FEED_TEST(f) \
	cmocka_unit_test_setup_teardown(f, setup, store_world_teardown)

static const struct CMUnitTest feed_tests[] = {
    FEED_TEST(everything_arrives_once),
    FEED_TEST(killed_at_any_moment),
    FEED_TEST(what_is_lost_is_counted),
    FEED_TEST(what_cannot_be_read_is_left_out),
    FEED_TEST(one_feeds),
    FEED_TEST(other_hosts_and_journals),
    FEED_TEST(a_newer_store_is_left_alone),
    FEED_TEST(a_server_that_is_away),
    FEED_TEST(files_that_are_damaged),
};

int
main(void)
{
	return store_world_main(feed_tests);
}
