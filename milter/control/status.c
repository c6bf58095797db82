#include "milter/control/status.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

/* A number of /proc/self/status; 0 where it is not told. */
static int64_t
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
look_at_process(struct server *server, struct status *status)
{
	char room[4096];
	struct passwd entry;
	struct passwd *found = NULL;

	status->now = clock_wall_seconds();
	status->pid = getpid();
	status->started = server->started_at;
	status->threads = process_number("Threads:");
	status->memory_bytes = process_number("VmRSS:") * 1024;
	buf_init(&status->user, NULL);
	getpwuid_r(geteuid(), &entry, room, sizeof room, &found);
	if (found != NULL)
		buf_adds(&status->user, entry.pw_name);
	else
		buf_printf(&status->user, "%lu", (unsigned long)geteuid());
}

static void
look_at_config(struct server *server, struct status *status)
{
	status->at_start = server->started;
	status->config = server_config(server);
	status->path = server->reload.path;
	status->read = reload_time(&server->reload);
	status->failed = reload_error(&server->reload, &status->error);
	status->reloads = metrics_get(&server->metrics.reloads);
	buf_init(&status->wants_restart, NULL);
	config_needs_restart(server->started, status->config,
			     &status->wants_restart);
}

static void
look_at_load(struct server *server, struct status *status)
{
	const struct metrics *metrics = &server->metrics;

	for (unsigned i = 0; i < METRICS_ACTIONS; i++) {
		status->applied[i] = metrics_get(&metrics->applied[i]);
		status->decided[i] = metrics_get(&metrics->decided[i]);
		status->messages += status->applied[i];
	}
	status->unread = watch_unread(server->watch, &status->unread_reason);
	reload_mode(&server->reload, &status->mode);
	status->sessions = gate_used(&server->sessions);
	status->evaluations = gate_used(&server->evaluations);
	status->refused = metrics_get(&metrics->refused);
	status->message_bytes = atomic_load(&server->pool.used);
	status->max_message_bytes = atomic_load(&server->pool.limit);
	turns_report(&status->turns);
}

static int64_t
wall_of(int64_t monotonic_ms)
{
	int64_t ago = clock_monotonic_ms() - monotonic_ms;

	return monotonic_ms == 0 ? 0 : clock_wall_seconds() - ago / 1000;
}

static void
look_at_dns(struct server *server, struct status *status)
{
	struct dns_server_report report[DNS_SERVERS_MAX];

	dns_resolver_counters(server->engine.resolver, &status->dns);
	status->dns_servers =
	    dns_resolver_servers(server->engine.resolver, report);
	for (size_t i = 0; i < status->dns_servers; i++) {
		struct status_dns_server *one = &status->dns_server[i];
		dns_server_format(&report[i].server, one->address);
		one->state = report[i].state;
		one->answered = wall_of(report[i].answered_ms);
		one->silent = wall_of(report[i].silent_ms);
	}
}

static void
look_at_history(struct server *server, struct status *status)
{
	status->has_journal = history_report(server->history, &status->journal);
}

void
status_look(struct server *server, struct status *status_out)
{
	*status_out = (struct status){.now = 0};
	look_at_process(server, status_out);
	look_at_config(server, status_out);
	look_at_load(server, status_out);
	look_at_dns(server, status_out);
	look_at_history(server, status_out);
}

void
status_clear(struct status *status)
{
	config_unref(status->config);
	buf_clear(&status->user);
	buf_clear(&status->wants_restart);
}
