/*
 * Standard input, output and error.  Whoever starts a program may have closed
 * one of them.  Its number then goes to the next file that is opened, which is
 * read as input, or gets the lines that are meant for people.
 */
#ifndef VERDICT_BASE_STANDARD_H
#define VERDICT_BASE_STANDARD_H

#include <stdbool.h>

#include "base/compat.h"

/*
 * Before any file is opened: what is closed of the three becomes a descriptor
 * that cannot be read, or written to, as a closed one cannot.  False: errno
 * tells.
 */
bool standard_fill(void) MUST_CHECK;

#endif
