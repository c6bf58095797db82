#include "journal/format.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "journal/crc32c.h"

static const char segment_magic[8] = {'V', 'J', 'O', 'U', 'R', 'N', 'A', 'L'};
static const char cursor_magic[8] = {'V', 'C', 'U', 'R', 'S', 'O', 'R', '1'};

/* --- numbers --- */

static void
put(char *at, size_t octets, uint64_t value)
{
	for (size_t i = 0; i < octets; i++)
		at[i] = (char)(value >> 8 * i & 0xff);
}

static uint64_t
get(const char *at, size_t octets)
{
	uint64_t value = 0;

	for (size_t i = octets; i-- > 0;)
		value = value << 8 | (uint8_t)at[i];
	return value;
}

static uint32_t
get32(const char *at)
{
	return (uint32_t)get(at, 4);
}

/* The octets before it, as it is the last thing of head and cursor. */
static void
seal(char *octets, size_t n)
{
	put(octets + n - 4, 4, crc32c(0, str_n(octets, n - 4)));
}

static bool
is_sealed(const char *octets, size_t n)
{
	return get32(octets + n - 4) == crc32c(0, str_n(octets, n - 4));
}

/* --- segments --- */

#define VERSION_AT 8
#define MARKER_AT 12
#define JOURNAL_AT 16
#define SEQUENCE_AT 24
#define NUMBER_AT 32
#define START_AT 40
#define HOST_AT 48

void
segment_head_write(const struct segment_head *head, char out[SEGMENT_HEAD])
{
	memset(out, 0, SEGMENT_HEAD);
	memcpy(out, segment_magic, sizeof segment_magic);
	put(out + VERSION_AT, 4, SEGMENT_VERSION);
	put(out + MARKER_AT, 4, head->marker);
	put(out + JOURNAL_AT, 8, head->journal);
	put(out + SEQUENCE_AT, 8, head->sequence);
	put(out + NUMBER_AT, 8, head->number);
	put(out + START_AT, 8, (uint64_t)head->start);
	memcpy(out + HOST_AT, head->host, strlen(head->host));
	seal(out, SEGMENT_HEAD);
}

enum segment_state
segment_head_read(struct str octets, struct segment_head *head_out,
		  uint32_t *version_out)
{
	const char *p = octets.p;
	size_t known =
	    octets.n < sizeof segment_magic ? octets.n : sizeof segment_magic;

	if (known > 0 && memcmp(p, segment_magic, known) != 0)
		return SEGMENT_BAD;
	if (octets.n < MARKER_AT)
		return SEGMENT_SHORT;
	if (get32(p + VERSION_AT) > SEGMENT_VERSION) {
		*version_out = get32(p + VERSION_AT);
		return SEGMENT_NEWER;
	}
	if (octets.n < SEGMENT_HEAD)
		return SEGMENT_SHORT;
	if (!is_sealed(p, SEGMENT_HEAD) ||
	    get32(p + VERSION_AT) != SEGMENT_VERSION)
		return SEGMENT_BAD;
	*head_out = (struct segment_head){
	    .journal = get(p + JOURNAL_AT, 8),
	    .sequence = get(p + SEQUENCE_AT, 8),
	    .number = get(p + NUMBER_AT, 8),
	    .start = (int64_t)get(p + START_AT, 8),
	    .marker = get32(p + MARKER_AT),
	};
	memcpy(head_out->host, p + HOST_AT, sizeof head_out->host - 1);
	return SEGMENT_GOOD;
}

#define SUFFIX ".segment"
#define SEQUENCE_DIGITS 10
#define HOST_OCTETS 64

static bool
is_safe(char c)
{
	return ascii_is_alnum(c) || c == '.' || c == '-';
}

/* A clock may show any time: what is no date is not shown. */
static void
write_start(int64_t start, char *out, size_t size)
{
	time_t when = (time_t)start;
	struct tm tm;

	if (start < 0 || gmtime_r(&when, &tm) == NULL ||
	    tm.tm_year > 9999 - 1900 ||
	    strftime(out, size, "%Y%m%dT%H%M%SZ", &tm) == 0)
		snprintf(out, size, "undated");
}

