/*
 * Lines for people who read in a terminal.
 */
#ifndef VERDICT_BASE_WRAP_H
#define VERDICT_BASE_WRAP_H

#include "base/line.h"

#define WRAP_COLUMNS 80

/*
 * Adds the line, in that form, from column `at` on, and its end; what does not
 * fit goes on from column `indent` of the next lines.  A word that is longer
 * stays whole, so that it can be copied.
 */
void wrap_line(struct buf *out, enum line_form form, struct str line, size_t at,
	       size_t indent);
/* The same with that text, as "# ", at the begin of the next lines. */
void wrap_after(struct buf *out, enum line_form form, struct str line,
		size_t at, struct str before);

#endif
