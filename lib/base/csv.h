/*
 * Tables for spreadsheets: RFC 4180, but for the ends of lines, which are LF,
 * as a shell's tools want them.
 *
 * What strangers wrote is never a formula there: a field that begins with what
 * a spreadsheet takes for one gets an apostrophe in front.
 */
#ifndef VERDICT_BASE_CSV_H
#define VERDICT_BASE_CSV_H

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* Adds a field, after a comma where it is not the first of its line.  Controls
   and what is no UTF-8 become "?". */
void csv_add(struct buf *out, struct str text);
void csv_add_number(struct buf *out, int64_t number);
void csv_end_line(struct buf *out);

#endif
