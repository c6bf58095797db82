/* Whatever stands on disk, a reader finds what is good and counts the rest. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "journal/format.h"
#include "tests/support/journal_world.h"
#include "tests/support/test.h"

/* Of each frame below: a head, and a text of 3 octets. */
#define FRAME (FRAME_HEAD + 3)

static struct buf first, now; /* the first segment as written, and a copy */
static struct journal *writer;

/* Three segments: "r00" to "r04", "r05" to "r09", and one that grows. */
static void
write_segments(void)
{
	struct journal_options options = journal_world_options();
	char text[8];

	for (int i = 0; i < 3; i++) {
		writer = journal_open(&options);
		assert_non_null(writer);
		for (int j = 0; j < 5 && i < 2; j++) {
			snprintf(text, sizeof text, "r%02d", 5 * i + j);
			journal_world_put(writer, RECORD, text);
		}
		if (i < 2)
			journal_close(writer);
	}
	buf_init(&first, NULL);
	buf_init(&now, NULL);
	journal_world_load(journal_world_file(0), &first);
	assert_int_equal(first.n, SEGMENT_HEAD + 5 * FRAME);
}

static int
setup(void **state)
{
	int status = journal_world_setup(state);

	if (status == 0)
		write_segments();
	return status;
}

static int
teardown(void **state)
{
	journal_close(writer);
	buf_clear(&first);
	buf_clear(&now);
	return journal_world_teardown(state);
}

static void
store_first(struct str octets)
{
	journal_world_store(journal_world_file(0), octets);
}

/* A copy of the first segment, to be changed. */
static char *
copy_first(void)
{
	buf_reset(&now);
	buf_add(&now, buf_str(&first));
	return now.p;
}

#define SECOND "5 r05\n6 r06\n7 r07\n8 r08\n9 r09\n"

/* The frame from..to of the first segment missing, as octets and numbers. */
static void
assert_found_without(unsigned from, unsigned to, size_t octets)
{
	struct buf want;

	buf_init(&want, NULL);
	for (unsigned i = 0; i < 5; i++) {
		if (i == from)
			buf_printf(&want, "corrupt %zu\n", octets);
		if (i == to && to > from)
			buf_printf(&want, "gap %u\n", to - from);
		if (i < from || i >= to)
			buf_printf(&want, "%u r%02u\n", i, i);
	}
	if (from == 5 && octets > 0)
		buf_printf(&want, "corrupt %zu\n", octets);
	if (to == 5 && from < 5)
		buf_printf(&want, "gap %u\n", 5 - from);
	buf_adds(&want, SECOND);
	const char *found = journal_world_read_from(NULL);
	if (strcmp(found, want.p) != 0)
		fail_msg("without %u to %u:\n%s want:\n%s", from, to, found,
			 want.p);
	buf_clear(&want);
}

static void
one_wrong_octet_costs_one_frame(void **state)
{
	(void)state;
	for (size_t i = SEGMENT_HEAD; i < first.n; i++) {
		copy_first()[i] ^= 0x41;
		store_first(buf_str(&now));
		unsigned frame = (unsigned)((i - SEGMENT_HEAD) / FRAME);
		assert_found_without(frame, frame + 1, FRAME);
	}
}

static void
a_wrong_head_costs_its_segment(void **state)
{
	char want[128];

	(void)state;
	for (size_t i = 0; i < SEGMENT_HEAD; i++) {
		if (i >= 8 && i < 12)
			continue; /* of a newer version */
		copy_first()[i] ^= 0x41;
		store_first(buf_str(&now));
		snprintf(want, sizeof want, "corrupt %zu\ngap 5\n" SECOND,
			 first.n);
		assert_string_equal(journal_world_read_from(NULL), want);
	}
}

