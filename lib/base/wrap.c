#include "base/wrap.h"

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
wrap_line(struct buf *out, enum line_form form, struct str line, size_t at,
	  size_t indent)
{
	for (;;) {
		size_t n = fitting(line, WRAP_COLUMNS - at);
		line_add(out, form, str_first(line, n), LINE_WHOLE);
		buf_addc(out, '\n');
		line = str_trim_wsp(str_from(line, n));
		if (line.n == 0)
			return;
		buf_printf(out, "%*s", (int)indent, "");
		at = indent;
	}
}
