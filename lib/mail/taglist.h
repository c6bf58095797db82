/*
 * The tag=value lists of DKIM (RFC 6376 section 3.2), also used by ARC and by
 * key records.  Reentrant; slices point into the text.
 */
#ifndef VERDICT_MAIL_TAGLIST_H
#define VERDICT_MAIL_TAGLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

struct tag {
	struct str name;
	struct str value; /* FWS at both ends removed, inside kept */
	struct str raw;   /* between "=" and ";" (or the end), untouched */
};

struct taglist {
	const struct tag *tag;
	size_t count;
};

/*
 * NULL on success, else a static reason: empty element, bad name, octet that
 * no value may hold, a name that stands twice.  One trailing ";" is allowed.
 */
const char *taglist_parse(struct arena *arena, struct str text,
			  struct taglist *list_out);
/* Names compare with case (RFC 6376 section 3.2).  NULL: absent. */
const struct tag *taglist_find(const struct taglist *list, const char *name);
/* For values in which FWS means nothing. */
struct str tag_without_fws(struct arena *arena, struct str value);

#endif
