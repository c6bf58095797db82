/*
 * DMARC, RFC 9989: record, tree walk, alignment, result and policy.
 *
 * Order of use, all but the first on the thread that handles the message:
 *   dmarc_prefetch()     at the From field: ask for the tree walk of a domain
 *   dmarc_begin()        the message has ended
 *   dmarc_await_walks()  wait for the policies of the From domains
 *   dmarc_evaluate()     once SPF and DKIM have their results
 * Results are values in the caller's storage; what they point to lives in the
 * message's arena, as all else does.
 *
 * Reads the results of SPF and DKIM as values and calls neither.
 */
#ifndef VERDICT_DMARC_DMARC_H
#define VERDICT_DMARC_DMARC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compat.h"
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

enum dmarc_psd { DMARC_PSD_U, DMARC_PSD_N, DMARC_PSD_Y };

/* What the published record says (section 4.7), for reports; its t= and what
   applies of it stand in the outcome. */
struct dmarc_published {
	enum dmarc_policy p, sp, np; /* sp, np: where it has them */
	bool has_sp, has_np;
	enum dmarc_psd psd;
	bool dkim_strict, spf_strict; /* adkim=s, aspf=s */
};

/* The outcome for one From domain. */
struct dmarc_outcome {
	enum dmarc_result result;
	struct str from;             /* the From domain */
	struct str org_domain;       /* its Organizational Domain, "" unknown */
	struct str org_trouble;      /* then: the lookup that failed, and why */
	bool has_record;             /* a policy applies; the rest needs it */
	struct str policy_domain;    /* where the policy record stands */
	enum dmarc_policy published; /* p, sp or np, whichever applies */
	enum dmarc_policy policy;    /* the same, lowered once by t=y */
	bool testing;                /* t=y */
	const char *policy_tag;      /* "p", "sp" or "np" */
	struct dmarc_published record;
	/* A lookup failed that tells which policy applies. */
	bool policy_unknown;
	bool spf_aligned, dkim_aligned;
	/* The tree walk chose a public suffix that lacks psd=y. */
	bool org_domain_is_public_suffix;
	struct str reason; /* "" with pass; names the lookup at fault */
	/* With temperror, where the sender chose the name whose lookup failed:
	   that name, in lower case; "": the From domain alone led to it. */
	struct str troubled;
};

struct dmarc_results {
	struct dmarc_outcome outcome[LIMIT_AUTHOR_DOMAINS];
	size_t count; /* 0: no From domain */
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

/* Whom a message names as its author. */
struct dmarc_authors {
	const struct str *domain; /* canonical, distinct */
	size_t count;             /* at most LIMIT_AUTHOR_DOMAINS */
	/* So many at the end are only shown beside the author: where they have
	   no policy they are text like any other. */
	size_t shown;
	const struct dmarc_doubt *doubt; /* of each domain; NULL: none */
};

struct dmarc_input {
	const struct suffix_list *suffixes; /* may be NULL */
	int64_t zone_ms;                    /* what one walk may wait */
};

struct dmarc;

/*
 * Warms the cache with the tree walk of a canonical domain.  From any thread
 * that may call dns_prefetch().
 */
void dmarc_prefetch(struct dns_session *session, struct str domain);

/* Every name is walked once for the message, whoever asks for it. */
struct dmarc *dmarc_begin(struct arena *arena, struct dns_session *session,
			  const struct dmarc_input *input) MUST_CHECK;
/*
 * Waits for the tree walks of the From domains, and whether those exist where
 * the policy depends on it, so that dmarc_evaluate() has the answers whatever
 * else uses up the message's time.  deadline_ms (monotonic): of the message.
 */
void dmarc_await_walks(struct dmarc *dmarc, const struct dmarc_authors *authors,
		       int64_t deadline_ms);
/* Lookups that brought no answer before are tried again. */
void dmarc_evaluate(struct dmarc *dmarc, const struct dmarc_authors *authors,
		    const struct spf_outcome *spf,
		    const struct dkim_results *dkim, int64_t deadline_ms,
		    struct dmarc_results *results_out);

extern const char *const dmarc_result_words[]; /* base/words.h */
const char *dmarc_result_text(enum dmarc_result result);
const char *dmarc_policy_text(enum dmarc_policy policy);
/* Section 4.7, t=y: one level lower. */
enum dmarc_policy dmarc_policy_lowered(enum dmarc_policy policy);
/* Of enum dmarc_policy, and after them why there is none: "absent", and
   "unknown" where a lookup failed. */
extern const char *const dmarc_policy_words[];
/* The one of an outcome, by its place there; NULL: no From domain. */
size_t dmarc_policy_word(const struct dmarc_outcome *outcome);

#endif