void
segment_name_write(const struct segment_head *head, char name_out[SEGMENT_NAME])
{
	char start[32], host[HOST_OCTETS + 1];
	size_t n = 0;

	write_start(head->start, start, sizeof start);
	for (; n < HOST_OCTETS && head->host[n] != '\0'; n++)
		host[n] = is_safe(head->host[n]) ? head->host[n] : '_';
	host[n] = '\0';
	snprintf(name_out, SEGMENT_NAME, "%0*llu-%s-%s" SUFFIX, SEQUENCE_DIGITS,
		 (unsigned long long)head->sequence, start, host);
}

bool
segment_name_read(const char *name, uint64_t *sequence_out)
{
	struct str text = str_of(name), suffix = STR(SUFFIX);

	return text.n < SEGMENT_NAME && text.n > SEQUENCE_DIGITS + suffix.n &&
	       text.p[SEQUENCE_DIGITS] == '-' &&
	       str_eq(str_from(text, text.n - suffix.n), suffix) &&
	       str_uint(str_first(text, SEQUENCE_DIGITS), SEGMENT_SEQUENCE_MAX,
			sequence_out);
}

/* --- frames --- */

#define LENGTH_AT 4
#define FRAME_NUMBER_AT 8
#define KIND_AT 16
#define CRC_AT 17

void
frame_head_write(uint32_t marker, const struct frame *frame, uint32_t crc,
		 char out[FRAME_HEAD])
{
	put(out, 4, marker);
	put(out + LENGTH_AT, 4, frame->frame.octets.n);
	put(out + FRAME_NUMBER_AT, 8, frame->number);
	put(out + KIND_AT, 1, frame->frame.kind);
	put(out + CRC_AT, 4, crc32c(crc, str_n(out, CRC_AT)));
}

enum frame_state
frame_read(uint32_t marker, struct str octets, struct frame *frame_out,
	   size_t *size_out)
{
	const char *p = octets.p;
	char first[4];
	size_t known = octets.n < sizeof first ? octets.n : sizeof first;

	put(first, 4, marker);
	if (known > 0 && memcmp(p, first, known) != 0)
		return FRAME_BAD;
	*size_out = FRAME_HEAD;
	if (octets.n < FRAME_HEAD)
		return FRAME_SHORT;
	size_t length = get32(p + LENGTH_AT);
	if (length > LIMIT_JOURNAL_FRAME)
		return FRAME_BAD;
	*size_out = FRAME_HEAD + length;
	if (octets.n < *size_out)
		return FRAME_SHORT;
	struct str body = str_n(p + FRAME_HEAD, length);
	if (get32(p + CRC_AT) != crc32c(crc32c(0, body), str_n(p, CRC_AT)))
		return FRAME_BAD;
	*frame_out = (struct frame){
	    .frame = {.kind = (uint8_t)p[KIND_AT], .octets = body},
	    .number = get(p + FRAME_NUMBER_AT, 8),
	};
	return FRAME_GOOD;
}

size_t
frame_search(uint32_t marker, struct str octets)
{
	char first[4];

	put(first, 4, marker);
	for (size_t i = 0; i < octets.n; i++) {
		size_t left = octets.n - i;
		if (memcmp(octets.p + i, first,
			   left < sizeof first ? left : sizeof first) == 0)
			return i;
	}
	return octets.n;
}

bool
frame_is_counted(uint8_t kind)
{
	return (kind & JOURNAL_COUNTED) != 0;
}

/* --- cursors --- */

void
cursor_write(const struct journal_cursor *cursor, char out[CURSOR_OCTETS])
{
	memcpy(out, cursor_magic, sizeof cursor_magic);
	put(out + 8, 8, cursor->journal);
	put(out + 16, 8, cursor->sequence);
	put(out + 24, 8, cursor->offset);
	put(out + 32, 8, cursor->number);
	seal(out, CURSOR_OCTETS);
}

bool
cursor_read(struct str octets, struct journal_cursor *cursor_out)
{
	const char *p = octets.p;

	if (octets.n != CURSOR_OCTETS ||
	    memcmp(p, cursor_magic, sizeof cursor_magic) != 0 ||
	    !is_sealed(p, CURSOR_OCTETS))
		return false;
	*cursor_out = (struct journal_cursor){.journal = get(p + 8, 8),
					      .sequence = get(p + 16, 8),
					      .offset = get(p + 24, 8),
					      .number = get(p + 32, 8)};
	return true;
}
