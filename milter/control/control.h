/*
 * The control socket, SIGHUP and SIGUSR1: one thread, which reloads, too.
 *
 * A client sends one line (request.h) and gets one answer (answer.h).  It has
 * LIMIT_CONTROL_MS for each; beyond LIMIT_CONTROL_CLIENTS it is sent away.
 * The socket has mode 0600, and what changes the daemon is for root and the
 * daemon's own user, by the peer's credentials.
 */
#ifndef VERDICT_MILTER_CONTROL_CONTROL_H
#define VERDICT_MILTER_CONTROL_CONTROL_H

#include <pthread.h>
#include <stdbool.h>

#include "base/buf.h"
#include "milter/limits.h"
#include "milter/process/process.h"
#include "milter/process/unixsock.h"
#include "milter/server/server.h"

struct control_client {
	int fd; /* -1: free */
	bool privileged, answering;
	int64_t end_ms; /* monotonic */
	size_t n;       /* octets read, or sent */
	char request[LIMIT_CONTROL_REQUEST];
	struct buf answer;
};

struct control {
	struct server *server;
	struct listener listener;
	int socket, signals, stop; /* -1: none */
	pthread_t thread;
	bool runs;
	bool failing; /* poll() did, the last time */
	struct control_client client[LIMIT_CONTROL_CLIENTS];
};

/*
 * Opens the socket, with the rights the process has.  Where that fails the
 * daemon goes on without one, and standard error tells why.
 */
void control_open(struct control *control, const struct config *config,
		  const struct run_as *run_as);
/* After process_block_signals().  False: errno tells. */
bool control_start(struct control *control, struct server *server) MUST_CHECK;
/* Ends the thread, where it runs, and removes the socket. */
void control_stop(struct control *control);

#endif
