/* What became of a file of Postfix's since it was written. */
#ifndef VERDICT_MILTER_CLI_SETUP_CHANGE_DIFF_H
#define VERDICT_MILTER_CLI_SETUP_CHANGE_DIFF_H

#include "base/buf.h"

/* The lines that the two have not in common, fit for a terminal: "-" before
   those of a, "+" before those of b. */
void diff_add(struct str a, struct str b, struct buf *out);

#endif
