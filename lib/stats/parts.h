/*
 * Inside stats/ only: rows of tallies, and what they come to.
 */
#ifndef VERDICT_STATS_PARTS_H
#define VERDICT_STATS_PARTS_H

#include "stats/stats.h"
#include "store/hashes.h"

/* What became of the messages of a row. */
struct outcome {
	enum stats_result result;
	enum action decided, done;
};

/* Of the columns of those names. */
struct outcome outcome_of(struct str class, struct str dmarc, struct str action,
			  struct str would);
void counts_add(struct stats_counts *counts, struct outcome outcome,
		int64_t messages);
void counts_add_all(struct stats_counts *counts,
		    const struct stats_counts *more);

/* Those of a period, the second one not among them. */
struct span {
	int64_t from, to;
};

struct span hours_of(const struct stats_period *period);
struct span days_of(const struct stats_period *period);

/* A row of the table tally_sum. */
struct sum {
	int64_t hour, messages;
	struct outcome outcome;
	struct str rule, shape;
};

/* Those of a period, in no order.  The texts are gone with the next row. */
typedef void sum_each(void *ctx, const struct sum *sum);
bool sums_read(struct store *store, const struct stats_period *period,
	       sum_each *each, void *ctx) MUST_CHECK;

/* Messages of one kind, of whole days: rows of the table tally_day. */
struct day_row {
	int64_t key, messages;
	int64_t first, last; /* days with it */
	struct outcome outcome;
	struct str from_domain, client, spf, dkim;
};

/* As sums_read(). */
typedef void day_each(void *ctx, const struct day_row *row);
bool days_read(struct store *store, const struct stats_period *period,
	       day_each *each, void *ctx) MUST_CHECK;

/* The next signature of the column dkim; false: there is none. */
struct signature {
	struct str result, domain, selector;
};
bool signature_next(struct str *dkim, struct signature *signature_out);

/* --- groups that are being counted --- */

struct grouping {
	struct siphash_key key;
	struct hashes index;
	struct stats_group *group; /* names are on the heap */
	size_t groups;
	size_t most; /* that there were at once */
	struct stats_counts rest;
};

void grouping_init(struct grouping *grouping, const struct store *store);
void grouping_clear(struct grouping *grouping);
/* first, last: when such messages came. */
void grouping_add(struct grouping *grouping, struct str name, int64_t first,
		  int64_t last, struct outcome outcome, int64_t messages);
/* In their order, at most `most`; the rest becomes one. */
int group_by_messages(const void *a, const void *b);
void grouping_end(struct grouping *grouping, struct arena *arena, size_t most,
		  struct stats_groups *groups_out);

#endif
