/* The bound of a journal: what goes, and what that loses. */
#include <string.h>
#include <time.h>

#include "tests/support/journal_world.h"
#include "tests/support/test.h"

#define PAYLOAD "0123456789012345678901234567890123456789012345678"
#define FRAMES 400

static bool
is_within_bound(const struct journal_report *report)
{
	return report->octets <= 8192;
}

/* Ten times as much as it may hold. */
static struct journal *
overfill(void)
{
	struct journal_options options = journal_world_options();

	options.size = 8192;
	options.segment_octets = 1024;
	struct journal *journal = journal_world_open(options);
	for (int i = 0; i < FRAMES; i++) {
		journal_world_put(journal, RECORD, PAYLOAD);
		if (i % 10 == 0)
			nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
	return journal;
}

/* What a reader finds, and the report, at a moment when nothing went. */
static void
read_whole(struct journal *journal, struct journal_report *report,
	   uint64_t *gap, uint64_t *found)
{
	struct journal_report after;
	struct journal_item item;
	enum journal_found what;

	do {
		struct journal_reader *reader =
		    journal_reader_new(journal_world_folder(), NULL);
		journal_report(journal, report);
		*gap = *found = 0;
		while ((what = journal_next(reader, &item)) != JOURNAL_END) {
			*gap += what == JOURNAL_GAP ? item.amount : 0;
			*found += what == JOURNAL_FRAME;
		}
		journal_reader_free(reader);
		journal_report(journal, &after);
	} while (report->dropped != after.dropped ||
		 report->segments != after.segments ||
		 report->octets != after.octets || after.octets > 8192);
}

static void
the_oldest_segments_go_and_their_frames_are_counted(void **state)
{
	struct journal *journal = overfill();
	struct journal_report report;
	uint64_t gap = 0, found = 0;

	(void)state;
	journal_world_await(journal, is_within_bound);
	read_whole(journal, &report, &gap, &found);
	assert_int_equal(gap + found, FRAMES);
	assert_true(gap > FRAMES / 2);
	assert_int_equal(report.dropped, gap);
	assert_int_equal(report.written, FRAMES);
	assert_int_equal(report.refused, 0);
	assert_non_null(strstr(report.trouble, "is full and nobody reads it"));
	/* Once, whatever went afterwards. */
	assert_int_equal(journal_world_times("nobody reads it"), 1);
	journal_close(journal);
}

static void
what_a_reader_had_is_not_lost(void **state)
{
	struct journal *journal = journal_world_open_plain();
	struct journal_report report;

	(void)state;
	journal_world_put(journal, RECORD, "a");
	journal_close(journal);
	/* It is ahead of all that comes. */
	struct journal_cursor cursor = journal_world_cursor(1);
	cursor.sequence = 1000000;
	cursor.number = UINT64_MAX / 2;
	assert_true(journal_publish(journal_world_folder(), "store", &cursor));
	journal = overfill();
	journal_world_await(journal, is_within_bound);
	journal_report(journal, &report);
	assert_int_equal(report.dropped, 0);
	assert_str(journal_world_logged(), "");
	journal_close(journal);
}

/* Of the segment in which the cursor stands, what follows it is lost. */
static void
a_segment_that_was_half_read_is_half_lost(void **state)
{
	struct journal_options options = journal_world_options();
	struct journal *journal = journal_world_open(options);
	struct journal_report report;

	(void)state;
	for (int i = 0; i < 10; i++)
		journal_world_put(journal, RECORD, PAYLOAD);
	struct journal_cursor cursor = journal_world_cursor(7);
	/* Of two readers the one that is further counts. */
	assert_true(journal_publish(journal_world_folder(), "a-1", &cursor));
	cursor = journal_world_cursor(2);
	assert_true(journal_publish(journal_world_folder(), "b-2", &cursor));
	journal_close(journal);
	options.size = 1;
	journal = journal_world_open(options);
	assert_int_equal(journal_world_files(), 1);
	journal_report(journal, &report);
	assert_int_equal(report.dropped, 3);
	journal_close(journal);
}

static void
a_reader_that_is_back_is_told_of(void **state)
{
	struct journal_options options = journal_world_options();
	struct journal_item item;
	struct journal_report report;

	(void)state;
	options.size = 1;
	for (int i = 0; i < 2; i++) {
		struct journal *journal = journal_world_open(options);
		journal_world_put(journal, RECORD, PAYLOAD);
		journal_close(journal);
	}
	options.segment_octets = 400;
	struct journal *journal = journal_world_open(options);
	journal_report(journal, &report);
	assert_int_equal(report.dropped, 1);
	struct journal_reader *reader =
	    journal_reader_new(journal_world_folder(), NULL);
	assert_int_equal(journal_next(reader, &item), JOURNAL_GAP);
	struct journal_cursor cursor = journal_cursor(reader);
	journal_reader_free(reader);
	cursor.sequence = 1000000;
	assert_true(journal_publish(journal_world_folder(), "x", &cursor));
	for (int i = 0; i < 2; i++)
		journal_world_put(journal, RECORD, PAYLOAD);
	journal_world_await(journal, journal_world_has_no_trouble);
	journal_close(journal);
	/* One of each start, and its end. */
	assert_int_equal(journal_world_times("nobody reads it"), 2);
	assert_int_equal(journal_world_times("is read again; records lost "
					     "meanwhile: 1\n"),
			 1);
}

static bool
has_four_segments(const struct journal_report *report)
{
	return report->segments >= 4;
}

/* Only what a reader is beyond, and the writer goes on. */
static void
what_was_read_can_be_removed(void **state)
{
	struct journal_options options = journal_world_options();
	struct journal_cursor cursor;

	(void)state;
	assert_int_equal(journal_remove_read(journal_world_folder()), 0);
	options.segment_octets = 512;
	struct journal *journal = journal_world_open(options);
	for (int i = 0; i < 40; i++) {
		journal_world_put(journal, RECORD, PAYLOAD);
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
	journal_world_await(journal, has_four_segments);
	const size_t files = journal_world_files();
	/* Nobody has told of having read it. */
	assert_int_equal(journal_remove_read(journal_world_folder()), 0);
	assert_int_equal(journal_world_files(), files);
	cursor = journal_world_cursor(20);
	assert_true(journal_publish(journal_world_folder(), "store", &cursor));
	const int removed = journal_remove_read(journal_world_folder());
	assert_true(removed > 0 && (size_t)removed < files);
	/* What comes after the cursor is whole. */
	const char *found = journal_world_read_from(&cursor);
	assert_null(strstr(found, "gap"));
	assert_true(strncmp(found, "20 ", 3) == 0);
	journal_world_put(journal, RECORD, "the last");
	assert_non_null(
	    strstr(journal_world_read_from(&cursor), "40 the last"));
	journal_close(journal);
	assert_int_equal(journal_remove_read("/nonexistent"), 0);
	assert_int_equal(journal_remove_read("/dev/null"), -1);
}

#define TEST(name)                                                 \
	cmocka_unit_test_setup_teardown(name, journal_world_setup, \
					journal_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_oldest_segments_go_and_their_frames_are_counted),
	    TEST(what_a_reader_had_is_not_lost),
	    TEST(a_segment_that_was_half_read_is_half_lost),
	    TEST(a_reader_that_is_back_is_told_of),
	    TEST(what_was_read_can_be_removed),
	};

	return cmocka_run_group_tests_name("journal_bound", tests, NULL, NULL);
}
