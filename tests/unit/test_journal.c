/* What is appended is read; segments, starts, files. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "tests/support/journal_world.h"
#include "tests/support/test.h"

static void
add_first(void *ctx, struct journal_first *first)
{
	journal_add_first(first, NOTE, str_of(ctx));
	journal_add_first(first, RECORD, str_lit("not counted, so not added"));
	journal_add_first(first, NOTE + 1, str_empty());
}

/* Each segment begins with two notes. */
static struct journal_options
with_first(uint64_t segment_octets)
{
	static char begin[] = "begin";
	struct journal_options options = journal_world_options();

	options.first = add_first;
	options.ctx = begin;
	options.segment_octets = segment_octets;
	return options;
}

static void
rest(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static void
what_is_appended_is_read(void **state)
{
	struct journal *journal = journal_world_open_plain();
	const struct journal_frame both[] = {{NOTE, STR("text of c")},
					     {RECORD, STR("c")}};

	(void)state;
	journal_world_put(journal, RECORD, "a");
	journal_world_put(journal, RECORD, "");
	assert_int_equal(journal_append(journal, both, 2, JOURNAL_ANY_SEGMENT),
			 JOURNAL_APPENDED);
	assert_string_equal(journal_world_read_from(NULL),
			    "0 a\n1 \n- text of c\n2 c\n");
	journal_close(journal);
	assert_string_equal(journal_world_read_from(NULL),
			    "0 a\n1 \n- text of c\n2 c\n");
	assert_str(journal_world_logged(), "");
}

static void
a_reader_follows_and_begins_where_it_was(void **state)
{
	struct journal_reader *reader =
	    journal_reader_new(journal_world_folder(), NULL);

	(void)state;
	assert_string_equal(journal_world_read(reader), "");
	struct journal *journal = journal_world_open_plain();
	assert_string_equal(journal_world_read(reader), "");
	journal_world_put(journal, RECORD, "a");
	assert_string_equal(journal_world_read(reader), "0 a\n");
	assert_string_equal(journal_world_read(reader), "");
	journal_world_put(journal, RECORD, "b");
	assert_string_equal(journal_world_read(reader), "1 b\n");
	struct journal_cursor cursor = journal_cursor(reader);
	journal_reader_free(reader);
	assert_string_equal(journal_world_read_from(&cursor), "");
	journal_world_put(journal, RECORD, "c");
	journal_close(journal);
	journal = journal_world_open_plain();
	journal_world_put(journal, RECORD, "d");
	assert_string_equal(journal_world_read_from(&cursor), "2 c\n3 d\n");
	journal_close(journal);
}

static void
a_frame_has_a_name_for_ever(void **state)
{
	struct journal *journal = journal_world_open_plain();
	struct journal_reader *reader =
	    journal_reader_new(journal_world_folder(), NULL);
	struct journal_item item;
	struct stat status;

	(void)state;
	journal_world_put(journal, RECORD, "a");
	journal_world_put(journal, RECORD, "b");
	assert_int_equal(journal_next(reader, &item), JOURNAL_FRAME);
	assert_str(item.host, "mx.receiver.example");
	assert_int_equal(item.sequence, 1);
	assert_int_equal(item.sequence, journal_segment(journal));
	assert_int_equal(item.offset, 308);
	assert_int_not_equal(item.journal, 0);
	assert_true(llabs(item.started - (int64_t)time(NULL)) < 100);
	assert_int_equal(journal_next(reader, &item), JOURNAL_FRAME);
	assert_int_equal(item.offset, 308 + 21 + 1);
	assert_int_equal(item.number, 1);
	assert_int_equal(stat(journal_world_file(0), &status), 0);
	assert_int_equal(journal_cursor(reader).offset, status.st_size);
	journal_reader_free(reader);
	journal_close(journal);
}

/* --- segments --- */

static bool
has_two_segments(const struct journal_report *report)
{
	return report->segments >= 2;
}

static void
a_full_segment_ends(void **state)
{
	struct journal *journal = journal_world_open(with_first(308 + 121));

	(void)state;
	journal_world_put(journal, RECORD, "0123456789012345678901234");
	assert_int_equal(journal_segment(journal), 1);
	journal_world_put(journal, RECORD, "0123456789012345678901234");
	journal_world_await(journal, has_two_segments);
	assert_int_equal(journal_segment(journal), 2);
	journal_world_put(journal, RECORD, "c");
	assert_string_equal(journal_world_read_from(NULL),
			    "- begin\n- \n0 0123456789012345678901234\n"
			    "1 0123456789012345678901234\n- begin\n- \n2 c\n");
	journal_close(journal);
}

static void
add_too_much(void *ctx, struct journal_first *first)
{
	char *large = mem_alloc(LIMIT_JOURNAL_FRAME);

	(void)ctx;
	journal_add_first(first, NOTE, str_lit("a"));
	journal_add_first(first, NOTE, str_n(large, LIMIT_JOURNAL_FRAME));
	for (int i = 1; i <= JOURNAL_FIRST_MAX; i++)
		journal_add_first(first, NOTE, str_empty());
	free(large);
}

static void
first_frames_have_a_bound(void **state)
{
	struct journal_options options = journal_world_options();

	(void)state;
	options.first = add_too_much;
	struct journal *journal = journal_world_open(options);
	assert_string_equal(journal_world_read_from(NULL),
			    "- a\n- \n- \n- \n- \n- \n- \n- \n- \n- \n- \n"
			    "- \n- \n- \n- \n- \n");
	journal_close(journal);
}

static void
an_old_segment_ends_where_it_holds_something(void **state)
{
	struct journal_options options = with_first(0);
	struct journal_report report;

	(void)state;
	options.segment_ms = 30;
	struct journal *journal = journal_world_open(options);
	rest(200);
	journal_report(journal, &report);
	assert_int_equal(report.segments, 1);
	journal_world_put(journal, RECORD, "a");
	journal_world_await(journal, has_two_segments);
	rest(200);
	assert_int_equal(journal_world_files(), 2);
	journal_close(journal);
}

static void
what_was_meant_for_an_earlier_segment_is_not_appended(void **state)
{
	struct journal *journal = journal_world_open(with_first(308 + 61));
	const struct journal_frame frame = {RECORD, STR("0123456789")};
	struct journal_report report;

	(void)state;
	assert_int_equal(journal_append(journal, &frame, 1, 1),
			 JOURNAL_APPENDED);
	journal_world_await(journal, has_two_segments);
	assert_int_equal(journal_append(journal, &frame, 1, 1), JOURNAL_MOVED);
	assert_int_equal(journal_append(journal, &frame, 1, 0), JOURNAL_MOVED);
	journal_report(journal, &report);
	assert_int_equal(report.written, 1);
	assert_int_equal(report.refused, 0);
	assert_int_equal(journal_append(journal, &frame, 1, 2),
			 JOURNAL_APPENDED);
	journal_close(journal);
}

static void
what_does_not_fit_is_counted(void **state)
{
	struct journal *journal = journal_world_open_plain();
	char *large = mem_alloc(LIMIT_JOURNAL_FRAME + 1);
	struct journal_frame frame[JOURNAL_APPEND_MAX + 1] = {
	    {RECORD, {large, LIMIT_JOURNAL_FRAME}}};
	struct journal_report report;

	(void)state;
	assert_int_equal(journal_append(journal, frame, 1, JOURNAL_ANY_SEGMENT),
			 JOURNAL_APPENDED);
	frame[0].octets.n++;
	assert_int_equal(journal_append(journal, frame, 1, JOURNAL_ANY_SEGMENT),
			 JOURNAL_LOST);
	frame[0].octets.n = 0;
	assert_int_equal(journal_append(journal, frame, JOURNAL_APPEND_MAX + 1,
					JOURNAL_ANY_SEGMENT),
			 JOURNAL_LOST);
	journal_world_put(journal, RECORD, "b");
	journal_report(journal, &report);
	assert_int_equal(report.written, 2);
	assert_int_equal(report.refused, 2);
	const char *found = journal_world_read_from(NULL);
	assert_string_equal(found + strlen(found) - 10, "gap 2\n3 b\n");
	free(large);
	journal_close(journal);
}

/* --- starts --- */

static void
a_start_goes_on_with_the_numbers(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct journal *journal = journal_world_open(with_first(0));
		assert_int_equal(journal_segment(journal), i + 1);
		journal_world_put(journal, RECORD, "a");
		journal_close(journal);
	}
	assert_string_equal(
	    journal_world_read_from(NULL),
	    "- begin\n- \n0 a\n- begin\n- \n1 a\n- begin\n- \n2 a\n");
}

