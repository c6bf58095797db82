/* From domains by their sources, those with the most trouble first; and those
   among them that broke. */
#include <stdlib.h>

#include "milter/cli/stats/page/parts.h"

/* Domains that are shown, and sources of each. */
#define ROWS 40
#define SOURCES 8
/* Domains whose sources are looked at: those shown, and those that may have
   broken, since the store is read once for all of them. */
#define LOOKED 250
#define LARGEST 20
/* Groups of which they are chosen. */
#define GROUPS 2000

struct choice {
	struct str name[LOOKED];
	size_t names;
};

static void
choose(struct choice *choice, struct str name)
{
	size_t i;

	for (i = 0; i < choice->names; i++)
		if (str_eq(choice->name[i], name))
			return;
	if (choice->names < LOOKED && name.n > 0)
		choice->name[choice->names++] = name;
}

static int64_t
failed(const struct stats_group *group)
{
	return group->counts.result[STATS_FAIL];
}

static int
by_failed(const void *a, const void *b)
{
	const struct stats_group *one = a, *two = b;

	if (failed(one) != failed(two))
		return failed(one) > failed(two) ? -1 : 1;
	return (one->counts.messages < two->counts.messages) -
	       (one->counts.messages > two->counts.messages);
}

/* The groups come sorted by their messages. */
static void
choose_all(struct page *page, struct stats_groups *groups,
	   struct choice *choice)
{
	size_t i;

	for (i = 0; i < page->findings.findings && choice->names < ROWS; i++)
		if (stats_wants(&page->findings.finding[i]))
			choose(choice, page->findings.finding[i].from_domain);
	for (i = 0; i < groups->groups && i < LARGEST; i++)
		choose(choice, groups->group[i].name);
	if (groups->groups > 0)
		qsort(groups->group, groups->groups, sizeof(*groups->group),
		      by_failed);
	for (i = 0; i < groups->groups && failed(&groups->group[i]) > 0; i++)
		choose(choice, groups->group[i].name);
}

/* --- the order in which they are shown --- */

static int64_t
touched(const struct stats_domain *domain)
{
	return domain->counts.messages - domain->counts.decided[ACTION_ACCEPT];
}

static int
by_trouble(const void *a, const void *b)
{
	const struct stats_domain *one = *(const struct stats_domain *const *)a;
	const struct stats_domain *two = *(const struct stats_domain *const *)b;

	if (touched(one) != touched(two))
		return touched(one) > touched(two) ? -1 : 1;
	return (one->counts.messages < two->counts.messages) -
	       (one->counts.messages > two->counts.messages);
}

static const struct stats_domain **
in_order(struct arena *arena, const struct stats_domains *domains)
{
	const struct stats_domain **order =
	    arena_array(arena, domains->domains, sizeof(const void *));
	size_t i;

	for (i = 0; i < domains->domains; i++)
		order[i] = &domains->domain[i];
	if (domains->domains > 0)
		qsort(order, domains->domains, sizeof(const void *),
		      by_trouble);
	return order;
}

/* --- one --- */

static int
percent(int64_t part, int64_t all)
{
	/* Not 100 where one is missing. */
	return all > 0 ? (int)(part * 100 / all) : 0;
}

/* How much passes of what could. */
static void
put_passing(struct page *page, const struct stats_counts *counts)
{
	const int64_t judged = counts->messages -
			       counts->result[STATS_NO_POLICY] -
			       counts->result[STATS_NOT_CHECKED];

	if (judged > 0)
		buf_printf(page->out, "%d %% pass",
			   percent(counts->result[STATS_PASS], judged));
	else if (counts->result[STATS_NO_POLICY] > 0)
		page_put(page, "no policy");
	else
		page_put(page, "not checked");
}

static void
put_bar(struct page *page, const struct stats_counts *counts)
{
	buf_printf(page->out,
		   "<span><i class=bar><i style=\"width:%d%%\"></i>"
		   "</i>",
		   percent(counts->result[STATS_PASS], counts->messages));
	put_passing(page, counts);
	page_put(page, "</span>");
}

/* The strictest of what was decided, and how often. */
static void
put_decided(struct page *page, const struct stats_counts *counts)
{
	static const struct {
		enum action action;
		const char *done, *would;
	} order[] = {
	    {ACTION_DISCARD, " thrown away", " to throw away"},
	    {ACTION_REJECT, " refused", " to refuse"},
	    {ACTION_QUARANTINE, " quarantined", " to quarantine"},
	    {ACTION_TEMPFAIL, " put off", " to put off"},
	};
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (counts->decided[order[i].action] == 0)
			continue;
		buf_printf(page->out, "<span class=\"n %s\">",
			   page_colour(order[i].action));
		page_count(page, counts->decided[order[i].action]);
		page_put(page, page->enforce ? order[i].done : order[i].would);
		page_put(page, "</span>");
		return;
	}
	page_put(page, "<span class=\"n soft\">nothing to stop</span>");
}

