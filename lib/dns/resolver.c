#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "dns/ask.h"
#include "dns/cache.h"
#include "dns/engine.h"

#define BUCKETS 1024

/*
 * Locks: `lock` guards the table of flights.  The cache's and the engine's may
 * be taken under it; a session's may not.
 */

/* A question on the wire, and who waits for its answer. */
struct flight {
	struct flight *next;
	struct dns_key key;
	struct dns_waiter *waiters; /* newest first */
};

struct dns_resolver {
	struct siphash_key siphash_key;
	dns_oracle *oracle; /* NULL: there is a network, and all below */
	void *oracle_ctx;
	struct dns_cache *cache;
	struct dns_places *places;
	struct dns_engine *engine;
	struct dns_servers servers; /* under the lock */
	struct dns_stats stats;
	atomic_uint_fast64_t lookups, cache_hits;
	void (*waits)(bool begins); /* or NULL */

	pthread_mutex_t lock;
	struct flight *bucket[BUCKETS];
	size_t flights;
};

/* --- flights --- */

/* The link to a key's flight, or the NULL at the end of its bucket. */
static struct flight **
find(struct dns_resolver *resolver, const struct dns_key *key)
{
	struct flight **link = &resolver->bucket[key->hash % BUCKETS];

	while (*link && !dns_key_eq(&(*link)->key, key))
		link = &(*link)->next;
	return link;
}

static void
deliver(struct dns_waiter *waiter, struct dns_answer *answer)
{
	while (waiter) {
		struct dns_waiter *next = waiter->next;

		dns_session_deliver(waiter, dns_answer_ref(answer));
		waiter = next;
	}
}

/*
 * The engine is done with a flight.  The cache learns the answer before the
 * flight leaves the table, so that nobody finds neither.
 */
static void
landed(void *ctx, void *asker, struct dns_answer *answer)
{
	struct dns_resolver *resolver = ctx;
	struct flight *flight = asker;

	dns_cache_put(resolver->cache, &flight->key, answer,
		      clock_monotonic_ms());
	pthread_mutex_lock(&resolver->lock);
	*find(resolver, &flight->key) = flight->next;
	resolver->flights--;
	pthread_mutex_unlock(&resolver->lock);
	deliver(flight->waiters, answer);
	dns_answer_unref(answer);
	free(flight);
}

/* Under the lock.  NULL: too many are on the wire. */
static struct flight *
add_flight(struct dns_resolver *resolver, const struct dns_key *key)
{
	struct flight **link = &resolver->bucket[key->hash % BUCKETS];

	if (resolver->flights >= LIMIT_DNS_OUTSTANDING)
		return NULL;
	struct flight *flight = mem_alloc(sizeof *flight);
	flight->key = *key;
	flight->next = *link;
	*link = flight;
	resolver->flights++;
	return flight;
}

/* Boards a flight, a new one where there is none; or the answer. */
static struct dns_answer *
board(struct dns_resolver *resolver, const struct dns_key *key,
      struct dns_waiter *waiter)
{
	struct dns_answer *answer =
	    dns_cache_get(resolver->cache, key, clock_monotonic_ms());

	if (answer)
		return answer;
	struct flight *flight = *find(resolver, key);
	if (flight == NULL) {
		flight = add_flight(resolver, key);
		if (flight == NULL)
			return dns_answer_new(dns_key_name(key), key->type,
					      DNS_FAILED,
					      "too many questions outstanding");
		dns_engine_ask(resolver->engine, key, flight);
	}
	waiter->next = flight->waiters;
	flight->waiters = waiter;
	return NULL;
}

/* --- what sessions call --- */

const struct siphash_key *
dns_resolver_siphash_key(const struct dns_resolver *resolver)
{
	return &resolver->siphash_key;
}

struct dns_places *
dns_resolver_places(const struct dns_resolver *resolver)
{
	return resolver->places;
}

void
dns_resolver_waits(const struct dns_resolver *resolver, bool begins)
{
	if (resolver->waits != NULL)
		resolver->waits(begins);
}

struct dns_answer *
dns_resolver_known(struct dns_resolver *resolver, const struct dns_key *key)
{
	atomic_fetch_add_explicit(&resolver->lookups, 1, memory_order_relaxed);
	if (!key->askable)
		return dns_answer_new(dns_key_name(key), key->type,
				      DNS_NXDOMAIN, "not a name of the DNS");
	if (resolver->oracle)
		return NULL;
	struct dns_answer *answer =
	    dns_cache_get(resolver->cache, key, clock_monotonic_ms());
	if (answer)
		atomic_fetch_add_explicit(&resolver->cache_hits, 1,
					  memory_order_relaxed);
	return answer;
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
	if (resolver->oracle)
		return ask_oracle(resolver, key);
	pthread_mutex_lock(&resolver->lock);
	struct dns_answer *answer = board(resolver, key, waiter);
	pthread_mutex_unlock(&resolver->lock);
	return answer;
}

bool
dns_resolver_is_busy(struct dns_resolver *resolver)
{
	pthread_mutex_lock(&resolver->lock);
	bool busy = resolver->flights >= LIMIT_DNS_OUTSTANDING_PREFETCH;
	pthread_mutex_unlock(&resolver->lock);
	return busy;
}

/* --- life --- */

static struct dns_resolver *
new_resolver(void)
{
	struct dns_resolver *resolver = mem_alloc(sizeof *resolver);

	resolver->siphash_key = siphash_key_random();
	pthread_mutex_init(&resolver->lock, NULL);
	return resolver;
}

