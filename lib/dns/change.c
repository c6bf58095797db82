/*
 * Other servers while questions are on the wire: each question begins anew with
 * them, and whatever the former ones still say finds nobody.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dns/engine_parts.h"

static void
close_sockets(struct dns_engine *engine, struct dns_query *const *query,
	      size_t n)
{
	for (size_t i = 0; i < n; i++)
		dns_query_release(engine, query[i]);
	for (size_t i = 0; i < engine->dns.servers; i++) {
		if (engine->udp[i] != NULL)
			dns_io_close(engine, &engine->udp[i]->io);
		engine->udp[i] = NULL;
	}
}

static void
know_nothing_of(struct dns_engine *engine, size_t server)
{
	struct dns_server_health *shown = &engine->stats->health[server];

	engine->health[server] = (struct dns_health){.probe = NULL};
	atomic_store(&shown->state, DNS_SERVER_UNKNOWN);
	atomic_store(&shown->answered_ms, 0);
	atomic_store(&shown->silent_ms, 0);
}

static void
take(struct dns_engine *engine, const struct dns_servers *fresh)
{
	memcpy(engine->dns.server, fresh->server, sizeof fresh->server);
	engine->dns.servers = fresh->count;
	engine->preferred = 0;
	engine->failover_ms = 0;
	for (size_t i = 0; i < DNS_SERVERS_MAX; i++)
		know_nothing_of(engine, i);
}

/* All on the wire; to be freed. */
static struct dns_query **
waiting(const struct dns_engine *engine, size_t *n_out)
{
	struct dns_query **query =
	    mem_alloc((engine->timers + 1) * sizeof(struct dns_query *));

	for (size_t i = 0; i < engine->timers; i++)
		query[i] = engine->timer[i];
	*n_out = engine->timers;
	return query;
}

static void
drop_probes(struct dns_engine *engine)
{
	for (size_t i = 0; i < engine->dns.servers; i++)
		if (engine->health[i].probe != NULL)
			dns_query_free(engine, engine->health[i].probe);
}

void
dns_change(struct dns_engine *engine, const struct dns_servers *fresh)
{
	size_t n;

	/* They ask servers that are gone. */
	drop_probes(engine);
	struct dns_query **query = waiting(engine, &n);
	close_sockets(engine, query, n);
	take(engine, fresh);
	/* Before the questions: one that cannot be sent suspects a server, and
	   finds that it is being asked. */
	dns_health_start(engine);
	for (size_t i = 0; i < n; i++)
		dns_query_restart(engine, query[i]);
	free(query);
}
