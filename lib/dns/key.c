#include "dns/key.h"

#include <string.h>

/* Labels of 1..63 octets, 253 octets in all (RFC 1035 section 2.3.4). */
static bool
is_askable(struct str name)
{
	struct str rest = name, label;

	if (name.n > LIMIT_DOMAIN)
		return false;
	while (str_split(&rest, '.', &label))
		if (label.n == 0 || label.n > LIMIT_LABEL)
			return false;
	return true;
}

void
dns_key_make(const struct siphash_key *siphash_key, struct str name,
	     enum dns_type type, struct dns_key *key_out)
{
	char hashed[LIMIT_DOMAIN + 3];
	struct dns_key *key = key_out;

	key->n = str_first(name, sizeof key->text).n;
	for (size_t i = 0; i < key->n; i++)
		key->text[i] = ascii_lower(name.p[i]);
	key->type = type;
	key->askable = is_askable(name);
	memcpy(hashed, key->text, key->n);
	hashed[key->n] = (char)(type >> 8);
	hashed[key->n + 1] = (char)type;
	key->hash = siphash(siphash_key, str_n(hashed, key->n + 2));
}

struct str
dns_key_name(const struct dns_key *key)
{
	return str_n(key->text, key->n);
}

bool
dns_key_eq(const struct dns_key *a, const struct dns_key *b)
{
	return a->hash == b->hash && a->type == b->type &&
	       str_eq(dns_key_name(a), dns_key_name(b));
}
