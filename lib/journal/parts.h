/*
 * Inside journal/ only: the journal that is written, between append.c (any
 * thread), writer.c and segment.c (the journal's own).
 *
 * Appenders share one lock and one write; all else is the thread's: it begins
 * segments, syncs, removes, and finds out whether the folder is back.  The
 * descriptor of a segment is closed by that thread alone, which so needs no
 * lock to sync it.
 */
#ifndef VERDICT_JOURNAL_PARTS_H
#define VERDICT_JOURNAL_PARTS_H

#include <pthread.h>
#include <sys/uio.h>

#include "journal/folder.h"
#include "journal/trouble.h"

/* One that grows. */
struct segment {
	int fd; /* -1: there is none */
	struct segment_head head;
	uint64_t octets;
	uint64_t appends;
	int64_t begun_ms; /* monotonic */
	bool unsynced;
	bool torn; /* it ends with what could not be taken back */
};

struct journal {
	struct journal_options options;
	char *folder_path, *host;
	pthread_t thread;

	/* the thread's */
	int folder, lock_file; /* -1: none */
	uint64_t id;           /* segment_head.journal; 0: not known yet */
	uint64_t sequence;     /* the highest that was seen */

	pthread_mutex_t lock;
	pthread_cond_t wake;
	/* under the lock */
	bool stopping, wanted; /* the thread, before its time */
	struct segment now;
	struct folder_content earlier; /* segments */
	uint64_t number;               /* of the next counted frame */
	uint64_t number_down;          /* the same, when the folder went */
	int64_t paused_ms;             /* nothing is tried before; monotonic */
	uint64_t written, refused, dropped, syncs;
	struct trouble trouble; /* of writing */
	struct trouble unread;  /* nobody reads */
};

/* --- append.c --- */
/* Frames lost since the begin.  Under the lock. */
uint64_t journal_lost(const struct journal *journal);
/* All of it, or nothing stays.  False: errno tells. */
bool segment_write(struct segment *segment, const struct iovec *vec, size_t n);

/* --- segment.c --- */
void segment_begin(struct journal *journal);
void segment_end(struct segment *segment);
/* It has grown enough, or old with something in it, or cannot be written. */
bool segment_is_due(struct journal *journal);
void segment_sync(struct journal *journal);
/* Removes the oldest segments beyond options.size. */
void journal_keep_bound(struct journal *journal);
void journal_random(void *out, size_t n);

/* --- writer.c: what is said of trouble, without the lock --- */
void journal_say(struct journal *journal, const struct trouble *trouble);
void journal_complain(struct journal *journal, enum trouble_of of, int error);
void journal_say_over(struct journal *journal, const char *what, uint64_t lost);
/* Frames lost while it lasted.  Under the lock. */
uint64_t journal_end_trouble(const struct journal *journal,
			     struct trouble *trouble);

#endif
