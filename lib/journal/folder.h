/*
 * Inside journal/ only: the folder and what stands in it.  Descriptors are
 * closed at exec; no file of the folder is a symbolic link that is followed.
 */
#ifndef VERDICT_JOURNAL_FOLDER_H
#define VERDICT_JOURNAL_FOLDER_H

#include "journal/format.h"

/* A descriptor, or -1: errno tells. */
int folder_open(const char *path) MUST_CHECK;
/* The same; makes the folder where its parent stands alone. */
int folder_make(const char *path) MUST_CHECK;
/* Does the path still lead there? */
bool folder_is(const char *path, int folder) MUST_CHECK;
/* Holds `lock` while the descriptor is open.  -1: errno tells; EWOULDBLOCK:
   somebody else holds it. */
int folder_lock(int folder) MUST_CHECK;

struct folder_segment {
	uint64_t sequence;
	char name[SEGMENT_NAME];
};

/* The first segment from this sequence on.  False: there is none, or, with
   errno, the folder cannot be read; errno is 0 else. */
bool folder_next(int folder, uint64_t from,
		 struct folder_segment *segment_out) MUST_CHECK;

struct folder_content {
	uint64_t segments, octets;
	uint64_t last; /* the highest sequence; 0: none */
};
/* Of all segments before `until`. */
bool folder_look(int folder, uint64_t until,
		 struct folder_content *content_out) MUST_CHECK;

/* To append to, a new one; -1: errno tells. */
int folder_new_file(int folder, const char *name) MUST_CHECK;
/* To be read; -1: errno tells. */
int folder_open_file(int folder, const char *name) MUST_CHECK;

/* How far the reader of this journal is that has come furthest; all 0: none. */
struct journal_cursor folder_furthest(int folder, uint64_t journal);

#endif
