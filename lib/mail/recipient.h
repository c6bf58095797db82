/*
 * A recipient as a rule may rely on it.  Mail servers resolve more than an
 * address: comments, quotes, routes, "%" and "!", a name without domain or with
 * one of a single label, all of which may be another mailbox in the end.
 * Reentrant.
 */
#ifndef VERDICT_MAIL_RECIPIENT_H
#define VERDICT_MAIL_RECIPIENT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

struct recipient {
	bool certain;      /* nobody reads it in another way; else all empty */
	struct str local;  /* in lower case */
	struct str domain; /* canonical */
	/* What stands before a "+": with a recipient delimiter that is the
	   mailbox.  Empty: no "+" in it. */
	struct str base;
};

/* Without blanks and "<>" around it; nothing is judged. */
struct str recipient_bare(struct str text);

/* text: an argument of RCPT TO, with or without "<>"; results in the arena. */
void recipient_read(struct arena *arena, struct str text,
		    struct recipient *recipient_out);

/*
 * The one of the two that a rule can rely on: what the client gave, else what
 * the mail server has made of it ("": unknown); what was given where neither
 * is certain.
 */
struct str recipient_choose(struct arena *arena, struct str given,
			    struct str resolved);

#endif
