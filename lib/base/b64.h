/*
 * Base64, RFC 4648 section 4, strict: the alphabet with full padding and zero
 * spare bits.  FWS between the characters is skipped, as RFC 6376 section 2.10
 * (base64string) allows.
 */
#ifndef VERDICT_BASE_B64_H
#define VERDICT_BASE_B64_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/* False on any other octet, bad length or padding.  "" decodes to "". */
bool b64_decode(struct arena *arena, struct str text, struct str *octets_out);

#endif
