/* Which program listens where a connection ends, as the kernel tells: of a Unix
   socket to everybody, of a port to root. */
#ifndef VERDICT_MILTER_CLI_SETUP_REACH_LISTENER_H
#define VERDICT_MILTER_CLI_SETUP_REACH_LISTENER_H

#include "config/listening.h"

/* fd: a connection to it.  False: it is not seen: only root may, or it runs on
   another host or in another namespace. */
bool listener_of(int fd, struct listening *who_out) MUST_CHECK;

#endif
