/* The top of the page: its sentence, what it is of, and the sums. */
#include <time.h>

#include "milter/cli/stats/page/parts.h"

static int64_t
refused(const int64_t action[STATS_ACTIONS])
{
	return action[ACTION_REJECT] + action[ACTION_DISCARD];
}

static void
put_who(struct page *page)
{
	const size_t wanting = page->findings.wanting;

	page_put(page, "; ");
	if (wanting == 0) {
		page_put(page, "nobody needs you.");
		return;
	}
	page_count(page, (int64_t)wanting);
	page_put(page,
		 wanting == 1 ? " sender needs you." : " senders need you.");
}

static void
put_sentence(struct page *page)
{
	const int64_t *decided = page->totals.counts.decided;
	const int64_t *done = page->totals.counts.done;
	const int64_t refuse = refused(page->enforce ? done : decided);
	const int64_t junk =
	    (page->enforce ? done : decided)[ACTION_QUARANTINE];

	if (page->totals.counts.messages == 0) {
		page_put(page, "No mail was recorded in this time.");
		return;
	}
	page_put(page, page->enforce ? "" : "Enforcing today would ");
	if (refuse > 0 && page->enforce) {
		page_mails(page, refuse);
		page_put(page, refuse == 1 ? " was refused" : " were refused");
	} else if (refuse > 0) {
		page_put(page, "refuse ");
		page_mails(page, refuse);
	} else if (junk > 0 && page->enforce) {
		page_mails(page, junk);
		page_put(page, " went into quarantine, none was refused");
	} else if (junk > 0) {
		page_put(page, "quarantine ");
		page_mails(page, junk);
		page_put(page, " and refuse none");
	} else {
		page_put(page, page->enforce ? "No mail was stopped"
					     : "stop no mail");
	}
	put_who(page);
}

static void
put_zone(struct page *page)
{
	time_t when = (time_t)page->options->now;
	char text[40] = "";
	struct tm tm;

	if (localtime_r(&when, &tm) != NULL)
		strftime(text, sizeof(text), "%-d %b %Y %H:%M %Z", &tm);
	html_add(page->out, LINE_ASCII, str_of(text), LINE_WHOLE);
}

/* Period, when it was made, and how much is missing. */
static void
put_what_of(struct page *page)
{
	const struct stats_totals *totals = &page->totals;
	const struct stats_period *period = &page->options->period;

	page_put(page, "<p class=soft>Mail of ");
	page_time(page, period->since);
	page_put(page, " to ");
	page_time(page, period->until ? period->until : page->options->now);
	page_put(page, ". Made on ");
	put_zone(page);
	page_put(page,
		 " by verdict " VERDICT_VERSION " from the records of the "
		 "decisions. ");
	if (totals->lost == 0 && totals->lost_octets == 0) {
		page_put(page, "No record was lost.</p>\n");
		return;
	}
	page_put(page, "<strong class=refuse>");
	if (totals->lost > 0) {
		page_put(page, "The records of ");
		page_mails(page, totals->lost);
		page_put(page, " were lost");
	} else {
		page_count(page, totals->lost_octets);
		page_put(page, " octets of records were damaged");
	}
	page_put(page, "</strong>: the numbers are too low by that. "
		       "<code>verdict status</code> tells why.</p>\n");
}

static void
put_sum(struct page *page, const char *name, int64_t number, const char *colour)
{
	if (number == 0)
		return;
	buf_printf(page->out, "<div><dt>%s</dt><dd class=%s>", name, colour);
	page_count(page, number);
	page_put(page, "</dd></div>");
}

static void
put_sums(struct page *page)
{
	const struct stats_counts *counts = &page->totals.counts;
	const int64_t *action = page->enforce ? counts->done : counts->decided;

	page_put(page, "<dl class=sums>");
	put_sum(page, "checked", page->totals.checked, "ink");
	put_sum(page, "DMARC pass", counts->result[STATS_PASS], "pass");
	put_sum(page, "no policy", counts->result[STATS_NO_POLICY], "ink");
	put_sum(page, "DMARC fail", counts->result[STATS_FAIL], "ink");
	put_sum(page, page->enforce ? "quarantined" : "would be quarantined",
		action[ACTION_QUARANTINE], "junk");
	put_sum(page, page->enforce ? "refused" : "would be refused",
		refused(action), "refuse");
	put_sum(page, page->enforce ? "put off" : "would be put off",
		action[ACTION_TEMPFAIL], "wait");
	page_put(page, "</dl>\n");
}

static void
put_hosts(struct page *page)
{
	const struct str id = page->options->config->authres.id;

	page_put(page, "<p class=\"soft small\">Incoming mail of <strong>");
	page_name(page, id);
	page_put(page, "</strong>");
	if (page_has_hosts(page))
		page_put(page, " and other hosts of its store");
	page_put(page, page->enforce
			   ? ", mode enforce</p>\n"
			   : ", mode monitor: nothing is refused yet</p>\n");
}

/* What of the page there is to go to. */
static void
put_ways(struct page *page)
{
	page_put(page, "<nav aria-label=\"On this page\"><ul>"
		       "<li><a href=\"#todo\">");
	page_put(page, page->findings.wanting > 0 ? "What needs you"
		       : page->enforce            ? "What was stopped"
						  : "What would be stopped");
	page_put(page, "</a></li>"
		       "<li><a href=\"#time\">Over time</a></li>"
		       "<li><a href=\"#domains\">Domains</a></li>"
		       "<li><a href=\"#broken\">Senders that broke</a></li>"
		       "<li><a href=\"#rules\">Rules</a></li>"
		       "<li><a href=\"#held\">On hold</a></li></ul></nav>\n");
}

void
page_head(struct page *page)
{
	page_put(
	    page,
	    "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>\n"
	    "<meta http-equiv=Content-Security-Policy content=\"default-src "
	    "'none'; style-src 'unsafe-inline'; script-src '");
	page_put(page, page_script_digest);
	page_put(page, "'; base-uri 'none'; form-action 'none'\">\n"
		       "<meta name=viewport "
		       "content=\"width=device-width,initial-scale=1\">\n"
		       "<meta name=referrer content=no-referrer>\n"
		       "<meta name=robots content=noindex>\n<title>Mail of ");
	page_name(page, page->options->config->authres.id);
	page_put(page, " - verdict</title>\n<style>");
	page_put(page, page_style);
	page_put(page, "</style></head>\n<body><header>\n");
	put_hosts(page);
	page_put(page, "<h1>");
	put_sentence(page);
	page_put(page, "</h1>\n");
	put_what_of(page);
	put_sums(page);
	put_ways(page);
	page_put(page, "</header>\n<main>\n");
}

void
page_foot(struct page *page)
{
	page_put(page,
		 "</main>\n<footer>This page is one file: it loads nothing "
		 "and sends nothing, and no recipient stands on it. Its "
		 "numbers are those of <code>verdict stats</code>.</footer>\n"
		 "<script>");
	page_put(page, page_script);
	page_put(page, "</script>\n</body></html>\n");
}
