#include "mail/header.h"

#include <stdint.h>
#include <string.h>

#include "base/limits.h"

void
header_init(struct header *header, struct arena *arena,
	    const struct header_limits *limits)
{
	*header = (struct header){.arena = arena};
	if (limits != NULL)
		header->limits = *limits;
	if (header->limits.fields == 0)
		header->limits.fields = LIMIT_HEADER_FIELDS;
	if (header->limits.bytes == 0)
		header->limits.bytes = LIMIT_HEADER_BYTES;
	if (header->limits.line == 0)
		header->limits.line = LIMIT_LINE;
}

static size_t
bare_lfs(struct str s)
{
	size_t count = 0;

	for (size_t at = str_chr(s, '\n'); at < s.n;) {
		count += at == 0 || s.p[at - 1] != '\r';
		at++;
		at += str_chr(str_from(s, at), '\n');
	}
	return count;
}

/* A copy whose line ends are CRLF; a bare CR is an ordinary octet. */
static struct str
copy_value(struct arena *arena, struct str value)
{
	size_t more = bare_lfs(value), at = 0;

	if (more == 0)
		return arena_copy(arena, value);
	char *copy = arena_alloc(arena, value.n + more);
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\n' && (i == 0 || value.p[i - 1] != '\r'))
			copy[at++] = '\r';
		copy[at++] = value.p[i];
	}
	return str_n(copy, at);
}

static void
make_room(struct header *header)
{
	if (header->count < header->room)
		return;
	size_t size = sizeof *header->field;
	size_t room = header->room ? header->room * 2 : 32;
	header->field = arena_grow(header->arena, header->field,
				   header->room * size, room * size);
	header->room = room;
}

/* The next octet, from `at` on, that is not printable; in words of eight, since
   every octet of every header comes by here. */
static size_t
next_odd(struct str value, size_t at)
{
	const uint64_t blanks = UINT64_C(0x2020202020202020);
	const uint64_t tops = UINT64_C(0x8080808080808080);
	uint64_t word;

	for (; value.n - at >= sizeof word; at += sizeof word) {
		memcpy(&word, value.p + at, sizeof word);
		if (((word - blanks) | word) & tops)
			break;
	}
	while (at < value.n && value.p[at] >= ' ' && value.p[at] <= '~')
		at++;
	return at;
}

/* TAB, or of a fold. */
static bool
is_fold(struct str value, size_t at)
{
	char c = value.p[at];
	char next = at + 1 < value.n ? value.p[at + 1] : '\0';

	return c == '\t' || (c == '\r' && next == '\n') ||
	       (c == '\n' && ascii_is_wsp(next));
}

/* The next octet, from `at` on, that is neither printable nor a TAB nor of a
   fold (RFC 5322 section 2.2.3); the value's length: none. */
static size_t
next_unplain(struct str value, size_t at)
{
	at = next_odd(value, at);
	while (at < value.n && is_fold(value, at))
		at = next_odd(value, at + 1);
	return at;
}

/* RFC 5322 section 3.6.8, and the blanks after a name; any other octet may end
   a line for some reader. */
static bool
may_be_named(char c)
{
	return (c >= ' ' && c <= '~') || c == '\t';
}

static bool
is_plain(const struct header_field *field)
{
	for (size_t i = 0; i < field->raw_name.n; i++) {
		if (!may_be_named(field->raw_name.p[i]))
			return false;
	}
	return next_unplain(field->value, 0) == field->value.n;
}

static struct str
trim_end_wsp(struct str s)
{
	while (s.n > 0 && ascii_is_wsp(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool
header_add(struct header *header, struct str raw_name, struct str value)
{
	/* The colon and the final CRLF count, as on the wire. */
	header->bytes += raw_name.n + value.n + 3;
	if (header->count >= header->limits.fields ||
	    header->bytes > header->limits.bytes) {
		header->dropped++;
		return false;
	}
	make_room(header);
	struct header_field *field = &header->field[header->count++];
	field->raw_name = arena_copy(header->arena, raw_name);
	field->name = trim_end_wsp(field->raw_name);
	field->value = copy_value(header->arena, value);
	field->plain = is_plain(field);
	return true;
}

bool
header_has_long_line(const struct header *header,
		     const struct header_field *field)
{
	struct str rest = field->value, line;
	bool blank = rest.n > 0 && ascii_is_fws(rest.p[0]);
	size_t before = field->raw_name.n + 1 + !blank; /* the colon, a blank */

	while (str_split(&rest, '\n', &line)) {
		bool crlf = line.n > 0 && line.p[line.n - 1] == '\r';
		/* What follows the last line is its own CRLF. */
		if (rest.p != NULL && crlf)
			line.n--;
		if (before + line.n > header->limits.line)
			return true;
		before = 0;
	}
	return false;
}

size_t
header_count(const struct header *header, struct str name)
{
	size_t count = 0;

	for (size_t i = 0; i < header->count; i++)
		count += str_eq_nocase(header->field[i].name, name);
	return count;
}

/* Octets at the start of s that some reader takes for a line end; 0: none. */
static size_t
line_end(struct str s)
{
	char c = s.n > 0 ? s.p[0] : ' ';

	if (str_starts(s, str_lit("\xe2\x80\xa8")) ||
	    str_starts(s, str_lit("\xe2\x80\xa9")))
		return 3;
	return c == '\r' || c == '\n' || c == '\v' || c == '\f' ||
	       (c >= 0x1c && c <= 0x1e) || c == '\x85';
}

/* Octets before the next one. */
static size_t
line_n(struct str s)
{
	size_t at = next_odd(s, 0);

	while (at < s.n && line_end(str_from(s, at)) == 0)
		at = next_odd(s, at + 1);
	return at;
}

size_t
header_begins_field(struct str line, struct str name)
{
	size_t n = name.n;

	if (!str_starts_nocase(line, name))
		return 0;
	while (n < line.n && ascii_is_wsp(line.p[n]))
		n++;
	return n < line.n && line.p[n] == ':' ? n + 1 : 0;
}

bool
header_hidden_line(const struct header_field *field, size_t *at,
		   struct str *line_out)
{
	struct str rest = str_from(field->value, *at);

	if (field->plain)
		return false;
	rest = str_from(rest, line_n(rest));
	if (rest.n == 0)
		return false;
	rest = str_from(rest, line_end(rest));
	*line_out = str_first(rest, line_n(rest));
	*at = field->value.n - rest.n + line_out->n;
	return true;
}

bool
header_hidden(const struct header_field *field, struct str name, size_t *at,
	      struct str *value_out)
{
	struct str line;

	while (header_hidden_line(field, at, &line)) {
		size_t n = header_begins_field(line, name);
		if (n > 0) {
			*value_out = str_from(line, n);
			return true;
		}
	}
	return false;
}

bool
header_hidden_in_name(const struct header_field *field, struct str name)
{
	size_t n = field->plain ? 0 : field->name.n;

	while (n > 0 && may_be_named(field->name.p[n - 1]))
		n--;
	return n > 0 && str_eq_nocase(str_from(field->name, n), name);
}

struct str
header_unfold(struct arena *arena, struct str value)
{
	char *text = arena_alloc(arena, value.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\r' && i + 1 < value.n &&
		    value.p[i + 1] == '\n')
			i++;
		else
			text[n++] = value.p[i];
	}
	return str_trim_fws(str_n(text, n));
}
