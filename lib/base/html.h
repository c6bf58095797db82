/*
 * Text from outside, made fit for a page of HTML: as text between tags, and as
 * the value of an attribute between double quotes.
 *
 * What strangers wrote goes through a form of line.h first, which leaves no
 * octet that ends a line or turns text round; here <, >, &, " and ' become
 * references.  So no text can end its element or its attribute, and a page has
 * the elements that its program has written, and no others.
 */
#ifndef VERDICT_BASE_HTML_H
#define VERDICT_BASE_HTML_H

#include "base/buf.h"
#include "base/line.h"

/*
 * Adds the first `max` octets of text, counted as they came, and "..." (as one
 * character) where that was not all.  form: any but LINE_UTF8, which lets
 * controls through.
 */
void html_add(struct buf *out, enum line_form form, struct str text,
	      size_t max);
/* The same of several lines, whose ends stay: for <pre> and <textarea>.  A line
   end before them, which programs leave out, keeps one that they begin with. */
void html_add_lines(struct buf *out, enum line_form form, struct str text,
		    size_t max);

#endif
