#include "base/wrap.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* How much of the line fits: up to a blank, or else its first word. */
static size_t
fitting(struct str line, size_t room)
{
	if (line.n <= room)
		return line.n;
	size_t last = str_rchr(str_first(line, room + 1), ' ');
	return last <= room ? last : str_chr(line, ' ');
}

void
wrap_after(struct buf *out, enum line_form form, struct str line, size_t at,
	   struct str before)
{
	for (;;) {
		size_t room = at < WRAP_COLUMNS ? WRAP_COLUMNS - at : 0;
		size_t n = fitting(line, room);
		line_add(out, form, str_first(line, n), LINE_WHOLE);
		buf_addc(out, '\n');
		line = str_trim_wsp(str_from(line, n));
		if (line.n == 0)
			return;
		buf_add(out, before);
		at = before.n;
	}
}

void
wrap_line(struct buf *out, enum line_form form, struct str line, size_t at,
	  size_t indent)
{
	char blanks[WRAP_COLUMNS];

	memset(blanks, ' ', sizeof blanks);
	wrap_after(out, form, line, at,
		   str_n(blanks, indent < WRAP_COLUMNS ? indent : 0));
}

void
wrap_text(struct buf *out, enum line_form form, struct str text, size_t further)
{
	struct str line;

	while (text.n > 0 && str_split(&text, '\n', &line)) {
		struct str words = str_trim_wsp(line);
		size_t indent = words.n > 0 ? (size_t)(words.p - line.p) : 0;
		buf_printf(out, "%*s", (int)indent, "");
		wrap_line(out, form, words, indent, indent + further);
	}
}

void
wrap_print(FILE *to, struct str text)
{
	int error = errno;
	struct buf wrapped;

	buf_init(&wrapped, NULL);
	if (isatty(fileno(to)) == 1) {
		wrap_text(&wrapped, LINE_TEXT, text, 4);
		text = buf_str(&wrapped);
	}
	if (text.n > 0)
		fwrite(text.p, 1, text.n, to);
	buf_clear(&wrapped);
	errno = error;
}
