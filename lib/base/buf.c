#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

void
buf_init(struct buf *buf, struct arena *arena)
{
	*buf = (struct buf){.arena = arena};
}

void
buf_clear(struct buf *buf)
{
	if (buf->arena == NULL)
		free(buf->p);
	*buf = (struct buf){.arena = buf->arena};
}

void
buf_reset(struct buf *buf)
{
	buf->n = 0;
	if (buf->p != NULL)
		buf->p[0] = '\0';
}

char *
buf_room(struct buf *buf, size_t n)
{
	if (n > SIZE_MAX / 4 || buf->n > SIZE_MAX / 4)
		mem_exhausted(n);
	size_t need = buf->n + n + 1;
	if (need > buf->cap) {
		size_t cap = buf->cap ? buf->cap * 2 : 64;
		if (cap < need)
			cap = need;
		if (buf->arena != NULL)
			buf->p = arena_grow(buf->arena, buf->p, buf->cap, cap);
		else
			buf->p = mem_resize(buf->p, cap);
		buf->cap = cap;
	}
	return buf->p + buf->n;
}

void
buf_add(struct buf *buf, struct str s)
{
	char *room = buf_room(buf, s.n);

	if (s.n)
		memcpy(room, s.p, s.n);
	buf->n += s.n;
	buf->p[buf->n] = '\0';
}

void
buf_addc(struct buf *buf, char c)
{
	*buf_room(buf, 1) = c;
	buf->n++;
	buf->p[buf->n] = '\0';
}

void
buf_adds(struct buf *buf, const char *cstr)
{
	buf_add(buf, str_of(cstr));
}

void
buf_add_json(struct buf *buf, struct str s)
{
	bool utf8 = utf8_valid(s);

	buf_addc(buf, '"');
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		/* C1, which some terminals obey, is %xC2 and itself. */
		if (utf8 && c == '\xc2' && (unsigned char)s.p[i + 1] < 0xa0)
			c = s.p[++i];
		else if ((utf8 && (c & 0x80) != 0) ||
			 (ascii_is_printable(c) && c != '"' && c != '\\')) {
			buf_addc(buf, c);
			continue;
		}
		buf_printf(buf, "\\u%04x", (unsigned char)c);
	}
	buf_addc(buf, '"');
}

void
buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	size_t n = str_print_size(fmt, args);
	vsnprintf(buf_room(buf, n), n + 1, fmt, args);
	va_end(args);
	buf->n += n;
}

struct str
buf_str(const struct buf *buf)
{
	return buf->p ? (struct str){buf->p, buf->n} : str_empty();
}
