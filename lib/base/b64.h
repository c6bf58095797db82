/*
 * base64string of RFC 6376 section 2.10: the alphabet of RFC 4648 section 4
 * with FWS between its characters, then "=", each of which may be missing.
 * Strict beyond that: spare bits are zero, and no "=" fills what is full.
 */
#ifndef VERDICT_BASE_B64_H
#define VERDICT_BASE_B64_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/* False on any other octet, spare bit, length or "=".  "" decodes to "". */
bool b64_decode(struct arena *arena, struct str text, struct str *octets_out);

#endif
