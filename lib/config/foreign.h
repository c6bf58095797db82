/*
 * Inside config/ only: files that an admin may take for ours, since they belong
 * to programs whose place we take.  Pure.
 */
#ifndef VERDICT_CONFIG_FOREIGN_H
#define VERDICT_CONFIG_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct foreign {
	const char *program; /* "OpenDMARC" */
	const char *option;  /* of verdict config, which translates its file */
	const char *word;    /* by which it was told */
	size_t line;
	size_t lines; /* that begin with an option of such programs */
};

/*
 * Is the text one of theirs?  By the first line that begins with an option of
 * one of them alone, or else of OpenDMARC and OpenDKIM alike.  Only to be asked
 * where the text is no configuration of ours.
 */
bool foreign_find(struct str text, struct foreign *foreign_out);

#endif
