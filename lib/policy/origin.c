#include "policy/origin.h"

#include <string.h>

#include "base/limits.h"

/* Of as many octets of the address. */
static uint64_t
id_of(const struct siphash_key *key, struct ip client, size_t octets,
      struct str author)
{
	char text[2 + sizeof client.octet + LIMIT_DOMAIN];
	size_t n = 0;

	author = str_first(author, LIMIT_DOMAIN);
	text[n++] = (char)client.family;
	text[n++] = (char)octets;
	memcpy(text + n, client.octet, octets);
	n += octets;
	if (author.n > 0)
		memcpy(text + n, author.p, author.n);
	return siphash(key, str_n(text, n + author.n));
}

uint64_t
origin_id(const struct siphash_key *key, struct ip client, struct str author)
{
	return id_of(key, client, client.family == IP_V6 ? 48 / 8 : 24 / 8,
		     author);
}

uint64_t
origin_host_id(const struct siphash_key *key, struct ip client,
	       struct str author)
{
	return id_of(key, client, client.family == IP_V6 ? 56 / 8 : 32 / 8,
		     author);
}
