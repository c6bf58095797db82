/* Translations of old programs' files: read, printed, and held against what
   must stand there. */
#ifndef TESTS_SUPPORT_CLI_OVER_CHECK_H
#define TESTS_SUPPORT_CLI_OVER_CHECK_H

#include "base/buf.h"
#include "milter/cli/over.h"

/* One more file, which must be readable. */
void over_check_read(struct over *over, enum over_program program,
		     const char *text);
/* Adds the page in a form in which words can be looked for: each option with
   what became of it in one line; what wants a look in a line of its own, "#!
   ..."; all else as it is.  A newline comes before each. */
void over_check_flatten(struct str page, struct buf *flat_out);
/* Prints the translation, which must be a configuration of ours, and frees
   it. */
void over_check_print(struct over *over, struct buf *flat_out);
/* Fails where the flat page lacks `want` or has `lacks` (NULL: nothing). */
void over_check_page(const struct buf *flat, const char *title,
		     const char *want, const char *lacks);
/* All of it, of a translation that is read. */
void over_check(struct over *over, const char *title, const char *want,
		const char *lacks);

#endif
