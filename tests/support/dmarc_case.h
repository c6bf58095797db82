/*
 * One DMARC evaluation over a zone text, without network.
 */
#ifndef TESTS_SUPPORT_DMARC_CASE_H
#define TESTS_SUPPORT_DMARC_CASE_H

#include "dmarc/dmarc.h"

struct zone;

struct dmarc_case {
	const char *zone;   /* see tests/support/dns_server.h */
	const char *author; /* canonical domains, joined by commas */
	/* "result domain", as "pass corp.example"; NULL: none */
	const char *spf;
	const char *dkim[3];
	size_t shown;       /* of those, beside the author */
	const char *doubt;  /* of what the first author may become; or NULL */
	unsigned questions; /* 0: the default limit */
	bool prefetch;      /* as at the From field, before the evaluation */
	bool no_suffixes;   /* no list of public suffixes */
};

/* A case's resolver and what came of it; the caller's storage. */
struct dmarc_run {
	struct arena *arena;
	struct zone *zone;
	struct dns_resolver *resolver;
	struct dns_session *session;
	struct suffix_list *suffixes;
	struct dmarc *dmarc;
	struct dmarc_results results;
	const struct dmarc_outcome *outcome; /* the decisive one, or NULL */
	size_t txt, a;                       /* questions asked, by type */
};

void dmarc_run_start(struct dmarc_run *run, const struct dmarc_case *dmarc);
void dmarc_run_end(struct dmarc_run *run);

#endif
