/*
 * Canonicalization of header fields and bodies, RFC 6376 section 3.4, as
 * streams into a sink.
 *
 * Bare CR and bare LF are ordinary octets.  Nothing is buffered but counts, so
 * memory does not depend on the message.  One thread at a time.
 */
#ifndef VERDICT_MAIL_CANON_H
#define VERDICT_MAIL_CANON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum canon { CANON_SIMPLE, CANON_RELAXED };

typedef void canon_sink(void *ctx, const char *p, size_t n);

/*
 * One field with its CRLF (without it where final_crlf is false, as for the
 * signature field itself: RFC 6376 section 3.7).
 */
void canon_header(enum canon canon, struct str raw_name, struct str value,
		  bool final_crlf, canon_sink *sink, void *ctx);

/*
 * State of one body stream; all members are canon.c's.  `octets` counts what
 * went to the sink so far.
 */
struct canon_body {
	enum canon canon;
	canon_sink *sink;
	void *ctx;
	uint64_t octets;
	/*
	 * Held back, in this order, until an octet shows that they are not
	 * what canonicalization drops.
	 */
	uint64_t crlfs; /* they may be the last ones */
	bool wsp;       /* relaxed: it may end a line */
	bool cr;        /* it may be half of a CRLF */
};

void canon_body_init(struct canon_body *body, enum canon canon,
		     canon_sink *sink, void *ctx);
/* Any split of the body gives the same stream. */
void canon_body_update(struct canon_body *body, const char *p, size_t n);
void canon_body_finish(struct canon_body *body);

#endif
