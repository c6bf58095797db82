/*
 * Text from outside, made fit for a line of ours.
 *
 * Whatever strangers or the admin wrote (mail, DNS, the milter protocol, files,
 * what other programs print) goes through here before it reaches a log, a
 * terminal, a header field, a reply or a sentence.  No form lets an octet
 * through that ends a line or that a terminal obeys, but LINE_UTF8, which is
 * for JSON: its writer escapes controls.  Parsers need none of this.
 *
 * Each form says what stays, and what becomes of every other octet:
 */
#ifndef VERDICT_BASE_LINE_H
#define VERDICT_BASE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

enum line_form {
	LINE_ASCII,   /* printable ASCII (%x20-7E); others are "?": replies,
			 header fields, reasons */
	LINE_NAME,    /* that without the blank (%x21-7E); others are "?": a
			 name or a term within a sentence */
	LINE_ESCAPED, /* printable ASCII; others are \xHH: for people who look
			 for the octet */
	LINE_QUOTED,  /* the same, and " and \ follow a backslash: stands
			 between quotes and can be read back */
	LINE_TEXT,    /* UTF-8 without controls (C0, DEL, C1, and of Unicode
			 what ends a line or turns text round); others are "?":
			 what an admin wrote, shown to an admin */
	LINE_UTF8     /* UTF-8, controls, too; others are \xHH: for JSON */
};

#define LINE_WHOLE SIZE_MAX

/*
 * Adds the first `max` octets of text, counted as they came; where that would
 * split a character of LINE_TEXT or LINE_UTF8, those before it.  False: that
 * was not all, and the caller may want to say so ("...").
 */
bool line_add(struct buf *out, enum line_form form, struct str text,
	      size_t max);
/* The same as a slice in the arena; a NUL follows it. */
struct str line_text(struct arena *arena, enum line_form form, struct str text,
		     size_t max) MUST_CHECK;
/* Makes a finished text LINE_TEXT where it lies: "?" for each octet. */
void line_mend(char *text, size_t n);

/* One octet as LINE_ASCII. */
static inline char
line_octet(char c)
{
	return ascii_is_printable(c) ? c : '?';
}

#endif
