#include "base/html.h"

static const char *
reference(char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* False: that was not all. */
static bool
add(struct buf *out, enum line_form form, struct str text, size_t max)
{
	struct buf line;
	bool whole;
	size_t i;

	buf_init(&line, NULL);
	whole = line_add(&line, form, text, max);
	for (i = 0; i < line.n; i++) {
		const char *instead = reference(line.p[i]);

		if (instead)
			buf_adds(out, instead);
		else
			buf_addc(out, line.p[i]);
	}
	buf_clear(&line);
	return whole;
}

void
html_add(struct buf *out, enum line_form form, struct str text, size_t max)
{
	if (!add(out, form, text, max))
		buf_adds(out, "&hellip;");
}

void
html_add_lines(struct buf *out, enum line_form form, struct str text,
	       size_t max)
{
	const bool whole = text.n <= max;
	struct str rest = str_first(text, max), line;

	if (rest.n > 0 && rest.p[rest.n - 1] == '\n')
		rest.n--;
	buf_addc(out, '\n');
	while (rest.n > 0 && str_split(&rest, '\n', &line)) {
		(void)add(out, form, line, LINE_WHOLE);
		buf_addc(out, '\n');
	}
	if (!whole)
		buf_adds(out, "&hellip;\n");
}
