/*
 * A file's octets, for config/ and for what translates into a configuration.
 */
#ifndef VERDICT_CONFIG_FILE_H
#define VERDICT_CONFIG_FILE_H

#include "base/buf.h"

/*
 * A regular file of at most max octets (whole MiB); what: what a larger one is
 * not.  False: *why tells.
 */
bool file_read(const char *path, size_t max, const char *what, struct buf *out,
	       struct buf *why);

#endif
