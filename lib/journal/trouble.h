/*
 * Inside journal/ only: what keeps a journal from being written, said once, and
 * once more when it is over.
 */
#ifndef VERDICT_JOURNAL_TROUBLE_H
#define VERDICT_JOURNAL_TROUBLE_H

#include "journal/journal.h"

enum trouble_of {
	TROUBLE_FOLDER,  /* cannot be opened or made */
	TROUBLE_LOCK,    /* somebody else writes there */
	TROUBLE_NEWER,   /* of another format */
	TROUBLE_SEGMENT, /* a new one cannot be begun */
	TROUBLE_WRITE,
	TROUBLE_SYNC,
	TROUBLE_REMOVE, /* of the oldest segment */
	TROUBLE_UNREAD, /* nobody had read it */
	TROUBLE_KINDS
};

struct trouble {
	enum trouble_of of;
	int error;               /* errno */
	int64_t since;           /* seconds since 1970; 0: there is none */
	int64_t latest_ms;       /* monotonic */
	uint64_t lost;           /* frames, before it began */
	int told[TROUBLE_KINDS]; /* errno of each, and 1 more; 0: not told */
};

/* False: that has been told since it began. */
bool trouble_begin(struct trouble *trouble, enum trouble_of of, int error,
		   uint64_t lost) MUST_CHECK;
/* Is there no room on the disk? */
bool trouble_is_full(const struct trouble *trouble);
/* "cannot ...: why; what to do" */
void trouble_text(const struct trouble *trouble, const char *folder,
		  char text_out[JOURNAL_TROUBLE_TEXT]);

#endif
