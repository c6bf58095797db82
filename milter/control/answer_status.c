#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/words.h"
#include "milter/control/answer.h"
#include "milter/control/table.h"
#include "milter/mta/turns.h"

/* A number of /proc/self/status; 0 where it is not told. */
static long
process_number(const char *name)
{
	char line[128];
	size_t n = strlen(name);
	long value = 0;
	FILE *stream = fopen("/proc/self/status", "re");

	while (stream != NULL && fgets(line, sizeof line, stream) != NULL)
		if (strncmp(line, name, n) == 0) {
			sscanf(line + n, "%ld", &value);
			break;
		}
	if (stream != NULL)
		fclose(stream);
	return value;
}

static void
add_config(struct table *table, struct server *server)
{
	struct config *config = server_config(server);
	struct config_error error = {.text = ""};
	struct buf waiting;

	buf_init(&waiting, NULL);
	config_needs_restart(server->started, config, &waiting);
	table_text(table, "config", str_of(server->reload.path));
	table_time(table, "config_read", reload_time(&server->reload));
	table_number(table, "reloads",
		     (int64_t)metrics_get(&server->metrics.reloads));
	int64_t failed = reload_error(&server->reload, &error);
	table_time(table, "reload_failed", failed);
	table_text(table, "reload_error", str_of(error.text));
	table_text(table, "wants_restart", buf_str(&waiting));
	table_text(table, "mode",
		   str_of(words_text(policy_mode_words, config->policy.mode)));
	table_text(table, "enforce_wants",
		   str_of(policy_enforce_wants(&config->policy)));
	table_number(table, "max_sessions", config->max_sessions);
	buf_clear(&waiting);
	config_unref(config);
}

static void
add_load(struct table *table, struct server *server)
{
	const struct metrics *metrics = &server->metrics;
	int64_t messages = 0;
	struct turns_report turns;

	turns_report(&turns);
	for (unsigned i = 0; i < METRICS_ACTIONS; i++)
		messages += (int64_t)metrics_get(&metrics->applied[i]);
	table_number(table, "messages", messages);
	table_number(table, "messages_put_off",
		     (int64_t)metrics_get(&metrics->applied[ACTION_TEMPFAIL]));
	table_number(table, "sessions", gate_used(&server->sessions));
	table_number(table, "sessions_refused",
		     (int64_t)metrics_get(&metrics->refused));
	table_number(table, "sessions_running", turns.given);
	table_number(table, "sessions_waiting", turns.waiting);
	table_number(table, "max_sessions_running", turns.limit);
	table_number(table, "evaluations", gate_used(&server->evaluations));
	table_number(table, "threads", process_number("Threads:"));
	table_number(table, "max_evaluations",
		     server->started->max_evaluations);
	table_number(table, "memory_bytes", process_number("VmRSS:") * 1024);
	table_number(table, "message_bytes",
		     (int64_t)atomic_load(&server->pool.used));
	table_number(table, "max_message_bytes",
		     (int64_t)atomic_load(&server->pool.limit));
}

static int64_t
wall_of(int64_t monotonic_ms)
{
	int64_t ago = clock_monotonic_ms() - monotonic_ms;

	return monotonic_ms == 0 ? 0 : clock_wall_seconds() - ago / 1000;
}

/* One row for each: "127.0.0.1:53 silent since T, last answer T" */
static void
add_servers(struct table *table, struct server *server)
{
	struct dns_server_report report[DNS_SERVERS_MAX];
	size_t n = dns_resolver_servers(server->engine.resolver, report);
	char address[DNS_SERVER_TEXT], name[32], text[160];
	char since[TABLE_TIME_TEXT], last[TABLE_TIME_TEXT];

	for (size_t i = 0; i < n; i++) {
		const struct dns_server_report *one = &report[i];
		dns_server_format(&one->server, address);
		table_time_text(wall_of(one->silent_ms), since);
		table_time_text(wall_of(one->answered_ms), last);
		snprintf(name, sizeof name, "dns_server_%zu", i + 1);
		if (one->state == DNS_SERVER_SILENT)
			snprintf(text, sizeof text,
				 "%s silent since %s, last answer %s", address,
				 since, last);
		else
			snprintf(text, sizeof text, "%s %s, last answer %s",
				 address,
				 one->state == DNS_SERVER_ANSWERS ? "answers"
								  : "is asked",
				 last);
		table_text(table, name, str_of(text));
	}
}

static void
add_dns(struct table *table, struct server *server)
{
	struct dns_counters dns;

	add_servers(table, server);
	dns_resolver_counters(server->engine.resolver, &dns);
	table_number(table, "dns_lookups", (int64_t)dns.lookups);
	table_number(table, "dns_cache_hits", (int64_t)dns.cache_hits);
	table_number(table, "dns_questions", (int64_t)dns.questions);
	table_number(table, "dns_timeouts", (int64_t)dns.timeouts);
	table_number(table, "cache_entries", (int64_t)dns.cache_entries);
	table_number(table, "cache_bytes", (int64_t)dns.cache_bytes);
	table_number(table, "max_cache_bytes",
		     (int64_t)server->started->dns.cache_bytes);
}

void
answer_status(struct server *server, bool json, struct buf *out)
{
	struct table table = {.out = out, .json = json};

	table_open(&table);
	table_text(&table, "version", str_of(VERDICT_VERSION));
	table_number(&table, "pid", getpid());
	table_time(&table, "started", server->started_at);
	table_number(&table, "uptime_seconds",
		     clock_wall_seconds() - server->started_at);
	add_config(&table, server);
	add_load(&table, server);
	add_dns(&table, server);
	table_close(&table);
	if (json)
		buf_addc(out, '\n');
}
