/* Senders whose mail passed until some day: what broke, and what of their DNS
   changed about then. */
#include "milter/cli/stats/page/parts.h"

/* Of a key or record; two of each are shown. */
#define RECORD_MAX 600

static void
put_what(struct page *page, const struct stats_break *one)
{
	page_put(page, "<h3>");
	page_name(page, one->domain);
	if (one->selector.n > 0) {
		page_put(page, ": selector ");
		page_name(page, one->selector);
	}
	if (one->clients > 0) {
		page_put(page,
			 one->selector.n > 0 ? ", from " : ": mail from ");
		page_name(page, one->client);
	}
	if (one->clients > 1) {
		page_put(page, " and ");
		page_count(page, (int64_t)one->clients - 1);
		page_put(page, " more");
	}
	page_put(page, "</h3>\n<p>Until ");
	page_time(page, one->time);
	page_put(page, " ");
	page_count(page, one->passed_before);
	page_put(page, " of ");
	page_mails(page, one->passed_before + one->failed_before);
	page_put(page, " passed; since then ");
	page_count(page, one->passed_since);
	page_put(page, " of ");
	page_count(page, one->passed_since + one->failed_since);
	page_put(page, ".</p>\n");
}

static void
put_record(struct page *page, const char *label, struct str text)
{
	buf_printf(page->out, "<dt>%s</dt><dd><code>", label);
	if (text.n == 0)
		page_put(page, "nothing that was kept");
	html_add(page->out, LINE_ESCAPED, text, RECORD_MAX);
	page_put(page, "</code></dd>");
}

static void
put_change(struct page *page, const struct stats_change *change)
{
	page_put(page, "<p>Their DNS changed: <code>");
	page_name(page, change->name);
	page_put(page, change->gone ? "</code>, last seen at "
				    : "</code>, first seen at ");
	page_time(page, change->time);
	page_put(page, "</p><dl class=was>");
	put_record(page, "was", change->was);
	if (change->gone)
		page_put(page, "<dt>is</dt><dd>gone</dd>");
	else
		put_record(page, "is", change->is);
	page_put(page, "</dl>\n");
}

/* What to do: tell them. */
static void
put_next_step(struct page *page, const struct stats_break *one)
{
	if (one->changes == 0)
		page_put(page,
			 "<p>Nothing that was asked of their DNS changed about "
			 "then: they changed how, or from where, they send. ");
	else
		page_put(page, "<p>");
	page_put(page, "A text for their postmaster: <code>verdict explain ID "
		       "--letter</code>, with the ID of one of these mails: "
		       "<code>verdict search --since ");
	page_date(page, one->time);
	page_put(page, " --last 1 --from ");
	if (!page_argument(page, one->domain))
		page_put(page, "DOMAIN");
	page_put(page, "</code></p>\n");
}

void
page_breaks(struct page *page, const struct stats_breaks *breaks)
{
	size_t begin, i, j;

	if (breaks->all == 0) {
		page_nothing(page, "broken",
			     "No sender's mail that passed before fails now.");
		return;
	}
	page_section(page, "broken", "Senders that broke");
	begin = page->out->n;
	for (i = 0;
	     i < breaks->breaks && page_has_room(page, begin, ROOM_BREAKS);
	     i++) {
		const struct stats_break *one = &breaks->broke[i];

		page_put(page, "<article>");
		put_what(page, one);
		for (j = 0; j < one->changes; j++)
			put_change(page, &one->change[j]);
		put_next_step(page, one);
		page_put(page, "</article>\n");
	}
	if (i < breaks->all) {
		page_put(page, "<p class=soft>And ");
		page_count(page, (int64_t)(breaks->all - i));
		page_put(page, " more, with less mail.</p>\n");
	}
	page_section_end(page);
}
