/*
 * Texts that leave through libmilter: SMTP replies and reasons.  Pure.
 */
#ifndef VERDICT_MILTER_SESSION_OUTGOING_H
#define VERDICT_MILTER_SESSION_OUTGOING_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "milter/limits.h"

struct outgoing_reply {
	char line[LIMIT_REPLY_LINES][LIMIT_REPLY + 1];
	size_t count; /* at least one */
};

/*
 * The text of an SMTP reply for smfi_setmlreply(): its lines (LF between them)
 * in printable ASCII (other octets become "?"), "%" doubled, at most
 * LIMIT_REPLY_LINE octets as the client sees them.  The queue id is added to
 * the last line unless some line names it.
 */
void outgoing_reply(struct str text, struct str queue_id,
		    struct outgoing_reply *lines_out);

/* "quarantine (REASON)", the value of the tag field of that name, folded with
   LF. */
struct str outgoing_tag(struct arena *arena, struct str name,
			struct str reason);

/* The reason for the queue's hold: printable, never empty; one that is too
   long ends after a whole word with "...". */
const char *outgoing_hold(struct arena *arena, struct str reason);

#endif
