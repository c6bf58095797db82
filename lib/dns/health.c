/*
 * Which of the servers answer.  A question alone does not tell: the zone that
 * it is about may be the one that is silent.  So a server that leaves one
 * without answer is asked a question that every server answers by itself.
 */
#include "base/clock.h"
#include "dns/engine_parts.h"

/* RFC 6761 section 6.3: recursive servers answer it themselves. */
static const struct str probe_name = STR("localhost");

static bool
is_used(int state)
{
	return state != DNS_SERVER_SILENT && state != DNS_SERVER_REFUSES;
}

static size_t
answering(const struct dns_engine *engine)
{
	size_t n = 0;

	for (size_t i = 0; i < engine->dns.servers; i++)
		if (is_used(atomic_load(&engine->stats->health[i].state)))
			n++;
	return n;
}

static void
probe(struct dns_engine *engine, size_t server)
{
	struct dns_health *health = &engine->health[server];
	const struct siphash_key any = {{0}}; /* it stands in no table */
	struct dns_key key;

	health->due_ms = 0;
	health->probed_ms = clock_monotonic_ms();
	dns_key_make(&any, probe_name, DNS_A, &key);
	health->probe = dns_query_probe(engine, &key, server);
}

void
dns_health_start(struct dns_engine *engine)
{
	for (size_t i = 0; engine->dns.probe_ms > 0 && i < engine->dns.servers;
	     i++)
		probe(engine, i);
}

/* Later questions go to the first one again, if it has recovered for good. */
static void
return_to(struct dns_engine *engine, size_t server, int64_t now_ms)
{
	char text[DNS_SERVER_TEXT];

	if (server >= engine->preferred ||
	    now_ms - engine->failover_ms < engine->dns.probe_ms)
		return;
	engine->preferred = server;
	log_printf(engine->log, LOG_LEVEL_INFO, "event=dns-return using=%s",
		   dns_server_format(&engine->dns.server[server], text));
}

void
dns_health_answered(struct dns_engine *engine, size_t server)
{
	struct dns_server_health *health = &engine->stats->health[server];
	char text[DNS_SERVER_TEXT];
	int64_t now = clock_monotonic_ms();

	if (engine->dns.probe_ms == 0)
		return;
	atomic_store(&health->answered_ms, now);
	int before = atomic_load(&health->state);
	/* What it may say of its own zones helps nobody. */
	if (before == DNS_SERVER_REFUSES)
		return;
	atomic_store(&health->state, DNS_SERVER_ANSWERS);
	if (before == DNS_SERVER_SILENT)
		log_printf(engine->log, LOG_LEVEL_WARNING,
			   "event=dns-answers server=%s silent-for=%.0fs "
			   "answering=%zu/%zu",
			   dns_server_format(&engine->dns.server[server], text),
			   (double)(now - atomic_load(&health->silent_ms)) /
			       1000,
			   answering(engine), engine->dns.servers);
	return_to(engine, server, now);
}

/* Of one name, or of all?  Asked as often as one that is silent. */
void
dns_health_refused(struct dns_engine *engine, size_t server)
{
	const struct dns_health *health = &engine->health[server];

	if (engine->dns.probe_ms > 0 && health->probe == NULL &&
	    atomic_load(&engine->stats->health[server].state) ==
		DNS_SERVER_ANSWERS &&
	    clock_monotonic_ms() - health->probed_ms >= engine->dns.probe_ms)
		probe(engine, server);
}

/*
 * Mail of many dead zones is no reason to ask more than once in the time that a
 * question is given before it is sent again.
 */
void
dns_health_suspect(struct dns_engine *engine, size_t server)
{
	const struct dns_server_health *health = &engine->stats->health[server];
	int64_t since = clock_monotonic_ms() - dns_query_first_ms(engine);

	if (engine->dns.probe_ms > 0 && engine->health[server].probe == NULL &&
	    atomic_load(&health->state) != DNS_SERVER_SILENT &&
	    atomic_load(&health->answered_ms) < since)
		probe(engine, server);
}

void
dns_health_failed_over(struct dns_engine *engine)
{
	engine->failover_ms = clock_monotonic_ms();
	for (size_t i = 0; engine->dns.probe_ms > 0 && i < engine->preferred;
	     i++)
		engine->health[i].due_ms =
		    engine->failover_ms + engine->dns.probe_ms;
}

static void
note_refusal(struct dns_engine *engine, size_t server, bool refused)
{
	struct dns_server_health *health = &engine->stats->health[server];
	char text[DNS_SERVER_TEXT];

	if (refused == (atomic_load(&health->state) == DNS_SERVER_REFUSES))
		return;
	atomic_store(&health->state,
		     refused ? DNS_SERVER_REFUSES : DNS_SERVER_ANSWERS);
	size_t left = answering(engine);
	dns_server_format(&engine->dns.server[server], text);
	if (refused)
		log_printf(engine->log,
			   left > 0 ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR,
			   "event=dns-refuses server=%s answering=%zu/%zu "
			   "reason=\"it says REFUSED to localhost: it is no "
			   "resolver, or not one for this host\"",
			   text, left, engine->dns.servers);
	else
		log_printf(engine->log, LOG_LEVEL_WARNING,
			   "event=dns-answers server=%s answering=%zu/%zu",
			   text, left, engine->dns.servers);
}

void
dns_health_probed(struct dns_engine *engine, const struct dns_query *query)
{
	struct dns_health *health = &engine->health[query->server];
	struct dns_server_health *shown = &engine->stats->health[query->server];
	int64_t now = clock_monotonic_ms(), begun = query->begun_us / 1000;
	char text[DNS_SERVER_TEXT];

	health->probe = NULL;
	bool answered = atomic_load(&shown->answered_ms) >= begun;
	if (!answered || query->refused || query->server < engine->preferred)
		health->due_ms = now + engine->dns.probe_ms;
	if (answered)
		note_refusal(engine, query->server, query->refused);
	if (answered || atomic_load(&shown->state) == DNS_SERVER_SILENT)
		return;
	atomic_store(&shown->silent_ms, begun);
	atomic_store(&shown->state, DNS_SERVER_SILENT);
	size_t left = answering(engine);
	log_printf(engine->log, left > 0 ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR,
		   "event=dns-silent server=%s answering=%zu/%zu reason=\"%s\"",
		   dns_server_format(&engine->dns.server[query->server], text),
		   left, engine->dns.servers,
		   query->trouble ? query->trouble : "no answer");
}

int64_t
dns_health_due(const struct dns_engine *engine)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < engine->dns.servers; i++)
		if (engine->health[i].due_ms > 0 &&
		    engine->health[i].due_ms < due)
			due = engine->health[i].due_ms;
	return due;
}

void
dns_health_run(struct dns_engine *engine, int64_t now_ms)
{
	for (size_t i = 0; i < engine->dns.servers; i++)
		if (engine->health[i].due_ms > 0 &&
		    engine->health[i].due_ms <= now_ms &&
		    engine->health[i].probe == NULL)
			probe(engine, i);
}
