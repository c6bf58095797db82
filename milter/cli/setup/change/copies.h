/*
 * Copies of a file beside it, from before and after a change of ours:
 * main.cf.verdict-20261130T074500Z.before and .after.
 */
#ifndef VERDICT_MILTER_CLI_SETUP_CHANGE_COPIES_H
#define VERDICT_MILTER_CLI_SETUP_CHANGE_COPIES_H

#include "milter/cli/setup/change/files.h"

#define COPIES_STAMP_MAX 32

/* The time now as it stands in names; a second after the last copies in the
   folder where those are as late. */
void copies_stamp(const char *folder, char stamp_out[COPIES_STAMP_MAX]);
/* False: said, and there are none. */
bool copies_keep(const char *path, const char *stamp, struct str before,
		 struct str after) MUST_CHECK;
/* Removes what copies_keep() made. */
void copies_drop(const char *path, const char *stamp);
/* Adds a line for each address of a milter ("inet:...", "unix:...") that a
   change in the folder brought, as the copies tell. */
void copies_brought(const char *folder, struct buf *out);
/* Adds a line for each change of which the folder has copies, its stamp, the
   last one first. */
void copies_stamps(const char *folder, struct buf *out);
/* Did that change write the file? */
bool copies_are(const char *path, const char *stamp);
/* What the file was before it and after it.  False: said. */
bool copies_read(const char *path, const char *stamp, struct buf *before,
		 struct buf *after) MUST_CHECK;

#endif
