/*
 * What of a configuration decides what becomes of a message, as a text that
 * can be given to somebody else, and such a text of somebody else.
 */
#ifndef VERDICT_CONFIG_PORTABLE_H
#define VERDICT_CONFIG_PORTABLE_H

#include "config/config.h"

/*
 * Adds all keywords that say how mail is verified and decided, with their
 * effective values, and the rules: a file of its own, which names no file, and
 * nothing of the host, its users, its store or its log.  False: *why tells (a
 * rule takes a list from a file).
 */
bool config_print_portable(const struct config *config, struct buf *out,
			   struct buf *why) MUST_CHECK;
/*
 * As config_load() of a file with that text; `name` is what errors call it.
 * Reads no file, whatever it says: one that names a list in a file is refused.
 */
int config_load_portable(const char *name, struct str text,
			 struct config **config_out,
			 struct config_error *error_out) MUST_CHECK;

#endif
