/*
 * Inside config/ only: may a journal be written where the configuration says?
 */
#ifndef VERDICT_CONFIG_JOURNAL_FOLDER_H
#define VERDICT_CONFIG_JOURNAL_FOLDER_H

#include <stdbool.h>

#include "base/buf.h"
#include "config/config.h"

/*
 * Adds a line, with its end, where it may not, as far as this process can tell,
 * which has the rights of the daemon, or, where it is not sure, fewer.  `as` is
 * whom it is looked as; NULL: nobody else.
 */
void journal_folder_look(const struct config *config, const char *as, bool sure,
			 struct buf *lines);

#endif
