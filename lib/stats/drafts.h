/*
 * Inside stats/ only: findings that are being counted, in bounded memory.
 */
#ifndef VERDICT_STATS_DRAFTS_H
#define VERDICT_STATS_DRAFTS_H

#include "stats/findings.h"
#include "stats/parts.h"

/* A row of the table tally of what was not, or would not be, accepted. */
struct touched {
	int64_t first, last; /* hours with it */
	int64_t messages;
	struct outcome outcome;
	struct str from_domain, client, client_name, spf, spf_domain, dkim,
	    cause, rule, shape, list, spf_open;
};

/* As sums_read(). */
typedef void touched_each(void *ctx, const struct touched *row);
bool touched_read(struct store *store, const struct stats_period *period,
		  touched_each *each, void *ctx) MUST_CHECK;

/* --- what a row looks like --- */

struct look {
	enum stats_looks looks;
	struct str spf_domain;  /* passed, of MAIL FROM, not for anybody; "" */
	struct str dkim_domain; /* of the first signature that passed; "" */
	/* A signature of the From domain is there, and failed. */
	bool own_broken;
	/* What rows of one finding have in common, beside looks and action: */
	struct str from; /* "": it may be any */
	struct str by;
};

/* own: stats_findings.own.  Texts are of the row, or in the arena. */
struct look look_of(struct arena *arena, const struct touched *row,
		    const struct str *own, size_t owns);

/* "192.0.2.0/24", "2001:db8:1::/48"; what is no address as it is. */
struct str network_of(struct arena *arena, struct str client);

/* --- rows of one finding, together --- */

/* One text as long as all are the same. */
struct common {
	struct str text; /* on the heap */
	bool set, differs;
};

struct draft {
	uint64_t hash;
	enum action decided;
	enum stats_looks looks;
	int64_t messages, done, first, last;
	struct common from, client_name, list, spf_domain, dkim_domain, rule,
	    by;
	struct common client[STATS_CLIENTS];
	size_t clients; /* STATS_CLIENTS + 1: more */
	size_t from_domains, networks;
	bool own_broken;
};

/* Of 600 octets each; the smaller half goes where there are more. */
#define DRAFTS 30000
/* Of networks and From domains: later ones are not counted as new. */
#define DRAFT_PAIRS 500000

struct drafts {
	struct siphash_key key;
	struct arena *arena; /* of some rows */
	const struct str *own;
	size_t owns;
	struct hashes index, pairs;
	struct draft *draft;
	size_t drafts, most;
	int64_t rest; /* messages that went */
	int64_t decided[STATS_ACTIONS];
};

void drafts_init(struct drafts *drafts, const struct store *store,
		 const struct str *own, size_t owns);
void drafts_clear(struct drafts *drafts);
void drafts_add(struct drafts *drafts, const struct touched *row);

/* The only text, or "". */
struct str common_text(const struct common *common);

/* --- what to do --- */

enum stats_remedy remedy_of(const struct draft *draft);
/* now: seconds since 1970. */
struct stats_advice advice_of(struct arena *arena, const struct draft *draft,
			      struct str source, int64_t now);

#endif
