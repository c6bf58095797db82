/*
 * The inside of this room: what libmilter calls of ours, and what is done
 * where it does not.
 */
#ifndef VERDICT_MILTER_MTA_PARTS_H
#define VERDICT_MILTER_MTA_PARTS_H

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/buf.h"
#include "base/compat.h"

/*
 * --- the tamed way ---
 *
 * What libmilter calls instead of the system's functions and its own.  It is
 * linked from a copy in which these calls, and no others of the process, bear
 * our names (milter/mta/tame).  On a descriptor that is no stream they do what
 * the function does whose place they take.
 */

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
/* Before mta_run(): no more than so many threads of the pool have sessions;
   more sessions wait for one.  1 or more. */
void workers_bound(unsigned bound);

/* packet.c: one packet; *command_out is its letter, what is returned the
 *n_out octets after that, to be freed.  */
char *mta_mi_rd_cmd(int fd, struct timeval *timeout, char *command_out,
		    size_t *n_out, char *name);
int mta_mi_wr_cmd(int fd, struct timeval *timeout, int command, char *p,
		  size_t n);

/* mta.c: what it says goes to our log; the second is the form that a package
   calls which was built with _FORTIFY_SOURCE. */
void mta_syslog(int priority, const char *fmt, ...) PRINTF_LIKE(2, 3);
void mta___syslog_chk(int priority, int flag, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* selftest.c: each of these functions says that it was called. */
enum call {
	CALL_ACCEPT,
	CALL_SIGWAIT,
	CALL_POLL,
	CALL_CLOSE,
	CALL_PTHREAD_CREATE,
	CALL_PTHREAD_DETACH,
	CALL_MI_RD_CMD,
	CALL_MI_WR_CMD,
	CALL_SYSLOG,
	CALLS
};
void call_reached(enum call call);
/*
 * Lets libmilter serve one connection, in a child process, before any other
 * thread.  False: *why tells which calls do not come to us, or why that could
 * not be tried.
 */
bool self_test(struct buf *why) MUST_CHECK;

/*
 * --- the plain way ---
 *
 * libmilter as it is, on a socket that nobody else can reach.  A relay
 * (relay.c) stands between that and the mail servers, and hands on whole
 * packets that were looked into.
 */

/* Takes over `listener`, and lets libmilter listen.  False: errno tells. */
bool relay_open(int listener) MUST_CHECK;
/* most: how many connections libmilter may be at at once, each with a thread of
   its own, 1 or more.  False: errno tells. */
bool relay_start(unsigned most) MUST_CHECK;
/* mta_run(), while libmilter has a thread of its own. */
bool relay_run(void) MUST_CHECK;
/* A connection to libmilter, which waits; -1: none can be made. */
int relay_connect(void);
/* How many threads libmilter has for connections, about; 0 where the kernel
   does not tell. */
unsigned relay_threads(void);
/* Has libmilter read all that it was sent there? */
bool relay_was_read(int milter);

/*
 * The relay's connections (link.c), on its thread alone.  epoll: whose events
 * are given to link_take_event() by their data.ptr.  A link frees itself.
 */
struct end;
void links_open(int epoll, unsigned most);
size_t links_count(void);
/* Takes over both connections. */
void link_open(int mta, int milter);
void link_take_event(struct end *end, uint32_t events);
/* After each event, and so often while it says that some wait for a thread of
   libmilter: they may have one now. */
bool links_go_on(void);
#define LINKS_LOOK_MS 2
/* What libmilter keeps idle, and threads of ours that began later. */
#define LINKS_SPARE_THREADS 8
/* Now and then: ends what has stopped. */
void links_sweep(int64_t now_ms);
/* Three descriptors for each connection, and one for all else. */
#define RELAY_FILES_EACH 4

/* --- for both --- */

/* mta.c: the signal that ends mta_run(); a signal handler may call it. */
void note_ending_signal(int number);

/* mta.c: accept4() of a peer that may connect; -1: errno tells. */
int accept_allowed(int fd, int flags, struct sockaddr_storage *peer_out,
		   socklen_t *n_out);

/* macros.c */

/* `told` holds for which commands macros came, 0 at first.  Does this command
   bring none, so that those of an earlier one would count for it? */
bool macros_are_stale(unsigned told, char command);
/* A packet whose macros libmilter must not see. */
bool macros_are_broken(char command, const char *p, size_t n);
/* What stands in a packet of macros for a command that has none. */
#define MACROS_NONE_N 3
void macros_none(unsigned *told, char command, char list_out[MACROS_NONE_N]);
/* Notes whose macros have come, and for whom they are used up. */
void macros_note(unsigned *told, char command, const char *p, size_t n);
/* Adds a whole packet as libmilter gets it on the plain way; packet.c does so
   while libmilter reads. */
void macros_hand_on(struct buf *out, unsigned *told, char command,
		    struct str content);

#endif
