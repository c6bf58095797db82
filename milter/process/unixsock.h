/*
 * The file of a unix socket: made where a crash left an old one, given to
 * whom the daemon becomes, and removed at the end.  A function that fails adds
 * to *fault why, without a line's end, under the name of the keyword at fault.
 */
#ifndef VERDICT_MILTER_PROCESS_UNIXSOCK_H
#define VERDICT_MILTER_PROCESS_UNIXSOCK_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

#include "base/buf.h"
#include "base/compat.h"
#include "milter/process/process.h"

/* A socket's file that is ours. */
struct listener {
	char *path; /* of a unix socket; NULL: another kind, or none */
	dev_t dev;
	ino_t ino;
};

/* The address of a path where nobody listens; an old socket of who starts, or
   of uid, whom the daemon becomes, is removed. */
bool unixsock_address(const char *keyword, const char *path, uid_t uid,
		      struct sockaddr_un *address_out,
		      struct buf *fault) MUST_CHECK;
/* Gives the file listener->path away and remembers it. */
bool unixsock_give(const char *keyword, struct listener *listener, uid_t uid,
		   gid_t gid, struct buf *fault) MUST_CHECK;
/* Removes the file where it is still ours. */
void unixsock_remove(struct listener *listener);

#endif
