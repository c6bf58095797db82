/* What enforce would do, or did, and what to do about it. */
#include "base/words.h"
#include "milter/cli/stats/page/parts.h"

/* Who has more to do than this looks again afterwards. */
#define WANTING_ROWS 25
/* Of those that want nobody the largest show what it is. */
#define OTHER_ROWS 10

static const char *const heading[] = {"From domain", "Enforce would", "#Mails",
				      "Source",      "Looks like",    NULL};
static const char *const heading_done[] = {
    "From domain", "What was done", "#Mails", "Source", "Looks like", NULL};

static void
put_from(struct page *page, const struct stats_finding *finding)
{
	struct str text = stats_from_text(page->arena, finding);

	page_name(page, text);
	if (finding->is_new)
		page_put(page, " <span class=new>new</span>");
}

static void
put_finding(struct page_table *table, const struct stats_finding *finding)
{
	struct page *page = table->page;

	page_table_row(table);
	page_table_cell(table, NULL);
	put_from(page, finding);
	page_table_cell(table, NULL);
	page_action(page, finding->decided,
		    stats_decided_text(finding->decided));
	page_table_cell(table, NULL);
	page_count(page, finding->messages);
	page_table_cell(table, NULL);
	page_name(page, finding->source.text);
	page_table_cell(table, NULL);
	page_put(page, words_text(stats_looks_words, finding->looks));
}

/* The newest one. */
static bool
put_newest(struct page *page, size_t i)
{
	struct stats_sample *sample;
	size_t samples;

	if (!stats_samples(page->store, page->arena, &page->options->period,
			   &page->findings.finding[i], 1, &sample, &samples))
		return false;
	if (samples == 0)
		return true;
	page->sample[i] = sample[0];
	return page_sample(page, sample[0].queue_id, sample[0].time);
}

static void
put_advice(struct page *page, const struct stats_advice *advice)
{
	page_put(page, "<p>");
	page_text(page, advice->text);
	if (advice->yaml.n > 0) {
		page_put(page, " Paste below <code>");
		page_text(page, str_of(advice->keyword));
		page_put(page, ":</code>");
	}
	page_put(page, "</p>");
	if (advice->yaml.n > 0)
		page_paste(page, advice->yaml, "lines of configuration");
}

/* Rows of those that want somebody, or of the others, as far as there is room;
 *mails_out: messages of those that have none. */
static bool
put_rows(struct page_table *table, bool wanting, int64_t *mails_out)
{
	struct page *page = table->page;
	const size_t begin = page->out->n;
	const size_t most = wanting ? WANTING_ROWS : OTHER_ROWS;
	const size_t room = wanting ? ROOM_WANTING : ROOM_OTHERS;
	size_t i, n = 0;

	for (i = 0; i < page->findings.findings; i++) {
		const struct stats_finding *one = &page->findings.finding[i];

		if (stats_wants(one) != wanting)
			continue;
		if (n++ >= most || !page_has_room(page, begin, room)) {
			*mails_out += one->messages;
			continue;
		}
		put_finding(table, one);
		page_table_more(table);
		put_advice(page, &one->advice);
		if (!put_newest(page, i))
			return false;
	}
	return true;
}

static void
put_way(struct page *page)
{
	page_put(page,
		 page->enforce
		     ? "<p class=soft>What was stopped or put off, and whom "
		       "to let in. "
		     : "<p class=soft>What <code>mode: enforce</code> would "
		       "do, and whom to let in before. ");
	if (page->findings.wanting == 0) {
		page_put(page, "Nobody among them needs you.</p>\n");
		return;
	}
	page_put(page, "Paste into <code>verdict.yaml</code>, look with "
		       "<code>verdict-milter -n</code>, then <code>verdict "
		       "reload</code>.</p>\n");
}

bool
page_findings(struct page *page)
{
	const struct stats_findings *findings = &page->findings;
	int64_t rest = findings->rest;
	struct page_table table;

	if (findings->all == 0) {
		page_nothing(page, "todo",
			     "There is nothing to do: no mail was, or would "
			     "be, stopped or put off.");
		return true;
	}
	page_section(page, "todo",
		     findings->wanting > 0 ? "What needs you"
		     : page->enforce       ? "What was stopped"
					   : "What would be stopped");
	put_way(page);
	table = page_table(page, page->enforce ? heading_done : heading);
	if (!put_rows(&table, true, &rest) || !put_rows(&table, false, &rest))
		return false;
	page_table_end(&table);
	if (rest > 0) {
		page_put(page, "<p class=soft>Not listed: ");
		page_mails(page, rest);
		page_put(page, " of other senders. All of them: <code>verdict "
			       "stats --csv</code></p>\n");
	}
	page_section_end(page);
	return true;
}
