/*
 * What can go wrong with a store that is fed: each is told in one line, nothing
 * is overwritten, and once it is over, everything is there once.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/feed.h"
#include "tests/support/store/pg_server.h"
#include "tests/support/store/store_world.h"

#define KIND (JOURNAL_COUNTED | 1)
#define IS_SQLITE (store_world_engine() == ENGINE_SQLITE)

static struct {
	char journal[128];
	char url[256]; /* "": the world's */
	uint64_t written;
} world;

static int
setup(void **state)
{
	store_world_setup(state);
	snprintf(world.journal, sizeof(world.journal), "%s/journal",
		 store_world_folder());
	world.url[0] = '\0';
	world.written = 0;
	return 0;
}

/* n frames, each with its number: the journal takes them, whatever the store's
   trouble. */
static void
append(uint64_t n)
{
	const struct journal_options options = {.folder = world.journal,
						.host = "mx.receiver.example",
						.size = 1 << 30};
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

static bool
take(void *ctx, struct arena *arena, const struct journal_item *item,
     struct batch *batch)
{
	struct store_message message = {.time = 1764547200,
					.action = str_lit("accept")};
	struct store_term term = {TERM_QUEUE_ID, item->frame.octets};

	(void)ctx, (void)arena;
	message.queue_id = message.record = item->frame.octets;
	message.term = &term;
	message.terms = 1;
	batch_add_message(batch, &message);
	return true;
}

static const char *
url(void)
{
	return world.url[0] ? world.url : store_world_url();
}

static struct feed *
make_feed(size_t batch_messages)
{
	const struct feed_options options = {
	    .journal = world.journal,
	    .store = url(),
	    .retention = {100000, STORE_KEEP_OCTETS, 100000},
	    .take = take,
	    .batch_messages = batch_messages,
	};

	return feed_new(&options);
}

/* To the end, or to its trouble. */
static enum feed_state
try_feed(struct feed *feed)
{
	enum feed_state state;

	do
		state = feed_step(feed);
	while (state == FEED_MORE);
	return state;
}

static void
feed_all(struct feed *feed)
{
	if (try_feed(feed) != FEED_END)
		fail_msg("%s", feed_error(feed));
}

/* One line, which says what, where and what to do. */
static bool
tells(const char *error, const char *wanted)
{
	const char *where =
	    IS_SQLITE ? "history.db: " : "postgresql://127.0.0.1/postgres: ";
	const bool told = strstr(error, wanted) && strstr(error, where) &&
			  !strchr(error, '\n');

	if (!told)
		fprintf(stderr, "# \"%s\", not \"%s\"\n", error, wanted);
	return told;
}

static void
fails(struct feed *feed, enum feed_state state, const char *text)
{
	enum feed_state now = try_feed(feed);

	assert_true(tells(feed_error(feed), text));
	assert_int_equal(now, state);
}

static struct {
	uint64_t sum, count, left_out;
	char unread[SQL_ERROR_TEXT];
} seen;

static bool
see(void *ctx, const struct store_place *place, struct str record)
{
	uint64_t n;

	(void)ctx, (void)place;
	if (!str_uint(str_from(record, 7), UINT64_MAX, &n))
		return false;
	seen.sum += n;
	seen.count++;
	return true;
}

/* What can be read. */
static bool
read_store(void)
{
	struct sql_error error;
	struct store *store = store_open(url(), SQL_READ, &error);
	struct store_unread left_out;
	const char *unread;
	bool done;

	memset(&seen, 0, sizeof(seen));
	if (!store) {
		fprintf(stderr, "# %s\n", error.text);
		return false;
	}
	done = store_scan(store, 0, INT64_MAX, see, NULL);
	if (!done)
		fprintf(stderr, "# %s\n", store_error(store)->text);
	unread = store_unread_text(store);
	store_unread(store, &left_out);
	seen.left_out = left_out.messages;
	snprintf(seen.unread, sizeof(seen.unread), "%s", unread ? unread : "");
	store_close(store);
	return done;
}

static void
read_all(void)
{
	assert_true(read_store());
}

/* Each record once. */
static void
check_all(void)
{
	read_all();
	assert_string_equal(seen.unread, "");
	assert_int_equal(seen.count, world.written);
	assert_int_equal(seen.sum, world.written * (world.written - 1) / 2);
}

/* In a process of its own, as an ordinary user; its number is its exit status.
 */
static int
as_nobody(int (*function)(void))
{
	const struct passwd *user = getpwnam("nobody");
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && (!user || setgid(user->pw_gid) != 0 ||
				       setuid(user->pw_uid) != 0))
			_exit(99);
		_exit(function());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* --- a disk that is full --- */

static char disk[160];

/* Where the server lives in a namespace of its own, there. */
static bool
mount_disk(const char *options)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "nsenter --target %d --mount mount -t tmpfs -o %s tmpfs %s",
		 IS_SQLITE ? (int)getpid() : (int)pg_server_pid(), options,
		 disk);
	return system(command) == 0;
}

