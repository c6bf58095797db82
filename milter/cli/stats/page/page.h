/*
 * The page of `verdict stats --html FILE`: one file of HTML that holds all it
 * shows, for a browser on a disk, a phone, a screen reader or paper.
 *
 * First one sentence, then what wants somebody, then why: results over time,
 * domains by their sources with samples, senders whose mail broke, rules, mail
 * on hold.  What there is none of is said in a sentence.  Nothing on it comes
 * from elsewhere or goes anywhere, and no recipient stands on it.
 *
 * Its size is bounded, whatever the store holds: each table has its most rows,
 * and the rest is summed and said.
 */
#ifndef VERDICT_MILTER_CLI_STATS_PAGE_PAGE_H
#define VERDICT_MILTER_CLI_STATS_PAGE_PAGE_H

#include "config/config.h"
#include "stats/stats.h"

struct page_options {
	struct store *store;
	const struct config *config;
	struct stats_period period;
	int64_t now; /* seconds since 1970 */
	/* Is told how far it has come; may be NULL. */
	void (*step)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};

/* Adds the page.  False: the store failed, store_error() tells. */
bool page_make(const struct page_options *options, struct buf *out) MUST_CHECK;

/* The most that a page may come to, and what page_make() keeps to. */
#define PAGE_OCTETS (400 * 1000)

#endif
