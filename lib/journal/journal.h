/*
 * The journal: frames, each a kind and octets, appended to segment files in one
 * folder.  What a frame holds is the caller's; format.h has the octets on disk.
 *
 * One process writes to a folder, any thread of it.  An append that returned
 * JOURNAL_APPENDED survives the end of the process, whatever ends it; it is on
 * disk a second later, so the loss of power costs that second.  A journal that
 * cannot be written (full disk, folder away, another daemon there) loses frames
 * and counts them, tries again each second, and never blocks or ends anybody.
 *
 * Frames whose kind has the bit JOURNAL_COUNTED are numbered, one after the
 * other, from the journal's first to its last: readers so learn how many of
 * them a gap has.  The others (what explains those) come along.
 *
 * Any number of processes read, each from a cursor of its own, also while a
 * segment grows.  Whatever stands in the folder, a reader's memory is bounded.
 */
#ifndef VERDICT_JOURNAL_JOURNAL_H
#define VERDICT_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/str.h"

#define JOURNAL_COUNTED 0x80

struct journal_frame {
	uint8_t kind;
	struct str octets; /* at most LIMIT_JOURNAL_FRAME */
};

/* --- to write --- */

/* A segment ends after so much, so that what a corrupt file costs and what goes
   at once is little; an idle journal begins none. */
#define JOURNAL_SEGMENT_OCTETS ((uint64_t)16 * 1024 * 1024)
#define JOURNAL_SEGMENT_MS (10 * 60 * 1000)
/* What the loss of power may cost, and how often a folder is tried again. */
#define JOURNAL_SYNC_MS 1000

/* What each segment begins with; explains what follows, so it is not counted.
 */
struct journal_first;
#define JOURNAL_FIRST_MAX 16
/* Copies the octets.  Beyond JOURNAL_FIRST_MAX frames, or LIMIT_JOURNAL_FRAME
   octets of all together, and with JOURNAL_COUNTED, nothing is added. */
void journal_add_first(struct journal_first *first, uint8_t kind,
		       struct str octets);

struct journal_options {
	/* Made, with mode 0750, where it is missing and its parent is not. */
	const char *folder;
	const char *host; /* its name, in each segment */
	/* Octets of all segments.  Beyond it the oldest one goes, read or not;
	   beyond LIMIT_JOURNAL_SEGMENTS of them, too. */
	uint64_t size;
	/* Adds the first frames of each new segment by journal_add_first().
	   NULL: none.  Called by journal_open() and then by the journal's own
	   thread, which holds no lock. */
	void (*first)(void *ctx, struct journal_first *first);
	void *ctx;
	/* Is told once of each trouble, and when it is over.  May be NULL. */
	const struct log *log;
	/* 0: those above. */
	uint64_t segment_octets;
	int64_t segment_ms, sync_ms;
};

struct journal;

/*
 * Begins the first segment and the thread that syncs; the options are copied.
 * A folder that cannot be used is no error: it is tried again.  NULL: there
 * can be no thread; errno tells.
 */
struct journal *journal_open(const struct journal_options *options) MUST_CHECK;
/* Syncs, and ends the thread.  NULL: nothing.  Nobody appends any more. */
void journal_close(struct journal *journal);

enum journal_appended {
	JOURNAL_APPENDED,
	JOURNAL_LOST,  /* counted; the log tells why */
	JOURNAL_MOVED, /* nothing done: another segment has begun */
};

#define JOURNAL_ANY_SEGMENT UINT64_MAX
/* Frames of one append: a message and the texts that it names. */
#define JOURNAL_APPEND_MAX 64

/*
 * All n frames (1 to JOURNAL_APPEND_MAX) one after the other in one segment, or
 * none.  One write to the page cache; waits for no disk.
 *
 * segment: the one in which they are to stand, for a caller who knows what else
 * does; JOURNAL_ANY_SEGMENT: whichever.
 */
enum journal_appended journal_append(struct journal *journal,
				     const struct journal_frame *frame,
				     size_t n, uint64_t segment) MUST_CHECK;
/* The sequence of the segment that grows; 0: none does. */
uint64_t journal_segment(struct journal *journal);

#define JOURNAL_TROUBLE_TEXT 512

/* Since journal_open(); frames are counted ones. */
struct journal_report {
	uint64_t written; /* frames */
	uint64_t refused; /* frames lost: they could not be written */
	uint64_t dropped; /* frames lost: removed before a reader had them */
	uint64_t octets;  /* of all segments now */
	uint64_t segments;
	uint64_t syncs;
	int64_t trouble_since; /* seconds since 1970; 0: there is none */
	char trouble[JOURNAL_TROUBLE_TEXT]; /* "cannot ...; what to do" */
};
void journal_report(struct journal *journal, struct journal_report *report_out);

/* --- to read --- */

/* All 0: the oldest frame that is there. */
struct journal_cursor {
	uint64_t journal;  /* its random name: another one is read from 0 */
	uint64_t sequence; /* of the segment */
	uint64_t offset;   /* in it; 0: from its beginning */
	uint64_t number;   /* of the counted frame that is expected next */
};

enum journal_found {
	JOURNAL_FRAME,
	JOURNAL_END,     /* nothing more for now: ask again later */
	JOURNAL_GAP,     /* `amount` counted frames are missing here */
	JOURNAL_CORRUPT, /* `amount` octets here are no frames */
	JOURNAL_NEWER,   /* a newer format: `text`; the reader stays there */
	JOURNAL_FAILED   /* the system failed: `text`; may be asked again */
};

/* Valid until the next call.  (host, journal, sequence, offset) names a frame
   for ever. */
struct journal_item {
	struct str host;
	uint64_t journal, sequence, offset;
	int64_t started; /* the segment was, by its host's clock: since 1970 */
	struct journal_frame frame;
	uint64_t number; /* of the frame, where it is counted */
	uint64_t amount;
	const char *text; /* one line of ASCII without its end */
};

struct journal_reader;

/* from NULL: the oldest frame.  The folder may come later. */
struct journal_reader *journal_reader_new(const char *folder,
					  const struct journal_cursor *from);
void journal_reader_free(struct journal_reader *reader);
/* Passes on to the next thing.  item_out is filled but with JOURNAL_END. */
enum journal_found journal_next(struct journal_reader *reader,
				struct journal_item *item_out) MUST_CHECK;
/* After what journal_next() found last: a reader that begins here goes on. */
struct journal_cursor journal_cursor(const struct journal_reader *reader);

/*
 * Removes the segments of which a reader has told (journal_publish()) that it
 * is beyond them.  How many, 0 also where there is no folder; -1: errno tells.
 */
int journal_remove_read(const char *folder) MUST_CHECK;

/*
 * Tells the writer that what stands before the cursor has been read, so that
 * its removal loses nothing: replaces the file NAME.cursor of the folder.
 * name: letters, digits and "-", at most 64.  False: errno tells.
 */
bool journal_publish(const char *folder, const char *name,
		     const struct journal_cursor *cursor) MUST_CHECK;

#endif
