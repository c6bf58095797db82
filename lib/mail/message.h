/*
 * A whole message in memory, split into header fields and body (RFC 5322
 * section 2.1), for `verdict check`, tests and fuzzing.  The daemon gets the
 * same pieces from the mail server.
 *
 * Line ends: where the header block holds no CRLF at all, LF ends a line and
 * the body's LF become CRLF, as a mail server would make them on receipt.
 * With CRLF in use, bare CR and bare LF are ordinary octets of a line.  What
 * follows a NUL in a field is cut, as libmilter does.
 */
#ifndef VERDICT_MAIL_MESSAGE_H
#define VERDICT_MAIL_MESSAGE_H

#include "base/arena.h"
#include "base/str.h"

struct message_field {
	struct str raw_name; /* before the colon */
	struct str value;    /* after it; folds as CRLF, no final CRLF */
};

struct message {
	struct message_field *field;
	size_t count;
	struct str body; /* CRLF line ends; empty where there is none */
	/*
	 * The first line that is neither a field nor the empty line ends the
	 * header and begins the body, as in Postfix; NULL or a static reason.
	 */
	const char *defect;
};

/*
 * Splits `raw`, which must stay while *message_out is used (slices may point
 * into it).  An mbox "From " line at the very start is skipped.  Never fails:
 * an empty input is a message without fields and body.
 */
void message_split(struct arena *arena, struct str raw,
		   struct message *message_out);

#endif
