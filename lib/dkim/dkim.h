/*
 * DKIM: RFC 6376 with RFC 8301 (algorithms, key sizes), RFC 8463 (Ed25519) and
 * RFC 8616 (internationalized mail).
 *
 * Order of use, all on the thread that handles the message:
 *   dkim_begin()     end of header: choose the signatures, ask for body hashes
 *   dkim_prefetch()  ask for the keys
 *   (the caller feeds `struct bodyhash`)
 *   dkim_evaluate()  end of message: once for each group, aligned ones first
 * Results are values in the caller's storage; what they point to lives in the
 * message's arena, as all else does, and is changed by a later evaluation.
 */
#ifndef VERDICT_DKIM_DKIM_H
#define VERDICT_DKIM_DKIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compat.h"
#include "base/str.h"

/* RFC 8601 section 2.7.1. */
enum dkim_result {
	DKIM_NONE,
	DKIM_PASS,
	DKIM_FAIL,
	DKIM_POLICY,
	DKIM_NEUTRAL,
	DKIM_TEMPERROR,
	DKIM_PERMERROR
};

/* Where a signature stopped: the steps of RFC 6376 section 6.1. */
enum dkim_step {
	DKIM_STEP_NONE,   /* it passed, or was not begun */
	DKIM_STEP_FIELD,  /* its tags (6.1.1) */
	DKIM_STEP_CHOICE, /* more signatures than are tried (6.1) */
	DKIM_STEP_BODY,   /* bh= and l= (6.1.3) */
	DKIM_STEP_LOOKUP, /* of its key (6.1.2) */
	DKIM_STEP_KEY,    /* what the key record says (6.1.2) */
	DKIM_STEP_VERIFY  /* b= (6.1.3) */
};

/* One signature: nothing about it is looked up elsewhere. */
struct dkim_outcome {
	enum dkim_result result;
	struct str domain;    /* d=, canonical where valid, else "" */
	struct str selector;  /* s=, canonical where valid, else "" */
	struct str algorithm; /* a=, where known, else "" */
	struct str identity;  /* i=, or "@" and d= */
	struct str b_start;   /* first 8 or more characters of b=, unique */
	struct str reason;    /* "" with pass; names the lookup at fault */
	enum dkim_step stopped_at;
	struct str troubled; /* with DKIM_TEMPERROR: the name looked up */
	bool tried;          /* false: beyond the limit, or unusable */
	bool key_testing;    /* the key says t=y */
	/* The whole body is not the signed one; see dkim_evaluate_headers(). */
	bool header_verifies, header_undecided;
};

struct dkim_results {
	const struct dkim_outcome *outcome; /* in header order, topmost first */
	size_t count;                       /* at most LIMIT_DKIM_SHOWN */
	size_t unshown; /* signatures beyond that, only counted */
	size_t untried; /* usable ones that a limit left out */
};

struct dkim_input {
	int64_t now;             /* seconds since 1970, for t= and x= */
	int64_t tolerance;       /* seconds that x= may have been passed by */
	unsigned max_signatures; /* tried; 0: LIMIT_DKIM_SIGNATURES */
	bool blanks_lost;        /* behind colons, by the mail server */
	/* Canonical From domains: signatures near them are tried first. */
	const struct str *author;
	size_t authors;
};

enum dkim_group {
	DKIM_ALIGNED, /* d= equals a From domain, is above or below it */
	DKIM_OTHER
};

struct dkim;
struct dkim_verifier;

/*
 * The verifier must outlive what is returned.  A signature that is not tried
 * asks for no body hash and no key.
 */
struct dkim *dkim_begin(struct dkim_verifier *verifier,
			const struct dkim_input *input) MUST_CHECK;
void dkim_prefetch(const struct dkim *dkim);
/*
 * Verifies the group's signatures; bodyhash_finish() came before.  Each lookup
 * waits until deadline_ms (monotonic) at most.  The results are of all groups
 * so far.
 */
void dkim_evaluate(struct dkim *dkim, enum dkim_group group,
		   int64_t deadline_ms, struct dkim_results *results_out);
/*
 * For the aligned signatures that cover another body than this (fail), or the
 * beginning of this one (policy): does the header at least verify?  Only where
 * From and every other signed name occurs as often as h= covers it, and t= or
 * x= is LIMIT_DKIM_HEADER_AGE away at most.  A key that DNS does not give now
 * leaves that undecided.  No result changes; dkim_evaluate() came before.
 */
void dkim_evaluate_headers(struct dkim *dkim, int64_t deadline_ms,
			   struct dkim_results *results_out);

extern const char *const dkim_result_words[]; /* base/words.h */
const char *dkim_result_text(enum dkim_result result);

#endif
