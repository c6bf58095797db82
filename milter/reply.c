#include "milter/reply.h"

#include <string.h>

#include "base/buf.h"

/* RFC 5322 section 2.1.1 allows 998 octets a line. */
#define TAG_REASON 400
/* Queue ids have 10 to 20 characters. */
#define QUEUE_ID 64

static char
printable(char c)
{
	return c >= 0x20 && c <= 0x7e ? c : '?';
}

/* Appends within `room` octets; "%" counts and is written twice. */
static size_t
add_clean(char *out, size_t room, struct str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = printable(text.p[i]);
		size_t width = c == '%' ? 2 : 1;
		if (n + width > room)
			break;
		memset(out + n, c, width);
		n += width;
	}
	return n;
}

const char *
reply_text(char out[LIMIT_REPLY + 1], struct str text, struct str queue_id)
{
	char tail[2 * QUEUE_ID + sizeof " (queue id )"] = " (queue id ";
	size_t n_tail = 0;

	if (queue_id.n > 0) {
		n_tail = strlen(tail);
		n_tail +=
		    add_clean(tail + n_tail, (size_t)2 * QUEUE_ID, queue_id);
		tail[n_tail++] = ')';
	}
	size_t n = add_clean(out, LIMIT_REPLY - n_tail, text);
	memcpy(out + n, tail, n_tail);
	out[n + n_tail] = '\0';
	return out;
}

struct str
reply_tag(struct arena *arena, struct str reason)
{
	struct buf value;

	buf_init(&value, arena);
	buf_adds(&value, "quarantine (");
	reason = str_first(reason, TAG_REASON);
	for (size_t i = 0; i < reason.n; i++) {
		char c = printable(reason.p[i]);
		/* RFC 5322 section 3.2.1: quoted-pair inside a comment */
		if (c == '(' || c == ')' || c == '\\')
			buf_addc(&value, '\\');
		buf_addc(&value, c);
	}
	buf_addc(&value, ')');
	return buf_str(&value);
}

const char *
reply_hold(struct arena *arena, struct str reason)
{
	char *text;

	if (reason.n == 0)
		reason = str_lit("policy");
	reason = str_first(reason, LIMIT_HOLD_REASON);
	text = arena_alloc(arena, reason.n + 1);
	for (size_t i = 0; i < reason.n; i++)
		text[i] = printable(reason.p[i]);
	return text;
}
