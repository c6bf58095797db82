/*
 * SPF: check_host() of RFC 7208 for one message.
 *
 * Order of use, all on the thread that handles the message:
 *   spf_begin()     the envelope is known: which identity is checked?
 *   spf_prefetch()  ask for its record and what that includes
 *   spf_evaluate()  end of message
 * Results are values in the caller's storage; what they point to lives in the
 * message's arena, as all else does.
 *
 * libspf2 decides whether a mechanism matches, behind spf/libspf2.h; parsing,
 * macros, record selection, limits, recursion and explanation are ours, so
 * that no octet of an attacker reaches it unchecked.
 */
#ifndef VERDICT_SPF_SPF_H
#define VERDICT_SPF_SPF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compat.h"
#include "base/ip.h"
#include "base/str.h"
#include "dns/dns.h"
#include "mail/address.h"

/* RFC 7208 section 2.6. */
enum spf_result {
	SPF_NONE,
	SPF_NEUTRAL,
	SPF_PASS,
	SPF_FAIL,
	SPF_SOFTFAIL,
	SPF_TEMPERROR,
	SPF_PERMERROR
};

enum spf_scope { SPF_MAILFROM, SPF_HELO };

struct spf_input {
	struct ip client;              /* IP_NONE: not evaluated, result none */
	struct str helo;               /* as given; may be empty */
	bool mail_from_known;          /* false: no envelope, result none */
	struct address_path mail_from; /* as it was read, once, for all */
	struct str receiver; /* for %{r}: the authserv-id; "unknown" if empty */
	int64_t now;         /* for %{t}: seconds since 1970 */
};

struct spf_outcome {
	enum spf_result result;
	enum spf_scope scope;   /* HELO only for the null path (2.4) */
	struct str domain;      /* the domain checked, canonical where valid */
	struct str explanation; /* printable ASCII; only with SPF_FAIL */
	struct str reason;      /* why; names the record or lookup at fault */
	struct str mechanism;   /* the term that matched, "" for the default */
	struct str troubled;    /* with SPF_TEMPERROR: the name looked up */
	/* With SPF_PASS: any address would pass, or one with a name of the
	   client's own, so it tells nothing of who the client is. */
	bool for_anybody;
};

struct spf;

/* What input points to must live as long as the arena. */
struct spf *spf_begin(struct arena *arena, struct dns_session *session,
		      const struct spf_input *input) MUST_CHECK;
/* Uses at most the session's prefetches. */
void spf_prefetch(const struct spf *spf);
/*
 * Never fails; *outcome_out is always filled.  Waits until deadline_ms
 * (monotonic) at most, then temperror.  Counts at most 10 terms and 2 void
 * lookups over the whole evaluation (section 4.6.4).
 */
void spf_evaluate(const struct spf *spf, int64_t deadline_ms,
		  struct spf_outcome *outcome_out);

const char *spf_result_text(enum spf_result result); /* "pass", ... */
extern const char *const spf_result_words[];         /* base/words.h */
const char *spf_scope_text(enum spf_scope scope);    /* "mailfrom", "helo" */

#endif
