/*
 * One message, one way: the pipeline that the daemon, `verdict check`, the
 * scenario tests and the fuzzer all drive.
 *
 *   verify_begin -> _rcpt* -> _header* -> _eoh -> _body* -> _finish -> _decide
 *     -> _free
 *
 * and _free at any point for an abort.  A message belongs to one thread at a
 * time, not always the same one.  Nothing waits for DNS before _finish.
 */
#ifndef VERDICT_VERIFY_VERIFY_H
#define VERDICT_VERIFY_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/domain.h"
#include "base/ip.h"
#include "base/str.h"
#include "base/suffix.h"
#include "dns/dns.h"
#include "mail/header.h"
#include "verdict/verdict.h"

/* What all messages share; it must outlive them. */
struct verify_engine {
	struct dns_resolver *resolver;
	const struct suffix_list *suffixes;
	struct arena_pool *pool;
};

/* A zero member means the default of base/limits.h. */
struct verify_limits {
	struct dns_limits dns;
	struct header_limits header;
	unsigned signatures;
	unsigned message_ms, spf_ms, zone_ms;
	unsigned crypto_us;
};

/*
 * The client that a trusted relay saw, read from the Received field that the
 * relay wrote.
 */
struct verify_relays {
	/* What relays write after "by"; none: nothing is read. */
	struct domain_list names;
	/* How a relay's client stands to us by its address; with names. */
	enum client_class (*class_of)(const void *ctx, struct ip client);
	const void *ctx;
};

struct verify_options {
	struct verify_limits limits;
	bool allow_partial_body;            /* DKIM l= */
	unsigned clock_tolerance_ms;        /* of x=, RFC 6376 section 3.5 */
	struct domain_list trusted_sealers; /* of ARC; must outlive, too */
	struct verify_relays relays;
	struct str authserv_id; /* for SPF's %{r}; must outlive the message */
	/* Whom domains vouch for by SPF; must outlive the message. */
	struct client_list trusted_relays, forwarders;
};

/* The envelope; slices are copied. */
struct verify_envelope {
	/* By what is known when the message begins: who is foreign may yet turn
	   out to be a relay, by SPF of its domain. */
	enum client_class client_class;
	const struct client_element *relay; /* as in the verdict; outlives it */
	struct ip client;
	struct str client_name;
	enum iprev_result iprev;
	struct str helo;
	bool mail_from_known;
	struct str mail_from; /* as given */
	int64_t now;          /* seconds since 1970; 0: the wall clock */
	bool prefetch;        /* may ask before end of message */
	enum address_rewriting rewriting; /* of the mail server */
	bool blanks_lost; /* it hands over no blank behind a colon */
	/* Of the client's network; NULL: whose mail has no share to keep to. It
	   outlives the message. */
	struct account *account;
	/* For verify_message() only; none: one that is unknown. */
	const struct str *recipient;
	size_t recipients;
};

struct verify;

/* engine and options must outlive the message. */
struct verify *verify_begin(const struct verify_engine *engine,
			    const struct verify_options *options,
			    const struct verify_envelope *envelope) MUST_CHECK;
/* An accepted recipient (the argument of RCPT TO, copied; "" unknown); the
   first one starts the SPF prefetch. */
void verify_rcpt(struct verify *verify, struct str path);
/*
 * name: before the colon; value: after it (LF or CRLF folds).  False: it lies
 * beyond the bounds of a header, or of memory, and nobody looks into it.
 */
bool verify_header(struct verify *verify, struct str name, struct str value);
void verify_eoh(struct verify *verify);
void verify_body(struct verify *verify, const char *p, size_t n);

/*
 * Waits for DNS, evaluates, and fills the verdict (all but its decision).
 * ERR_MEMORY: the shared memory limit was passed, and that is the verdict's
 * hindrance.  tick (may be NULL) runs on this thread about every 10 s while
 * waiting.
 */
int verify_finish(struct verify *verify, void (*tick)(void *ctx), void *ctx);

/* Frees the message at any point; NULL is fine. */
void verify_free(struct verify *verify);

/*
 * The whole of a message in memory: begin, the recipients, every field, the
 * body, finish (RFC 5322 section 2.1; see mail/message.h for line ends).
 * *verify_out is to be freed, also after ERR_MEMORY.
 */
int verify_message(const struct verify_engine *engine,
		   const struct verify_options *options,
		   const struct verify_envelope *envelope, struct str raw,
		   struct verify **verify_out);

/*
 * What the caller alone knows.  The queue id is copied and best known before
 * the decision, whose reply may name it.  A hindrance takes the place of an
 * earlier one; with HINDRANCE_EVALUATIONS there is no verify_finish.
 */
void verify_queued_as(struct verify *verify, struct str queue_id);
void verify_hinder(struct verify *verify, enum hindrance hindrance);
/* What policy_decide() says about the verdict goes into it. */
void verify_decide(struct verify *verify, struct decision decision);
/* Header fields that are removed, kept in verify_arena(). */
void verify_removed(struct verify *verify,
		    const struct verdict_removed *removed, size_t names);

const struct verdict *verify_verdict(const struct verify *verify);
const struct header *verify_header_fields(const struct verify *verify);
struct arena *verify_arena(struct verify *verify);
/* Questions asked ahead of need so far: see the daemon's prefetch guard. */
unsigned verify_prefetched(const struct verify *verify);
/* Was the shared memory limit passed so far? */
bool verify_failed(const struct verify *verify);

#endif
