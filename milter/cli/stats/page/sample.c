/* One message, as far as a page may show it. */
#include <string.h>

#include "milter/cli/stats/page/parts.h"
#include "stats/message.h"
#include "tell/tell.h"
#include "verdict/explain.h"

/* Of an account; with twenty signatures it has more. */
#define ACCOUNT_MAX 1500

/* Where a text of SPF's has the local part in it, by a macro (RFC 7208 section
   7.2), nothing of it stays. */
static struct str
without(struct str text, struct str local)
{
	if (local.n == 0 || !memmem(text.p, text.n, local.p, local.n))
		return text;
	return str_lit("...");
}

/*
 * A local part may name a recipient (VERP, SRS), and so may what a domain
 * explains or what was answered: of MAIL FROM its domain stays, of the others
 * nothing.
 */
static struct verdict
without_people(struct arena *arena, const struct verdict *verdict)
{
	const struct str local = verdict->mail_from_local;
	struct verdict shown = *verdict;

	if (shown.mail_from_domain.n > 0)
		shown.mail_from = arena_printf(arena, "...@%.*s",
					       STR_ARG(shown.mail_from_domain));
	else if (!shown.mail_from_null)
		shown.mail_from = str_lit("...");
	shown.spf.reason = without(shown.spf.reason, local);
	shown.spf.mechanism = without(shown.spf.mechanism, local);
	shown.spf.explanation = str_empty();
	shown.decision.reply_text = str_empty();
	return shown;
}

static void
put_cures(struct page *page, const struct verdict *verdict)
{
	struct tell_cures cures;
	size_t i;

	tell_cures(page->arena, verdict, &cures);
	if (cures.cures == 0)
		return;
	page_put(page, "<p>It passes if ");
	for (i = 0; i < cures.cures; i++) {
		page_put(page, i > 0 ? "; or " : "");
		html_add(page->out, LINE_ESCAPED, cures.cure[i], ACCOUNT_MAX);
	}
	page_put(page, ".</p>");
}

/* Why, what was found, and what would have made it pass. */
static void
put_account(struct page *page, const struct verdict *verdict)
{
	const struct verdict shown = without_people(page->arena, verdict);
	struct buf evidence;

	buf_init(&evidence, page->arena);
	explain_evidence(&evidence, page->arena, &shown);
	page_put(page, "<p>Why: ");
	html_add(page->out, LINE_ESCAPED, tell_cause(page->arena, &shown),
		 ACCOUNT_MAX);
	page_put(page, ".</p><pre tabindex=0>");
	html_add_lines(page->out, LINE_ESCAPED, buf_str(&evidence),
		       ACCOUNT_MAX);
	page_put(page, "</pre>");
	put_cures(page, &shown);
}

bool
page_sample(struct page *page, struct str queue_id, int64_t time)
{
	const struct verdict *verdict;

	if (queue_id.n == 0)
		return true;
	if (!stats_message(page->store, page->arena, TERM_QUEUE_ID, queue_id,
			   time, time, &verdict))
		return false;
	if (!verdict)
		return true;
	page_put(page, "<details class=sample><summary>For example ");
	page_name(page, queue_id);
	page_put(page, ", ");
	page_time(page, verdict->now);
	page_put(page, "</summary>");
	put_account(page, verdict);
	page_put(page, "</details>");
	return true;
}
