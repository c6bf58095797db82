#include "base/wrap.h"

#include <string.h>

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
