/*
 * Removing what a store has of somebody, whoever asks for that and for whatever
 * reason: records, rows, what they are found by, and of a domain its counts and
 * what the DNS said of it.
 *
 * Places of what is removed stay empty, so the store still says how many
 * messages there were.
 */
#ifndef VERDICT_STORE_REMOVE_H
#define VERDICT_STORE_REMOVE_H

#include "store/store.h"
#include "verdict/verdict.h"

struct store_removal {
	/* Is the message of them?  Then all of it goes. */
	bool (*wants)(void *ctx, const struct verdict *verdict);
	/* Is told now and then how many messages were looked at.  May be NULL.
	 */
	void (*step)(void *ctx, uint64_t done);
	void *ctx;
	/* "", or the domain whose counts and DNS names go, with all below. */
	struct str domain;
	bool counts_only; /* nothing is removed */
};

struct store_removed {
	uint64_t messages; /* with their rows */
	uint64_t counts;   /* rows: of an hour each */
	uint64_t names;    /* of the DNS, with a text each */
};

/*
 * Makes sure that nobody feeds: who does would write again what it remembers.
 * False with SQL_HELD: somebody does.
 */
bool store_claim_all(struct store *store) MUST_CHECK;

/*
 * A transaction for each part, so that what was removed before a failure is.
 * Needs store_claim_all(), unless it only counts.  False: store_error().
 */
bool store_remove(struct store *store, const struct store_removal *removal,
		  struct store_removed *removed_out) MUST_CHECK;

#endif
