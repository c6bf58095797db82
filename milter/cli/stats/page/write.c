/* Of what each part of the page is written. */
#include <time.h>

#include "base/number.h"
#include "base/when.h"
#include "milter/cli/stats/page/parts.h"

void
page_put(struct page *page, const char *html)
{
	buf_adds(page->out, html);
}

void
page_name(struct page *page, struct str name)
{
	html_add(page->out, LINE_ESCAPED, name, PAGE_NAME);
}

void
page_text(struct page *page, struct str text)
{
	html_add(page->out, LINE_TEXT, text, LINE_WHOLE);
}

void
page_count(struct page *page, int64_t number)
{
	number_add(page->out, number);
}

void
page_mails(struct page *page, int64_t mails)
{
	page_count(page, mails);
	page_put(page, mails == 1 ? " mail" : " mails");
}

/* --- times --- */

void
page_time(struct page *page, int64_t time)
{
	when_add(page->out, time, page->options->now);
}

void
page_day(struct page *page, int64_t time)
{
	when_add_day(page->out, time, page->options->now);
}

void
page_date(struct page *page, int64_t seconds)
{
	const time_t when = (time_t)seconds;
	char text[sizeof("YYYY-MM-DD") + 8] = "";
	struct tm tm;

	if (localtime_r(&when, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	page_put(page, text);
}

/* --- words of a command --- */

static bool
is_plain(struct str word)
{
	size_t i;

	for (i = 0; i < word.n; i++)
		if (!ascii_is_alnum(word.p[i]) && word.p[i] != '.' &&
		    word.p[i] != '-' && word.p[i] != '_')
			return false;
	return word.n > 0 && word.n <= PAGE_NAME && word.p[0] != '-';
}

bool
page_argument(struct page *page, struct str word)
{
	if (!is_plain(word))
		return false;
	buf_add(page->out, word);
	return true;
}

/* --- elements --- */

const char *
page_colour(enum action action)
{
	switch (action) {
	case ACTION_QUARANTINE:
		return "junk";
	case ACTION_REJECT:
	case ACTION_DISCARD:
		return "refuse";
	case ACTION_TEMPFAIL:
		return "wait";
	case ACTION_ACCEPT:
		break;
	}
	return "pass";
}

void
page_action(struct page *page, enum action action, const char *text)
{
	buf_printf(page->out, "<span class=\"tag %s\">%s</span>",
		   page_colour(action), text);
}

static size_t
lines_of(struct str text)
{
	size_t lines = 0, i;

	for (i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	return lines + (text.n > 0 && text.p[text.n - 1] != '\n');
}

void
page_paste(struct page *page, struct str lines, const char *what)
{
	buf_printf(page->out,
		   "<textarea readonly rows=%zu spellcheck=false "
		   "aria-label=\"%s\">",
		   lines_of(lines), what);
	html_add_lines(page->out, LINE_TEXT, lines, LINE_WHOLE);
	page_put(page, "</textarea>");
}

void
page_section(struct page *page, const char *id, const char *heading)
{
	buf_printf(page->out,
		   "<section id=%s aria-labelledby=h-%s><h2 id=h-%s>%s</h2>\n",
		   id, id, id, heading);
}

void
page_section_end(struct page *page)
{
	page_put(page, "</section>\n");
}

void
page_nothing(struct page *page, const char *id, const char *sentence)
{
	buf_printf(page->out, "<p class=none id=%s>%s</p>\n", id, sentence);
}

/* --- tables --- */

static bool
is_number(const char *heading)
{
	return heading[0] == '#';
}

struct page_table
page_table(struct page *page, const char *const *heading)
{
	struct page_table table = {page, heading, 0};
	size_t i;

	page_put(page, "<table class=cards role=table><thead role=rowgroup>"
		       "<tr role=row>");
	for (i = 0; heading[i]; i++)
		buf_printf(page->out,
			   "<th role=columnheader scope=col%s>%s</th>",
			   is_number(heading[i]) ? " class=n" : "",
			   heading[i] + is_number(heading[i]));
	page_put(page, "</tr></thead><tbody role=rowgroup>\n");
	return table;
}

static void
end_row(struct page_table *table)
{
	if (table->column > 0)
		page_put(table->page,
			 table->column == 1 ? "</th></tr>\n" : "</td></tr>\n");
	table->column = 0;
}

void
page_table_row(struct page_table *table)
{
	end_row(table);
	page_put(table->page, "<tr role=row>");
}

void
page_table_cell(struct page_table *table, const char *extra)
{
	const char *heading = table->heading[table->column];
	struct buf *out = table->page->out;
	const bool number = is_number(heading);

	if (table->column == 0) {
		page_put(table->page, "<th role=rowheader scope=row>");
	} else {
		page_put(table->page, table->column == 1 ? "</th>" : "</td>");
		buf_printf(out, "<td role=cell data-l=\"%s\"",
			   heading + number);
		if (number || extra)
			buf_printf(out, " class=\"%s%s%s\"", number ? "n" : "",
				   number && extra ? " " : "",
				   extra ? extra : "");
		page_put(table->page, ">");
	}
	table->column++;
}

void
page_table_more(struct page_table *table)
{
	size_t columns = 0;

	while (table->heading[columns])
		columns++;
	end_row(table);
	buf_printf(table->page->out,
		   "<tr role=row class=more><td role=cell colspan=%zu>",
		   columns);
	table->column = 2; /* its end is that of any further cell */
}

void
page_table_end(struct page_table *table)
{
	end_row(table);
	page_put(table->page, "</tbody></table>\n");
}
