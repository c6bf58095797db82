/*
 * Results over time: two graphs, of what comes in and, at a scale of its own,
 * of what is stopped, with marks for what happened beside mail.  What a graph
 * shows a table has as well.
 *
 * A graph is stretched to its place, so it holds no text; that stands in HTML
 * about it, and is as large on a phone.
 */
#include "milter/cli/stats/page/parts.h"

/* Units of a graph. */
#define WIDE 1000
#define HIGH 100
/* Bars that can still be told from each other on a phone; more are put
   together. */
#define BARS 62
#define MARKS 30
#define GAPS 30

/* What a bar is made of, the lowest first. */
struct bar {
	int64_t begin, end;
	int64_t pass, other;        /* delivered */
	int64_t refuse, junk, wait; /* stopped */
};

struct graph {
	struct page *page;
	struct bar bar[BARS];
	size_t bars;
	int64_t most_delivered, most_stopped;
	size_t worst; /* the bar with the most refused, or else stopped */
	bool hours;   /* a bar is of less than a day */
};

static void
add_counts(const struct page *page, struct bar *bar,
	   const struct stats_counts *counts)
{
	const int64_t *action = page->enforce ? counts->done : counts->decided;
	const int64_t pass = counts->result[STATS_PASS];
	const int64_t accepted = action[ACTION_ACCEPT];

	/* What passes DMARC can be stopped for something else. */
	bar->pass += pass < accepted ? pass : accepted;
	bar->other += accepted - (pass < accepted ? pass : accepted);
	bar->refuse += action[ACTION_REJECT] + action[ACTION_DISCARD];
	bar->junk += action[ACTION_QUARANTINE];
	bar->wait += action[ACTION_TEMPFAIL];
}

static int64_t
stopped(const struct bar *bar)
{
	return bar->refuse + bar->junk + bar->wait;
}

static bool
is_worse(const struct bar *bar, const struct bar *than)
{
	if (bar->refuse != than->refuse)
		return bar->refuse > than->refuse;
	return stopped(bar) > stopped(than);
}

static void
draw(struct graph *graph, struct page *page, const struct stats_series *series)
{
	const size_t each = series->slots / BARS + (series->slots % BARS != 0);
	size_t i;

	graph->page = page;
	graph->hours = (int64_t)each * series->width < STATS_DAY;
	for (i = 0; i < series->slots; i++) {
		struct bar *bar = &graph->bar[i / each];

		if (i % each == 0)
			bar->begin = series->slot[i].begin;
		bar->end = series->slot[i].begin + series->width;
		add_counts(page, bar, &series->slot[i].counts);
		graph->bars = i / each + 1;
	}
	for (i = 0; i < graph->bars; i++) {
		const struct bar *bar = &graph->bar[i];

		if (bar->pass + bar->other > graph->most_delivered)
			graph->most_delivered = bar->pass + bar->other;
		if (stopped(bar) > graph->most_stopped)
			graph->most_stopped = stopped(bar);
		if (is_worse(bar, &graph->bar[graph->worst]))
			graph->worst = i;
	}
}

static void
put_begin(const struct graph *graph, const struct bar *bar)
{
	if (graph->hours)
		page_time(graph->page, bar->begin);
	else
		page_day(graph->page, bar->begin);
}

/* --- the graphs --- */

/* A piece on top of `below`; returns what is below the next one. */
static double
put_piece(const struct graph *graph, size_t at, const char *colour,
	  int64_t mails, int64_t most, double below)
{
	const double width = (double)WIDE / (double)graph->bars;
	const double left = width * ((double)at + 0.1);
	double high;

	if (mails == 0 || most == 0)
		return below;
	high = (double)mails * HIGH / (double)most;
	if (high < 1) /* what is there shows */
		high = 1;
	buf_printf(graph->page->out,
		   "<path class=f-%s d=\"M%.1f %.1fh%.1fv-%.1fh-%.1fz\"/>",
		   colour, left, HIGH - below, width * 0.8, high, width * 0.8);
	return below + high;
}

static double
place_of(const struct graph *graph, int64_t time)
{
	const int64_t begin = graph->bar[0].begin;
	const int64_t end = graph->bar[graph->bars - 1].end;

	if (time <= begin || end <= begin)
		return 0;
	if (time >= end)
		return 1;
	return (double)(time - begin) / (double)(end - begin);
}

static void
put_gaps(const struct graph *graph)
{
	const struct stats_gaps *gaps = &graph->page->gaps;
	size_t i;

	for (i = gaps->gaps > GAPS ? gaps->gaps - GAPS : 0; i < gaps->gaps; i++)
		buf_printf(graph->page->out,
			   "<path class=f-gap d=\"M%.1f 0h8v%dh-8z\"/>",
			   place_of(graph, gaps->gap[i].time) * (WIDE - 8),
			   HIGH);
}

