/*
 * What people read in a terminal: numbers with units, and rows of 80 columns.
 * Text is the admin's or ours, and shown as LINE_TEXT.
 */
#ifndef VERDICT_MILTER_CONTROL_LAYOUT_H
#define VERDICT_MILTER_CONTROL_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* "41,203" */
void layout_add_count(struct buf *out, uint64_t count);
/* Octets: "512 MB", "1.5 GB"; a kB is 1024, as in the configuration. */
void layout_add_size(struct buf *out, uint64_t octets);
/* "45 seconds", "3 days": whole ones, rounded down. */
void layout_add_span(struct buf *out, int64_t seconds);
/* "3 days ago", or "never" for a time of 0; both in seconds since 1970. */
void layout_add_ago(struct buf *out, int64_t when, int64_t now);

/*
 * "NAME              TEXT": lines of the text stand below each other, and one
 * that does not fit goes on in the next line.  A word that is longer stays
 * whole, so that it can be copied.
 */
void layout_add_row(struct buf *out, const char *name, struct str text);
/* One line of text alone, over as many of the screen as it needs. */
void layout_add_text(struct buf *out, struct str line);

/*
 * Rows of cells in columns as wide as they need.  What is too much for the
 * screen is taken from the first column, whose texts lose their middle.
 */
struct layout_column {
	const char *head;
	enum { LAYOUT_LEFT, LAYOUT_RIGHT } side;
	size_t most; /* octets of a text, for all but the first; 0: any */
};
#define LAYOUT_TABLE_COLUMNS 8 /* at most */
/* cell: rows * columns texts, row by row. */
void layout_add_table(struct buf *out, const struct layout_column *column,
		      size_t columns, const struct str *cell, size_t rows);

#endif
