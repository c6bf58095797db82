/*
 * SPF records: selection among the TXT records of a name (RFC 7208 section
 * 4.5) and the grammar of sections 4.6.1, 5 and 6.
 *
 * A record is parsed once into heap memory that refers to nothing outside and
 * never changes, so that it can stand beside a cached answer and be read by
 * every thread.  A syntax error anywhere makes the whole record an error
 * (4.6).
 */
#ifndef VERDICT_SPF_RECORD_H
#define VERDICT_SPF_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compat.h"
#include "base/ip.h"
#include "base/str.h"
#include "dns/dns.h"

enum spf_kind {
	SPF_ALL,
	SPF_INCLUDE,
	SPF_A,
	SPF_MX,
	SPF_PTR,
	SPF_IP4,
	SPF_IP6,
	SPF_EXISTS
};

/* A piece of the record's text. */
struct spf_span {
	uint16_t at, n;
};

/* One directive; small, since thousands of records are kept. */
struct spf_term {
	uint8_t kind;      /* enum spf_kind */
	uint8_t qualifier; /* enum spf_result that a match gives */
	uint8_t prefix4;   /* 32 unless given; ip4, a, mx */
	uint8_t prefix6;   /* 128 unless given; ip6, a, mx */
	uint8_t network[16];
	struct spf_span text; /* as written */
	struct spf_span spec; /* domain-spec; empty: the current domain */
};

enum spf_selection { SPF_NO_RECORD, SPF_ONE_RECORD, SPF_MANY_RECORDS };

struct spf_record {
	enum spf_selection selection;
	const char *error;          /* static; NULL: the record is valid */
	struct spf_span error_term; /* where; empty: the whole record */
	char *text;                 /* all spans point into it */
	/*
	 * What can be evaluated: nothing behind "all", nothing behind the one
	 * term too many that looks something up.
	 */
	struct spf_term *term;
	size_t terms;
	bool has_all; /* then redirect is ignored (5.1) */
	struct spf_span redirect, explanation; /* domain-specs; empty: none */
};

/* Does the text begin with a version section of exactly "v=spf1"? */
bool spf_record_is_spf(struct str text);

/* A text for which spf_record_is_spf() is true.  Never NULL. */
struct spf_record *spf_record_parse(struct str text) MUST_CHECK;
void spf_record_free(struct spf_record *record);

/*
 * The record among the TXT records of an answer that is DNS_OK, parsed at the
 * first call and kept beside the answer.  *owned_out: NULL, or what the caller
 * must free after use, since another form stood beside the answer already.
 */
const struct spf_record *spf_record_of(const struct dns_answer *answer,
				       struct spf_record **owned_out);

struct str spf_record_span(const struct spf_record *record,
			   struct spf_span span);
/* The network of an ip4 or ip6 term. */
struct ip spf_term_network(const struct spf_term *term);
/* Does the term count against LIMIT_SPF_TERMS (section 4.6.4)? */
bool spf_term_looks_up(const struct spf_term *term);

#endif