static void
put_source(struct page_table *table, const struct stats_origin *origin)
{
	struct page *page = table->page;

	page_table_row(table);
	page_table_cell(table, NULL);
	if (origin->text.n > 0)
		page_name(page, origin->text);
	else
		page_put(page, "(no address)");
	page_table_cell(table, NULL);
	page_count(page, origin->counts.messages);
	page_table_cell(table, NULL);
	if (origin->spf.n == 0)
		page_put(page, "not checked");
	page_name(page, origin->spf);
	page_table_cell(table, NULL);
	if (origin->spf.n == 0)
		page_put(page, "not checked");
	else if (origin->dkim.n > 0)
		page_name(page, origin->dkim);
	else
		page_put(page, "not signed");
	page_table_cell(table, NULL);
	put_passing(page, &origin->counts);
	page_table_cell(table, NULL);
	put_decided(page, &origin->counts);
}

static void
put_other_sources(struct page *page, size_t sources, int64_t mails,
		  int64_t passed)
{
	if (sources == 0)
		return;
	page_put(page, "<p class=soft>And ");
	page_count(page, (int64_t)sources);
	page_put(page, sources == 1 ? " address" : " addresses");
	page_put(page, " more: ");
	page_mails(page, mails);
	buf_printf(page->out, ", %d %% pass.</p>", percent(passed, mails));
}

static void
put_sources(struct page *page, const struct stats_domain *domain)
{
	static const char *const heading[] = {
	    "Source", "#Mails", "SPF", "DKIM", "DMARC", "Decided", NULL};
	struct page_table table = page_table(page, heading);
	int64_t mails = domain->unnamed, passed = 0;
	size_t i, n = 0;

	for (i = 0; i < domain->origins; i++) {
		const struct stats_origin *one = &domain->origin[i];

		if (one->kind != ORIGIN_CLIENT)
			continue;
		if (n++ < SOURCES) {
			put_source(&table, one);
			continue;
		}
		mails += one->counts.messages;
		passed += one->counts.result[STATS_PASS];
	}
	page_table_end(&table);
	put_other_sources(page, n > SOURCES ? n - SOURCES : 0, mails, passed);
}

/* A message that was, or would be, stopped: one that was looked for already,
   since each look reads several blocks of the store. */
static bool
put_example(struct page *page, const struct stats_domain *domain)
{
	const struct stats_findings *findings = &page->findings;
	size_t i;

	for (i = 0; i < findings->findings; i++)
		if (page->sample[i].queue_id.n > 0 &&
		    str_eq(findings->finding[i].from_domain, domain->name))
			return page_sample(page, page->sample[i].queue_id,
					   page->sample[i].time);
	return true;
}

static bool
put_domain(struct page *page, const struct stats_domain *domain)
{
	page_put(page, "<details><summary><span class=row><b>");
	page_name(page, domain->name);
	page_put(page, "</b><span class=n>");
	page_mails(page, domain->counts.messages);
	page_put(page, "</span>");
	put_bar(page, &domain->counts);
	put_decided(page, &domain->counts);
	page_put(page, "</span></summary>\n");
	put_sources(page, domain);
	if (!put_example(page, domain))
		return false;
	page_put(page, "</details>\n");
	return true;
}

/* --- all of them --- */

static void
put_rest(struct page *page, const struct stats_groups *groups, size_t shown,
	 int64_t mails)
{
	int64_t all = groups->rest.messages;
	size_t i;

	for (i = 0; i < groups->groups; i++)
		all += groups->group[i].counts.messages;
	if (groups->all <= shown)
		return;
	page_put(page, "<p class=soft>And ");
	page_count(page, (int64_t)(groups->all - shown));
	page_put(page, " domains more: ");
	page_mails(page, all > mails ? all - mails : 0);
	page_put(page, ". All of them: <code>verdict stats --by from --csv"
		       "</code></p>\n");
}

static bool
put_domains(struct page *page, const struct stats_domains *domains,
	    const struct stats_groups *groups)
{
	const struct stats_domain **order = in_order(page->arena, domains);
	int64_t mails = 0;
	size_t begin, i;

	page_section(page, "domains", "Domains by sources");
	page_put(page,
		 "<p class=soft>Those with the most trouble first, over whole "
		 "days of UTC. Why one mail was judged so: <code>verdict "
		 "explain QUEUE-ID</code></p>\n");
	begin = page->out->n;
	for (i = 0; i < domains->domains && i < ROWS &&
		    page_has_room(page, begin, ROOM_DOMAINS);
	     i++) {
		mails += order[i]->counts.messages;
		if (!put_domain(page, order[i]))
			return false;
	}
	put_rest(page, groups, i, mails);
	page_section_end(page);
	return true;
}

bool
page_domains(struct page *page)
{
	const struct stats_period *period = &page->options->period;
	struct choice *choice = arena_alloc(page->arena, sizeof(*choice));
	struct stats_domains domains;
	struct stats_groups groups;
	struct stats_breaks breaks = {0};

	if (!stats_groups(page->store, page->arena, period, STATS_BY_FROM,
			  GROUPS, &groups))
		return false;
	choose_all(page, &groups, choice);
	if (choice->names == 0) {
		page_nothing(page, "domains", "There is no From domain.");
		page_breaks(page, &breaks);
		return true;
	}
	if (!stats_domains(page->store, page->arena, period, choice->name,
			   choice->names, &domains) ||
	    !put_domains(page, &domains, &groups) ||
	    !stats_breaks(page->store, page->arena, &domains, BREAK_ROWS,
			  &breaks))
		return false;
	page_breaks(page, &breaks);
	return true;
}