static size_t
first_mark(const struct graph *graph)
{
	const size_t events = graph->page->events.events;

	return events > MARKS ? events - MARKS : 0;
}

static void
put_lines(const struct graph *graph)
{
	const struct stats_events *events = &graph->page->events;
	size_t i;

	for (i = first_mark(graph); i < events->events; i++)
		buf_printf(graph->page->out,
			   "<path class=f-mark d=\"M%.1f 0V%d\"/>",
			   place_of(graph, events->event[i].time) * WIDE, HIGH);
}

static void
put_svg(const struct graph *graph, const char *id, const char *name,
	int64_t most, unsigned high)
{
	struct page *page = graph->page;

	buf_printf(page->out,
		   "<div class=chart><svg viewBox=\"0 0 %d %d\" height=%u "
		   "preserveAspectRatio=none role=img aria-labelledby=\"%s-t "
		   "%s-d\"><title id=%s-t>%s</title><desc id=%s-d>At most ",
		   WIDE, HIGH, high, id, id, id, name, id);
	page_mails(page, most);
	page_put(page, graph->hours ? " at a time" : " a day");
	buf_printf(page->out,
		   ". The table below has each number.</desc>"
		   "<path class=f-grid d=\"M0 0H%dM0 %dH%d\"/>",
		   WIDE, HIGH / 2, WIDE);
}

static void
put_svg_end(const struct graph *graph, const char *what, int64_t most)
{
	struct page *page = graph->page;

	put_gaps(graph);
	put_lines(graph);
	page_put(page, "</svg><p class=top>");
	page_count(page, most);
	buf_printf(page->out, " %s</p></div>\n", what);
}

static void
put_delivered(const struct graph *graph)
{
	double below;
	size_t i;

	put_svg(graph, "g1", "Mail that is delivered", graph->most_delivered,
		160);
	for (i = 0; i < graph->bars; i++) {
		below = put_piece(graph, i, "pass", graph->bar[i].pass,
				  graph->most_delivered, 0);
		(void)put_piece(graph, i, "other", graph->bar[i].other,
				graph->most_delivered, below);
	}
	put_svg_end(graph, "delivered", graph->most_delivered);
}

static void
put_stopped(const struct graph *graph)
{
	const int64_t most = graph->most_stopped;
	double below;
	size_t i;

	put_svg(graph, "g2", "Mail that is stopped or put off", most, 110);
	for (i = 0; i < graph->bars; i++) {
		const struct bar *bar = &graph->bar[i];

		below = put_piece(graph, i, "refuse", bar->refuse, most, 0);
		below = put_piece(graph, i, "junk", bar->junk, most, below);
		(void)put_piece(graph, i, "wait", bar->wait, most, below);
	}
	put_svg_end(
	    graph, graph->page->enforce ? "stopped" : "would be stopped", most);
}

/* --- about them --- */

static void
put_axis(const struct graph *graph)
{
	struct page *page = graph->page;

	page_put(page, "<p class=axis aria-hidden=true><span>");
	put_begin(graph, &graph->bar[0]);
	if (graph->bars > 2) {
		page_put(page, "</span><span>");
		put_begin(graph, &graph->bar[graph->bars / 2]);
	}
	page_put(page, "</span><span>");
	put_begin(graph, &graph->bar[graph->bars - 1]);
	page_put(page,
		 "</span></p>\n<p class=legend>"
		 "<span class=\"tag pass\">passes DMARC</span>"
		 "<span class=\"tag other\">delivered without a pass</span>"
		 "<span class=\"tag refuse\">refused</span>"
		 "<span class=\"tag junk\">quarantined</span>"
		 "<span class=\"tag wait\">put off</span></p>\n");
}

static void
put_flags(const struct graph *graph)
{
	const struct stats_events *events = &graph->page->events;
	const size_t first = first_mark(graph);
	size_t i;

	if (events->events == 0)
		return;
	page_put(graph->page, "<div class=flags aria-hidden=true>");
	for (i = first; i < events->events; i++)
		buf_printf(graph->page->out, "<b style=\"left:%.1f%%\">%zu</b>",
			   place_of(graph, events->event[i].time) * 100,
			   i - first + 1);
	page_put(graph->page, "</div>\n");
}

static void
put_event(struct page *page, const struct stats_event *event)
{
	switch (event->kind) {
	case STATS_START:
		page_put(page, "started, mode ");
		page_text(page, event->mode);
		break;
	case STATS_RELOAD:
		page_put(page, "configuration read again, mode ");
		page_text(page, event->mode);
		break;
	case STATS_MODE:
		page_put(page, "<strong>mode ");
		page_text(page, event->mode);
		page_put(page, "</strong> from now on");
		break;
	case STATS_VERSION:
		page_put(page, "started with version ");
		page_text(page, event->version);
		break;
	}
	if (page_has_hosts(page)) {
		page_put(page, ", ");
		page_name(page, event->host);
	}
}

