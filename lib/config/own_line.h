/*
 * Inside config/ only: lines of a text that were meant as ours, where YAML
 * cannot be made of it.  Pure.
 */
#ifndef VERDICT_CONFIG_OWN_LINE_H
#define VERDICT_CONFIG_OWN_LINE_H

#include "base/str.h"
#include "config/errors.h"

/* How many begin with a keyword of ours and a colon or a blank. */
size_t own_lines_count(struct str text);
/*
 * Where parsing ended in that line (from 1), or at the end of the text: does
 * it, or the last one before it that says something, lack the colon after the
 * keyword, or the blank after that?  True: errors tell so.
 */
bool own_lines_slip(struct str text, size_t line, struct errors *errors);

#endif