static void
unmount_disk(void)
{
	char command[512];

	snprintf(command, sizeof(command),
		 "nsenter --target %d --mount umount %s",
		 IS_SQLITE ? (int)getpid() : (int)pg_server_pid(), disk);
	assert_int_equal(system(command), 0);
}

/* The store's tables on that disk. */
static void
use_disk(void)
{
	char text[300];

	if (IS_SQLITE) {
		snprintf(world.url, sizeof(world.url), "sqlite:%s/history.db",
			 disk);
		return;
	}
	snprintf(text, sizeof(text), "CREATE TABLESPACE small LOCATION '%s'",
		 disk);
	store_world_run(text);
	snprintf(world.url, sizeof(world.url),
		 "%s?options=-c%%20default_tablespace%%3Dsmall",
		 store_world_url());
}

static void
a_full_disk(void **state)
{
	struct feed *feed;

	(void)state;
	snprintf(disk, sizeof(disk), "%s/disk", store_world_folder());
	assert_int_equal(mkdir(disk, 0755), 0);
	chmod(store_world_folder(), 0755);
	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    !mount_disk("size=2m,mode=0700,uid=nobody"))
		skip();
	use_disk();
	feed = make_feed(0);
	append(60000);
	fails(feed, FEED_LATER,
	      IS_SQLITE ? "the disk is full; make room"
			: "make room on the server's disk");
	assert_int_equal(try_feed(feed), FEED_LATER);
	append(1000);
	read_all();
	assert_string_equal(seen.unread, "");
	assert_true(seen.count < world.written);
	assert_true(mount_disk("remount,size=100m"));
	feed_all(feed);
	feed_free(feed);
	check_all();
	if (!IS_SQLITE) {
		store_world_run("DROP SCHEMA verdict CASCADE");
		store_world_run("DROP TABLESPACE small");
	}
	unmount_disk();
}

/* --- somebody else holds it --- */

static void
a_locked_store(void **state)
{
	struct feed *feed = make_feed(0);
	int64_t begun;
	struct sql *sql;

	(void)state;
	append(100);
	feed_all(feed);
	sql = store_world_open(SQL_WRITE);
	assert_true(sql_begin(sql));
	assert_true(sql_script(sql, IS_SQLITE ? "DELETE FROM gap"
					      : "LOCK TABLE verdict.cursor"));
	append(100);
	begun = clock_monotonic_ms();
	fails(feed, FEED_LATER, "; it is tried again");
	assert_in_range(clock_monotonic_ms() - begun, SQL_WAIT_MS / 2,
			2 * SQL_WAIT_MS);
	sql_rollback(sql);
	sql_close(sql);
	feed_all(feed);
	feed_free(feed);
	check_all();
}

/* --- what may not be written --- */

