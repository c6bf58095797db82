/* Connections to the daemon, a mail server or another milter; each is given up
   after a number of seconds without an answer. */
#ifndef VERDICT_MILTER_CLI_SETUP_REACH_REACH_H
#define VERDICT_MILTER_CLI_SETUP_REACH_REACH_H

#include "base/buf.h"
#include "base/compat.h"
#include "base/ip.h"
#include "config/config.h"

/* Of a trial: the DNS of a whole message may take half of it. */
#define REACH_TRIAL_S 60
/* Is somebody there at all?  Such a place is on this host or near it. */
#define REACH_LOOK_S 2

/* To the address or the socket, or to the daemon's `listen`; to be closed.
   -1: errno says why there is none. */
int reach_address(struct ip ip, unsigned port, unsigned seconds);
int reach_unix(struct str path, unsigned seconds);
int reach_daemon(const struct config *config, unsigned seconds);
/* All of it.  False: the other end went away, or took too long. */
bool reach_write(int fd, struct str octets) MUST_CHECK;
bool reach_read(int fd, char *octets_out, size_t n) MUST_CHECK;

#endif
