#include "base/csv.h"

#include <stdbool.h>
#include <string.h>

#include "base/line.h"

static void
begin_field(struct buf *out)
{
	if (out->n && out->p[out->n - 1] != '\n')
		buf_addc(out, ',');
}

/* Of Excel, LibreOffice and their like, some of which pass over blanks; the
   last two are "=" and "+" in full width, which some take for the same. */
static bool
is_formula(struct str text)
{
	static const char *const begins[] = {
	    "=", "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b"};
	size_t i;

	text = str_trim_wsp(text);
	for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (str_starts(text, str_of(begins[i])))
			return true;
	return false;
}

static bool
wants_quotes(struct str text)
{
	size_t i;

	for (i = 0; i < text.n; i++)
		if (strchr(",;\"' ", text.p[i]))
			return true;
	return text.n == 0 || is_formula(text);
}

void
csv_add(struct buf *out, struct str text)
{
	struct buf plain;
	size_t i;

	begin_field(out);
	buf_init(&plain, NULL);
	line_add(&plain, LINE_TEXT, text, LINE_WHOLE);
	text = buf_str(&plain);
	if (!wants_quotes(text)) {
		buf_add(out, text);
	} else {
		buf_addc(out, '"');
		if (is_formula(text))
			buf_addc(out, '\'');
		for (i = 0; i < text.n; i++) {
			if (text.p[i] == '"')
				buf_addc(out, '"');
			buf_addc(out, text.p[i]);
		}
		buf_addc(out, '"');
	}
	buf_clear(&plain);
}

void
csv_add_number(struct buf *out, int64_t number)
{
	begin_field(out);
	buf_printf(out, "%lld", (long long)number);
}

void
csv_end_line(struct buf *out)
{
	buf_addc(out, '\n');
}
