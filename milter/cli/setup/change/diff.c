#include "milter/cli/setup/change/diff.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/line.h"
#include "base/mem.h"

/* --- lines --- */

struct lines {
	struct str *line;
	size_t n;
};

/* Without their ends.  The caller frees ->line. */
static struct lines
lines_of(struct str text)
{
	struct lines lines = {.n = 0};
	size_t room = 1;

	for (size_t i = 0; i < text.n; i++)
		room += text.p[i] == '\n';
	lines.line = mem_array(room, sizeof *lines.line);
	while (text.n > 0) {
		size_t n = str_chr(text, '\n');
		lines.line[lines.n++] = str_first(text, n);
		text = str_from(text, n + 1);
	}
	return lines;
}

static void
add_line(char sign, struct str line, struct buf *out)
{
	buf_addc(out, sign);
	line_add(out, LINE_ESCAPED, line, LINE_WHOLE);
	buf_addc(out, '\n');
}

/* --- the longest common subsequence --- */

/* Two files of 2,000 lines; where more differ, all between the first and the
   last that do is shown. */
#define CELLS_MAX ((size_t)4 << 20)

/* common[i * (m + 1) + j]: how many lines a[i...] and b[j...] have in common;
   NULL: too many. */
static uint32_t *
common_of(const struct str *a, size_t n, const struct str *b, size_t m)
{
	if (n >= CELLS_MAX || m >= CELLS_MAX || (n + 1) * (m + 1) > CELLS_MAX)
		return NULL;
	uint32_t *common = mem_array((n + 1) * (m + 1), sizeof *common);
	for (size_t i = n + 1; i-- > 0;) {
		for (size_t j = m + 1; j-- > 0;) {
			uint32_t *cell = &common[i * (m + 1) + j];
			uint32_t less_a = i < n ? cell[m + 1] : 0;
			uint32_t less_b = j < m ? cell[1] : 0;
			*cell = less_a > less_b ? less_a : less_b;
			if (i < n && j < m && str_eq(a[i], b[j]))
				*cell = cell[m + 2] + 1;
		}
	}
	return common;
}

static void
add_between(const struct str *a, size_t n, const struct str *b, size_t m,
	    struct buf *out)
{
	uint32_t *common = common_of(a, n, b, m);
	size_t i = 0, j = 0;

	while (i < n || j < m) {
		const uint32_t *cell = common ? &common[i * (m + 1) + j] : NULL;
		if (cell && i < n && j < m && str_eq(a[i], b[j])) {
			i++;
			j++;
		} else if (i < n && (!cell || j == m || cell[m + 1] >= cell[1]))
			add_line('-', a[i++], out);
		else
			add_line('+', b[j++], out);
	}
	free(common);
}

void
diff_add(struct str a, struct str b, struct buf *out)
{
	struct lines x = lines_of(a), y = lines_of(b);
	size_t first = 0, n = x.n, m = y.n;

	while (first < n && first < m && str_eq(x.line[first], y.line[first]))
		first++;
	while (n > first && m > first && str_eq(x.line[n - 1], y.line[m - 1])) {
		n--;
		m--;
	}
	add_between(x.line + first, n - first, y.line + first, m - first, out);
	free(y.line);
	free(x.line);
}
