#include "journal/past.h"

#include <unistd.h>

/* A crash leaves one file without a head, maybe, and each try of a writer. */
#define TRIES 64

static enum segment_state
look_at_segment(int folder, uint64_t sequence, struct segment_head *head_out)
{
	struct folder_segment segment;
	char octets[SEGMENT_HEAD];
	uint32_t version;

	if (!folder_next(folder, sequence, &segment))
		return SEGMENT_BAD;
	int fd = folder_open_file(folder, segment.name);
	if (fd < 0)
		return SEGMENT_BAD;
	ssize_t n = pread(fd, octets, sizeof octets, 0);
	close(fd);
	return n < 0 ? SEGMENT_BAD
		     : segment_head_read(str_n(octets, (size_t)n), head_out,
					 &version);
}

/* The number after the last frame from the segment on. */
static uint64_t
number_after(const char *path, const struct segment_head *head)
{
	const struct journal_cursor from = {.journal = head->journal,
					    .sequence = head->sequence,
					    .number = head->number};
	struct journal_reader *reader = journal_reader_new(path, &from);
	struct journal_item item;
	enum journal_found found;

	do
		found = journal_next(reader, &item);
	while (found == JOURNAL_FRAME || found == JOURNAL_GAP ||
	       found == JOURNAL_CORRUPT);
	uint64_t number = journal_cursor(reader).number;
	journal_reader_free(reader);
	return number;
}

enum past_state
past_look(const char *path, int folder, struct past *past_out)
{
	struct folder_content content = {.last = UINT64_MAX};
	struct segment_head head;
	struct past past = {.journal = 0};

	for (int i = 0; i < TRIES && past.journal == 0; i++) {
		if (!folder_look(folder, content.last, &content))
			return PAST_FAILED;
		if (content.segments == 0)
			break;
		if (past.sequence == 0)
			past.sequence = content.last;
		enum segment_state state =
		    look_at_segment(folder, content.last, &head);
		if (state == SEGMENT_NEWER)
			return PAST_NEWER;
		if (state == SEGMENT_GOOD)
			past.journal = head.journal;
	}
	if (past.journal != 0) {
		struct journal_cursor furthest =
		    folder_furthest(folder, past.journal);
		past.number = number_after(path, &head);
		/* A reader may have had what the loss of power took. */
		if (furthest.number > past.number)
			past.number = furthest.number;
	}
	*past_out = past;
	return PAST_KNOWN;
}

uint64_t
past_unread(const char *path, int folder, uint64_t journal, uint64_t sequence)
{
	const struct journal_cursor from = {.journal = journal,
					    .sequence = sequence};
	struct journal_cursor furthest = folder_furthest(folder, journal);
	struct journal_item item;
	enum journal_found found;
	uint64_t unread = 0;

	if (furthest.sequence > sequence)
		return 0;
	struct journal_reader *reader = journal_reader_new(path, &from);
	for (;;) {
		found = journal_next(reader, &item);
		if (found == JOURNAL_END || found == JOURNAL_NEWER ||
		    found == JOURNAL_FAILED || item.sequence != sequence)
			break;
		unread += found == JOURNAL_FRAME &&
			  frame_is_counted(item.frame.kind) &&
			  item.number >= furthest.number;
	}
	journal_reader_free(reader);
	return unread;
}