/* Takes octets from the end of the oldest segment. */
static void
cut_off(size_t octets)
{
	struct buf file;

	buf_init(&file, NULL);
	journal_world_load(journal_world_file(0), &file);
	file.n -= octets;
	journal_world_store(journal_world_file(0), buf_str(&file));
	buf_clear(&file);
}

static void
a_torn_frame_is_passed_over(void **state)
{
	struct journal *journal = journal_world_open_plain();

	(void)state;
	journal_world_put(journal, RECORD, "a");
	journal_world_put(journal, RECORD, "0123456789");
	journal_close(journal);
	cut_off(3);
	/* Nobody knows yet whether the rest comes. */
	assert_string_equal(journal_world_read_from(NULL), "0 a\n");
	journal = journal_world_open_plain();
	journal_world_put(journal, RECORD, "c");
	assert_string_equal(journal_world_read_from(NULL),
			    "0 a\ncorrupt 28\n1 c\n");
	journal_close(journal);
}

/* After the loss of power, what a reader had is missing, and no number comes
   twice. */
static void
numbers_go_on_after_what_a_reader_had(void **state)
{
	struct journal *journal = journal_world_open_plain();

	(void)state;
	journal_world_put(journal, RECORD, "a");
	journal_world_put(journal, RECORD, "b");
	struct journal_reader *reader =
	    journal_reader_new(journal_world_folder(), NULL);
	assert_string_equal(journal_world_read(reader), "0 a\n1 b\n");
	struct journal_cursor cursor = journal_cursor(reader);
	assert_true(journal_publish(journal_world_folder(), "r", &cursor));
	journal_close(journal);
	cut_off(22);
	journal = journal_world_open_plain();
	journal_world_put(journal, RECORD, "c");
	assert_string_equal(journal_world_read(reader), "2 c\n");
	journal_reader_free(reader);
	journal_close(journal);
}

