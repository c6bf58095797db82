/*
 * What a message says about a mailing list (RFC 2369, RFC 2919).  Anybody can
 * write these fields: they are a claim, no proof.
 */
#ifndef VERDICT_MAIL_LIST_H
#define VERDICT_MAIL_LIST_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"
#include "mail/header.h"

struct mail_list {
	bool named; /* any of the fields is there */
	/* The identifier of the first List-Id, lower case; "" where there is
	   none that follows RFC 2919. */
	struct str id;
};

/* The result lives in the arena. */
void mail_list_read(struct arena *arena, const struct header *header,
		    struct mail_list *list_out);

#endif