static int
feed_is_refused(void)
{
	struct feed *feed = make_feed(0);
	const bool done =
	    try_feed(feed) == FEED_REFUSED &&
	    tells(feed_error(feed),
		  IS_SQLITE ? "; look at owner and mode" : "; name the server");

	feed_free(feed);
	return done ? 0 : 1;
}

static int
read_is_fine(void)
{
	return read_store() && seen.count == 100 ? 0 : 1;
}

static void
feed_once(void)
{
	struct feed *feed = make_feed(0);

	feed_all(feed);
	feed_free(feed);
}

static void
give(const char *path, const char *user)
{
	char command[300];

	snprintf(command, sizeof(command), "chown -R %s %s", user, path);
	if (geteuid() == 0)
		assert_int_equal(system(command), 0);
}

static void
a_read_only_file(void **state)
{
	(void)state;
	if (!IS_SQLITE)
		skip();
	append(100);
	feed_once();
	append(100);
	give(store_world_folder(), "nobody");
	assert_int_equal(chmod(store_world_path(), 0440), 0);
	assert_int_equal(as_nobody(feed_is_refused), 0);
	assert_int_equal(as_nobody(read_is_fine), 0);
	assert_int_equal(chmod(store_world_path(), 0640), 0);
	feed_once();
	check_all();
}

static void
a_read_only_folder(void **state)
{
	(void)state;
	if (!IS_SQLITE)
		skip();
	append(100);
	feed_once();
	append(100);
	give(store_world_folder(), "nobody");
	assert_int_equal(chmod(store_world_folder(), 0555), 0);
	assert_int_equal(as_nobody(feed_is_refused), 0);
	assert_int_equal(as_nobody(read_is_fine), 0);
	assert_int_equal(chmod(store_world_folder(), 0755), 0);
	feed_once();
	check_all();
}

/* As one that follows another one. */
static void
a_read_only_server(void **state)
{
	(void)state;
	if (IS_SQLITE)
		skip();
	append(100);
	feed_once();
	append(100);
	snprintf(world.url, sizeof(world.url),
		 "%s?options=-c%%20default_transaction_read_only%%3Don",
		 store_world_url());
	assert_int_equal(feed_is_refused(), 0);
	assert_int_equal(read_is_fine(), 0);
	world.url[0] = '\0';
	feed_once();
	check_all();
}

/* --- a server that is there, and not --- */

static void
a_frozen_server(void **state)
{
	struct feed *feed = make_feed(0);
	int64_t begun;

	(void)state;
	if (IS_SQLITE) {
		feed_free(feed);
		skip();
	}
	append(100);
	feed_all(feed);
	append(100);
	pg_server_signal(SIGSTOP);
	/* In the midst of a connection, and while one begins. */
	begun = clock_monotonic_ms();
	fails(feed, FEED_LATER, "does not answer; it is tried again");
	fails(feed, FEED_LATER, "it is tried again");
	assert_true(clock_monotonic_ms() - begun < 40000);
	pg_server_signal(SIGCONT);
	while (try_feed(feed) == FEED_LATER)
		usleep(20000);
	feed_free(feed);
	check_all();
}

#define KILLS 12
#define KILL_US 300000

/* Feeds until all is there, whatever becomes of the server meanwhile. */
static int
feed_stubbornly(void)
{
	struct feed *feed = make_feed(100);
	enum feed_state state;

	while ((state = try_feed(feed)) == FEED_LATER)
		usleep(20000);
	if (state != FEED_END)
		fprintf(stderr, "# %s\n", feed_error(feed));
	feed_free(feed);
	return state == FEED_END ? 0 : 1;
}

