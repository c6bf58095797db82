#include "policy/origin.h"

#include <string.h>

#include "base/limits.h"

uint64_t
origin_id(const struct siphash_key *key, struct ip client, struct str author)
{
	size_t prefix = client.family == IP_V6 ? 48 / 8 : 24 / 8;
	char text[1 + sizeof client.octet + LIMIT_DOMAIN];
	size_t n = 0;

	author = str_first(author, LIMIT_DOMAIN);
	text[n++] = (char)client.family;
	memcpy(text + n, client.octet, prefix);
	n += prefix;
	if (author.n > 0)
		memcpy(text + n, author.p, author.n);
	return siphash(key, str_n(text, n + author.n));
}
