#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dns/ask.h"

struct dns_resolver {
	struct siphash_key siphash_key;
	dns_oracle *oracle; /* NULL: a network */
	void *oracle_ctx;
	atomic_uint_fast64_t lookups;
};

struct dns_resolver *
dns_resolver_new_offline(dns_oracle *oracle, void *ctx)
{
	struct dns_resolver *resolver = mem_alloc(sizeof *resolver);

	resolver->siphash_key = siphash_key_random();
	resolver->oracle = oracle;
	resolver->oracle_ctx = ctx;
	return resolver;
}

void
dns_resolver_free(struct dns_resolver *resolver)
{
	free(resolver);
}

void
dns_resolver_counters(struct dns_resolver *resolver,
		      struct dns_counters *counters_out)
{
	memset(counters_out, 0, sizeof *counters_out);
	counters_out->lookups = atomic_load(&resolver->lookups);
}

void
dns_resolver_flush(struct dns_resolver *resolver)
{
	(void)resolver;
}

const struct siphash_key *
dns_resolver_siphash_key(const struct dns_resolver *resolver)
{
	return &resolver->siphash_key;
}

bool
dns_resolver_is_offline(const struct dns_resolver *resolver)
{
	return resolver->oracle != NULL;
}

struct dns_answer *
dns_resolver_known(struct dns_resolver *resolver, const struct dns_key *key)
{
	atomic_fetch_add_explicit(&resolver->lookups, 1, memory_order_relaxed);
	if (!key->askable)
		return dns_answer_new(dns_key_name(key), key->type,
				      DNS_NXDOMAIN, "not a name of the DNS");
	return NULL;
}

static struct dns_answer *
ask_oracle(struct dns_resolver *resolver, const struct dns_key *key)
{
	struct dns_answer *answer = resolver->oracle(
	    resolver->oracle_ctx, dns_key_name(key), key->type);

	return answer ? answer
		      : dns_answer_new(dns_key_name(key), key->type,
				       DNS_NXDOMAIN, "");
}

struct dns_answer *
dns_resolver_ask(struct dns_resolver *resolver, const struct dns_key *key,
		 struct dns_waiter *waiter)
{
	(void)waiter;
	return ask_oracle(resolver, key);
}

bool
dns_zone_enter(struct dns_resolver *resolver, struct str name,
	       uint64_t *zone_out)
{
	(void)resolver;
	(void)name;
	*zone_out = 0;
	return true;
}

void
dns_zone_leave(struct dns_resolver *resolver, uint64_t zone)
{
	(void)resolver;
	(void)zone;
}
