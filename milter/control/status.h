/*
 * How the daemon does, as facts: what `verdict status` shows as text
 * (status_text.c) and as JSON (status_json.c).
 */
#ifndef VERDICT_MILTER_CONTROL_STATUS_H
#define VERDICT_MILTER_CONTROL_STATUS_H

#include <sys/types.h>

#include "dns/dns.h"
#include "milter/mta/turns.h"
#include "milter/server/server.h"

/* All times in seconds since 1970; 0 never. */
struct status {
	int64_t now;
	pid_t pid;
	struct buf user; /* whose rights the daemon has: a name, or a number */
	int64_t started;

	const struct config *at_start; /* what only a restart changes */
	struct config *config;         /* in force; a reference */
	const char *path;
	int64_t read, failed;
	struct config_error error; /* where failed is not 0 */
	uint64_t reloads;
	struct buf wants_restart; /* keywords, joined by ", " */

	uint64_t messages;
	uint64_t applied[METRICS_ACTIONS], decided[METRICS_ACTIONS];
	struct reload_mode mode; /* and of those, before the mode changed */
	unsigned unread; /* messages of relays in a row: watch_unread() */
	const char *unread_reason;
	unsigned sessions, evaluations;
	uint64_t refused; /* sessions */
	struct turns_report turns;

	int64_t threads, memory_bytes; /* of the process; 0: not told */
	uint64_t message_bytes, max_message_bytes;

	struct dns_counters dns;
	bool has_journal;
	struct journal_report journal; /* where it has one */

	size_t dns_servers;
	struct status_dns_server {
		char address[DNS_SERVER_TEXT];
		enum dns_server_state state;
		int64_t answered, silent;
	} dns_server[DNS_SERVERS_MAX];
};

void status_look(struct server *server, struct status *status_out);
void status_clear(struct status *status);

void status_text(const struct status *status, struct buf *out);
void status_json(const struct status *status, struct buf *out);

#endif
