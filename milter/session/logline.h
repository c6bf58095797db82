/*
 * The one log line of a decided message: key=value pairs in a fixed order, so
 * that a grep for queue-id= or from= tells the whole story.
 */
#ifndef VERDICT_MILTER_SESSION_LOGLINE_H
#define VERDICT_MILTER_SESSION_LOGLINE_H

#include "base/arena.h"
#include "base/str.h"
#include "verdict/verdict.h"

/* The line, in the arena. */
struct str logline_message(struct arena *arena, const struct verdict *verdict);

#endif
