/* Octets on disk: checksums, names, heads, frames, cursors. */
#include <string.h>

#include "base/limits.h"
#include "journal/crc32c.h"
#include "journal/format.h"
#include "tests/support/test.h"

/* RFC 3720 appendix B.4, in the order of its octets on the wire there. */
static void
checksums_of_rfc_3720(void **state)
{
	/* An iSCSI SCSI Read (10) Command PDU. */
	static const uint8_t pdu[48] = {
	    0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0,    0, 0, 0, 0,
	    0x14, 0,    0, 0, 0, 0, 4, 0, 0,    0, 0, 0x14, 0, 0, 0, 0x18,
	    0x28, 0,    0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0,    0, 0, 0, 0};
	char octets[32];

	(void)state;
	memset(octets, 0, sizeof octets);
	assert_int_equal(crc32c(0, str_n(octets, 32)), 0x8a9136aa);
	memset(octets, 0xff, sizeof octets);
	assert_int_equal(crc32c(0, str_n(octets, 32)), 0x62a8ab43);
	for (int i = 0; i < 32; i++)
		octets[i] = (char)i;
	assert_int_equal(crc32c(0, str_n(octets, 32)), 0x46dd794e);
	for (int i = 0; i < 32; i++)
		octets[i] = (char)(31 - i);
	assert_int_equal(crc32c(0, str_n(octets, 32)), 0x113fdb5c);
	assert_int_equal(crc32c(0, str_n((const char *)pdu, sizeof pdu)),
			 0xd9963a56);
}

static void
a_checksum_goes_on(void **state)
{
	struct str text = STR("123456789");

	(void)state;
	for (size_t n = 0; n <= text.n; n++)
		assert_int_equal(
		    crc32c(crc32c(0, str_first(text, n)), str_from(text, n)),
		    0xe3069283);
}

static void
names_are_safe(void **state)
{
	struct segment_head head = {.sequence = 42, .start = 1764513747};
	char name[SEGMENT_NAME];
	uint64_t sequence = 0;

	(void)state;
	strcpy(head.host, "mx.receiver.example");
	segment_name_write(&head, name);
	assert_string_equal(
	    name, "0000000042-20251130T144227Z-mx.receiver.example.segment");
	assert_true(segment_name_read(name, &sequence));
	assert_int_equal(sequence, 42);

	strcpy(head.host, "../a b\n\xc3\xa4/");
	head.sequence = SEGMENT_SEQUENCE_MAX;
	head.start = INT64_MAX;
	segment_name_write(&head, name);
	assert_string_equal(name, "9999999999-undated-.._a_b____.segment");
	memset(head.host, 'h', sizeof head.host - 1);
	head.start = -1;
	segment_name_write(&head, name);
	assert_int_equal(strlen(name), 10 + sizeof "-undated-" - 1 + 64 +
					   sizeof ".segment" - 1);
	assert_true(segment_name_read(name, &sequence));
	head.host[0] = '\0';
	segment_name_write(&head, name);
	assert_true(segment_name_read(name, &sequence));
}

static void
other_names_are_no_segments(void **state)
{
	static const char *const names[] = {"",
					    ".",
					    "lock",
					    "store.cursor",
					    ".segment",
					    "0000000042.segment",
					    "000000004-x.segment",
					    "00000000042-x.segment",
					    "+000000042-x.segment",
					    "0000000042-x.segment~",
					    "0000000042-x.Segment",
					    "0000000042_x.segment"};
	uint64_t sequence = 7;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_false(segment_name_read(names[i], &sequence));
	assert_int_equal(sequence, 7);
}

static const struct segment_head known = {.journal = 0x0807060504030201,
					  .sequence = 0x11,
					  .number = 0x22,
					  .start = 0x33,
					  .marker = 0xd4c3b2a1,
					  .host = "mx.example"};

static void
a_head_stands_as_documented(void **state)
{
	char octets[SEGMENT_HEAD];
	struct segment_head head;
	uint32_t version;

	(void)state;
	segment_head_write(&known, octets);
	assert_memory_equal(octets,
			    "VJOURNAL\x01\0\0\0\xa1\xb2\xc3\xd4"
			    "\x01\x02\x03\x04\x05\x06\x07\x08"
			    "\x11\0\0\0\0\0\0\0\x22\0\0\0\0\0\0\0"
			    "\x33\0\0\0\0\0\0\0mx.example\0",
			    59);
	struct str whole = exact_n(octets, sizeof octets);
	assert_int_equal(segment_head_read(whole, &head, &version),
			 SEGMENT_GOOD);
	assert_memory_equal(&head, &known, sizeof head);
}

static void
a_head_is_whole_or_none(void **state)
{
	char octets[SEGMENT_HEAD];
	struct segment_head head;
	uint32_t version = 0;

	(void)state;
	segment_head_write(&known, octets);
	for (size_t n = 0; n < SEGMENT_HEAD; n++)
		assert_int_equal(
		    segment_head_read(exact_n(octets, n), &head, &version),
		    SEGMENT_SHORT);
	for (size_t i = 0; i < SEGMENT_HEAD; i++) {
		octets[i] ^= 0x10;
		enum segment_state state_now = segment_head_read(
		    str_n(octets, SEGMENT_HEAD), &head, &version);
		bool of_version = i >= 8 && i < 12;
		assert_int_equal(state_now,
				 of_version ? SEGMENT_NEWER : SEGMENT_BAD);
		octets[i] ^= 0x10;
	}
	octets[8] = 2;
	assert_int_equal(
	    segment_head_read(exact_n(octets, 12), &head, &version),
	    SEGMENT_NEWER);
	assert_int_equal(version, 2);
}

