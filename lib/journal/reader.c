#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/line.h"
#include "base/mem.h"
#include "journal/folder.h"
#include "journal/window.h"

/* A step that found nothing to tell of. */
#define GO_ON (-1)
/* Seen at once while a marker is looked for. */
#define SEARCHED 4096

struct journal_reader {
	char *path;
	int folder, fd; /* of the segment that is read; -1: none is open */
	struct journal_cursor cursor;
	bool resumed; /* the cursor's journal is known to be this one */
	char name[SEGMENT_NAME]; /* of that, or of what was tried last */
	struct segment_head head;
	bool over; /* a later segment has begun: this one grows no more */
	struct window window;
	char text[JOURNAL_TROUBLE_TEXT];
};

struct journal_reader *
journal_reader_new(const char *folder, const struct journal_cursor *from)
{
	struct journal_reader *reader = mem_alloc(sizeof *reader);

	*reader = (struct journal_reader){
	    .path = mem_copy(folder, strlen(folder)), .folder = -1, .fd = -1};
	if (from != NULL)
		reader->cursor = *from;
	/* What no file can have is its end. */
	if (reader->cursor.offset > INT64_MAX / 2)
		reader->cursor.offset = INT64_MAX / 2;
	window_init(&reader->window);
	return reader;
}

static void
leave_segment(struct journal_reader *reader)
{
	if (reader->fd >= 0)
		close(reader->fd);
	reader->fd = -1;
}

static void
leave_folder(struct journal_reader *reader)
{
	leave_segment(reader);
	if (reader->folder >= 0)
		close(reader->folder);
	reader->folder = -1;
}

void
journal_reader_free(struct journal_reader *reader)
{
	if (reader == NULL)
		return;
	leave_folder(reader);
	window_clear(&reader->window);
	free(reader->path);
	free(reader);
}

struct journal_cursor
journal_cursor(const struct journal_reader *reader)
{
	return reader->cursor;
}

/* --- what is told --- */

static void
fill(const struct journal_reader *reader, struct journal_item *item)
{
	*item = (struct journal_item){
	    .host = str_of(reader->head.host),
	    .journal = reader->cursor.journal,
	    .sequence = reader->cursor.sequence,
	    .offset = reader->cursor.offset,
	    .started = reader->head.start,
	    .text = "",
	};
}

static enum journal_found
tell_amount(struct journal_reader *reader, enum journal_found what,
	    uint64_t amount, struct journal_item *item)
{
	fill(reader, item);
	item->amount = amount;
	return what;
}

static enum journal_found
tell_text(struct journal_reader *reader, enum journal_found what,
	  struct journal_item *item)
{
	fill(reader, item);
	line_mend(reader->text, strlen(reader->text));
	item->text = reader->text;
	return what;
}

static int
fail(struct journal_reader *reader, struct journal_item *item)
{
	snprintf(reader->text, sizeof reader->text, "cannot read %s/%s: %s",
		 reader->path, reader->name, strerror(errno));
	return (int)tell_text(reader, JOURNAL_FAILED, item);
}

/* --- from segment to segment --- */

/* The head of a file; its descriptor is the caller's, -1 without one. */
static enum segment_state
open_head(int folder, const char *name, int *fd_out, struct segment_head *head,
	  uint32_t *version)
{
	char octets[SEGMENT_HEAD];
	int fd = folder_open_file(folder, name);
	ssize_t n = fd >= 0 ? pread(fd, octets, sizeof octets, 0) : -1;

	*fd_out = fd;
	return n < 0
		   ? SEGMENT_BAD
		   : segment_head_read(str_n(octets, (size_t)n), head, version);
}

/* The same, and nothing stays open. */
static enum segment_state
look_at_head(int folder, const char *name, struct segment_head *head)
{
	uint32_t version;
	int fd;
	enum segment_state state = open_head(folder, name, &fd, head, &version);

	if (fd >= 0)
		close(fd);
	return state;
}

/* Has a segment after that one begun, its head written? */
static bool
is_over(struct journal_reader *reader, uint64_t sequence)
{
	struct folder_segment later;
	struct segment_head head;

	while (folder_next(reader->folder, sequence + 1, &later)) {
		enum segment_state state =
		    look_at_head(reader->folder, later.name, &head);
		if (state == SEGMENT_GOOD || state == SEGMENT_NEWER)
			return true;
		sequence = later.sequence;
	}
	return false;
}

/* Where the cursor is of another journal than what stands in the folder now,
   all of that is new.  Where it is of this one and after its end, what is to
   come would be taken for what was read. */
