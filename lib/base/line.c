#include "base/line.h"

#include "base/utf8.h"

static bool
is_utf8(enum line_form form)
{
	return form == LINE_TEXT || form == LINE_UTF8;
}

/* Of printable ASCII these two do not stay. */
static const char excepted[][2] = {[LINE_NAME] = {' ', ' '},
				   [LINE_QUOTED] = {'"', '\\'},
				   [LINE_UTF8] = {'\0', '\0'}};

/*
 * C0 and DEL; C1, U+0080 to U+009F; the separators of lines and paragraphs,
 * U+2028 and U+2029; and what turns round the order in which text is shown,
 * U+202A to U+202E and U+2066 to U+2069.
 */
static bool
is_control(struct str character)
{
	const unsigned char *p = (const unsigned char *)character.p;

	if (character.n == 1)
		return str_has_control(character);
	if (character.n == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	return character.n == 3 && p[0] == 0xe2 &&
	       ((p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) ||
		(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}

/* Octets at the start of text that stay: a reason has hundreds. */
static size_t
run(enum line_form form, struct str text)
{
	const char *but = excepted[form];
	size_t n = 0;

	for (;;) {
		while (n < text.n && ascii_is_printable(text.p[n]) &&
		       text.p[n] != but[0] && text.p[n] != but[1])
			n++;
		struct str rest = str_from(text, n);
		size_t more = is_utf8(form) ? utf8_length(rest) : 0;
		if (more == 0 ||
		    (form == LINE_TEXT && is_control(str_first(rest, more))))
			return n;
		n += more;
	}
}

static void
add_other(struct buf *out, enum line_form form, char c)
{
	switch (form) {
	case LINE_ASCII:
	case LINE_NAME:
	case LINE_TEXT:
		buf_addc(out, '?');
		return;
	case LINE_QUOTED:
		if (c == '"' || c == '\\') {
			buf_addc(out, '\\');
			buf_addc(out, c);
			return;
		}
		break;
	case LINE_ESCAPED:
	case LINE_UTF8:
		break;
	}
	buf_printf(out, "\\x%02x", (unsigned char)c);
}

/* At most max octets, and no character split. */
static struct str
cut(enum line_form form, struct str text, size_t max)
{
	size_t n = max;

	if (text.n <= max)
		return text;
	/* Octets that go on a character: %x80-BF, RFC 3629 section 3. */
	while (is_utf8(form) && n > 0 && max - n < 3 &&
	       ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	bool split = n < max && utf8_length(str_from(text, n)) > max - n;
	return str_first(text, split ? n : max);
}

bool
line_add(struct buf *out, enum line_form form, struct str text, size_t max)
{
	struct str rest = cut(form, text, max);
	bool whole = rest.n == text.n;

	while (rest.n > 0) {
		size_t n = run(form, rest);
		buf_add(out, str_first(rest, n));
		rest = str_from(rest, n);
		if (rest.n > 0) {
			add_other(out, form, rest.p[0]);
			rest = str_from(rest, 1);
		}
	}
	return whole;
}

struct str
line_text(struct arena *arena, enum line_form form, struct str text, size_t max)
{
	struct buf out;

	buf_init(&out, arena);
	line_add(&out, form, text, max);
	buf_adds(&out, "");
	return buf_str(&out);
}

void
line_mend(char *text, size_t n)
{
	for (size_t at = 0; at < n; at++) {
		at += run(LINE_TEXT, str_n(text + at, n - at));
		if (at < n)
			text[at] = '?';
	}
}