/* --- files --- */

static mode_t
mode_of(const char *name)
{
	char path[256];
	struct stat status;

	snprintf(path, sizeof path, "%s/%s", journal_world_folder(), name);
	assert_int_equal(lstat(path, &status), 0);
	return status.st_mode & 07777;
}

static void
modes_are_narrow(void **state)
{
	struct journal *journal = journal_world_open_plain();
	const struct journal_cursor cursor = {.journal = 1};

	(void)state;
	assert_true(journal_publish(journal_world_folder(), "x", &cursor));
	assert_int_equal(mode_of("."), 0750);
	assert_int_equal(mode_of("lock"), 0640);
	assert_int_equal(mode_of("x.cursor"), 0640);
	assert_int_equal(mode_of(strrchr(journal_world_file(0), '/') + 1),
			 0640);
	journal_close(journal);
}

static void
no_program_inherits_a_descriptor(void **state)
{
	struct journal *journal = journal_world_open_plain();
	struct journal_reader *reader =
	    journal_reader_new(journal_world_folder(), NULL);
	char link[32], target[256];
	int ours = 0;

	(void)state;
	journal_world_put(journal, RECORD, "a");
	journal_world_read(reader);
	for (int fd = 3; fd < 100; fd++) {
		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		ssize_t n = readlink(link, target, sizeof target - 1);
		target[n > 0 ? n : 0] = '\0';
		if (strstr(target, journal_world_folder()) == NULL)
			continue;
		ours++;
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	}
	/* Folder, lock and segment; folder and segment. */
	assert_int_equal(ours, 5);
	journal_reader_free(reader);
	journal_close(journal);
}

static void
readers_have_safe_names(void **state)
{
	static const char *const names[] = {
	    "",
	    ".",
	    "..",
	    "a/b",
	    "a.b",
	    "a b",
	    "a\n",
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "4"};
	const struct journal_cursor cursor = {.journal = 1};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_false(
		    journal_publish(journal_world_top(), names[i], &cursor));
	assert_false(journal_publish("/nonexistent/folder", "store", &cursor));
}

static bool
was_synced(const struct journal_report *report)
{
	return report->syncs >= 2;
}

static void
what_was_appended_is_synced_once(void **state)
{
	struct journal *journal = journal_world_open_plain();
	struct journal_report report;

	(void)state;
	/* The head, then a frame. */
	rest(50);
	journal_world_put(journal, RECORD, "a");
	journal_world_await(journal, was_synced);
	rest(100);
	journal_report(journal, &report);
	assert_int_equal(report.syncs, 2);
	journal_close(journal);
}

#define TEST(name)                                                 \
	cmocka_unit_test_setup_teardown(name, journal_world_setup, \
					journal_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_is_appended_is_read),
	    TEST(a_reader_follows_and_begins_where_it_was),
	    TEST(a_frame_has_a_name_for_ever),
	    TEST(a_full_segment_ends),
	    TEST(first_frames_have_a_bound),
	    TEST(an_old_segment_ends_where_it_holds_something),
	    TEST(what_was_meant_for_an_earlier_segment_is_not_appended),
	    TEST(what_does_not_fit_is_counted),
	    TEST(a_start_goes_on_with_the_numbers),
	    TEST(a_torn_frame_is_passed_over),
	    TEST(numbers_go_on_after_what_a_reader_had),
	    TEST(modes_are_narrow),
	    TEST(no_program_inherits_a_descriptor),
	    TEST(readers_have_safe_names),
	    TEST(what_was_appended_is_synced_once),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
