/*
 * How a request on the control socket went: the first line of an answer, "ok"
 * or "error WORD REASON".  What was asked for follows an "ok".  Pure.
 */
#ifndef VERDICT_CONTROL_OUTCOME_H
#define VERDICT_CONTROL_OUTCOME_H

#include "base/buf.h"

enum outcome {
	OUTCOME_OK,
	OUTCOME_USAGE,   /* no request, or no argument for it */
	OUTCOME_DENIED,  /* not to this peer */
	OUTCOME_REFUSED, /* not now */
	OUTCOME_CONFIG,  /* the configuration cannot be used */
	/* Read only: */
	OUTCOME_OTHER,  /* an error of another version */
	OUTCOME_UNKNOWN /* no such line */
};

void outcome_ok(struct buf *out);
/* reason: for people, maybe of several lines, without the last one's end.  Not
   for OUTCOME_OK and what is read only. */
void outcome_error(enum outcome outcome, struct str reason, struct buf *out);
/* *text_out: what follows "ok", the reason of an error, else "". */
enum outcome outcome_read(struct str answer, struct str *text_out);

#endif
