/* Connections of a trial: all are given up after a minute without an answer. */
#ifndef VERDICT_MILTER_CLI_SETUP_TRIAL_REACH_H
#define VERDICT_MILTER_CLI_SETUP_TRIAL_REACH_H

#include "base/ip.h"
#include "config/config.h"

/* To the address, or to the daemon's `listen`; to be closed.  -1: errno says
   why there is none. */
int reach_address(struct ip ip, unsigned port);
int reach_daemon(const struct config *config);
/* Does the daemon take connections? */
bool reach_answers(const struct config *config);

/* All of it.  False: the other end went away, or took too long. */
bool reach_write(int fd, struct str octets) MUST_CHECK;
bool reach_read(int fd, char *octets_out, size_t n) MUST_CHECK;

#endif
