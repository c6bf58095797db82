/*
 * The state of one evaluation: what it has looked up, the limits of RFC 7208
 * section 4.6.4, and the error that ends it.  Inside lib/spf only.
 */
#ifndef VERDICT_SPF_EVAL_H
#define VERDICT_SPF_EVAL_H

#include "base/arena.h"
#include "base/compat.h"
#include "base/limits.h"
#include "dns/dns.h"
#include "spf/identity.h"
#include "spf/libspf2.h"
#include "spf/macro.h"
#include "spf/record.h"

/* One message's SPF. */
struct spf {
	struct arena *arena;
	struct dns_session *session;
	struct spf_input input;
	struct spf_identity identity;
};

struct spf_eval {
	struct arena *arena;
	struct dns_session *session;
	int64_t deadline_ms;
	struct spf_identity identity;
	struct spf_macro_values values; /* domain is set where one expands */
	struct spf_engine *engine;
	unsigned terms, voids;
	/* Of the term at hand: a lookup found an address, or nothing. */
	bool found, missed;

	/* TEMPERROR or PERMERROR ends the evaluation; NONE: go on. */
	enum spf_result error;
	struct str reason;    /* of the error, or of the latest result */
	struct str troubled;  /* whose lookup led to the error, or "" */
	struct str mechanism; /* the directive of the top record that matched */
	bool for_anybody;     /* it, or what it includes, matches anybody */
	const struct dns_answer *trouble; /* the latest lookup that failed */

	/* Where a fail would be explained: the record at the top (6.2). */
	const struct spf_record *top;
	struct str top_domain;
	bool explaining; /* the result stands: nothing ends it any more */

	/* Validated names of the client for %{p}, looked up once. */
	struct str validated[LIMIT_SPF_PTR];
	size_t n_validated;
	bool validated_known;

	/* Records that could not be kept beside their answer. */
	struct spf_record *owned[LIMIT_SPF_TERMS + 1];
	size_t n_owned;
};

/* Names the reason of the latest result. */
void spf_eval_reason(struct spf_eval *eval, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
/* Ends the evaluation with an error; the first one counts. */
void spf_eval_fail(struct spf_eval *eval, enum spf_result error,
		   const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The same for a lookup that brought no answer. */
void spf_eval_fail_lookup(struct spf_eval *eval, enum spf_result error,
			  const struct dns_answer *answer);

/*
 * Looks a name up within the limits; an spf_engine_lookup() whose ctx is the
 * evaluation.  NULL once the evaluation has ended in an error.
 */
const struct dns_answer *spf_eval_lookup(void *ctx, struct str name,
					 enum dns_type type);
/*
 * What a term looked up is told between these two: where it found nothing, it
 * counts against LIMIT_SPF_VOIDS, once (section 4.6.4).
 */
void spf_eval_begin_term(struct spf_eval *eval);
void spf_eval_end_term(struct spf_eval *eval, struct str term);
/* A or AAAA, by the client's family (section 5). */
enum dns_type spf_address_type(struct ip client);
/* The value of %{p} (section 7.3); ctx is the evaluation. */
struct str spf_eval_validated_name(void *ctx, struct str domain);

/*
 * Expands a domain-spec of the record of `domain`.  False: %{s} or %{l} of a
 * non-ASCII local-part, which name nothing (RFC 8616 section 4).
 */
bool spf_eval_target(struct spf_eval *eval, struct str spec, struct str domain,
		     struct str *target_out);
/*
 * True: *result_out is decided, by a directive that matches or by an error.
 * top: not inside an include.
 */
bool spf_eval_directives(struct spf_eval *eval, const struct spf_record *record,
			 struct str domain, bool top,
			 enum spf_result *result_out);
/* check_host() for a domain. */
enum spf_result spf_eval_host(struct spf_eval *eval, struct str domain,
			      bool top);

/* A text for a reason: other octets than printable ASCII become '?'. */
struct str spf_eval_shown(struct spf_eval *eval, struct str text);

#endif