struct dns_resolver *
dns_resolver_new_offline(dns_oracle *oracle, void *ctx)
{
	struct dns_resolver *resolver = new_resolver();

	resolver->oracle = oracle;
	resolver->oracle_ctx = ctx;
	return resolver;
}

static bool
are_usable(const struct dns_options *options)
{
	if (options->servers == 0 || options->servers > DNS_SERVERS_MAX)
		return false;
	for (size_t i = 0; i < options->servers; i++)
		if (options->server[i].ip.family == IP_NONE ||
		    options->server[i].port == 0)
			return false;
	return true;
}

static struct dns_options
with_defaults(struct dns_options options)
{
	if (options.cache_bytes == 0)
		options.cache_bytes = LIMIT_DNS_CACHE_BYTES;
	if (options.name_ms == 0)
		options.name_ms = LIMIT_DNS_NAME_MS;
	if (options.zone_waiters == 0)
		options.zone_waiters = LIMIT_DNS_ZONE_WAITERS;
	if (options.slow_waiters == 0)
		options.slow_waiters = LIMIT_DNS_SLOW_WAITERS;
	return options;
}

int
dns_resolver_new(const struct dns_options *options,
		 const struct suffix_list *suffixes, const struct log *log,
		 struct dns_resolver **resolver_out)
{
	if (!are_usable(options))
		return ERR_INPUT;
	struct dns_options all = with_defaults(*options);
	struct dns_resolver *resolver = new_resolver();
	resolver->cache = dns_cache_new(all.cache_bytes);
	resolver->places =
	    dns_places_new(suffixes, all.zone_waiters, all.slow_waiters);
	resolver->servers.count = all.servers;
	memcpy(resolver->servers.server, all.server, sizeof all.server);
	resolver->waits = all.waits;
	struct dns_engine_options engine = {&all, log, &resolver->stats, landed,
					    resolver};
	int err = dns_engine_new(&engine, &resolver->engine);
	if (err) {
		dns_resolver_free(resolver);
		return err;
	}
	*resolver_out = resolver;
	return ERR_OK;
}

/* Sessions whose owner is gone may still wait: they get their release(). */
static void
strand(struct flight *flight)
{
	struct dns_answer *answer =
	    dns_answer_new(dns_key_name(&flight->key), flight->key.type,
			   DNS_FAILED, "the resolver has stopped");

	for (struct dns_waiter *w = flight->waiters; w; w = w->next)
		dns_session_cancel(w->session);
	deliver(flight->waiters, answer);
	dns_answer_unref(answer);
	free(flight);
}

void
dns_resolver_free(struct dns_resolver *resolver)
{
	if (resolver == NULL)
		return;
	dns_engine_free(resolver->engine);
	for (size_t i = 0; i < BUCKETS; i++) {
		while (resolver->bucket[i]) {
			struct flight *flight = resolver->bucket[i];

			resolver->bucket[i] = flight->next;
			strand(flight);
		}
	}
	dns_cache_free(resolver->cache);
	dns_places_free(resolver->places);
	pthread_mutex_destroy(&resolver->lock);
	free(resolver);
}

void
dns_resolver_counters(struct dns_resolver *resolver,
		      struct dns_counters *counters_out)
{
	const struct dns_stats *stats = &resolver->stats;
	struct dns_counters counters = {
	    .lookups = atomic_load(&resolver->lookups),
	    .cache_hits = atomic_load(&resolver->cache_hits),
	    .questions = atomic_load(&stats->questions),
	    .retransmissions = atomic_load(&stats->retransmissions),
	    .tcp = atomic_load(&stats->tcp),
	    .timeouts = atomic_load(&stats->timeouts),
	    .failures = atomic_load(&stats->failures),
	    .dropped = atomic_load(&stats->dropped),
	};

	if (resolver->cache)
		dns_cache_size(resolver->cache, &counters.cache_bytes,
			       &counters.cache_entries);
	pthread_mutex_lock(&resolver->lock);
	counters.outstanding = resolver->flights;
	pthread_mutex_unlock(&resolver->lock);
	histogram_read(&stats->latency, &counters.latency);
	*counters_out = counters;
}

size_t
dns_resolver_servers(struct dns_resolver *resolver,
		     struct dns_server_report report_out[DNS_SERVERS_MAX])
{
	pthread_mutex_lock(&resolver->lock);
	struct dns_servers servers = resolver->servers;
	pthread_mutex_unlock(&resolver->lock);
	for (size_t i = 0; i < servers.count; i++) {
		struct dns_server_health *health = &resolver->stats.health[i];
		report_out[i] = (struct dns_server_report){
		    .server = servers.server[i],
		    .state = (enum dns_server_state)atomic_load(&health->state),
		    .answered_ms = atomic_load(&health->answered_ms),
		    .silent_ms = atomic_load(&health->silent_ms),
		};
	}
	return servers.count;
}

void
dns_resolver_change(struct dns_resolver *resolver,
		    const struct dns_servers *servers)
{
	pthread_mutex_lock(&resolver->lock);
	resolver->servers = *servers;
	dns_engine_change(resolver->engine, servers);
	pthread_mutex_unlock(&resolver->lock);
}

uint64_t
dns_resolver_wake(struct dns_resolver *resolver)
{
	return dns_engine_wake(resolver->engine);
}

struct dns_answer *
dns_resolver_peek(struct dns_resolver *resolver, const struct dns_key *key,
		  int64_t *left_ms_out)
{
	return resolver->cache
		   ? dns_cache_peek(resolver->cache, key, clock_monotonic_ms(),
				    left_ms_out)
		   : NULL;
}

void
dns_resolver_flush(struct dns_resolver *resolver)
{
	if (resolver->cache)
		dns_cache_flush(resolver->cache);
}
