/*
 * What libmilter calls instead of the system's functions and its own.
 *
 * It is linked from a copy in which these calls, and no others of the process,
 * bear our names (milter/mta/tame).
 */
#ifndef VERDICT_MILTER_MTA_PARTS_H
#define VERDICT_MILTER_MTA_PARTS_H

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>

/* mta.c: who may connect, and what ends the daemon. */
int mta_accept(int fd, struct sockaddr *address, socklen_t *n);
int mta_sigwait(const sigset_t *set, int *number_out);

/* pool.c: who has something to read, and may go on. */
int mta_poll(struct pollfd *wait, nfds_t n, int timeout_ms);

/* stream.c: what was read ahead goes with its connection. */
int mta_close(int fd);

/* workers.c: threads for sessions. */
int mta_pthread_create(pthread_t *thread_out, const pthread_attr_t *attr,
		       void *(*run)(void *), void *arg);
int mta_pthread_detach(pthread_t thread);

/* packet.c: one packet; *command_out is its letter, what is returned the
 *n_out octets after that, to be freed.  fd has a stream. */
char *mta_mi_rd_cmd(int fd, struct timeval *timeout, char *command_out,
		    size_t *n_out, char *name);
int mta_mi_wr_cmd(int fd, struct timeval *timeout, int command, char *p,
		  size_t n);

#endif
