/*
 * Lines for people who read in a terminal.
 */
#ifndef VERDICT_BASE_WRAP_H
#define VERDICT_BASE_WRAP_H

#include <stdio.h>

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
/*
 * Each line of the text (its end may lack one) from the column where its words
 * begin; what does not fit goes on `further` columns to the right of it.
 */
void wrap_text(struct buf *out, enum line_form form, struct str text,
	       size_t further);
/* Prints the text: so wrapped where `to` is a terminal, else as it is, so that
   scripts find lines whole.  errno stays. */
void wrap_print(FILE *to, struct str text);

#endif