static void
a_short_segment_costs_its_end(void **state)
{
	char want[128];

	(void)state;
	for (size_t n = 0; n < SEGMENT_HEAD; n++) {
		store_first(str_first(buf_str(&first), n));
		snprintf(want, sizeof want, "corrupt %zu\ngap 5\n" SECOND, n);
		assert_string_equal(journal_world_read_from(NULL),
				    n > 0 ? want : "gap 5\n" SECOND);
	}
	for (size_t n = SEGMENT_HEAD; n <= first.n; n++) {
		size_t frames = (n - SEGMENT_HEAD) / FRAME;
		size_t torn = (n - SEGMENT_HEAD) % FRAME;
		store_first(str_first(buf_str(&first), n));
		if (torn > 0 || n == first.n)
			assert_found_without((unsigned)frames, 5, torn);
	}
}

static void
what_stands_between_frames_is_passed_over(void **state)
{
	struct str whole = buf_str(&first);
	size_t cut = SEGMENT_HEAD + 2 * FRAME;
	char zeros[10000] = "";

	(void)state;
	buf_reset(&now);
	buf_add(&now, str_first(whole, cut));
	buf_add(&now, str_n(zeros, sizeof zeros));
	buf_add(&now, str_from(whole, cut));
	store_first(buf_str(&now));
	assert_found_without(2, 2, sizeof zeros);
	/* As the loss of power leaves it: longer than what was written. */
	buf_reset(&now);
	buf_add(&now, whole);
	buf_add(&now, str_n(zeros, sizeof zeros));
	store_first(buf_str(&now));
	assert_found_without(5, 5, sizeof zeros);
}

/* Mail may hold what looks like a frame: it never becomes one. */
static void
a_frame_within_a_frame_is_none(void **state)
{
	const char *whole = first.p;
	char inner[2 * FRAME];
	struct journal_frame frame = {RECORD, {inner, sizeof inner}};

	(void)state;
	memcpy(inner, whole + SEGMENT_HEAD, sizeof inner);
	assert_int_equal(journal_append(writer, &frame, 1, JOURNAL_ANY_SEGMENT),
			 JOURNAL_APPENDED);
	journal_world_put(writer, RECORD, "last");
	const char *path = journal_world_file(2);
	buf_reset(&now);
	journal_world_load(path, &now);
	now.p[SEGMENT_HEAD + 4] ^= 1; /* its length */
	journal_world_store(path, buf_str(&now));
	const char *found = journal_world_read_from(NULL);
	char want[64];
	snprintf(want, sizeof want, "9 r09\ncorrupt %d\ngap 1\n11 last\n",
		 FRAME_HEAD + 2 * FRAME);
	assert_string_equal(found + strlen(found) - strlen(want), want);
}

/* Each costs a checksum, so after some the rest of the segment is given up. */
static void
false_frames_have_a_bound(void **state)
{
	char want[64], head[FRAME_HEAD];
	struct str whole = buf_str(&first);

	(void)state;
	memcpy(head, whole.p + SEGMENT_HEAD, sizeof head);
	head[4] = 0;
	head[6] = 0x08; /* a quarter of the longest frame */
	buf_reset(&now);
	buf_add(&now, str_first(whole, SEGMENT_HEAD));
	for (int i = 0; i <= 100000; i++)
		buf_add(&now, str_n(head, sizeof head));
	buf_add(&now, str_from(whole, SEGMENT_HEAD));
	store_first(buf_str(&now));
	snprintf(want, sizeof want, "corrupt %zu\ngap 5\n" SECOND,
		 now.n - SEGMENT_HEAD);
	assert_string_equal(journal_world_read_from(NULL), want);
}

static void
a_file_under_another_name_is_none(void **state)
{
	char path[512], want[256];

	(void)state;
	snprintf(path, sizeof path, "%s/0000000099-x.segment",
		 journal_world_folder());
	assert_int_equal(link(journal_world_file(0), path), 0);
	journal_world_put(writer, RECORD, "r10");
	/* The newest one may become a segment, so it is waited for. */
	snprintf(want, sizeof want,
		 "0 r00\n1 r01\n2 r02\n3 r03\n4 r04\n" SECOND "10 r10\n");
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof path, "%s/0000000000-x.segment",
		 journal_world_folder());
	assert_int_equal(link(journal_world_file(0), path), 0);
	const char *found = journal_world_read_from(NULL);
	assert_int_equal(strncmp(found, "corrupt 428\n", 12), 0);
	assert_string_equal(found + 12, want);
}

/* --- cursors --- */

