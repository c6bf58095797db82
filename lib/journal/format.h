/*
 * Inside journal/ only: what stands on disk, octet by octet.  Pure.
 *
 * Numbers are little-endian.  Names of files in the folder:
 *
 *   0000000042-20261130T144227Z-mx.receiver.example.segment
 *	sequence, start (UTC) and host: letters, digits, "." and "-" of it, any
 *	other octet as "_", cut at 64.  The sequence alone gives the order,
 *since clocks jump; the rest is for people. NAME.cursor  how far the reader
 *NAME is lock         held by who writes
 *
 * A segment is its head and then frames, up to the end of the file:
 *
 *   0   8  "VJOURNAL"
 *   8   4  version of the format: 1
 *   12  4  marker: random, so that nobody who sends mail can write a frame
 *   16  8  journal: random, the same in all segments
 *   24  8  sequence
 *   32  8  number of its first counted frame
 *   40  8  start: seconds since 1970
 *   48 256 host, filled up by NUL
 *   304 4  CRC-32C of all that
 *
 * A frame:
 *
 *   0   4  the marker of its segment
 *   4   4  length of its octets
 *   8   8  its number; of a frame that is not counted, that of the next one
 *   16  1  kind
 *   17  4  CRC-32C of its octets, then of the 17 before this
 *   21     its octets
 *
 * Numbers grow by one with each counted frame; a jump tells how many were lost.
 *
 * A cursor: "VCURSOR1", journal, sequence, offset and number, 8 octets each,
 *and the CRC-32C of these 40.
 */
#ifndef VERDICT_JOURNAL_FORMAT_H
#define VERDICT_JOURNAL_FORMAT_H

#include "journal/journal.h"

#define SEGMENT_VERSION 1
#define SEGMENT_HEAD 308
#define FRAME_HEAD 21
#define CURSOR_OCTETS 44
/* The last sequence that fits into a name: one a second for 300 years. */
#define SEGMENT_SEQUENCE_MAX 9999999999
#define SEGMENT_NAME 128 /* with its NUL */

struct segment_head {
	uint64_t journal, sequence, number;
	int64_t start;
	uint32_t marker;
	char host[256]; /* ends with a NUL */
};

void segment_head_write(const struct segment_head *head,
			char octets_out[SEGMENT_HEAD]);

enum segment_state {
	SEGMENT_GOOD,
	SEGMENT_SHORT, /* octets are missing */
	SEGMENT_BAD,
	SEGMENT_NEWER /* another version; *version_out alone is set */
};
enum segment_state segment_head_read(struct str octets,
				     struct segment_head *head_out,
				     uint32_t *version_out);

void segment_name_write(const struct segment_head *head,
			char name_out[SEGMENT_NAME]);
/* False: no segment's name. */
bool segment_name_read(const char *name, uint64_t *sequence_out);

struct frame {
	struct journal_frame frame;
	uint64_t number;
};
/* crc: of the octets alone. */
void frame_head_write(uint32_t marker, const struct frame *frame, uint32_t crc,
		      char octets_out[FRAME_HEAD]);

enum frame_state {
	FRAME_GOOD,
	FRAME_SHORT, /* it may be one: *size_out octets tell */
	FRAME_BAD
};
/* *frame_out points into the octets; *size_out: with its head. */
enum frame_state frame_read(uint32_t marker, struct str octets,
			    struct frame *frame_out, size_t *size_out);
/* Offset of the first marker, or of what may be the beginning of one at the
   end. */
size_t frame_search(uint32_t marker, struct str octets);
bool frame_is_counted(uint8_t kind);

void cursor_write(const struct journal_cursor *cursor,
		  char octets_out[CURSOR_OCTETS]);
bool cursor_read(struct str octets, struct journal_cursor *cursor_out);

#endif
