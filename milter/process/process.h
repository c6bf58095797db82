/*
 * The process: user, pid file, background, signals.  All but room for
 * connections is done before the first thread.  A function that fails has told
 * why on standard error.
 */
#ifndef VERDICT_MILTER_PROCESS_PROCESS_H
#define VERDICT_MILTER_PROCESS_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/compat.h"
#include "config/config.h"
#include "config/run_as.h"

/* "verdict-milter: TEXT" on standard error; %m is errno's text. */
void process_complain(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Gives up root for good, where it was held, and new privileges in any case. */
bool process_become(const struct run_as *run_as) MUST_CHECK;

/*
 * Is what was opened a file of this type (S_IFREG, S_IFSOCK), of ours, that has
 * this name and no other?  Whoever may write to the folder can have put
 * something else there: root must not change that.
 */
bool process_owns_file(int fd, const char *path, mode_t type) MUST_CHECK;

struct pid_file {
	int fd;     /* locked while the daemon runs; -1: none */
	char *path; /* NULL: none */
};

/* path "": no pid file.  Fails where another instance holds it. */
bool process_pid_file_open(struct str path,
			   struct pid_file *file_out) MUST_CHECK;
void process_pid_file_remove(struct pid_file *file);

/*
 * Goes to the background.  In the child: -1, and *ready_out is to be given to
 * process_ready().  In the parent, once the child is ready or dead: the exit
 * status.
 */
int process_daemonize(int *ready_out) MUST_CHECK;
/* Lets the parent end well; keep_stderr: the log goes there. */
void process_ready(int ready, bool keep_stderr);

/* After mta_begin(): room for so many connections; *lack tells where the system
   allows fewer.  Any thread. */
void process_raise_files(unsigned connections, struct buf *lack);
/*
 * Leaves the signals that end the daemon (SIGTERM, SIGINT) to libmilter's own
 * thread, and those that reload (SIGUSR1; SIGHUP, but on the plain way) to the
 * control thread.
 */
void process_block_signals(void);

#endif
