/*
 * Numbers for people.
 */
#ifndef VERDICT_BASE_NUMBER_H
#define VERDICT_BASE_NUMBER_H

#include <stdint.h>

#include "base/buf.h"

/* "41,203" */
void number_add(struct buf *out, int64_t number);
/* The same, at the end of so many columns. */
void number_add_right(struct buf *out, int64_t number, size_t columns);

#endif
