#include "tests/support/over_flat.h"

void
over_flat(struct str text, struct buf *out)
{
	struct str line;
	bool was_marked = false;

	while (str_split(&text, '\n', &line)) {
		bool marked = str_starts(line, str_lit("#!  "));
		bool more = marked || str_starts(line, str_lit("#   "));
		buf_adds(out, !more                  ? "\n"
			      : marked != was_marked ? "\n#"
						     : " ");
		if (more && marked != was_marked)
			buf_adds(out, marked ? "!  " : "   ");
		buf_add(out, str_from(line, more ? 4 : 0));
		was_marked = marked;
	}
}
