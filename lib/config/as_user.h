/*
 * Inside config/ only: what another user may do, which only that user can try.
 */
#ifndef VERDICT_CONFIG_AS_USER_H
#define VERDICT_CONFIG_AS_USER_H

#include "base/buf.h"
#include "config/run_as.h"

/*
 * Calls `look` as that user, in a process of its own, and adds to *lines what
 * it wrote.  For root and before the first thread.  Where there can be no such
 * process nothing is found.
 */
void as_user(const struct run_as *user,
	     void (*look)(void *ctx, struct buf *lines), void *ctx,
	     struct buf *lines);

#endif
