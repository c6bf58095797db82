/*
 * DMARC, RFC 9989: record, tree walk, alignment, result and policy.
 *
 * Reads the results of SPF and DKIM as values and calls neither.  Blocks in
 * dns_lookup() only.  Results live in the arena.
 */
#ifndef VERDICT_DMARC_DMARC_H
#define VERDICT_DMARC_DMARC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/suffix.h"
#include "dkim/dkim.h"
#include "dns/dns.h"
#include "spf/spf.h"

enum dmarc_result {
	DMARC_NONE,
	DMARC_PASS,
	DMARC_FAIL,
	DMARC_TEMPERROR,
	DMARC_PERMERROR
};

enum dmarc_policy { DMARC_P_NONE, DMARC_P_QUARANTINE, DMARC_P_REJECT };

/* The outcome for one Author Domain. */
struct dmarc_outcome {
	enum dmarc_result result;
	struct str from;             /* the Author Domain */
	struct str org_domain;       /* its Organizational Domain, "" unknown */
	bool has_record;             /* a policy applies; the rest needs it */
	struct str policy_domain;    /* where the policy record stands */
	enum dmarc_policy published; /* p, sp or np, whichever applies */
	enum dmarc_policy policy;    /* the same, lowered once by t=y */
	bool testing;                /* t=y */
	const char *policy_tag;      /* "p", "sp" or "np" */
	/* A lookup failed that tells which policy applies. */
	bool policy_unknown;
	bool spf_aligned, dkim_aligned;
	/* The tree walk chose a public suffix that lacks psd=y. */
	bool org_domain_is_public_suffix;
	struct str reason; /* "" with pass; names the lookup at fault */
	/* With temperror, where the sender chose the name whose lookup failed:
	   that name, in lower case; "": the Author Domain alone led to it. */
	struct str troubled;
};

struct dmarc_results {
	struct dmarc_outcome outcome[LIMIT_AUTHOR_DOMAINS];
	size_t count; /* 0: no Author Domain */
	/* The one that decides: the strictest failing policy; else the worst.
	 */
	size_t decisive;
};

/* The mail server may show another domain than this one, and which is not
   known. */
struct dmarc_doubt {
	struct str reason; /* "" there is none */
	bool limited;      /* for want of questions: trying again is no help */
};

struct dmarc_input {
	const struct str *author; /* canonical, distinct */
	size_t authors;           /* at most LIMIT_AUTHOR_DOMAINS */
	/* So many at the end are only shown beside the author: where they have
	   no policy they are text like any other. */
	size_t shown;
	const struct dmarc_doubt *doubt; /* of each author; NULL: none */
	const struct spf_outcome *spf;
	const struct dkim_results *dkim;
	const struct suffix_list *suffixes; /* may be NULL */
	int64_t deadline_ms; /* monotonic, of the whole message */
	int64_t zone_ms;     /* what one walk may wait; 0: LIMIT_ZONE_MS */
};

/*
 * Waits for the tree walks of the Author Domains, and whether those exist where
 * the policy depends on it, so that dmarc_evaluate() has the answers whatever
 * else uses up the message's time.
 */
void dmarc_await_walks(struct arena *arena, struct dns_session *session,
		       const struct dmarc_input *input);

void dmarc_evaluate(struct arena *arena, struct dns_session *session,
		    const struct dmarc_input *input,
		    struct dmarc_results *results_out);

/* Warms the cache with the tree walk of a canonical Author Domain. */
void dmarc_prefetch(struct dns_session *session, struct str author);

const char *dmarc_result_text(enum dmarc_result result);
const char *dmarc_policy_text(enum dmarc_policy policy);

#endif
