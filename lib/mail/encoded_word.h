/*
 * Encoded words, RFC 2047, as a lenient mail program decodes them: for finding
 * what a malformed field may show, not for display.  Charsets are not
 * converted: a reader that drops NUL reads UTF-16 of ASCII as ASCII.
 * Reentrant.
 */
#ifndef VERDICT_MAIL_ENCODED_WORD_H
#define VERDICT_MAIL_ENCODED_WORD_H

#include "base/arena.h"
#include "base/str.h"

/*
 * The text with each encoded word replaced in place by what it holds and a NUL,
 * since its end may be taken for the end of what it holds, and blanks between
 * two of them dropped (section 6.2); never longer than the text.  closed: only
 * words whose text holds no "?", as section 2 has it.
 */
struct str encoded_words_decode(struct arena *arena, struct str text,
				bool closed);

#endif
