/* A translated configuration, without the ends of lines in its comments. */
#ifndef TESTS_SUPPORT_OVER_FLAT_H
#define TESTS_SUPPORT_OVER_FLAT_H

#include "base/buf.h"
#include "base/str.h"

/* Each option with what became of it in one line; what wants a look in a line
   of its own, "#!  ..."; all else as it is.  A newline comes before each. */
void over_flat(struct str text, struct buf *out);

#endif
