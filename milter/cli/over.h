/*
 * The way over: `verdict config --from-opendmarc FILE` and its like.  Options
 * of the programs that stand before us in most mail servers become a
 * configuration of ours, in which each old option stands as a comment beside
 * what became of it, or why nothing did.
 *
 * Nothing is changed on the host.  The files are taken for hostile: each has
 * its bounds, and no octet of theirs reaches the output but as printable ASCII.
 */
#ifndef VERDICT_MILTER_CLI_OVER_H
#define VERDICT_MILTER_CLI_OVER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

enum over_program {
	OVER_OPENDMARC,
	OVER_OPENDKIM,
	OVER_POLICYD_SPF,
	OVER_RSPAMD,
	OVER_PROGRAMS /* how many there are */
};

/*
 * Prints the translation of those that have a path (NULL: none; rspamd's may be
 * a folder), and on standard error what wants a look.  in_force: over_keep().
 * An exit status: CLI_ACCEPT, or CLI_CONFIG where a file of theirs cannot be
 * read.
 */
int over_run(const char *const path[OVER_PROGRAMS], const char *in_force);

/* Inside, and for tests: the same in steps. */
struct over;

struct over *over_new(void);
void over_free(struct over *over);
/* Reads a file or folder.  False: *why tells. */
bool over_read(struct over *over, enum over_program program, const char *path,
	       struct buf *why);
/* The same of a file's text; path is what it is called. */
bool over_read_text(struct over *over, enum over_program program,
		    const char *path, struct str text, struct buf *why);
/* Once, after all of them: our own file that is in force now.  What it sets and
   they do not say is kept; where they differ, or it cannot be read, that is
   what wants a look. */
void over_keep(struct over *over, const char *path);
/* Once, after that: the configuration, and a line for each thing that
   wants a look. */
void over_print(struct over *over, struct buf *out, struct buf *said);

#endif
