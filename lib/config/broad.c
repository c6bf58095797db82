#include "config/broad.h"

#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "base/limits.h"
#include "base/mem.h"

/* Such that a network stands before those that lie in it. */
static int
compare(const void *a, const void *b)
{
	const struct ip_network *x = a, *y = b;

	int order = (int)x->base.family - (int)y->base.family;

	if (order == 0)
		order =
		    memcmp(x->base.octet, y->base.octet, sizeof x->base.octet);
	return order != 0 ? order : (int)x->prefix - (int)y->prefix;
}

/* Of 2^32 parts; longer prefixes would have to be hundreds of millions. */
static uint64_t
share(const struct ip_network *network)
{
	return network->prefix > 32 ? 0 : UINT64_C(1) << (32 - network->prefix);
}

bool
networks_are_broad(const struct ip_network *network, size_t n)
{
	uint64_t v4 = 0, v6 = 0;
	const struct ip_network *last = NULL;

	if (n == 0)
		return false;
	struct ip_network *sorted = mem_alloc(n * sizeof *sorted);
	memcpy(sorted, network, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, compare);
	for (size_t i = 0; i < n; i++) {
		if (last != NULL && ip_in_network(sorted[i].base, last))
			continue;
		last = &sorted[i];
		*(last->base.family == IP_V4 ? &v4 : &v6) += share(last);
	}
	free(sorted);
	return v4 >= UINT64_C(1) << (32 - LIMIT_BROAD_V4) ||
	       v6 >= UINT64_C(1) << (32 - LIMIT_BROAD_V6);
}

bool
broad_domain(const struct suffix_list *suffixes, struct str domain,
	     bool subtree)
{
	if (domain_labels(domain) <= 1)
		return true;
	return subtree ? suffix_is_public(suffixes, domain)
		       : suffix_is_of_registry(suffixes, domain);
}
