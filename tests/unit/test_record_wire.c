/* Octets of protocol buffers, as record/ reads them: what protobuf-c makes of
   them is what we make of them. */
#include "tests/support/test.h"

#include <string.h>

#include "base/limits.h"
#include "record/parts.h"
#include "tests/support/record_world.h"

static const ProtobufCMessageDescriptor *const kind =
    &record__message__descriptor;

/* Exactly so many, so that a sanitizer sees a read too far. */
static const void *
decode(struct arena *arena, struct str octets, uint64_t without)
{
	return decode_message(arena, kind, exact_n(octets.p, octets.n),
			      without);
}

static void
same_as_theirs(struct arena *arena, struct str octets)
{
	ProtobufCMessage *theirs = protobuf_c_message_unpack(
	    kind, NULL, octets.n, (const uint8_t *)octets.p);
	const void *ours = decode(arena, octets, 0);

	assert_non_null(theirs);
	assert_non_null(ours);
	struct str one = encode_message(arena, theirs);
	struct str two = encode_message(arena, ours);
	assert_int_equal(one.n, two.n);
	assert_memory_equal(one.p, two.p, one.n);
	protobuf_c_message_free_unpacked(theirs, NULL);
}

static struct str
record(struct arena *arena)
{
	static const struct str names[] = {STR("subject"), STR("X-Y")};
	const struct record_about about = {
	    .context = 7, .field = names, .fields = 2};
	struct verdict verdict = record_world_verdict(arena);

	return record_pack(arena, &verdict, &about);
}

static void
test_whole(void **state)
{
	same_as_theirs(*state, record(*state));
	same_as_theirs(*state, str_lit(""));
}

#define CASE(lit) str_n("" lit, sizeof(lit) - 1)

/* Field 1 is a number, 2 octets in a list, 3 numbers in a list, 4 a time, 6 a
   message. */
static void
test_odd(void **state)
{
	static const struct str good[] = {
	    /* the last one counts */
	    STR("\x08\x05\x08\x07"),
	    /* a number that is longer than it must be, and one that is cut */
	    STR("\x08\x85\x80\x80\x00"),
	    STR("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
	    STR("\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
	    /* a list in pieces, packed and not */
	    STR("\x1a\x02\x01\x02\x18\x03\x1a\x00\x1a\x02\x80\x01"),
	    STR("\x12\x01\x61\x12\x00\x12\x02\x62\x63"),
	    STR("\x32\x00"),
	};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		same_as_theirs(*state, good[i]);
}

/* Of fields that nobody knows each kind is skipped. */
static void
test_unknown(void **state)
{
	const Record__Message *message = decode(*state,
						CASE("\x98\x06\x01\x99\x06"
						     "12345678\x9a\x06\x03"
						     "abc\x9d\x06"
						     "1234\x08\x05"),
						0);

	assert_non_null(message);
	assert_int_equal(message->context, 5);
}

static void
test_without(void **state)
{
	struct str octets = record(*state);
	const Record__Message *whole = decode(*state, octets, 0);
	const Record__Message *part =
	    decode(*state, octets, (uint64_t)1 << 13 | (uint64_t)1 << 9);

	assert_non_null(whole->questions);
	assert_non_null(whole->spf);
	assert_null(part->questions);
	assert_null(part->spf);
	assert_non_null(part->decision);
	assert_int_equal(part->n_string, whole->n_string);
}

static void
test_bad(void **state)
{
	static const struct str bad[] = {
	    STR("\x08"),     /* no number */
	    STR("\x08\x80"), /* its end */
	    STR("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
	    STR("\x00\x01"),     /* field 0 */
	    STR("\x0b\x0c"),     /* a group */
	    STR("\x0e\x01"),     /* no such kind */
	    STR("\x0a\x01\x61"), /* another kind */
	    STR("\x10\x01"),
	    STR("\x30\x01"),
	    STR("\x1d\x31\x32\x33\x34"),
	    STR("\x12\x02\x61"), /* cut short */
	    STR("\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x61"),
	    STR("\x1a\x01\x80"), /* in a list */
	    STR("\x1a\x02\x01\x80"),
	    STR("\x32\x02\x08"),     /* in a message */
	    STR("\x32\x00\x32\x00"), /* twice */
	    STR("\x99\x06\x31\x32"),
	    STR("\x9d\x06\x31"),
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (decode(*state, bad[i], 0) != NULL)
			fail_msg("case %zu is taken", i);
}

/* Few octets that ask for much. */
static void
test_bounds(void **state)
{
	struct buf octets;

	buf_init(&octets, *state);
	while (octets.n < LIMIT_RECORD_OCTETS)
		buf_add(&octets, CASE("\x52\x00")); /* empty signatures */
	assert_null(decode(*state, buf_str(&octets), 0));
	buf_reset(&octets);
	while (octets.n < LIMIT_RECORD_OCTETS)
		buf_add(&octets, CASE("\x18\x01")); /* a list, one by one */
	assert_null(decode(*state, buf_str(&octets), 0));
	buf_reset(&octets);
	while (octets.n <= LIMIT_RECORD_OCTETS)
		buf_add(&octets, CASE("\x08\x01"));
	assert_null(decode(*state, buf_str(&octets), 0));
	assert_true(arena_size(*state) < 8 * (size_t)LIMIT_RECORD_MEMORY);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, arena_setup, arena_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_whole),   TEST(test_odd), TEST(test_unknown),
	    TEST(test_without), TEST(test_bad), TEST(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