static int
resume(struct journal_reader *reader, struct journal_item *item)
{
	struct folder_content content;
	struct folder_segment newest;
	struct segment_head head;

	if (reader->resumed || reader->cursor.journal == 0 ||
	    !folder_look(reader->folder, UINT64_MAX, &content) ||
	    !folder_next(reader->folder, content.last, &newest) ||
	    look_at_head(reader->folder, newest.name, &head) != SEGMENT_GOOD)
		return GO_ON;
	if (head.journal == reader->cursor.journal &&
	    head.sequence < reader->cursor.sequence) {
		snprintf(reader->text, sizeof reader->text,
			 "%s: more was read of it than it has: an older copy "
			 "of it was put back; move it away, and the daemon "
			 "begins a new one",
			 reader->path);
		return (int)tell_text(reader, JOURNAL_FAILED, item);
	}
	reader->resumed = true;
	if (head.journal != reader->cursor.journal)
		reader->cursor = (struct journal_cursor){.journal = 0};
	return GO_ON;
}

static void
go_to(struct journal_reader *reader, uint64_t sequence)
{
	leave_segment(reader);
	reader->cursor.sequence = sequence;
	reader->cursor.offset = 0;
}

/* A whole file that is no segment, unless it may become one. */
static int
pass_file(struct journal_reader *reader, const struct folder_segment *file,
	  struct journal_item *item)
{
	struct stat status = {.st_size = 0};

	if (reader->fd >= 0)
		fstat(reader->fd, &status);
	leave_segment(reader);
	if (!is_over(reader, file->sequence))
		return JOURNAL_END;
	go_to(reader, file->sequence);
	reader->head = (struct segment_head){.start = 0};
	enum journal_found found = tell_amount(reader, JOURNAL_CORRUPT,
					       (uint64_t)status.st_size, item);
	go_to(reader, file->sequence + 1);
	return status.st_size > 0 ? (int)found : GO_ON;
}

static int
refuse_newer(struct journal_reader *reader, const struct folder_segment *file,
	     uint32_t version, struct journal_item *item)
{
	leave_segment(reader);
	snprintf(reader->text, sizeof reader->text,
		 "%s/%s: its format, %u, is newer than this program's, %u; "
		 "use the newer program",
		 reader->path, file->name, version, SEGMENT_VERSION);
	return (int)tell_text(reader, JOURNAL_NEWER, item);
}

/* In a segment whose head is good. */
static int
enter(struct journal_reader *reader, const struct folder_segment *file,
      struct journal_item *item)
{
	struct journal_cursor *cursor = &reader->cursor;
	const struct segment_head *head = &reader->head;
	uint64_t missing = 0;

	if (cursor->journal != head->journal)
		*cursor = (struct journal_cursor){.journal = head->journal};
	if (cursor->sequence != file->sequence)
		cursor->offset = 0;
	cursor->sequence = file->sequence;
	if (cursor->offset < SEGMENT_HEAD) {
		if (head->number > cursor->number)
			missing = head->number - cursor->number;
		cursor->number = head->number;
		cursor->offset = SEGMENT_HEAD;
	}
	reader->over = false;
	window_set(&reader->window, reader->fd, cursor->offset);
	return missing > 0
		   ? (int)tell_amount(reader, JOURNAL_GAP, missing, item)
		   : GO_ON;
}

/* The folder may go, and come back as another one. */
static bool
hold_folder(struct journal_reader *reader)
{
	if (reader->folder >= 0 && !folder_is(reader->path, reader->folder))
		leave_folder(reader);
	if (reader->folder >= 0)
		return true;
	reader->name[0] = '\0';
	reader->folder = folder_open(reader->path);
	reader->resumed = false;
	return reader->folder >= 0;
}

static int
open_segment(struct journal_reader *reader, struct journal_item *item)
{
	struct folder_segment file;
	struct segment_head head;
	uint32_t version;

	if (!hold_folder(reader))
		return errno == ENOENT ? JOURNAL_END : fail(reader, item);
	int resumed = resume(reader, item);
	if (resumed != GO_ON)
		return resumed;
	if (!folder_next(reader->folder, reader->cursor.sequence, &file))
		return errno == 0 ? JOURNAL_END : fail(reader, item);
	snprintf(reader->name, sizeof reader->name, "%s", file.name);
	enum segment_state state =
	    open_head(reader->folder, file.name, &reader->fd, &head, &version);
	if (reader->fd < 0 && errno == ENOENT)
		return GO_ON; /* it went in between */
	if (reader->fd < 0)
		return fail(reader, item);
	if (state == SEGMENT_NEWER)
		return refuse_newer(reader, &file, version, item);
	if (state != SEGMENT_GOOD || head.sequence != file.sequence)
		return pass_file(reader, &file, item);
	reader->head = head;
	return enter(reader, &file, item);
}

/* --- within a segment --- */

