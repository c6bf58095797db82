#include "policy/origin.h"

#include <string.h>

#include "base/limits.h"

/* Of as many bits of the address. */
static uint64_t
id_of(const struct siphash_key *key, struct ip client, unsigned v4, unsigned v6,
      struct str author)
{
	struct str head = ip_head(&client, v4, v6);
	char text[2 + sizeof client.octet + LIMIT_DOMAIN];
	size_t n = 0;

	author = str_first(author, LIMIT_DOMAIN);
	text[n++] = (char)client.family;
	text[n++] = (char)head.n;
	memcpy(text + n, head.p, head.n);
	n += head.n;
	if (author.n > 0)
		memcpy(text + n, author.p, author.n);
	return siphash(key, str_n(text, n + author.n));
}

uint64_t
origin_id(const struct siphash_key *key, struct ip client, struct str author)
{
	return id_of(key, client, 24, 48, author);
}

uint64_t
origin_host_id(const struct siphash_key *key, struct ip client,
	       struct str author)
{
	return id_of(key, client, 32, 56, author);
}
