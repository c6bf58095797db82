/*
 * The Received field, RFC 5321 section 4.4 and RFC 5322 section 3.6.7: what a
 * mail server writes on top of a message that it takes in, of whom it had it
 * and when.
 *
 * Only the server's own words in it are worth anything.  HELO, the names of a
 * stranger's address in the DNS, MAIL FROM and recipients stand between them,
 * and not every server keeps blanks, quotes and parentheses out of those.  So a
 * field is read only where there is one way to read it: one "by" at all, also
 * in comments, and one ";", after which nothing but the date stands.  The
 * server's own "by" and date are then these, and what the client gave is
 * bounded by words of the server on both sides.  The address is taken from
 * where servers are known to write the one that they saw, and only if no other
 * place could be meant.
 *
 * Reentrant; results live in the arena.
 */
#ifndef VERDICT_MAIL_RECEIVED_H
#define VERDICT_MAIL_RECEIVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"
#include "mail/header.h"

/* Whom the server had the message of. */
enum received_origin {
	RECEIVED_UNSURE, /* no address, or one that a client may have made up */
	RECEIVED_CLIENT, /* an SMTP client, and its address is sure */
	RECEIVED_LOGIN, /* one that had logged in (RFC 3848: the A of "with") */
	RECEIVED_FETCHED, /* a mailbox: "with" POP or IMAP */
	RECEIVED_LOCAL    /* a program on the server: there is no "from" */
};

struct received {
	struct str by; /* the name after "by", as it stands */
	enum received_origin origin;
	struct ip client; /* of RECEIVED_CLIENT; else IP_NONE */
	/* Of RECEIVED_CLIENT: what it gave as HELO, as it stands, where it is
	   sure that it was that; else "". */
	struct str helo;
	int64_t time; /* seconds since 1970 */
};

/*
 * False: there is no way to read it, or more than one; *received_out is then
 * untouched.  Read are the forms of Postfix, Sendmail, Exim, Exchange,
 * OpenSMTPD, Haraka, Courier, fetchmail, and whatever else follows RFC 5321.
 */
bool received_parse(struct arena *arena, const struct header_field *field,
		    struct received *received_out);

/*
 * The index of the first Received field that stands at `from` or after it;
 * header->count: none.  Such fields stand above all that their writer was
 * handed (RFC 5321 section 4.4), so the first one from 0 on is that of the last
 * server that the message came through, as a milter sees it: the field of the
 * mail server that calls the milter is not yet there.
 */
size_t received_next(const struct header *header, size_t from);

#endif
