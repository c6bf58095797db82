/*
 * Texts that leave through libmilter: SMTP replies and reasons.  Pure.
 */
#ifndef VERDICT_MILTER_REPLY_H
#define VERDICT_MILTER_REPLY_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"

/*
 * The text of an SMTP reply for smfi_setreply(): printable ASCII (other octets
 * become "?"), "%" doubled, at most LIMIT_REPLY octets, with the queue id
 * behind.  NUL-terminated.
 */
const char *reply_text(char out[LIMIT_REPLY + 1], struct str text,
		       struct str queue_id);

/* "quarantine (REASON)", the value of the tag field, with a NUL behind. */
struct str reply_tag(struct arena *arena, struct str reason);

/* The reason for the queue's hold: printable, never empty, cut. */
const char *reply_hold(struct arena *arena, struct str reason);

#endif
