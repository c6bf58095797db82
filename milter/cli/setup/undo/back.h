/*
 * One change of ours, taken back out of a file of Postfix's that others may
 * have changed since.
 *
 * Both files are logical lines (postconf(5), master(5)): one that begins with a
 * blank goes on with the line before it, empty lines and those that begin with
 * "#" stand between.  In main.cf the name of a parameter tells them apart, in
 * master.cf the name of a service and its type.
 */
#ifndef VERDICT_MILTER_CLI_SETUP_UNDO_BACK_H
#define VERDICT_MILTER_CLI_SETUP_UNDO_BACK_H

#include "base/buf.h"

enum back_file { BACK_MAIN, BACK_MASTER };

/*
 * before, after: the file before the change and after it; *text: as it is, and
 * as it should be.  As it was written it becomes `before`, octet for octet.
 * Else each line that the change made is as it was before, where it still
 * stands so, and the rest stays; a list of milters in main.cf that was changed
 * since loses the milters that the change brought.
 */
void back_take(enum back_file file, struct str before, struct str after,
	       struct buf *text);

/* The parameter's value as it is written, in one line, without comments, added
   to *out.  False: main.cf does not set it. */
bool back_value(struct str main_cf, const char *name, struct buf *out);

#endif
