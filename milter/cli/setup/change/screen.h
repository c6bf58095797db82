/* What `verdict setup postfix` says of a change, in 80 columns but for
   commands, which stand whole. */
#ifndef VERDICT_MILTER_CLI_SETUP_CHANGE_SCREEN_H
#define VERDICT_MILTER_CLI_SETUP_CHANGE_SCREEN_H

#include "milter/cli/setup/change/change.h"

void screen_add_change(struct buf *out, const struct change *change);
/* A paragraph; its lines begin with that many blanks. */
void screen_add_text(struct buf *out, size_t indent, struct str text);

/* A paragraph for each line, with blanks before it. */
void screen_add_lines(struct buf *out, struct str lines);
/* The commands of postconf that make the plan's edits; folder NULL: Postfix's
   own. */
void screen_add_commands(struct buf *out, const char *folder,
			 const struct mta_plan *plan);

/* A word as a shell takes it. */
void screen_add_quoted(struct buf *out, const char *word);

#endif
