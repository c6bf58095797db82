/*
 * A growing builder of octets, in an arena or on the heap.
 *
 * The caller's storage holds the struct.  With an arena the octets live as
 * long as it; without one buf_clear() frees them.  Adding never fails.
 */
#ifndef VERDICT_BASE_BUF_H
#define VERDICT_BASE_BUF_H

#include <stddef.h>

#include "base/arena.h"
#include "base/compat.h"
#include "base/str.h"

struct buf {
	struct arena *arena; /* NULL: the heap */
	char *p;             /* NULL while empty; a NUL follows the octets */
	size_t n, cap;
};

/* arena may be NULL: then buf_clear() must follow. */
void buf_init(struct buf *buf, struct arena *arena);
void buf_clear(struct buf *buf);
/* Forgets the octets, keeps the room. */
void buf_reset(struct buf *buf);

void buf_add(struct buf *buf, struct str s);
void buf_addc(struct buf *buf, char c);
void buf_adds(struct buf *buf, const char *cstr);
/* A JSON string with its quotes, controls escaped; the octets of a text that is
   no UTF-8 stand for U+00HH. */
void buf_add_json(struct buf *buf, struct str s);
void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Room for n more octets, to be written by the caller at buf->p + buf->n. */
char *buf_room(struct buf *buf, size_t n);

/* What was built; valid until the next addition (arena: as long as it). */
struct str buf_str(const struct buf *buf);

#endif
