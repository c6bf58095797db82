/*
 * The door to libmilter: the socket that it listens on, who may connect to it,
 * and its run from the first connection to the signal that ends it.
 *
 * libmilter owns the socket and hides its peers.  Its accept() is ours (mta.c):
 * there a peer off the list is turned away before libmilter sees it.
 * Connections inherit TCP_NODELAY, without which an answer that follows many
 * header edits waits 40 ms for the peer's delayed acknowledgement.
 *
 * The rest of this room: what libmilter calls of ours (parts.h), packets
 * (packet.c) of connections (stream.h), which libmilter waits for in our poll()
 * (pool.c), whose turn it is (turns.h), and how many threads they get
 * (workers.c).
 */
#ifndef VERDICT_MILTER_MTA_MTA_H
#define VERDICT_MILTER_MTA_MTA_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/compat.h"
#include "base/gate.h"
#include "base/ip.h"
#include "base/log.h"

/* Mail servers connect in bursts after a restart. */
#define MTA_BACKLOG 512

/* --- before threads --- */

/*
 * Before all else: finds out whether libmilter can be used as this room means
 * to, tamed (parts.h).  False: it is used the plain way, which gives the same
 * answers, only slower; *why tells which of its calls do not come to us, and
 * stays empty where it was linked plainly (LIBMILTER=shared).
 */
bool mta_begin(struct buf *why);
bool mta_is_plain(void);
/* Open files for each connection. */
unsigned mta_files_each(void);

/*
 * Tamed, after smfi_register(): libmilter listens on `listen` ("unix:PATH",
 * "inet:PORT@HOST"; path: that PATH, NULL for others).  It takes packets as
 * large as LIMIT_MILTER_PACKET.  False: *words has what it said (NULL: that
 * goes where the rest of its words go), which is little; a bind() of one's own
 * tells.
 */
bool mta_listen(const char *listen, const char *path,
		struct buf *words) MUST_CHECK;
/* Plain, after smfi_register(): takes over a socket that listens, for libmilter
   to be served from.  False: errno tells. */
bool mta_relay(int listener) MUST_CHECK;

struct mta_filter {
	/* May this peer, on another host, connect?  Asked for each connection,
	   on libmilter's thread. */
	bool (*may_connect)(void *ctx, struct ip peer);
	void *ctx;
	const struct log *log;
};
/* Whom the filter refuses is turned away from now on; what it points to
   outlives mta_run().  Without one everybody may connect. */
void mta_filter(const struct mta_filter *filter);

/* Before mta_run(), which gives sessions no more than so many threads (1 or
   more: base/shares.h).  False: errno tells. */
bool mta_prepare(unsigned workers) MUST_CHECK;

/* "1.0.1 (package 8.17.1.9-2)": what is linked; "1.0.1 (shared)". */
void mta_version(struct buf *out);

/* --- connections --- */

/* Serves mail servers until a signal ends that; false: libmilter gave up. */
bool mta_run(void) MUST_CHECK;
/* The signal that ends, or has ended, mta_run(); 0: none yet.  Any thread. */
int mta_ending_signal(void);

/* Did the last connection pass the filter?  False: libmilter is one that does
   not call our accept(). */
bool mta_is_filtered(void);
/* Is it the socket that libmilter accepts connections from? */
bool mta_is_listener(int fd);
/* Is it an errno of accept() that says that descriptors or memory are short?
   Warns then. */
bool mta_is_short(int error);
/*
 * After an accept() that failed with that errno.  Where descriptors or memory
 * are short, warns and waits a fifth of a second: the connection stays ready,
 * so that who tries again at once only burns time.
 */
void mta_rest(int error);

/* What a mail server begins with: protocol version 6; all actions and steps of
   Postfix are offered.  And how it ends. */
#define MTA_NEGOTIATION "\0\0\0\x0dO\0\0\0\6\0\0\1\xff\0\x1f\xff\xff"
#define MTA_NEGOTIATION_N (sizeof MTA_NEGOTIATION - 1)
#define MTA_FAREWELL "\0\0\0\1Q"
#define MTA_FAREWELL_N (sizeof MTA_FAREWELL - 1)

/* A non-blocking connection (TCP: it may still be under way) to our own socket,
   after mta_listen(); -1: none can be made. */
int mta_connect_own(void);

/*
 * Keeps libmilter's pool of threads awake.
 *
 * Two sessions that become ready at the same moment wake one idle thread of
 * the pool, which takes one of them; where all other threads wait for DNS, the
 * second session lies until one of those is done.  Any new connection makes the
 * pool look again, so while messages wait, a thread of ours connects to our own
 * socket and hangs up, ten times a second.
 *
 * evaluations: outlives the thread.  False: errno tells.
 */
bool mta_waker_start(const struct gate *evaluations) MUST_CHECK;
/* Ends the thread, within a tenth of a second. */
void mta_waker_stop(void);

#endif
