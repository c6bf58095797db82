/*
 * The words of an enumeration: one table beside it, in the order of its values
 * and with NULL at the end, for the configuration, its errors, log, JSON,
 * header and metrics alike.  A table is written as {[VALUE] = "word", ...}.
 */
#ifndef VERDICT_BASE_WORDS_H
#define VERDICT_BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

/* The word of a value; "unknown" for one beyond the table. */
const char *words_text(const char *const *words, size_t value);
/* The value of a word, as it stands in the table. */
bool words_find(const char *const *words, struct str text, size_t *value_out);
/* "one, two or three" */
void words_add(struct buf *out, const char *const *words);

/* yes, true, on; no, false, off: in any case. */
bool words_yes_no(struct str text, bool *yes_out);

#endif
