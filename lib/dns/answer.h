/*
 * Building an answer: used by the wire parser and by offline oracles.
 *
 * An answer is built by one thread and immutable once it is handed over.
 */
#ifndef VERDICT_DNS_ANSWER_H
#define VERDICT_DNS_ANSWER_H

#include "dns/dns.h"

/* One reference; names and texts are copied into the answer. */
struct dns_answer *dns_answer_new(struct str name, enum dns_type type,
				  enum dns_status status,
				  const char *reason) MUST_CHECK;
/* Adds a record and makes the status DNS_OK, or DNS_TOO_MANY. */
void dns_answer_add_ip(struct dns_answer *answer, struct ip ip);
void dns_answer_add_mx(struct dns_answer *answer, uint16_t preference,
		       struct str target);
void dns_answer_add_text(struct dns_answer *answer, struct str text);
/* The target of a CNAME; what is known otherwise stays as it is. */
void dns_answer_add_alias(struct dns_answer *answer, struct str target);

struct dns_answer *dns_answer_ref(const struct dns_answer *answer);
void dns_answer_unref(const struct dns_answer *answer);
/* Octets on the heap, for the cache's account. */
size_t dns_answer_size(const struct dns_answer *answer);

#endif
