/* Rules: who asked for each, whether it is still used, and how long it holds.
 */
#include "stats/rules.h"
#include "base/words.h"
#include "milter/cli/stats/page/parts.h"

#define ROWS 60
#define DAY_S 86400

static const char *const heading[] = {"Rule",     "Does",    "Owner", "#Mails",
				      "Last hit", "Expires", NULL};

static void
put_expiry(struct page *page, const struct rule *rule)
{
	const int64_t left = rule->expires - page->options->now;
	const int64_t days = left / DAY_S;

	if (rule->expires == 0) {
		page_put(page, "never");
		return;
	}
	if (left <= 0) {
		page_put(page, "expired on ");
		page_day(page, rule->expires);
		return;
	}
	page_put(page, days == 0 ? "in less than a day, " : "in ");
	if (days > 0) {
		page_count(page, days);
		page_put(page, days == 1 ? " day, " : " days, ");
	}
	page_day(page, rule->expires);
}

static void
put_last(struct page *page, const struct stats_rule *one)
{
	if (one->rule->monitor)
		page_put(page, "in mode monitor");
	else if (one->last > 0)
		page_time(page, one->last);
	else
		page_put(page, "none on record");
}

static void
put_rule(struct page_table *table, const struct stats_rule *one)
{
	const struct rule *rule = one->rule;
	struct page *page = table->page;
	const bool late = rule_is_expired(rule, page->options->now) ||
			  rule_expires_soon(rule, page->options->now);

	page_table_row(table);
	page_table_cell(table, NULL);
	page_text(page, rule->name);
	if (rule->reason.n > 0) {
		page_put(page, "<small>");
		page_text(page, rule->reason);
		page_put(page, "</small>");
	}
	page_table_cell(table, NULL);
	page_put(page, words_text(rule_action_words, rule->action));
	page_table_cell(table, NULL);
	if (rule->owner.n > 0)
		page_text(page, rule->owner);
	else
		page_put(page, "nobody named");
	page_table_cell(table, NULL);
	page_count(page, one->messages);
	page_table_cell(table, NULL);
	put_last(page, one);
	page_table_cell(table, late ? "late" : NULL);
	put_expiry(page, rule);
}

static void
put_next_step(struct page *page, const struct stats_rules *rules)
{
	page_put(page, "<p>");
	if (rules->soon > 0)
		page_put(page,
			 "Ask the owner of what ends soon whether it is still "
			 "needed, and set <code>expires</code> anew, or let "
			 "it end. ");
	if (rules->late > 0)
		page_put(page,
			 "What has expired matches nothing: take it out. ");
	if (rules->soon + rules->late == 0)
		page_put(page,
			 "None ends within 14 days. A rule without a hit may "
			 "not be needed any more. ");
	page_put(page, "Hits since the start of the daemon: <code>verdict "
		       "rules</code></p>\n");
}

bool
page_rules(struct page *page)
{
	const struct page_options *options = page->options;
	struct page_table table;
	struct stats_rules rules;
	size_t begin, i;

	if (!stats_rules(page->store, page->arena, &options->period,
			 options->config->policy.rules, options->now, ROWS,
			 &rules))
		return false;
	if (rules.all == 0) {
		page_nothing(page, "rules",
			     "The configuration has no rule of yours.");
		return true;
	}
	page_section(page, "rules", "Rules");
	table = page_table(page, heading);
	begin = page->out->n;
	for (i = 0; i < rules.rules && page_has_room(page, begin, ROOM_RULES);
	     i++)
		put_rule(&table, &rules.rule[i]);
	page_table_end(&table);
	if (i < rules.all) {
		page_put(page, "<p class=soft>Not listed: ");
		page_count(page, (int64_t)(rules.all - i));
		page_put(page, " rules more. All of them: <code>verdict "
			       "rules</code></p>\n");
	}
	put_next_step(page, &rules);
	page_section_end(page);
	return true;
}
