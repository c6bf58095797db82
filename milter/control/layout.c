#include "milter/control/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/wrap.h"

#define NAME_COLUMNS 18
#define GAP 2
/* Less of a text says nothing, whatever the others need. */
#define LEAST_COLUMNS 12

void
layout_add_count(struct buf *out, uint64_t count)
{
	char digits[24];
	int n = snprintf(digits, sizeof digits, "%" PRIu64, count);

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			buf_addc(out, ',');
		buf_addc(out, digits[i]);
	}
}

void
layout_add_size(struct buf *out, uint64_t octets)
{
	static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
	size_t unit = 0;
	uint64_t factor = 1;

	while (octets / factor >= 1024 &&
	       unit + 1 < sizeof units / sizeof units[0]) {
		factor *= 1024;
		unit++;
	}
	uint64_t whole = octets / factor;
	uint64_t tenth = octets % factor * 10 / factor;
	if (whole < 10 && tenth > 0)
		buf_printf(out, "%" PRIu64 ".%" PRIu64 " %s", whole, tenth,
			   units[unit]);
	else
		buf_printf(out, "%" PRIu64 " %s", whole, units[unit]);
}

void
layout_add_span(struct buf *out, int64_t seconds)
{
	static const struct {
		const char *one;
		int64_t seconds;
	} units[] = {
	    {"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}};
	size_t i = 0;

	if (seconds < 0)
		seconds = 0;
	/* "45 hours" tells more than "1 day". */
	while (seconds < 2 * units[i].seconds && units[i].seconds > 1)
		i++;
	int64_t n = seconds / units[i].seconds;
	buf_printf(out, "%" PRId64 " %s%s", n, units[i].one, n == 1 ? "" : "s");
}

void
layout_add_ago(struct buf *out, int64_t when, int64_t now)
{
	if (when == 0) {
		buf_adds(out, "never");
		return;
	}
	layout_add_span(out, now - when);
	buf_adds(out, " ago");
}

/* --- rows --- */

static void
add_blanks(struct buf *out, size_t n)
{
	buf_printf(out, "%*s", (int)n, "");
}

void
layout_add_text(struct buf *out, struct str line)
{
	wrap_line(out, LINE_TEXT, line, 0, 0);
}

void
layout_add_row(struct buf *out, const char *name, struct str text)
{
	struct str line;

	buf_printf(out, "%-*s", NAME_COLUMNS, name);
	str_split(&text, '\n', &line);
	wrap_line(out, LINE_TEXT, line, NAME_COLUMNS, NAME_COLUMNS);
	while (str_split(&text, '\n', &line)) {
		if (line.n == 0)
			continue;
		add_blanks(out, NAME_COLUMNS);
		wrap_line(out, LINE_TEXT, line, NAME_COLUMNS, NAME_COLUMNS);
	}
}

/* --- tables --- */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Begin and end tell more of a name than its middle. */
static void
add_cut(struct buf *out, struct str text, size_t width)
{
	if (text.n <= width) {
		line_add(out, LINE_TEXT, text, LINE_WHOLE);
		return;
	}
	size_t tail = (width - 3) / 2;
	size_t head = width - 3 - tail;
	line_add(out, LINE_TEXT, text, head);
	buf_adds(out, "...");
	line_add(out, LINE_TEXT, str_from(text, text.n - tail), LINE_WHOLE);
}

static void
add_cell(struct buf *out, const struct layout_column *column, struct str text,
	 size_t width, bool last)
{
	size_t pad = width - least(width, text.n);

	if (column->side == LAYOUT_RIGHT)
		add_blanks(out, pad);
	add_cut(out, text, width);
	if (last)
		buf_addc(out, '\n');
	else
		add_blanks(out, GAP + (column->side == LAYOUT_LEFT ? pad : 0));
}

static size_t
width_of(const struct layout_column *column, size_t columns,
	 const struct str *cell, size_t rows)
{
	size_t widest = strlen(column->head);

	for (size_t i = 0; i < rows; i++) {
		size_t n = cell[i * columns].n;
		if (column->most > 0)
			n = least(n, column->most);
		widest = n > widest ? n : widest;
	}
	return widest;
}

void
layout_add_table(struct buf *out, const struct layout_column *column,
		 size_t columns, const struct str *cell, size_t rows)
{
	size_t width[LAYOUT_TABLE_COLUMNS] = {0};
	size_t others = 0;

	for (size_t i = 0; i < columns; i++) {
		width[i] = width_of(&column[i], columns, cell + i, rows);
		others += i > 0 ? width[i] + GAP : 0;
	}
	if (width[0] + others > WRAP_COLUMNS)
		width[0] =
		    WRAP_COLUMNS - least(others, WRAP_COLUMNS - LEAST_COLUMNS);
	for (size_t i = 0; i < columns; i++)
		add_cell(out, &column[i], str_of(column[i].head), width[i],
			 i + 1 == columns);
	for (size_t i = 0; i < rows * columns; i++)
		add_cell(out, &column[i % columns], cell[i], width[i % columns],
			 (i + 1) % columns == 0);
}
