/* Mail on hold, and how it is released. */
#include "milter/cli/stats/page/parts.h"
#include "stats/message.h"

#define ROWS 50

static const char *const heading[] = {
    "Queue id", "Since", "From domain", "Why", "Release it, as root", NULL};

static void
put_release(struct page *page, struct str queue_id)
{
	const size_t begin = page->out->n;

	page_put(page, "<input readonly value=\"postsuper -H ");
	if (!page_argument(page, queue_id)) {
		page->out->n = begin;
		page_put(page, "no usable queue id");
		return;
	}
	page_put(page, "\" aria-label=\"command that releases ");
	page_name(page, queue_id);
	page_put(page, "\">");
}

static void
put_one(struct page_table *table, const struct stats_held *held)
{
	struct page *page = table->page;

	page_table_row(table);
	page_table_cell(table, NULL);
	page_name(page, held->queue_id);
	page_table_cell(table, NULL);
	page_time(page, held->time);
	page_table_cell(table, NULL);
	page_name(page, held->from_domain);
	page_table_cell(table, NULL);
	html_add(page->out, LINE_ESCAPED, held->reason, PAGE_NAME);
	page_table_cell(table, NULL);
	put_release(page, held->queue_id);
}

bool
page_held(struct page *page)
{
	struct page_table table;
	struct stats_helds helds;
	size_t begin, i;

	if (!stats_helds(page->store, page->arena, &page->options->period, ROWS,
			 &helds))
		return false;
	if (helds.helds == 0) {
		page_nothing(page, "held",
			     "No mail was put on hold in this time.");
		return true;
	}
	page_section(page, "held", "On hold");
	page_put(page,
		 "<p class=soft>Put on hold in this time, the newest first; "
		 "some may have been released or deleted since: "
		 "<code>postqueue -p</code> marks with ! what still waits. "
		 "With Sendmail: <code>mailq -qQ</code>, and <code>sendmail "
		 "-qQ -qI</code><i>ID</i> <code>-Q</code> releases.</p>\n");
	table = page_table(page, heading);
	begin = page->out->n;
	for (i = 0; i < helds.helds && page_has_room(page, begin, ROOM_HELD);
	     i++)
		put_one(&table, &helds.held[i]);
	page_table_end(&table);
	if (i < helds.helds || helds.more)
		page_put(page,
			 "<p class=soft>There may be older ones: <code>verdict "
			 "search --action quarantine</code></p>\n");
	page_section_end(page);
	return true;
}
