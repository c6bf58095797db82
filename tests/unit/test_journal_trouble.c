/* Folders and neighbours that keep a journal from being written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/journal_world.h"
#include "tests/support/test.h"

#define NOBODY 65534
#define PAYLOAD \
	"01234567890123456789012345678901234567890123456789012345678901234567"

/* --- the folder --- */

static void
a_folder_may_come_later(void **state)
{
	struct journal_options options = journal_world_options();
	char deeper[128], text[512];
	struct journal_report report;

	(void)state;
	snprintf(deeper, sizeof deeper, "%s/journal", journal_world_folder());
	options.folder = deeper;
	struct journal *journal = journal_world_open(options);
	assert_int_equal(journal_segment(journal), 0);
	assert_int_equal(journal_world_try(journal, RECORD, "a"), JOURNAL_LOST);
	assert_int_equal(journal_world_try(journal, NOTE, "b"), JOURNAL_LOST);
	nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	journal_report(journal, &report);
	snprintf(text, sizeof text,
		 "cannot use %s: No such file or directory; create the folder "
		 "above it; until then mail goes on without a record",
		 deeper);
	assert_string_equal(report.trouble, text);
	assert_int_equal(mkdir(journal_world_folder(), 0755), 0);
	journal_world_await(journal, journal_world_has_no_trouble);
	journal_world_put(journal, RECORD, "c");
	struct journal_reader *reader = journal_reader_new(deeper, NULL);
	assert_string_equal(journal_world_read(reader), "gap 1\n1 c\n");
	journal_reader_free(reader);
	journal_world_assert_lost(journal, 1);
	journal_close(journal);
}

static void
another_user_may_not_write(void **state)
{
	struct journal_report report;

	if (geteuid() != 0)
		skip();
	(void)state;
	assert_int_equal(mkdir(journal_world_folder(), 0755), 0);
	assert_int_equal(seteuid(NOBODY), 0);
	struct journal *journal = journal_world_open_plain();
	assert_int_equal(journal_world_try(journal, RECORD, "a"), JOURNAL_LOST);
	journal_report(journal, &report);
	assert_int_equal(seteuid(0), 0);
	assert_non_null(strstr(report.trouble, "Permission denied; let the "
					       "daemon's user write there"));
	journal_world_await(journal, journal_world_has_no_trouble);
	journal_world_put(journal, RECORD, "b");
	assert_string_equal(journal_world_read_from(NULL), "gap 1\n1 b\n");
	journal_world_assert_lost(journal, 1);
	journal_close(journal);
}

static void
a_folder_that_was_removed_is_made_again(void **state)
{
	struct journal *journal = journal_world_open_plain();
	struct journal_reader *reader =
	    journal_reader_new(journal_world_folder(), NULL);
	char away[128];

	(void)state;
	journal_world_put(journal, RECORD, PAYLOAD);
	journal_world_put(journal, RECORD, "b");
	assert_string_equal(journal_world_read(reader), "0 " PAYLOAD "\n1 b\n");
	snprintf(away, sizeof away, "%s/away", journal_world_top());
	assert_int_equal(rename(journal_world_folder(), away), 0);
	journal_world_await(journal, journal_world_has_fresh_segment);
	assert_int_equal(journal_segment(journal), 2);
	journal_world_put(journal, RECORD, "c");
	assert_string_equal(journal_world_read(reader), "2 c\n");
	journal_reader_free(reader);
	journal_close(journal);
}

static void
a_segment_that_was_removed_has_a_next_one(void **state)
{
	struct journal *journal = journal_world_open_plain();

	(void)state;
	journal_world_put(journal, RECORD, PAYLOAD);
	assert_int_equal(unlink(journal_world_file(0)), 0);
	journal_world_await(journal, journal_world_has_fresh_segment);
	journal_world_put(journal, RECORD, "b");
	assert_string_equal(journal_world_read_from(NULL), "gap 1\n1 b\n");
	journal_close(journal);
}

/* --- neighbours --- */

static bool
has_segment(const struct journal_report *report)
{
	return report->octets > 0 && report->trouble_since == 0;
}

