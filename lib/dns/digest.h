/*
 * The digest of texts that an answer holds.  For the files of this folder.
 */
#ifndef VERDICT_DNS_DIGEST_H
#define VERDICT_DNS_DIGEST_H

#include "dns/dns.h"

/* What dns_answer_digest() keeps; the answer has a record. */
void dns_digest_texts(const struct dns_answer *answer,
		      uint8_t digest_out[DNS_DIGEST_OCTETS]);

#endif
