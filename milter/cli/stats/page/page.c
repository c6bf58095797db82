#include "milter/cli/stats/page/page.h"

#include "milter/cli/stats/page/parts.h"

/* Findings that are read: those of mail on hold and of domains are looked for
   among them. */
#define FINDINGS 300

bool
page_has_room(const struct page *page, size_t begin, size_t thousands)
{
	return page->out->n - begin < thousands * 1000;
}

bool
page_has_hosts(const struct page *page)
{
	const struct stats_events *events = &page->events;
	size_t i;

	for (i = 1; i < events->events; i++)
		if (!str_eq(events->event[i].host, events->event[0].host))
			return true;
	return false;
}

/* How many steps page_make() has. */
enum { STEPS = 6 };

static void
step(const struct page *page, uint64_t done)
{
	if (page->options->step)
		page->options->step(page->options->ctx, done, STEPS);
}

static bool
read_all(struct page *page)
{
	const struct page_options *options = page->options;
	const struct stats_findings_options how = {options->period,
						   options->now, FINDINGS};
	struct store *store = page->store;
	struct arena *arena = page->arena;

	return stats_totals(store, &options->period, &page->totals) &&
	       stats_events(store, arena, &options->period, &page->events) &&
	       stats_gaps(store, arena, &options->period, &page->gaps) &&
	       stats_findings(store, arena, &how, &page->findings);
}

static bool
put_parts(struct page *page)
{
	static bool (*const part[])(struct page *) = {
	    page_findings, page_over_time, page_domains, page_rules, page_held};
	size_t i;

	for (i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		step(page, 1 + i);
		if (!part[i](page))
			return false;
	}
	return true;
}

bool
page_make(const struct page_options *options, struct buf *out)
{
	struct page page = {
	    .options = options,
	    .store = options->store,
	    .arena = arena_new(NULL),
	    .out = out,
	    .enforce = options->config->policy.mode == POLICY_ENFORCE,
	};
	bool done;

	step(&page, 0);
	done = read_all(&page);
	if (done) {
		page.sample = arena_array(page.arena, page.findings.findings,
					  sizeof(*page.sample));
		page_head(&page);
		done = put_parts(&page);
		page_foot(&page);
	}
	arena_free(page.arena);
	return done;
}
