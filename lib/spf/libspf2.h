/*
 * The engine that decides whether a directive matches: libspf2 behind one
 * function.  Nothing outside libspf2.c knows that library.
 *
 * libspf2 1.2.10 is not safe with text from the network (CVE-2023-42118 among
 * others), drops terms of long records, cannot express a prefix length of 0,
 * and counts no limits.  So it is given short records in words of ours: one
 * directive, or a run of networks.  The compiled text holds mechanisms,
 * qualifiers, networks and prefix lengths only; a name travels beside it,
 * escaped to [a-z0-9._+-].  All its DNS questions go to the caller's function.
 *
 * An engine serves one evaluation on one thread.
 */
#ifndef VERDICT_SPF_LIBSPF2_H
#define VERDICT_SPF_LIBSPF2_H

#include "base/compat.h"
#include "base/ip.h"
#include "base/str.h"
#include "dns/dns.h"
#include "spf/record.h"
#include "spf/spf.h"

/* Any kind but SPF_INCLUDE; the prefix length is not 0. */
struct spf_directive {
	enum spf_kind kind;
	enum spf_result qualifier;
	struct ip network; /* ip4, ip6 */
	unsigned prefix;   /* ip4, ip6; a, mx: for the client's family */
	struct str target; /* a, mx, ptr, exists: any octets */
};

enum spf_match {
	SPF_NO_MATCH,
	SPF_MATCH,
	SPF_MATCH_TEMPERROR, /* a lookup that was needed had trouble */
	SPF_MATCH_PERMERROR  /* the library refused the directive */
};

/* The answer to a question; NULL: the evaluation is over. */
typedef const struct dns_answer *spf_engine_lookup(void *ctx, struct str name,
						   enum dns_type type);

struct spf_engine;

/* client is IPv4 or IPv6. */
struct spf_engine *spf_engine_new(struct ip client, spf_engine_lookup *lookup,
				  void *ctx) MUST_CHECK;
void spf_engine_free(struct spf_engine *engine);

/* ip4 and ip6 directives of one record: at most 400 octets compiled. */
#define SPF_ENGINE_RUN 20

/*
 * Evaluates one directive, or the first that matches of up to SPF_ENGINE_RUN
 * ip4 and ip6 ones.  With SPF_MATCH only: *index_out is the directive that
 * matched, *result_out what its qualifier gives.
 */
enum spf_match spf_engine_evaluate(struct spf_engine *engine,
				   const struct spf_directive *directive,
				   size_t n, size_t *index_out,
				   enum spf_result *result_out) MUST_CHECK;

/*
 * May the library see this text: only octets that directives and escaped names
 * of ours are made of, no '%', and short?  Asked of both before every
 * compilation; a refusal is SPF_MATCH_PERMERROR and, in a debug build, fatal.
 */
bool spf_engine_accepts(struct str text);

#endif
