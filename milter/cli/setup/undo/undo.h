/*
 * verdict setup postfix --undo: Postfix's configuration without us.
 *
 * All changes of --apply are taken back, the last one first, by their copies,
 * which go.  Where nobody else changed a file, it is as it was before the first
 * one, octet for octet; else it keeps what others changed since (back.h).  What
 * is left then is looked at: entries of ours, and those where nobody answers.
 */
#ifndef VERDICT_MILTER_CLI_SETUP_UNDO_UNDO_H
#define VERDICT_MILTER_CLI_SETUP_UNDO_UNDO_H

#include "base/buf.h"
#include "milter/cli/setup/postfix/mta_check.h"

struct undo {
	const struct config *config;
	const struct own *own;
	const char *program; /* postconf */
	const char *folder;  /* of main.cf and master.cf */
};

/* Adds what it did to *out.  Returns an exit status: CLI_ACCEPT it is done, and
   nothing is left to do; CLI_QUARANTINE there is nothing to take back, or
   something is left.  *done_out: files were written. */
int undo_run(const struct undo *undo, bool *done_out, struct buf *out);

#endif