static bool
look_at_frame(struct journal_reader *reader, enum frame_state *state_out,
	      struct frame *frame, size_t *size, size_t *seen_out)
{
	size_t want = FRAME_HEAD;
	struct str seen;

	for (;;) {
		if (!window_look(&reader->window, want, &seen))
			return false;
		*state_out = frame_read(reader->head.marker, seen, frame, size);
		*seen_out = seen.n;
		if (*state_out != FRAME_SHORT || seen.n < want)
			return true;
		want = *size;
	}
}

/* What was held may be of a frame that its writer has taken back. */
static void
look_afresh(struct journal_reader *reader)
{
	window_set(&reader->window, reader->fd, reader->cursor.offset);
}

static enum journal_found
pass_frame(struct journal_reader *reader, const struct frame *frame,
	   size_t size, struct journal_item *item)
{
	struct journal_cursor *cursor = &reader->cursor;

	if (frame->number > cursor->number) {
		uint64_t missing = frame->number - cursor->number;
		cursor->number = frame->number;
		return tell_amount(reader, JOURNAL_GAP, missing, item);
	}
	fill(reader, item);
	item->frame = frame->frame;
	item->number = frame->number;
	cursor->number = frame->number + frame_is_counted(frame->frame.kind);
	window_pass(&reader->window, size);
	cursor->offset = reader->window.at;
	return JOURNAL_FRAME;
}

/*
 * To the next good frame, or to the end of the file.  False: errno tells.
 * *good_out: there is one.  Each marker that is none costs a checksum, so that
 * after LIMIT_JOURNAL_SEARCH of them the rest of the segment is given up.
 */
static bool
search(struct journal_reader *reader, bool *good_out)
{
	struct window *window = &reader->window;
	unsigned tries = 0;
	enum frame_state state;
	struct frame frame;
	size_t size, n;
	struct str seen;

	window_pass(window, 1);
	while (tries < LIMIT_JOURNAL_SEARCH) {
		if (!window_look(window, SEARCHED, &seen))
			return false;
		if (seen.n == 0)
			break;
		size_t at = frame_search(reader->head.marker, seen);
		window_pass(window, at);
		if (at == seen.n)
			continue;
		if (!look_at_frame(reader, &state, &frame, &size, &n))
			return false;
		*good_out = state == FRAME_GOOD;
		if (*good_out || (state == FRAME_SHORT && !reader->over))
			return true;
		tries++;
		window_pass(window, 1);
	}
	struct stat status;
	if (fstat(reader->fd, &status) != 0)
		return false;
	if ((uint64_t)status.st_size > window->at)
		window_set(window, reader->fd, (uint64_t)status.st_size);
	return true;
}

static int
pass_corrupt(struct journal_reader *reader, struct journal_item *item)
{
	bool good = false;
	struct journal_cursor *cursor = &reader->cursor;

	if (!search(reader, &good))
		return fail(reader, item);
	if (!good && !reader->over) {
		look_afresh(reader);
		return JOURNAL_END;
	}
	enum journal_found found = tell_amount(
	    reader, JOURNAL_CORRUPT, reader->window.at - cursor->offset, item);
	cursor->offset = reader->window.at;
	return (int)found;
}

/* At the end of what the file has, or at what is no frame. */
static int
read_end(struct journal_reader *reader, enum frame_state state, size_t seen,
	 struct journal_item *item)
{
	if (!reader->over) {
		/* Only what is read after that is all. */
		reader->over = is_over(reader, reader->cursor.sequence);
		look_afresh(reader);
		if (reader->over)
			return GO_ON;
	}
	if (state == FRAME_BAD || (reader->over && seen > 0))
		return pass_corrupt(reader, item);
	if (!reader->over && folder_is(reader->path, reader->folder))
		return JOURNAL_END;
	if (!reader->over) {
		leave_folder(reader);
		return GO_ON;
	}
	go_to(reader, reader->cursor.sequence + 1);
	return GO_ON;
}

static int
read_on(struct journal_reader *reader, struct journal_item *item)
{
	enum frame_state state;
	struct frame frame;
	size_t size, seen;

	for (int turn = 0; turn < 2; turn++) {
		if (!look_at_frame(reader, &state, &frame, &size, &seen))
			return fail(reader, item);
		if (state == FRAME_GOOD)
			return (int)pass_frame(reader, &frame, size, item);
		look_afresh(reader);
	}
	return read_end(reader, state, seen, item);
}

enum journal_found
journal_next(struct journal_reader *reader, struct journal_item *item_out)
{
	int found = GO_ON;

	while (found == GO_ON)
		found = reader->fd < 0 ? open_segment(reader, item_out)
				       : read_on(reader, item_out);
	return (enum journal_found)found;
}
