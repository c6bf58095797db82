/*
 * The admin's text of SMTP replies: lines with %{from-domain}, %{client},
 * %{reason}, %{queue-id} and %{url}.
 */
#ifndef VERDICT_POLICY_REPLY_H
#define VERDICT_POLICY_REPLY_H

#include "base/arena.h"
#include "base/str.h"
#include "verdict/verdict.h"

struct reply_template {
	const struct str *line; /* reply_line_fault() is NULL for each */
	size_t lines;           /* 0: the reason alone */
	struct str url;         /* printable, or "" */
};

/* What is wrong with a line of a template, or NULL. */
const char *reply_line_fault(struct str line);

/*
 * The text of a reply: printable ASCII, lines of at most LIMIT_REPLY_LINE
 * octets joined by LF.  What is filled in is never looked at for "%{".
 */
struct str reply_fill(struct arena *arena,
		      const struct reply_template *template,
		      const struct verdict *verdict,
		      struct str reason) MUST_CHECK;

#endif
