/*
 * The DMARC policy record, RFC 9989 sections 4.5 to 4.8 and 4.10 step 2.
 *
 * Parsed once for each DNS answer and kept beside it: immutable, in one block
 * of its own, shared by all threads that hold the answer.
 */
#ifndef VERDICT_DMARC_RECORD_H
#define VERDICT_DMARC_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "dmarc/dmarc.h"
#include "dns/dns.h"

/* One of p, sp and np with its fallbacks done. */
struct dmarc_request {
	enum dmarc_policy policy;
	const char *tag; /* where the value came from: "p", "sp", "np" */
};

struct dmarc_record {
	/* TXT records of the answer that pass the version test. */
	size_t found;
	/* The rest is set where that is exactly one. */
	bool usable;        /* false: section 4.10.1 ends DMARC here */
	const char *defect; /* static; what is wrong with p, sp or np, or "" */
	struct dmarc_request p, sp, np;
	enum dmarc_psd psd;
	bool testing;                 /* t=y */
	bool dkim_strict, spf_strict; /* adkim=s, aspf=s */
	size_t rua_count, ruf_count;  /* valid URIs only, without "!10m" */
	struct str rua[LIMIT_DMARC_URIS], ruf[LIMIT_DMARC_URIS];
	char text[]; /* the record; the slices above point into it */
};

/*
 * The record of a TXT answer, or NULL where none or several survive.  Valid as
 * long as both the answer and the arena.  arena NULL: also NULL where the form
 * of another module stands beside the answer.
 */
const struct dmarc_record *dmarc_record_of(struct arena *arena,
					   const struct dns_answer *answer);

#endif
