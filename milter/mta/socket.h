/*
 * The listening socket, and who may connect to it.
 *
 * libmilter owns the socket and hides its peers.  It calls accept() through
 * the dynamic linker, so the program's own accept() (socket.c) takes its place:
 * there a peer off the list is turned away before libmilter sees it.
 * Connections inherit TCP_NODELAY, without which an answer that follows many
 * header edits waits 40 ms for the peer's delayed acknowledgement.
 */
#ifndef VERDICT_MILTER_MTA_SOCKET_H
#define VERDICT_MILTER_MTA_SOCKET_H

#include <stdbool.h>

#include "base/compat.h"
#include "config/config.h"
#include "milter/process/process.h"
#include "milter/process/unixsock.h"
#include "milter/server/server.h"

/*
 * Opens what `listen` names, after smfi_register(); with root's rights where
 * the process has them.  A unix socket that nobody listens on any more is
 * replaced.  False: standard error tells why.
 */
bool socket_open(const struct config *config, const struct identity *identity,
		 struct listener *listener_out) MUST_CHECK;
/*
 * From now on only loopback, unix peers and `allow-remote-mta` may connect.
 * The list is that of the snapshot of each connection's time.  The server
 * outlives smfi_main().
 */
void socket_filter(struct server *server);
/* Did the last connection pass socket_filter()?  False: libmilter is one that
   does not call our accept(). */
bool socket_is_filtered(void);

/* Is it the socket that libmilter accepts connections from? */
bool socket_is_listener(int fd);

/*
 * After an accept() that failed with that errno.  Where descriptors or memory
 * are short, warns and waits a fifth of a second: the connection stays ready,
 * so that who tries again at once only burns time.
 */
void socket_rest(int error);

/* A non-blocking connection (TCP: it may still be under way) to our own socket,
   after socket_open(); -1: none can be made. */
int socket_connect_own(void);
/* Such a connection that hangs up at once. */
void socket_knock(void);

#endif
