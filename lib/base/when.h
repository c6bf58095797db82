/*
 * Times as people give them to a command, and as it shows them: in the time
 * zone of whoever calls.
 */
#ifndef VERDICT_BASE_WHEN_H
#define VERDICT_BASE_WHEN_H

#include <stdint.h>

#include "base/buf.h"
#include "base/compat.h"

/*
 * "90m", "24h", "7d", "2w": so long before now; "2026-11-29", "2026-11-29
 * 21:58", "2026-11-29T21:58:00", also with "Z" for UTC.  NULL, or what is wrong
 * with it: the end of a sentence.  Seconds since 1970.
 */
const char *when_read(const char *text, int64_t now,
		      int64_t *time_out) MUST_CHECK;

/* "29 Nov 21:58"; where it is half a year from now, "29 Nov 2025". */
void when_add(struct buf *out, int64_t time, int64_t now);
/* "29 Nov", "29 Nov 2025" */
void when_add_day(struct buf *out, int64_t time, int64_t now);
/* "2026-11-29T21:58:00Z", for programs */
void when_add_utc(struct buf *out, int64_t time);
/* "2026-11-29", the same */
void when_add_utc_day(struct buf *out, int64_t time);

#endif
