/* Disks that are full, small or away. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/journal_world.h"
#include "tests/support/test.h"

#define PAYLOAD \
	"01234567890123456789012345678901234567890123456789012345678901234567"

static void
limit_files(rlim_t octets)
{
	const struct rlimit limit = {octets, RLIM_INFINITY};

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Until one is lost; how many were not. */
static unsigned
append_until_lost(struct journal *journal)
{
	unsigned n = 0;

	while (journal_world_try(journal, RECORD, PAYLOAD) == JOURNAL_APPENDED)
		n++;
	return n;
}

static void
a_file_that_may_not_grow_loses_what_comes(void **state)
{
	char text[64];

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	struct journal *journal = journal_world_open_plain();
	limit_files(10000);
	unsigned whole = append_until_lost(journal), lost = 1;
	for (; lost < 50; lost++)
		assert_int_equal(journal_world_try(journal, RECORD, PAYLOAD),
				 JOURNAL_LOST);
	assert_int_equal(whole, (10000 - 308) / (21 + strlen(PAYLOAD)));
	journal_world_await(journal, journal_world_has_trouble);
	limit_files(RLIM_INFINITY);
	while (journal_world_try(journal, RECORD, "after") == JOURNAL_LOST)
		lost++;
	journal_world_await(journal, journal_world_has_no_trouble);
	journal_world_assert_lost(journal, lost);
	const char *found = journal_world_read_from(NULL);
	snprintf(text, sizeof text, "gap %u\n%u after\n", lost, whole + lost);
	assert_string_equal(found + strlen(found) - strlen(text), text);
	/* Half a frame is never left before the next one. */
	assert_null(strstr(found, "corrupt"));
	assert_int_equal(journal_world_files(), 1);
	journal_close(journal);
}

/* A small disk of this process and its threads alone. */
static void
mount_disk(void)
{
	static bool apart;

	assert_int_equal(mkdir(journal_world_folder(), 0750), 0);
	if ((!apart &&
	     (unshare(CLONE_NEWNS) != 0 ||
	      mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)) ||
	    mount("tmpfs", journal_world_folder(), "tmpfs", 0, "size=256k") !=
		0) {
		print_message("no disk of its own: %s\n", strerror(errno));
		skip();
	}
	apart = true;
}

static void
unmount_disk(void)
{
	assert_int_equal(umount2(journal_world_folder(), MNT_DETACH), 0);
}

static int
fill_disk(void)
{
	char path[128], zeros[4096] = "";

	snprintf(path, sizeof path, "%s/filler", journal_world_folder());
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	while (write(fd, zeros, sizeof zeros) > 0)
		;
	assert_int_equal(errno, ENOSPC);
	return fd;
}

static void
a_full_disk_loses_what_comes(void **state)
{
	char text[64];
	struct journal_report report;

	(void)state;
	mount_disk();
	struct journal *journal = journal_world_open_plain();
	int filler = fill_disk();
	unsigned whole = append_until_lost(journal), lost = 1;
	for (; lost < 50; lost++)
		assert_int_equal(journal_world_try(journal, RECORD, PAYLOAD),
				 JOURNAL_LOST);
	journal_report(journal, &report);
	assert_non_null(strstr(report.trouble, "No space left on device; make "
					       "room on that disk; until then "
					       "mail goes on without"));
	assert_int_equal(ftruncate(filler, 0), 0);
	while (journal_world_try(journal, RECORD, "after") == JOURNAL_LOST)
		lost++;
	journal_world_await(journal, journal_world_has_no_trouble);
	journal_world_assert_lost(journal, lost);
	snprintf(text, sizeof text, "gap %u\n%u after\n", lost, whole + lost);
	const char *found = journal_world_read_from(NULL);
	assert_string_equal(found + strlen(found) - strlen(text), text);
	assert_null(strstr(found, "corrupt"));
	journal_close(journal);
	close(filler);
	unmount_disk();
}