static struct str
framed(uint32_t marker, uint8_t kind, uint64_t number, const char *text)
{
	const struct frame frame = {{kind, str_of(text)}, number};
	char octets[200];

	frame_head_write(marker, &frame, crc32c(0, frame.frame.octets), octets);
	strcpy(octets + FRAME_HEAD, text);
	return exact_n(octets, FRAME_HEAD + strlen(text));
}

static void
a_frame_stands_as_documented(void **state)
{
	struct str octets = framed(0xd4c3b2a1, 0x82, 0x0102, "text");
	struct frame frame;
	size_t size;

	(void)state;
	assert_memory_equal(octets.p,
			    "\xa1\xb2\xc3\xd4\x04\0\0\0"
			    "\x02\x01\0\0\0\0\0\0\x82",
			    17);
	assert_int_equal(frame_read(0xd4c3b2a1, octets, &frame, &size),
			 FRAME_GOOD);
	assert_int_equal(size, FRAME_HEAD + 4);
	assert_int_equal(frame.number, 0x0102);
	assert_int_equal(frame.frame.kind, 0x82);
	assert_str(frame.frame.octets, "text");
	for (size_t n = 0; n < octets.n; n++) {
		assert_int_equal(
		    frame_read(0xd4c3b2a1, exact_n(octets.p, n), &frame, &size),
		    FRAME_SHORT);
		assert_int_equal(size,
				 n < FRAME_HEAD ? FRAME_HEAD : FRAME_HEAD + 4);
	}
}

static void
a_frame_with_a_wrong_bit_is_none(void **state)
{
	struct str octets = framed(0xd4c3b2a1, 0x82, 0x0102, "text");
	char copy[FRAME_HEAD + 4];
	struct frame frame;
	size_t size;

	(void)state;
	for (size_t bit = 0; bit < 8 * octets.n; bit++) {
		memcpy(copy, octets.p, octets.n);
		copy[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_not_equal(frame_read(0xd4c3b2a1,
						str_n(copy, octets.n), &frame,
						&size),
				     FRAME_GOOD);
	}
	/* What another segment's frame is, none of this one is. */
	assert_int_equal(frame_read(0xd4c3b2a0, octets, &frame, &size),
			 FRAME_BAD);
}

static void
a_frame_has_a_bound(void **state)
{
	static const char most[] = "\xa1\xb2\xc3\xd4\0\0\x20\0\0\0\0\0\0\0\0\0"
				   "\x82\0\0\0\0";
	char more[FRAME_HEAD];
	struct frame frame;
	size_t size;

	(void)state;
	assert_int_equal(
	    frame_read(0xd4c3b2a1, str_n(most, FRAME_HEAD), &frame, &size),
	    FRAME_SHORT);
	assert_int_equal(size, FRAME_HEAD + LIMIT_JOURNAL_FRAME);
	memcpy(more, most, sizeof more);
	more[4] = 1;
	assert_int_equal(
	    frame_read(0xd4c3b2a1, str_n(more, FRAME_HEAD), &frame, &size),
	    FRAME_BAD);
}

static void
a_marker_is_found(void **state)
{
	(void)state;
	assert_int_equal(frame_search(0x64636261, exact("abcd")), 0);
	assert_int_equal(frame_search(0x64636261, exact("xxabcabcdx")), 5);
	assert_int_equal(frame_search(0x64636261, exact("xxabxabc")), 5);
	assert_int_equal(frame_search(0x64636261, exact("xxabx")), 5);
	assert_int_equal(frame_search(0x64636261, exact("")), 0);
}

static void
a_cursor_comes_back(void **state)
{
	const struct journal_cursor cursor = {1, 2, 3, 4};
	struct journal_cursor got;
	char octets[CURSOR_OCTETS + 1] = "";

	(void)state;
	cursor_write(&cursor, octets);
	assert_memory_equal(octets, "VCURSOR1\x01\0\0\0\0\0\0\0\x02", 17);
	assert_true(cursor_read(exact_n(octets, CURSOR_OCTETS), &got));
	assert_memory_equal(&got, &cursor, sizeof got);
	assert_false(cursor_read(str_n(octets, CURSOR_OCTETS + 1), &got));
	assert_false(cursor_read(str_n(octets, CURSOR_OCTETS - 1), &got));
	assert_false(cursor_read(str_empty(), &got));
	for (size_t i = 0; i < CURSOR_OCTETS; i++) {
		octets[i] ^= 1;
		assert_false(cursor_read(str_n(octets, CURSOR_OCTETS), &got));
		octets[i] ^= 1;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(checksums_of_rfc_3720),
	    cmocka_unit_test(a_checksum_goes_on),
	    cmocka_unit_test(names_are_safe),
	    cmocka_unit_test(other_names_are_no_segments),
	    cmocka_unit_test(a_head_stands_as_documented),
	    cmocka_unit_test(a_head_is_whole_or_none),
	    cmocka_unit_test(a_frame_stands_as_documented),
	    cmocka_unit_test(a_frame_with_a_wrong_bit_is_none),
	    cmocka_unit_test(a_frame_has_a_bound),
	    cmocka_unit_test(a_marker_is_found),
	    cmocka_unit_test(a_cursor_comes_back),
	};

	return cmocka_run_group_tests_name("journal_format", tests, NULL, NULL);
}
