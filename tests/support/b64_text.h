/* Base64, for signatures that tests make; the library only reads it. */
#ifndef TESTS_SUPPORT_B64_TEXT_H
#define TESTS_SUPPORT_B64_TEXT_H

#include "base/arena.h"
#include "base/str.h"

/* On one line, padded. */
struct str b64_text(struct arena *arena, struct str octets);

#endif
