/*
 * Addresses: the From domains of a From field (RFC 5322 section 3.4, RFC
 * 6532, RFC 9989 sections 4.2 and 11.5) and the paths of the envelope
 * (RFC 5321 section 4.1.2).
 *
 * A strict parse follows the grammar, obsolete forms included.  Where it
 * fails, a tolerant one collects every domain that some mail program might
 * show, so that no malformed From can hide a protected name.  Reentrant;
 * results live in the arena.
 */
#ifndef VERDICT_MAIL_ADDRESS_H
#define VERDICT_MAIL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"

struct address_mailbox {
	struct str local;  /* without quotes, comments and blanks around */
	struct str domain; /* canonical */
};

struct address_authors {
	/* Distinct canonical domains: first those of addresses, then others
	   that a display name, a comment or an encoded word shows. */
	struct str domain[LIMIT_AUTHOR_DOMAINS];
	size_t count;
	size_t addresses; /* of those, the domains of addresses */
	size_t mailboxes; /* elements of the list */
	/* Of a field that follows the grammar: those with a domain, up to the
	   bound. */
	struct address_mailbox mailbox[LIMIT_AUTHOR_ADDRESSES];
	size_t kept;
	/*
	 * More than LIMIT_AUTHOR_DOMAINS distinct ones, LIMIT_FROM_MAILBOXES
	 * mailboxes or LIMIT_FROM_BYTES octets: there may be others.
	 */
	bool too_many;
	bool strict;         /* the field follows the grammar */
	bool invalid_domain; /* some domain has no canonical form */
	/* Some element names no whole domain: a mail server that completes
	   addresses makes one of it. */
	bool incomplete;
	/* The same of words before a comma or ";", which with other mail
	   servers are part of a display name. */
	bool name_with_comma;
	/* Some address breaks the grammar, whatever stands beside it does: a
	   mail server that rewrites addresses may make any other of it. */
	bool loose;
	/* Something that is shown cannot be read: no one knows what name; so
	   is what is incomplete beside other addresses. */
	bool unreadable;
	/* Octets of the longest address with what goes with it; of all of them
	   where they are LIMIT_ADDRESS_KEPT or fewer. */
	size_t longest;
	bool shows_domain;  /* there is something like a domain in it */
	const char *reason; /* static; "" or what is wrong */
};

/* value: the field's octets after the colon, folds included. */
void address_authors(struct arena *arena, struct str value,
		     struct address_authors *authors_out);

struct address_path {
	struct str text;       /* as written, without blanks and "<>" around */
	bool null;             /* "<>" */
	struct str local_part; /* dequoted; empty where there is none */
	struct str domain;     /* canonical; empty where not valid */
	struct str raw_domain; /* as written, "[192.0.2.1]" for a literal */
	const char *reason;    /* static; "" or what is wrong */
};

/*
 * A MAIL FROM or RCPT TO argument: "<local@domain>", with or without angle
 * brackets; a source route is dropped (RFC 5321 section 4.1.1.3).  This is the
 * one reading of a path: what it finds no domain in has none for anybody.
 *
 * Beyond the grammar, and with a reason, a path has a domain where no reader
 * finds another one: blanks in the local part, and no local part, which RFC
 * 7208 section 4.3 provides for.  Octets that mean something else to some
 * reader ("(", a second "@", controls) make it no address.
 */
void address_path(struct arena *arena, struct str text,
		  struct address_path *path_out);

#endif