static void
the_second_daemon_waits_for_the_folder(void **state)
{
	struct journal *first = journal_world_open_plain(),
		       *second = journal_world_open_plain();
	struct journal_report report;

	(void)state;
	assert_int_equal(journal_segment(second), 0);
	assert_int_equal(journal_world_try(second, RECORD, "x"), JOURNAL_LOST);
	journal_world_put(first, RECORD, "a");
	journal_report(second, &report);
	assert_non_null(strstr(report.trouble, "another daemon writes to "));
	assert_non_null(strstr(report.trouble, "; give each a folder of its "
					       "own; "));
	assert_int_equal(report.segments, 0);
	journal_close(first);
	journal_world_await(second, has_segment);
	journal_world_put(second, RECORD, "b");
	assert_string_equal(journal_world_read_from(NULL), "0 a\ngap 1\n2 b\n");
	journal_world_assert_lost(second, 1);
	journal_close(second);
}

static void
links_are_not_followed(void **state)
{
	char path[128], target[128];

	(void)state;
	assert_int_equal(mkdir(journal_world_folder(), 0750), 0);
	snprintf(target, sizeof target, "%s/target", journal_world_top());
	snprintf(path, sizeof path, "%s/lock", journal_world_folder());
	assert_int_equal(symlink(target, path), 0);
	struct journal *journal = journal_world_open_plain();
	assert_int_equal(journal_segment(journal), 0);
	assert_int_not_equal(access(target, F_OK), 0);
	journal_close(journal);
	assert_int_equal(unlink(path), 0);

	/* A cursor's new file takes the place of a link. */
	const struct journal_cursor cursor = {.journal = 1};
	snprintf(path, sizeof path, "%s/.x.cursor", journal_world_folder());
	assert_int_equal(symlink(target, path), 0);
	assert_true(journal_publish(journal_world_folder(), "x", &cursor));
	assert_int_not_equal(access(target, F_OK), 0);
}

static void
names_that_are_taken_are_passed_over(void **state)
{
	char path[256];

	(void)state;
	assert_int_equal(mkdir(journal_world_folder(), 0750), 0);
	/* Neither is read as one: a FIFO would never end. */
	snprintf(path, sizeof path, "%s/0000000007-x.segment",
		 journal_world_folder());
	assert_int_equal(mkfifo(path, 0600), 0);
	snprintf(path, sizeof path, "%s/0000000008-x.segment",
		 journal_world_folder());
	assert_int_equal(mkdir(path, 0700), 0);
	struct journal *journal = journal_world_open_plain();
	journal_world_put(journal, RECORD, "a");
	assert_string_equal(journal_world_read_from(NULL), "0 a\n");
	journal_close(journal);
	assert_int_equal(rmdir(path), 0);
}

static void
files_of_a_newer_version_are_left_alone(void **state)
{
	struct journal *journal = journal_world_open_plain();
	struct buf octets, again;
	struct journal_report report;

	(void)state;
	journal_world_put(journal, RECORD, "a");
	journal_close(journal);
	buf_init(&octets, NULL);
	buf_init(&again, NULL);
	journal_world_load(journal_world_file(0), &octets);
	octets.p[8] = 2;
	journal_world_store(journal_world_file(0), buf_str(&octets));
	journal = journal_world_open_plain();
	assert_int_equal(journal_world_try(journal, RECORD, "b"), JOURNAL_LOST);
	journal_report(journal, &report);
	assert_non_null(strstr(report.trouble, "files of a newer version"));
	journal_close(journal);
	assert_int_equal(journal_world_files(), 1);
	journal_world_load(journal_world_file(0), &again);
	assert_true(str_eq(buf_str(&again), buf_str(&octets)));
	const char *found = journal_world_read_from(NULL);
	assert_non_null(strstr(found, "its format, 2, is newer than this "
				      "program's, 1; use the newer program\n"));
	assert_int_equal(strncmp(found, "newer ", 6), 0);
	buf_clear(&octets);
	buf_clear(&again);
}

#define TEST(name)                                                 \
	cmocka_unit_test_setup_teardown(name, journal_world_setup, \
					journal_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_folder_may_come_later),
	    TEST(another_user_may_not_write),
	    TEST(a_folder_that_was_removed_is_made_again),
	    TEST(a_segment_that_was_removed_has_a_next_one),
	    TEST(the_second_daemon_waits_for_the_folder),
	    TEST(links_are_not_followed),
	    TEST(names_that_are_taken_are_passed_over),
	    TEST(files_of_a_newer_version_are_left_alone),
	};

	return cmocka_run_group_tests_name("journal_trouble", tests, NULL,
					   NULL);
}
