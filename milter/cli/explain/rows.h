/* Messages as rows of a table for spreadsheets (base/csv.h). */
#ifndef VERDICT_MILTER_CLI_EXPLAIN_ROWS_H
#define VERDICT_MILTER_CLI_EXPLAIN_ROWS_H

#include "base/arena.h"
#include "base/buf.h"
#include "verdict/verdict.h"

/* The line with the columns' names. */
void rows_head(struct buf *out);
void rows_message(struct buf *out, struct arena *arena,
		  const struct verdict *verdict);

#endif
