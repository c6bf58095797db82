#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "dns/engine_parts.h"

void
dns_query_release(struct dns_engine *engine, struct dns_query *query)
{
	dns_tcp_close(engine, query);
	for (size_t i = 0; i < engine->dns.servers; i++)
		dns_udp_release(engine, query, i);
}

void
dns_query_free(struct dns_engine *engine, struct dns_query *query)
{
	dns_timer_remove(engine, query);
	dns_query_release(engine, query);
	free(query);
}

static void
finish(struct dns_engine *engine, struct dns_query *query,
       struct dns_answer *answer)
{
	void *asker = query->asker;

	if (query->probe) {
		dns_health_probed(engine, query);
		dns_query_free(engine, query);
		dns_answer_unref(answer);
		return;
	}
	if (answer->status == DNS_TIMEOUT)
		atomic_fetch_add(&engine->stats->timeouts, 1);
	else if (answer->status == DNS_FAILED)
		atomic_fetch_add(&engine->stats->failures, 1);
	histogram_add(&engine->stats->latency,
		      clock_monotonic_us() - query->begun_us);
	dns_query_free(engine, query);
	engine->done(engine->ctx, asker, answer);
}

static void
finish_without(struct dns_engine *engine, struct dns_query *query)
{
	enum dns_status status = query->trouble ? DNS_FAILED : DNS_TIMEOUT;

	finish(engine, query,
	       dns_answer_new(dns_key_name(&query->key), query->key.type,
			      status,
			      query->trouble ? query->trouble
					     : "the DNS server is silent"));
}

int64_t
dns_query_first_ms(const struct dns_engine *engine)
{
	return engine->dns.name_ms / 5;
}

/* Each further time. */
static int64_t
again_ms(const struct dns_engine *engine)
{
	return 2 * dns_query_first_ms(engine);
}

static int64_t
patience(const struct dns_engine *engine, const struct dns_query *query)
{
	return (query->step ? again_ms(engine) : dns_query_first_ms(engine)) +
	       1;
}

static void
set_due(struct dns_engine *engine, struct dns_query *query, int64_t due_ms)
{
	query->due_ms = due_ms < query->end_ms ? due_ms : query->end_ms;
	dns_timer_moved(engine, query);
}

static void
send_now(struct dns_engine *engine, struct dns_query *query)
{
	set_due(engine, query, clock_monotonic_ms() + patience(engine, query));
	if (!dns_udp_send(engine, query))
		dns_query_unreachable(engine, query, query->server);
}

/* The next server that did not fail; the same where it is the only one. */
static bool
next_server(const struct dns_engine *engine, struct dns_query *query)
{
	size_t servers = engine->dns.servers;

	for (size_t i = 1; i <= servers; i++) {
		size_t server = (query->server + i) % servers;

		if (!query->failed[server]) {
			query->server = server;
			return true;
		}
	}
	return false;
}

/* The first datagram, to this server. */
static void
send_first(struct dns_engine *engine, struct dns_query *query, size_t server)
{
	query->edns = true;
	query->server = server;
	dns_wire_question(&query->key, true, engine->dns.trust_ad,
			  &query->question);
	send_now(engine, query);
}

static void
start(struct dns_engine *engine, struct dns_query *query, size_t server)
{
	query->begun_us = clock_monotonic_us();
	query->end_ms = query->begun_us / 1000 + engine->dns.name_ms;
	query->due_ms = query->end_ms;
	dns_timer_add(engine, query);
	send_first(engine, query, server);
}

void
dns_query_start(struct dns_engine *engine, struct dns_query *query)
{
	start(engine, query, engine->preferred);
}

void
dns_query_restart(struct dns_engine *engine, struct dns_query *query)
{
	query->step = 0;
	query->unreachable = 0;
	query->trouble = NULL;
	memset(query->failed, 0, sizeof query->failed);
	query->end_ms = clock_monotonic_ms() + engine->dns.name_ms;
	send_first(engine, query, engine->preferred);
}

