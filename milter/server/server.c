#include "milter/server/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "milter/limits.h"
#include "milter/mta/turns.h"
#include "verdict/privacy.h"

/* A message that began to wait has its deadline; the rest is computing. */
#define DRAIN_EXTRA_MS 5000
/* libmilter sends the answer after the callback has returned. */
#define LAST_ANSWER_MS 100
#define POLL_MS 20

const struct rules *
server_rules(const struct config *config)
{
	static const struct rules none;

	return config->policy.rules ? config->policy.rules : &none;
}

static void
know_rules(struct server *server, const struct config *config)
{
	const struct rules *rules = server_rules(config);

	for (size_t i = 0; i < rules->count; i++)
		hits_know(server->hits, rules->rule[i].name);
}

void
server_init(struct server *server, struct config *config, const char *path)
{
	*server = (struct server){.config = config,
				  .started = config_ref(config),
				  .started_at = clock_wall_seconds(),
				  .by_root = geteuid() == 0};
	reload_init(&server->reload, path);
	pthread_mutex_init(&server->config_lock, NULL);
	arena_pool_init(&server->pool, config->max_memory);
	server->accounts = accounts_new();
	trace_init(&server->trace);
	mailservers_init(&server->mailservers);
	server->hits = hits_new();
	know_rules(server, config);
	gate_init(&server->sessions);
	gate_init(&server->messages);
	gate_init(&server->evaluations);
	atomic_init(&server->stopping, false);
}

int
server_start(struct server *server)
{
	server->suffixes = suffix_list_open();
	server->guard = guard_new();
	server->deferrals = deferrals_new();
	server->watch = watch_new(&server->log);
	server->engine = (struct verify_engine){.suffixes = server->suffixes,
						.pool = &server->pool};
	struct dns_options dns = server->config->dns;
	dns.probe_ms = LIMIT_DNS_PROBE_MS;
	dns.waits = turns_pause;
	return dns_resolver_new(&dns, server->suffixes, &server->log,
				&server->engine.resolver);
}

struct config *
server_config(struct server *server)
{
	pthread_mutex_lock(&server->config_lock);
	struct config *config = config_ref(server->config);
	pthread_mutex_unlock(&server->config_lock);
	return config;
}

void
server_read_privacy_key(struct server *server)
{
	const struct config *config = server->started;
	char *path = mem_copy(config->privacy_key.p, config->privacy_key.n);

	if (config->privacy == CONFIG_PRIVACY_STRICT) {
		errno = 0;
		const char *why =
		    privacy_key_read(path, true, &server->privacy_key);
		if (why != NULL) {
			log_printf(&server->log, LOG_LEVEL_WARNING,
				   "privacy-key: %s %s%s%s; addresses are "
				   "hidden under a key of this run, and cannot "
				   "be looked for",
				   path, why, errno != 0 ? ": " : "",
				   errno != 0 ? strerror(errno) : "");
			server->privacy_key = siphash_key_random();
		}
	}
	free(path);
}

bool
server_may_connect(void *ctx, struct ip peer)
{
	struct config *config = server_config(ctx);
	const struct config_networks *allowed = &config->allow_remote_mta;
	bool may = ip_in_networks(peer, allowed->network, allowed->count);

	config_unref(config);
	return may;
}

void
server_adopt(struct server *server, struct config *config)
{
	know_rules(server, config);
	history_adopt(server->history, config);
	atomic_store(&server->log.level, config->log_level);
	atomic_store(&server->pool.limit, config->max_memory);
	pthread_mutex_lock(&server->config_lock);
	struct config *before = server->config;
	server->config = config;
	pthread_mutex_unlock(&server->config_lock);
	config_unref(before);
}

static void
sleep_ms(long ms)
{
	struct timespec pause = {.tv_nsec = ms * 1000000};

	nanosleep(&pause, NULL);
}

static int64_t
patience_ms(const struct config *config)
{
	return DRAIN_EXTRA_MS + config->verify.limits.message_ms;
}

bool
server_drain(struct server *server)
{
	struct config *config = server_config(server);
	int64_t end = clock_monotonic_ms() + patience_ms(config);

	config_unref(config);
	atomic_store(&server->stopping, true);
	while (gate_used(&server->evaluations) > 0 &&
	       clock_monotonic_ms() < end)
		sleep_ms(POLL_MS);
	sleep_ms(LAST_ANSWER_MS);
	return gate_used(&server->messages) == 0;
}

/* The accounts stay: connections that are open may still close theirs. */
void
server_clear(struct server *server)
{
	dns_resolver_free(server->engine.resolver);
	if (server->suffixes != NULL)
		suffix_list_close(server->suffixes);
	guard_free(server->guard);
	deferrals_free(server->deferrals);
	watch_free(server->watch);
	history_close(server->history);
	config_unref(server->config);
	config_unref(server->started);
	reload_clear(&server->reload);
	trace_clear(&server->trace);
	mailservers_clear(&server->mailservers);
	hits_free(server->hits);
	pthread_mutex_destroy(&server->config_lock);
}
