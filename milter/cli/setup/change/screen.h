/* What `verdict setup postfix` says of a change, in 80 columns but for
   commands, which stand whole. */
#ifndef VERDICT_MILTER_CLI_SETUP_CHANGE_SCREEN_H
#define VERDICT_MILTER_CLI_SETUP_CHANGE_SCREEN_H

#include "milter/cli/setup/change/change.h"

void screen_add_change(struct buf *out, const struct change *change);
/* A paragraph; its lines begin with that many blanks. */
void screen_add_text(struct buf *out, size_t indent, struct str text);

/* A word as a shell takes it. */
void screen_add_quoted(struct buf *out, const char *word);

#endif
