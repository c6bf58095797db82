/*
 * Inside journal/ only: what a writer needs to know of earlier segments.
 */
#ifndef VERDICT_JOURNAL_PAST_H
#define VERDICT_JOURNAL_PAST_H

#include "journal/folder.h"

struct past {
	uint64_t journal;  /* 0: there is no segment */
	uint64_t sequence; /* the highest, also of what is no segment */
	uint64_t number;   /* of the next counted frame */
};

enum past_state {
	PAST_KNOWN,
	PAST_NEWER, /* a newer format stands there: nothing may follow it */
	PAST_FAILED /* errno tells */
};
enum past_state past_look(const char *path, int folder, struct past *past_out);

/* Counted frames of a segment that no reader has had. */
uint64_t past_unread(const char *path, int folder, uint64_t journal,
		     uint64_t sequence);

#endif
