#include "mail/message.h"

#include <stdbool.h>

#include "base/buf.h"

struct splitter {
	struct arena *arena;
	struct str rest;
	bool lf; /* LF alone ends a line */
	size_t room;
	struct message *message;
};

/*
 * The octets up to the first empty line, in either convention, hold no CRLF.
 * An LF that no CR precedes therefore is a line end in what follows as well.
 */
static bool
uses_lf(struct str raw)
{
	for (struct str rest = raw; rest.n > 0;) {
		size_t at = str_chr(rest, '\n');
		if (at < rest.n && at > 0 && rest.p[at - 1] == '\r')
			return false;
		if (at == 0)
			return true;
		rest = str_from(rest, at + 1);
	}
	return true;
}

/* Length of the first line without its end, and of the end: 0 at the last. */
static size_t
line_length(const struct splitter *splitter, struct str s, size_t *end_out)
{
	size_t from = 0;

	for (;;) {
		size_t at = from + str_chr(str_from(s, from), '\n');
		*end_out = at < s.n;
		if (at == s.n || splitter->lf)
			return at;
		if (at > 0 && s.p[at - 1] == '\r') {
			*end_out = 2;
			return at - 1;
		}
		from = at + 1;
	}
}

/* field-name and blanks, RFC 5322 sections 3.6.8 and 4.5: to the colon, or 0 */
static size_t
field_name(struct str line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] > 0x20 && line.p[n] < 0x7f &&
	       line.p[n] != ':')
		n++;
	size_t colon = n;
	while (colon < line.n && ascii_is_wsp(line.p[colon]))
		colon++;
	return n > 0 && colon < line.n && line.p[colon] == ':' ? colon : 0;
}

/* "From " of an mbox file; "From :" is the field. */
static void
skip_mbox_line(struct splitter *splitter)
{
	size_t end;
	size_t n = line_length(splitter, splitter->rest, &end);

	if (str_starts(splitter->rest, str_lit("From ")) &&
	    field_name(str_first(splitter->rest, n)) == 0)
		splitter->rest = str_from(splitter->rest, n + end);
}

/* LF becomes CRLF where LF ends lines; a CRLF stays. */
static struct str
to_crlf(const struct splitter *splitter, struct str s)
{
	struct buf buf;

	if (!splitter->lf)
		return s;
	buf_init(&buf, splitter->arena);
	buf_room(&buf, s.n + s.n / 32);
	for (struct str rest = s; rest.n > 0;) {
		size_t at = str_chr(rest, '\n');
		buf_add(&buf, str_first(rest, at));
		if (at < rest.n)
			buf_adds(&buf, at > 0 && rest.p[at - 1] == '\r'
					   ? "\n"
					   : "\r\n");
		rest = str_from(rest, at + 1);
	}
	return buf_str(&buf);
}

/* The line at the start of `rest` and the lines that continue it. */
static size_t
folded_length(const struct splitter *splitter, size_t *end_out)
{
	size_t n = line_length(splitter, splitter->rest, end_out);

	for (;;) {
		struct str next = str_from(splitter->rest, n + *end_out);
		if (next.n == 0 || !ascii_is_wsp(next.p[0]))
			return n;
		n += *end_out + line_length(splitter, next, end_out);
	}
}

static void
add_field(struct splitter *splitter, struct str text, size_t colon)
{
	struct message *message = splitter->message;
	struct str value = str_from(text, colon + 1);

	if (message->count == splitter->room) {
		size_t size = sizeof *message->field;
		size_t room = splitter->room ? splitter->room * 2 : 32;
		message->field = arena_grow(splitter->arena, message->field,
					    splitter->room * size, room * size);
		splitter->room = room;
	}
	value = str_first(value, str_chr(value, '\0'));
	message->field[message->count++] = (struct message_field){
	    .raw_name = str_first(text, colon),
	    .value = to_crlf(splitter, value),
	};
}

/* False at the end of the header; the cursor then stands at the body. */
static bool
next_field(struct splitter *splitter)
{
	size_t end;
	size_t n = line_length(splitter, splitter->rest, &end);

	if (splitter->rest.n == 0)
		return false;
	if (n == 0) {
		splitter->rest = str_from(splitter->rest, end);
		return false;
	}
	size_t colon = field_name(str_first(splitter->rest, n));
	if (colon == 0) {
		splitter->message->defect =
		    "a line in the header is not a field";
		return false;
	}
	n = folded_length(splitter, &end);
	add_field(splitter, str_first(splitter->rest, n), colon);
	splitter->rest = str_from(splitter->rest, n + end);
	return true;
}

void
message_split(struct arena *arena, struct str raw, struct message *message_out)
{
	struct message message = {.body = str_empty()};
	struct splitter splitter = {
	    .arena = arena,
	    .rest = raw,
	    .lf = uses_lf(raw),
	    .message = &message,
	};

	skip_mbox_line(&splitter);
	while (next_field(&splitter))
		;
	message.body = to_crlf(&splitter, splitter.rest);
	*message_out = message;
}
