/*
 * DKIM verification: RFC 6376 with RFC 8301 (algorithms, key sizes), RFC 8463
 * (Ed25519) and RFC 8616 (internationalized mail).
 *
 * Order of use, all on the thread that handles the message:
 *   dkim_begin()     end of header: choose the signatures, ask for body hashes
 *   dkim_prefetch()  ask for the keys
 *   (the caller feeds `struct bodyhash`)
 *   dkim_verify()    end of message: once for each group, aligned ones first
 *   dkim_results()
 * Everything lives in the message's arena.
 */
#ifndef VERDICT_DKIM_DKIM_H
#define VERDICT_DKIM_DKIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "dkim/bodyhash.h"
#include "dkim/crypto.h"
#include "dns/dns.h"
#include "mail/header.h"

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

/* One signature: nothing about it is looked up elsewhere. */
struct dkim_outcome {
	enum dkim_result result;
	struct str domain;    /* d=, canonical where valid, else "" */
	struct str selector;  /* s=, canonical where valid, else "" */
	struct str algorithm; /* a=, where known, else "" */
	struct str identity;  /* i=, or "@" and d= */
	struct str b_start;   /* first 8 or more characters of b=, unique */
	struct str reason;    /* "" with pass; names the lookup at fault */
	struct str troubled;  /* with DKIM_TEMPERROR: the name looked up */
	bool tried;           /* false: beyond the limit, or unusable */
	bool key_testing;     /* the key says t=y */
	/* The whole body is not the signed one; see dkim_verify_headers(). */
	bool header_verifies, header_undecided;
};

struct dkim_results {
	const struct dkim_outcome *outcome; /* in header order, topmost first */
	size_t count;                       /* at most LIMIT_DKIM_SHOWN */
	size_t unshown; /* signatures beyond that, only counted */
	size_t untried; /* usable ones that a limit left out */
};

struct dkim_options {
	int64_t now;             /* seconds since 1970, for t= and x= */
	unsigned max_signatures; /* tried; 0: LIMIT_DKIM_SIGNATURES */
	bool allow_partial_body; /* l= shorter than the body may pass */
	bool blanks_lost;        /* behind colons, by the mail server */
	/* Canonical Author Domains: signatures near them are tried first. */
	const struct str *author;
	size_t authors;
};

struct dkim_verifier;

enum dkim_group {
	DKIM_ALIGNED, /* d= equals an Author Domain, is above or below it */
	DKIM_OTHER
};

/*
 * header and hashes must outlive the verifier.  A signature that is not tried
 * asks for no body hash and no key.
 */
struct dkim_verifier *dkim_begin(struct arena *arena,
				 const struct header *header,
				 struct bodyhash *hashes,
				 const struct dkim_options *options) MUST_CHECK;
void dkim_prefetch(struct dkim_verifier *verifier, struct dns_session *session);
/*
 * Verifies the group's signatures; bodyhash_finish() came before.  Each signing
 * domain may wait until deadline_ms.  The budget counts the CPU of header
 * hashes and public keys.
 */
void dkim_verify(struct dkim_verifier *verifier, enum dkim_group group,
		 struct dns_session *session, int64_t deadline_ms,
		 struct crypto_budget *budget);
/*
 * For the aligned signatures that cover another body than this (fail), or the
 * beginning of this one (policy): does the header at least verify?  Only where
 * From and every other signed name occurs as often as h= covers it, and t= or
 * x= is LIMIT_DKIM_HEADER_AGE away at most.  A key that DNS does not give now
 * leaves that undecided.  No result changes; dkim_verify() came before.
 */
void dkim_verify_headers(struct dkim_verifier *verifier,
			 struct dns_session *session, int64_t deadline_ms,
			 struct crypto_budget *budget);
/* Valid as long as the arena. */
struct dkim_results dkim_results(struct dkim_verifier *verifier);

const char *dkim_result_text(enum dkim_result result);

#endif
