/*
 * What can go wrong with a store that is fed: each is told in one line, nothing
 * is overwritten, and once it is over, everything is there once.
 */
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/support/store/fed_world.h"
#include "tests/support/store/pg_server.h"

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
		snprintf(fed_world.url, sizeof(fed_world.url),
			 "sqlite:%s/history.db", disk);
		return;
	}
	snprintf(text, sizeof(text), "CREATE TABLESPACE small LOCATION '%s'",
		 disk);
	store_world_run(text);
	snprintf(fed_world.url, sizeof(fed_world.url),
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
	feed = fed_feed(0);
	fed_append(60000);
	fed_fails(feed, FEED_LATER,
		  IS_SQLITE ? "the disk is full; make room"
			    : "make room on the server's disk");
	assert_int_equal(fed_try(feed), FEED_LATER);
	fed_append(1000);
	fed_read_all();
	assert_string_equal(fed_world.seen.unread, "");
	assert_true(fed_world.seen.count < fed_world.written);
	assert_true(mount_disk("remount,size=100m"));
	fed_all(feed);
	feed_free(feed);
	fed_check_all();
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
	struct feed *feed = fed_feed(0);
	int64_t begun;
	struct sql *sql;

	(void)state;
	fed_append(100);
	fed_all(feed);
	sql = store_world_open(SQL_WRITE);
	assert_true(sql_begin(sql));
	assert_true(sql_script(sql, IS_SQLITE ? "DELETE FROM gap"
					      : "LOCK TABLE verdict.cursor"));
	fed_append(100);
	begun = clock_monotonic_ms();
	fed_fails(feed, FEED_LATER, "; it is tried again");
	assert_in_range(clock_monotonic_ms() - begun, SQL_WAIT_MS / 2,
			2 * SQL_WAIT_MS);
	sql_rollback(sql);
	sql_close(sql);
	fed_all(feed);
	feed_free(feed);
	fed_check_all();
}

/* --- what may not be written --- */

static int
feed_is_refused(void)
{
	struct feed *feed = fed_feed(0);
	const bool done =
	    fed_try(feed) == FEED_REFUSED &&
	    fed_tells(feed_error(feed), IS_SQLITE ? "; look at owner and mode"
						  : "; name the server");

	feed_free(feed);
	return done ? 0 : 1;
}

static int
read_is_fine(void)
{
	return fed_read() && fed_world.seen.count == 100 ? 0 : 1;
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
		return;
	fed_append(100);
	fed_once();
	fed_append(100);
	give(store_world_folder(), "nobody");
	assert_int_equal(chmod(store_world_path(), 0440), 0);
	assert_int_equal(as_nobody(feed_is_refused), 0);
	assert_int_equal(as_nobody(read_is_fine), 0);
	assert_int_equal(chmod(store_world_path(), 0640), 0);
	fed_once();
	fed_check_all();
}

static void
a_read_only_folder(void **state)
{
	(void)state;
	if (!IS_SQLITE)
		return;
	fed_append(100);
	fed_once();
	fed_append(100);
	give(store_world_folder(), "nobody");
	assert_int_equal(chmod(store_world_folder(), 0555), 0);
	assert_int_equal(as_nobody(feed_is_refused), 0);
	assert_int_equal(as_nobody(read_is_fine), 0);
	assert_int_equal(chmod(store_world_folder(), 0755), 0);
	fed_once();
	fed_check_all();
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
		return;
	fed_append(40000);
	fed_once();
	damage_file(store_world_path());
	fed_read_all();
	print_message(
	    "# %llu of %llu; %s\n", (unsigned long long)fed_world.seen.count,
	    (unsigned long long)fed_world.written, fed_world.seen.unread);
	assert_in_range(fed_world.seen.count, fed_world.written / 2,
			fed_world.written - 1);
	assert_int_equal(fed_world.seen.count + fed_world.seen.left_out,
			 fed_world.written);
	assert_true(fed_tells(fed_world.seen.unread, "damaged: "));
}

/* --- a cursor that is elsewhere --- */

/* Another process has fed meanwhile: what was gathered is not written. */
static void
a_cursor_that_moved(void **state)
{
	struct feed *feed = fed_feed(0);

	(void)state;
	fed_append(100);
	fed_all(feed);
	fed_append(100);
	store_world_run("UPDATE cursor SET place = place + 1");
	fed_fails(feed, FEED_LATER,
		  "another process has fed from this journal");
	store_world_run("UPDATE cursor SET place = place - 1");
	fed_all(feed);
	feed_free(feed);
	fed_check_all();
}

/* An older copy of the journal was put back: what comes would be taken for what
   was read. */
static void
a_journal_that_was_set_back(void **state)
{
	struct feed *feed;
	char command[400];

	(void)state;
	fed_append(100);
	snprintf(command, sizeof(command), "cp -r %s %s.old", fed_world.journal,
		 fed_world.journal);
	assert_int_equal(system(command), 0);
	fed_append(100);
	fed_append(100);
	fed_once();
	snprintf(command, sizeof(command), "rm -r %s; mv %s.old %s",
		 fed_world.journal, fed_world.journal, fed_world.journal);
	assert_int_equal(system(command), 0);
	feed = fed_feed(0);
	assert_int_equal(fed_try(feed), FEED_LATER);
	assert_non_null(strstr(feed_error(feed), "an older copy of it"));
	fed_check_all();
	/* Another journal is read from its beginning. */
	snprintf(command, sizeof(command), "rm -r %s", fed_world.journal);
	assert_int_equal(system(command), 0);
	fed_append(100);
	fed_all(feed);
	feed_free(feed);
	fed_check_all();
}

static const struct CMUnitTest trouble_tests[] = {
    FED_TEST(a_full_disk),
    FED_TEST(a_locked_store),
    FED_TEST(a_read_only_file),
    FED_TEST(a_read_only_folder),
    FED_TEST(a_damaged_file_is_read),
    FED_TEST(a_cursor_that_moved),
    FED_TEST(a_journal_that_was_set_back),
};

int
main(void)
{
	return store_world_main(trouble_tests);
}
