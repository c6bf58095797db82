/* Messages as lines of CSV (RFC 4180), for spreadsheets. */
#ifndef VERDICT_MILTER_CLI_EXPLAIN_CSV_H
#define VERDICT_MILTER_CLI_EXPLAIN_CSV_H

#include "base/arena.h"
#include "base/buf.h"
#include "verdict/verdict.h"

/* The line with the columns' names. */
void csv_head(struct buf *out);
/* One line.  What a spreadsheet would take for a formula gets an apostrophe
   before it; controls become "?". */
void csv_message(struct buf *out, struct arena *arena,
		 const struct verdict *verdict);

#endif
