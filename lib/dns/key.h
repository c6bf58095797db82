/*
 * What identifies a question: a lower-case name and a type, with their hash.
 * For the files of this folder.
 */
#ifndef VERDICT_DNS_KEY_H
#define VERDICT_DNS_KEY_H

#include "base/siphash.h"
#include "dns/dns.h"

struct dns_key {
	uint64_t hash;
	enum dns_type type;
	/* Can the name be put on the wire (RFC 1035 section 2.3.4)? */
	bool askable;
	size_t n;
	/*
	 * Lower case.  A name that is too long is cut one octet behind the
	 * limit, where it cannot be taken for one that fits.
	 */
	char text[LIMIT_DOMAIN + 1];
};

void dns_key_make(const struct siphash_key *siphash_key, struct str name,
		  enum dns_type type, struct dns_key *key_out);
struct str dns_key_name(const struct dns_key *key);
bool dns_key_eq(const struct dns_key *a, const struct dns_key *b);

#endif