static void
put_marks(const struct graph *graph)
{
	struct page *page = graph->page;
	const struct stats_events *events = &page->events;
	const size_t first = first_mark(graph);
	size_t i;

	if (events->events == 0)
		return;
	page_put(page, "<ol class=marks>");
	for (i = first; i < events->events; i++) {
		page_put(page, "<li>");
		page_time(page, events->event[i].time);
		page_put(page, ": ");
		put_event(page, &events->event[i]);
		page_put(page, "</li>\n");
	}
	page_put(page, "</ol>\n");
	if (first + events->left_out > 0)
		page_put(page,
			 "<p class=soft>Earlier ones are left out.</p>\n");
}

static void
put_gap_list(struct page *page)
{
	const struct stats_gaps *gaps = &page->gaps;
	const size_t first = gaps->gaps > GAPS ? gaps->gaps - GAPS : 0;
	size_t i;

	if (gaps->gaps == 0)
		return;
	page_put(page, "<p>Records are missing, so numbers are too low: ");
	for (i = first; i < gaps->gaps; i++) {
		const struct stats_gap *gap = &gaps->gap[i];

		page_put(page, i > first ? "; " : "");
		page_time(page, gap->time);
		page_put(page, ", ");
		if (gap->messages > 0)
			page_mails(page, gap->messages);
		else
			page_put(page, "nobody knows how many");
	}
	page_put(page,
		 first + gaps->left_out > 0 ? "; and earlier ones. " : ". ");
	page_put(page, "<code>verdict status</code> tells why.</p>\n");
}

/* No picture without a next step. */
static void
put_worst(const struct graph *graph)
{
	const struct bar *bar = &graph->bar[graph->worst];
	struct page *page = graph->page;

	if (stopped(bar) == 0) {
		page_put(page, "<p>Nothing was, or would be, stopped in this "
			       "time.</p>\n");
		return;
	}
	page_put(page, bar->refuse > 0 ? "<p>The most was refused "
				       : "<p>The most was stopped ");
	page_put(page, graph->hours ? "from " : "on ");
	put_begin(graph, bar);
	page_put(page, ": ");
	page_mails(page, bar->refuse > 0 ? bar->refuse : stopped(bar));
	page_put(page, ". Look at them: <code>verdict search --since ");
	page_date(page, bar->begin);
	page_put(page, " --until ");
	page_date(page, bar->end + STATS_DAY - 1);
	page_put(page, bar->refuse > 0 ? " --action reject</code></p>\n"
				       : "</code></p>\n");
}

static void
put_numbers(const struct graph *graph)
{
	static const char *const heading[] = {
	    "From",         "#Pass DMARC", "#Without", "#Refused",
	    "#Quarantined", "#Put off",    NULL};
	struct page *page = graph->page;
	struct page_table table;
	size_t i, j;

	page_put(page, "<details><summary>The same as a table</summary>");
	table = page_table(page, heading);
	for (i = 0; i < graph->bars; i++) {
		const struct bar *bar = &graph->bar[i];
		const int64_t numbers[] = {bar->pass, bar->other, bar->refuse,
					   bar->junk, bar->wait};

		page_table_row(&table);
		page_table_cell(&table, NULL);
		put_begin(graph, bar);
		for (j = 0; j < sizeof(numbers) / sizeof(numbers[0]); j++) {
			page_table_cell(&table, NULL);
			page_count(page, numbers[j]);
		}
	}
	page_table_end(&table);
	page_put(page, "</details>\n");
}

bool
page_over_time(struct page *page)
{
	const struct stats_period *period = &page->options->period;
	const int64_t end = period->until ? period->until : page->options->now;
	struct graph *graph = arena_alloc(page->arena, sizeof(*graph));
	struct stats_series series;

	if (!stats_series(page->store, page->arena, period,
			  end - period->since > 3 * STATS_DAY ? STATS_DAY
							      : STATS_HOUR,
			  &series))
		return false;
	if (series.slots == 0) {
		page_nothing(page, "time", "There is no mail to draw.");
		return true;
	}
	draw(graph, page, &series);
	page_section(page, "time", "Results over time");
	put_worst(graph);
	put_flags(graph);
	put_delivered(graph);
	if (graph->most_stopped > 0)
		put_stopped(graph);
	put_axis(graph);
	put_marks(graph);
	put_gap_list(page);
	put_numbers(graph);
	page_section_end(page);
	return true;
}
