/*
 * Files of Postfix's configuration: read and replaced as a whole, with a copy
 * of what was there and of what was written, so that both can be told apart
 * from what the admin did since.
 *
 * What goes wrong is said on standard error; a number is an exit status.
 */
#ifndef VERDICT_MILTER_CLI_SETUP_CHANGE_FILES_H
#define VERDICT_MILTER_CLI_SETUP_CHANGE_FILES_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/compat.h"

/* The two, in the order in which they are changed and locked: what keeps mail
   from meeting a milter twice stands in master.cf, what brings the milter in
   main.cf.  It is the reverse where a change is taken back. */
enum { FILES_MASTER, FILES_MAIN, FILES_COUNT };
extern const char *const files_names[FILES_COUNT];

/* More than any main.cf or master.cf has. */
#define FILES_MAX ((size_t)1 << 20)

/* False: said, where it is not quiet. */
bool files_read(const char *path, bool quiet, struct buf *out) MUST_CHECK;
/* CLI_ACCEPT: it still holds what it held when it was read. */
int files_check(const char *path, struct str was);
/* CLI_ACCEPT: this user may replace it. */
int files_may_replace(const char *path);
/* At once (a reader sees the old file or the new one), with its owner and mode;
   of a link, what it leads to. */
bool files_replace(const char *path, struct str content) MUST_CHECK;
/* A new file with owner and mode of `like`. */
bool files_create(const char *path, struct str content,
		  const char *like) MUST_CHECK;

/*
 * The lock under which postconf changes the file: PATH.tmp, which it writes and
 * puts in the file's place.  Both wait for each other; false, and said: another
 * one held it for FILES_LOCK_NS, or it cannot be made.
 */
struct files_lock {
	char *path; /* NULL: not taken */
	int fd;
};
#define FILES_LOCK_NS 5000000000
bool files_lock(const char *path, struct files_lock *lock_out) MUST_CHECK;
/* After all is done; one that was not taken is fine. */
void files_unlock(struct files_lock *lock);

#endif
