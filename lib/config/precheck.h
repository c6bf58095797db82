/*
 * What would keep the daemon from starting on this host, as far as it can be
 * known beforehand.  `verdict-milter -n`, `verdict config`, a reload and the
 * start itself ask here all, so that they say the same.
 *
 * What only shows where it is tried (a unix socket that somebody listens on) is
 * told there, in the sentences of the second part.
 */
#ifndef VERDICT_CONFIG_PRECHECK_H
#define VERDICT_CONFIG_PRECHECK_H

#include <stdbool.h>
#include <sys/un.h>

#include "base/buf.h"
#include "base/compat.h"
#include "config/config.h"
#include "config/run_as.h"

/* Without a control socket or a journal the daemon starts all the same. */
#define PRECHECK_CONTROL "control-socket"
#define PRECHECK_WITHOUT "; the daemon goes on without"

enum precheck_who {
	/*
	 * An admin, before it starts, which a folder that the unit makes may
	 * wait for.  Root asks for the user of the unit, or of `user`, too:
	 * before the first thread.  What others may not do is no fault.
	 */
	PRECHECK_BEFORE,
	/* The daemon, at a reload: root starts it, or who it is. */
	PRECHECK_RELOAD_BY_ROOT,
	PRECHECK_RELOAD,
	/* Who starts it, now. */
	PRECHECK_START
};

enum precheck_found {
	PRECHECK_FINE, /* nothing that is fatal */
	PRECHECK_HOST,
	/* Who it becomes cannot read the file, or one that it names, so that it
	   ends as with any other file that it cannot use. */
	PRECHECK_FILE
};

/*
 * One call of `tell` for each fault, a line without its end that begins with
 * the keyword, a fatal one with the place in the file before it: users and
 * groups, folders of sockets and of the pid file, what lies there under their
 * name, an address that is not this host's, a port that is taken or not
 * allowed, files that who it becomes cannot read.  Not fatal: the daemon starts
 * without (the control socket, the folder of the journal); with PRECHECK_START
 * that is told beside fatal ones only, since who goes on meets it again.  A
 * running daemon is no fault.
 *
 * PRECHECK_FINE: *run_as_out (NULL: not asked for) is whom the daemon becomes,
 * the caller's to clear.
 */
enum precheck_found precheck(const struct config *config, enum precheck_who who,
			     struct run_as *run_as_out,
			     void (*tell)(void *ctx, bool fatal,
					  struct str line),
			     void *ctx) MUST_CHECK;

/*
 * "KEYWORD: cannot VERB NAME: the text of error; what to do"; error: an errno.
 * No line's end.
 */
void precheck_cannot(const char *keyword, const char *verb, struct str name,
		     int error, struct buf *fault);
/*
 * The address of a unix socket.  False: the path is too long, or something else
 * than a socket lies there; *fault tells.
 */
bool precheck_unix(const char *keyword, struct str path,
		   struct sockaddr_un *address_out,
		   struct buf *fault) MUST_CHECK;

#endif
