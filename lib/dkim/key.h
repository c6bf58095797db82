/*
 * Key records: RFC 6376 section 3.6.1, with RFC 8301 and RFC 8463.
 *
 * The records of one selector are parsed once and kept beside the DNS answer;
 * they are immutable and may be used by several threads.
 */
#ifndef VERDICT_DKIM_KEY_H
#define VERDICT_DKIM_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"
#include "dkim/crypto.h"
#include "dns/dns.h"

struct dkim_key {
	struct crypto_key *crypto;
	bool testing; /* t=y */
	bool strict;  /* t=s: i= must have the domain d= */
};

struct dkim_keys {
	struct dkim_key key[LIMIT_DKIM_KEYS_TRIED];
	size_t count;
	/* Static: why there is none; the fault of the first key record. */
	const char *reason;
};

/* Parses the texts of an answer (DNS_OK, TXT). */
struct dkim_keys *dkim_keys_new(const struct dns_answer *answer) MUST_CHECK;
void dkim_keys_free(void *keys);

/*
 * The keys kept beside the answer, made now where there are none yet.
 * *own_out: NULL, or the same keys, to be freed by the caller after use since
 * the answer keeps something else already.
 */
const struct dkim_keys *dkim_keys_get(const struct dns_answer *answer,
				      struct dkim_keys **own_out);

#endif