struct dns_query *
dns_query_probe(struct dns_engine *engine, const struct dns_key *key,
		size_t server)
{
	struct dns_query *query = mem_alloc(sizeof *query);

	query->key = *key;
	query->probe = true;
	for (size_t i = 0; i < engine->dns.servers; i++)
		query->failed[i] = i != server;
	start(engine, query, server);
	return query;
}

void
dns_query_failed(struct dns_engine *engine, struct dns_query *query,
		 size_t server, const char *reason)
{
	query->trouble = reason;
	query->failed[server] = true;
	if (server != query->server)
		return; /* another one is being waited for */
	if (next_server(engine, query))
		send_now(engine, query);
	else
		finish_without(engine, query);
}

/*
 * A server that restarts is back within a second, so that every one gets a
 * second chance after the first timeout.
 */
void
dns_query_unreachable(struct dns_engine *engine, struct dns_query *query,
		      size_t server)
{
	unsigned servers = (unsigned)engine->dns.servers;

	if (query->tcp || server != query->server)
		return;
	query->trouble = "the DNS server cannot be reached";
	if (!query->probe)
		dns_health_suspect(engine, server);
	query->unreachable++;
	if (query->unreachable >= 2 * servers)
		finish_without(engine, query);
	else if (query->unreachable % servers != 0 &&
		 next_server(engine, query))
		send_now(engine, query);
}

void
dns_query_due(struct dns_engine *engine, struct dns_query *query,
	      int64_t now_ms)
{
	if (now_ms >= query->end_ms) {
		finish_without(engine, query);
		return;
	}
	if (query->tcp) {
		dns_tcp_close(engine, query);
		dns_query_failed(engine, query, query->server,
				 "no answer over TCP");
		return;
	}
	query->step++;
	if (!query->probe)
		dns_health_suspect(engine, query->server);
	next_server(engine, query);
	send_now(engine, query);
}

/* Later questions go to this server first, since the other one was silent. */
static void
prefer(struct dns_engine *engine, const struct dns_query *query, size_t server)
{
	size_t before = engine->preferred;
	char old[DNS_SERVER_TEXT], new[DNS_SERVER_TEXT];

	if (before == server || query->udp[before] == NULL ||
	    query->failed[before])
		return;
	engine->preferred = server;
	log_printf(engine->log, LOG_LEVEL_WARNING,
		   "event=dns-failover silent=%s using=%s",
		   dns_server_format(&engine->dns.server[before], old),
		   dns_server_format(&engine->dns.server[server], new));
	dns_health_failed_over(engine);
}

/* RFC 7766 section 5.  With other servers left it must not use up the time. */
static void
ask_over_tcp(struct dns_engine *engine, struct dns_query *query, size_t server)
{
	query->server = server;
	if (!dns_tcp_start(engine, query, server))
		dns_query_failed(engine, query, server,
				 "no TCP connection to the DNS server");
	else if (engine->dns.servers > 1)
		set_due(engine, query, clock_monotonic_ms() + again_ms(engine));
	else
		set_due(engine, query, query->end_ms);
}

void
dns_query_answered(struct dns_engine *engine, struct dns_query *query,
		   size_t server, const uint8_t *p, size_t n)
{
	struct dns_answer *answer;
	const char *reason;

	dns_health_answered(engine, server);
	if (query->probe) {
		query->refused = dns_wire_is_refused(p);
		dns_health_probed(engine, query);
		dns_query_free(engine, query);
		return;
	}
	if (dns_wire_is_refused(p))
		dns_health_refused(engine, server);
	if (dns_wire_is_truncated(p)) {
		ask_over_tcp(engine, query, server);
		return;
	}
	enum dns_wire_result result = dns_wire_answer(
	    &query->key, engine->dns.trust_ad, p, n, &answer, &reason);
	if (result == DNS_WIRE_ANSWER) {
		prefer(engine, query, server);
		finish(engine, query, answer);
	} else if (result == DNS_WIRE_FORMERR && query->edns) {
		/* RFC 6891 section 6.2.2: once more without EDNS. */
		query->edns = false;
		query->server = server;
		dns_wire_question(&query->key, false, engine->dns.trust_ad,
				  &query->question);
		send_now(engine, query);
	} else {
		dns_query_failed(engine, query, server, reason);
	}
}
