/*
 * Well-formed UTF-8 (RFC 3629): shortest forms only, no surrogates, nothing
 * beyond U+10FFFF.  Reentrant.
 */
#ifndef VERDICT_BASE_UTF8_H
#define VERDICT_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Octets of the well-formed sequence at the start of s; 0: there is none. */
size_t utf8_length(struct str s);
bool utf8_valid(struct str s);

#endif
