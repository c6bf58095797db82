/*
 * Files that others read while they are written: a page, a table of metrics.
 */
#ifndef VERDICT_BASE_REPLACE_H
#define VERDICT_BASE_REPLACE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/compat.h"
#include "base/str.h"

/*
 * Puts a file of these octets and this mode in the place of the one that is
 * there, if any: a reader sees the old one or the new one, each whole, also
 * after a loss of power.  It is written beside it, under a name of its own that
 * is nobody else's, so nothing is written through a link; a link is replaced,
 * never followed.  What is no file (a folder, a device) stays.
 *
 * False: *why tells ("it is a folder; name a file in it"), and nothing is left.
 */
bool replace_file(const char *path, mode_t mode, struct str octets,
		  struct buf *why) MUST_CHECK;

#endif
