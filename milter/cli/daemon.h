/*
 * The client's side of the daemon's control socket (lib/control/request.h).
 */
#ifndef VERDICT_MILTER_CLI_DAEMON_H
#define VERDICT_MILTER_CLI_DAEMON_H

#include "base/buf.h"
#include "control/request.h"
#include "milter/cli/cli.h"

/* What names the socket: --socket, else the configuration's. */
struct daemon_path {
	const char *socket, *config; /* NULL: not given */
};

/*
 * CLI_ACCEPT: *answer holds what was asked for.  Else *answer says what is
 * wrong; the number is the exit status.
 */
int daemon_ask(const struct daemon_path *path, const struct request *request,
	       struct buf *answer);

#endif
