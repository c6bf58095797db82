/*
 * Verdicts of mail that never was: 20,000 domains, a few of which send most,
 * each with hosts, keys and a policy of its own, lists, and forgeries from
 * anywhere.  The n-th is always the same.
 */
#ifndef TESTS_SUPPORT_STORE_SYNTHETIC_H
#define TESTS_SUPPORT_STORE_SYNTHETIC_H

#include "verdict/verdict.h"

#define SYNTHETIC_DOMAINS 20000

struct synthetic {
	int64_t begin;   /* the first one's time, seconds since 1970 */
	int64_t each_ms; /* between two of them */
};

/* All of it is in the arena. */
void synthetic_verdict(const struct synthetic *synthetic, struct arena *arena,
		       uint64_t n, struct verdict *verdict_out);
/* The texts of the domain's records, as the DNS has them: n from 0 to
   SYNTHETIC_TEXTS - 1.  digest_out: dns_question.digest. */
#define SYNTHETIC_TEXTS 3
struct str synthetic_text(struct arena *arena, uint64_t domain, unsigned n,
			  struct str *name_out,
			  uint8_t digest_out[DNS_DIGEST_OCTETS]);
/* The n-th verdict's domain. */
uint64_t synthetic_domain(uint64_t n);

#endif
