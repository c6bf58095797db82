/* The lines that Sendmail's .mc file needs. */
#ifndef VERDICT_MILTER_CLI_SETUP_CHANGE_SENDMAIL_H
#define VERDICT_MILTER_CLI_SETUP_CHANGE_SENDMAIL_H

#include "config/config.h"

/* All of it can stand in the .mc file: what is no line of it is a comment. */
void sendmail_add_lines(struct buf *out, const struct config *config);

#endif