static void
a_server_that_is_killed(void **state)
{
	unsigned seed = 7;
	int kills, status;
	pid_t pid;

	(void)state;
	if (IS_SQLITE)
		skip();
	for (kills = 0; kills < KILLS; kills++) {
		append(3000);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			_exit(feed_stubbornly());
		usleep((useconds_t)rand_r(&seed) % KILL_US);
		pg_server_down();
		(void)pg_server_url();
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	check_all();
}

/* --- what is damaged --- */

/* Overwrites one page in seven of those that have rows. */
static void
damage_file(const char *path)
{
	static const char pages[] =
	    "SELECT pageno FROM dbstat WHERE name IN ('message', 'block', "
	    "'term') AND pagetype IN ('leaf', 'overflow')";
	struct sql *sql = store_world_open(SQL_READ);
	FILE *file = fopen(path, "r+");
	char noise[4096];
	int n = 0;

	assert_non_null(file);
	memset(noise, 0xa5, sizeof(noise));
	assert_true(sql_query(sql, pages, NULL, 0));
	while (sql_next(sql) == SQL_ROW) {
		if (n++ % 7 != 3)
			continue;
		fseek(file, (sql_get_integer(sql, 0) - 1) * 4096, SEEK_SET);
		assert_int_equal(fwrite(noise, 1, sizeof(noise), file), 4096);
	}
	sql_close(sql);
	fclose(file);
	assert_true(n > 100);
}

static void
a_damaged_file_is_read(void **state)
{
	(void)state;
	if (!IS_SQLITE)
		skip();
	append(40000);
	feed_once();
	damage_file(store_world_path());
	read_all();
	print_message("# %llu of %llu; %s\n", (unsigned long long)seen.count,
		      (unsigned long long)world.written, seen.unread);
	assert_in_range(seen.count, world.written / 2, world.written - 1);
	assert_int_equal(seen.count + seen.left_out, world.written);
	assert_true(tells(seen.unread, "damaged: "));
}

/* --- a cursor that is elsewhere --- */

/* Another process has fed meanwhile: what was gathered is not written. */
static void
a_cursor_that_moved(void **state)
{
	struct feed *feed = make_feed(0);

	(void)state;
	append(100);
	feed_all(feed);
	append(100);
	store_world_run("UPDATE cursor SET place = place + 1");
	fails(feed, FEED_LATER, "another process has fed from this journal");
	store_world_run("UPDATE cursor SET place = place - 1");
	feed_all(feed);
	feed_free(feed);
	check_all();
}

/* An older copy of the journal was put back: what comes would be taken for what
   was read. */
static void
a_journal_that_was_set_back(void **state)
{
	struct feed *feed;
	char command[400];

	(void)state;
	append(100);
	snprintf(command, sizeof(command), "cp -r %s %s.old", world.journal,
		 world.journal);
	assert_int_equal(system(command), 0);
	append(100);
	append(100);
	feed_once();
	snprintf(command, sizeof(command), "rm -r %s; mv %s.old %s",
		 world.journal, world.journal, world.journal);
	assert_int_equal(system(command), 0);
	feed = make_feed(0);
	assert_int_equal(try_feed(feed), FEED_LATER);
	assert_non_null(strstr(feed_error(feed), "an older copy of it"));
	check_all();
	/* Another journal is read from its beginning. */
	snprintf(command, sizeof(command), "rm -r %s", world.journal);
	assert_int_equal(system(command), 0);
	append(100);
	feed_all(feed);
	feed_free(feed);
	check_all();
}

#define TROUBLE_TEST(f) \
	cmocka_unit_test_setup_teardown(f, setup, store_world_teardown)

static const struct CMUnitTest trouble_tests[] = {
    TROUBLE_TEST(a_full_disk),
    TROUBLE_TEST(a_locked_store),
    TROUBLE_TEST(a_read_only_file),
    TROUBLE_TEST(a_read_only_folder),
    TROUBLE_TEST(a_read_only_server),
    TROUBLE_TEST(a_frozen_server),
    TROUBLE_TEST(a_server_that_is_killed),
    TROUBLE_TEST(a_damaged_file_is_read),
    TROUBLE_TEST(a_cursor_that_moved),
    TROUBLE_TEST(a_journal_that_was_set_back),
};

int
main(void)
{
	return store_world_main(trouble_tests);
}
