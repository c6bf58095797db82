/*
 * A journal in a folder of its own, for unit tests: what is read from it as
 * lines of text, and what it logs.
 */
#ifndef TESTS_SUPPORT_JOURNAL_WORLD_H
#define TESTS_SUPPORT_JOURNAL_WORLD_H

#include "journal/journal.h"

/* Kinds of frames. */
#define NOTE 1
#define RECORD (JOURNAL_COUNTED | 2)

/* Setup and teardown of each test: an empty folder, and nothing is left. */
int journal_world_setup(void **state);
int journal_world_teardown(void **state);

/* Above the journal's folder. */
const char *journal_world_top(void);
const char *journal_world_folder(void);
/* Syncs each 10 ms, logs to journal_world_logged(). */
struct journal_options journal_world_options(void);
/* All lines so far, "error journal: ...", each with its end. */
struct str journal_world_logged(void);

/* Appends one frame of the text; must succeed. */
void journal_world_put(struct journal *journal, uint8_t kind, const char *text);
enum journal_appended journal_world_try(struct journal *journal, uint8_t kind,
					const char *text);

/*
 * All that the reader finds until there is nothing more, a line each: "2 text"
 * for a counted frame (its number), "- text" for another one, "gap 3", "corrupt
 * 17", "newer TEXT", "failed TEXT".  Valid until the next call.
 */
const char *journal_world_read(struct journal_reader *reader);
/* The same from a cursor on, by a reader of its own; NULL: from the begin. */
const char *journal_world_read_from(const struct journal_cursor *cursor);
/* After the first so many frames; all that is found till then must be frames.
 */
struct journal_cursor journal_world_cursor(unsigned frames);

/* The segment's file, the oldest being 0; valid until the next call. */
const char *journal_world_file(size_t n);
size_t journal_world_files(void);
/* The whole file, and puts such a one there. */
void journal_world_load(const char *path, struct buf *out);
void journal_world_store(const char *path, struct str octets);

/* Waits until the report says so, or fails the test. */
void journal_world_await(struct journal *journal,
			 bool (*good)(const struct journal_report *report));

bool journal_world_has_trouble(const struct journal_report *report);
bool journal_world_has_no_trouble(const struct journal_report *report);
/* One segment, in which less than a frame of 70 octets stands. */
bool journal_world_has_fresh_segment(const struct journal_report *report);

/* journal_open() with these; must succeed. */
struct journal *journal_world_open(struct journal_options options);
struct journal *journal_world_open_plain(void);

size_t journal_world_times(const char *part); /* in the log */
/* So many were lost: in the report, and in the log once it is over. */
void journal_world_assert_lost(struct journal *journal, unsigned lost);

#endif