/* No segment can be begun, and the one that there is takes nothing. */
static void
a_full_disk_at_the_end_of_a_segment_is_told_of_once(void **state)
{
	struct journal_options options = journal_world_options();
	struct journal_report report;

	(void)state;
	mount_disk();
	options.segment_octets = 16384;
	struct journal *journal = journal_world_open(options);
	int filler = fill_disk();
	append_until_lost(journal);
	for (int i = 0; i < 20; i++) {
		nanosleep(&(struct timespec){.tv_nsec = 11000000}, NULL);
		assert_int_equal(journal_world_try(journal, RECORD, PAYLOAD),
				 JOURNAL_LOST);
	}
	journal_report(journal, &report);
	assert_true(report.refused > 20);
	assert_true(journal_world_times("error ") <= 2);
	assert_int_equal(journal_world_times("again"), 0);
	journal_close(journal);
	close(filler);
	unmount_disk();
}

static void
what_was_read_makes_room_on_a_full_disk(void **state)
{
	struct journal_options options = journal_world_options();
	struct journal_report report;

	(void)state;
	mount_disk();
	options.segment_octets = 16384;
	struct journal *journal = journal_world_open(options);
	do {
		journal_world_put(journal, RECORD, PAYLOAD);
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
		journal_report(journal, &report);
	} while (report.segments < 6);
	struct journal_reader *reader =
	    journal_reader_new(journal_world_folder(), NULL);
	journal_world_read(reader);
	struct journal_cursor cursor = journal_cursor(reader);
	journal_reader_free(reader);
	assert_true(journal_publish(journal_world_folder(), "store", &cursor));
	int filler = fill_disk();
	/* More than what its last page had room for. */
	while (append_until_lost(journal) < 100)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	journal_report(journal, &report);
	assert_int_equal(report.dropped, 0);
	journal_close(journal);
	close(filler);
	unmount_disk();
}

/* The files of earlier starts go, so that a new one can be begun. */
static void
a_start_on_a_full_disk_keeps_the_bound(void **state)
{
	struct journal_options options = journal_world_options();
	struct journal_report report;

	(void)state;
	mount_disk();
	for (int i = 0; i < 3; i++) {
		struct journal *journal = journal_world_open(options);
		for (int j = 0; j < 200; j++)
			journal_world_put(journal, RECORD, PAYLOAD);
		journal_close(journal);
	}
	int filler = fill_disk();
	options.size = 40000;
	struct journal *journal = journal_world_open(options);
	while (append_until_lost(journal) == 0)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	journal_report(journal, &report);
	assert_int_equal(report.dropped, 200);
	assert_int_equal(journal_world_files(), 3);
	journal_close(journal);
	close(filler);
	unmount_disk();
}

static void
a_disk_that_is_away_is_found_when_it_is_back(void **state)
{
	(void)state;
	mount_disk();
	struct journal *journal = journal_world_open_plain();
	journal_world_put(journal, RECORD, PAYLOAD);
	unmount_disk();
	/* What is below it is as good a folder. */
	journal_world_await(journal, journal_world_has_fresh_segment);
	journal_world_put(journal, RECORD, "b");
	assert_string_equal(journal_world_read_from(NULL), "gap 1\n1 b\n");
	journal_close(journal);
}

#define TEST(name)                                                 \
	cmocka_unit_test_setup_teardown(name, journal_world_setup, \
					journal_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_file_that_may_not_grow_loses_what_comes),
	    TEST(a_full_disk_loses_what_comes),
	    TEST(a_full_disk_at_the_end_of_a_segment_is_told_of_once),
	    TEST(what_was_read_makes_room_on_a_full_disk),
	    TEST(a_start_on_a_full_disk_keeps_the_bound),
	    TEST(a_disk_that_is_away_is_found_when_it_is_back),
	};

	return cmocka_run_group_tests_name("journal_disk", tests, NULL, NULL);
}
