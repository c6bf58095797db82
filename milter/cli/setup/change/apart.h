/*
 * A folder of our own with main.cf and master.cf, in which postconf shows what
 * a configuration would be.
 */
#ifndef VERDICT_MILTER_CLI_SETUP_CHANGE_APART_H
#define VERDICT_MILTER_CLI_SETUP_CHANGE_APART_H

#include "base/buf.h"
#include "base/compat.h"
#include "milter/cli/setup/change/files.h"

/* FOLDER/NAME, to be freed. */
char *apart_join(const char *folder, const char *name);
/* Its path, for apart_remove(), which frees it; NULL: said. */
char *apart_make(void);
void apart_remove(char *folder);
/* False: said. */
bool apart_write(const char *folder,
		 const struct str text[FILES_COUNT]) MUST_CHECK;
/* Postfix waits for two seconds where a file has just been written. */
void apart_look_old(const char *folder);

#endif