static void
a_reader_goes_on_after_what_went(void **state)
{
	struct journal_cursor cursor = journal_world_cursor(2);

	(void)state;
	assert_int_equal(unlink(journal_world_file(0)), 0);
	assert_string_equal(journal_world_read_from(&cursor), "gap 3\n" SECOND);
	assert_string_equal(journal_world_read_from(NULL), "gap 5\n" SECOND);
}

static void
a_cursor_of_another_journal_is_none(void **state)
{
	struct journal_cursor cursor = journal_world_cursor(7);

	(void)state;
	cursor.journal ^= 1;
	assert_string_equal(journal_world_read_from(&cursor),
			    "0 r00\n1 r01\n2 r02\n3 r03\n4 r04\n" SECOND);
	/* Also where that one had come further than this one has. */
	cursor.sequence = 1000;
	assert_string_equal(journal_world_read_from(&cursor),
			    "0 r00\n1 r01\n2 r02\n3 r03\n4 r04\n" SECOND);
}

/* What is to come would be taken for what was read. */
static void
a_journal_that_was_set_back_is_told(void **state)
{
	struct journal_cursor cursor = journal_world_cursor(7);

	(void)state;
	cursor.sequence = 1000;
	assert_non_null(strstr(journal_world_read_from(&cursor),
			       "more was read of it than it has: an older "
			       "copy of it was put back; move it away"));
}

static void
a_cursor_may_stand_anywhere(void **state)
{
	struct journal_cursor cursor = journal_world_cursor(1);
	char want[128];

	(void)state;
	cursor.offset += 1;
	snprintf(want, sizeof want,
		 "corrupt %d\ngap 1\n2 r02\n3 r03\n4 r04\n" SECOND, FRAME - 1);
	assert_string_equal(journal_world_read_from(&cursor), want);
	cursor.offset = first.n + 1000;
	assert_string_equal(journal_world_read_from(&cursor), "gap 4\n" SECOND);
	cursor.offset = UINT64_MAX;
	assert_string_equal(journal_world_read_from(&cursor), "gap 4\n" SECOND);
	cursor.number = UINT64_MAX;
	assert_string_equal(journal_world_read_from(&cursor), SECOND);
}

static void
a_folder_without_segments_has_no_frames(void **state)
{
	struct journal_reader *reader =
	    journal_reader_new("/nonexistent/folder", NULL);

	(void)state;
	assert_string_equal(journal_world_read(reader), "");
	journal_reader_free(reader);
	reader = journal_reader_new(journal_world_top(), NULL);
	assert_string_equal(journal_world_read(reader), "");
	journal_reader_free(reader);
	journal_reader_free(NULL);
	reader = journal_reader_new(journal_world_file(0), NULL);
	const char *found = journal_world_read(reader);
	assert_int_equal(strncmp(found, "failed cannot read ", 19), 0);
	assert_non_null(strstr(found, ": Not a directory\n"));
	journal_reader_free(reader);
}

static void
what_may_not_be_read_is_told(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(journal_world_folder(), 0755), 0);
	assert_int_equal(chmod(journal_world_file(0), 0600), 0);
	assert_int_equal(seteuid(65534), 0);
	const char *found = journal_world_read_from(NULL);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(strncmp(found, "failed cannot read ", 19), 0);
	assert_non_null(strstr(found, ".segment: Permission denied\n"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(one_wrong_octet_costs_one_frame),
	    TEST(a_wrong_head_costs_its_segment),
	    TEST(a_short_segment_costs_its_end),
	    TEST(what_stands_between_frames_is_passed_over),
	    TEST(a_frame_within_a_frame_is_none),
	    TEST(false_frames_have_a_bound),
	    TEST(a_file_under_another_name_is_none),
	    TEST(a_reader_goes_on_after_what_went),
	    TEST(a_cursor_of_another_journal_is_none),
	    TEST(a_journal_that_was_set_back_is_told),
	    TEST(a_cursor_may_stand_anywhere),
	    TEST(a_folder_without_segments_has_no_frames),
	    TEST(what_may_not_be_read_is_told),
	};

	return cmocka_run_group_tests_name("journal_reader", tests, NULL, NULL);
}
