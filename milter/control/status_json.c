#include "base/words.h"
#include "milter/control/members.h"
#include "milter/control/status.h"

static void
add_process(struct members *members, const struct status *status)
{
	members_text(members, "version", str_of(VERDICT_VERSION));
	members_number(members, "pid", status->pid);
	members_text(members, "user", buf_str(&status->user));
	members_text(members, "listen", status->at_start->listen);
	members_time(members, "started", status->started);
	members_number(members, "uptime_seconds",
		       status->now - status->started);
}

static void
add_keywords(struct members *members, const char *name, struct str joined)
{
	struct str keyword;

	members_list(members, name);
	while (str_split(&joined, ',', &keyword))
		if (keyword.n > 0)
			members_text(members, NULL, str_trim_wsp(keyword));
	members_list_end(members);
}

static void
add_item(void *members, struct str line)
{
	members_text(members, NULL, line);
}

static void
add_config(struct members *members, const struct status *status)
{
	const struct policy_options *policy = &status->config->policy;

	members_text(members, "config", str_of(status->path));
	members_time(members, "config_read", status->read);
	members_number(members, "reloads", (int64_t)status->reloads);
	members_time(members, "reload_failed", status->failed);
	members_list(members, "reload_errors");
	if (status->failed != 0)
		config_each_error(&status->error, add_item, members);
	members_list_end(members);
	add_keywords(members, "wants_restart", buf_str(&status->wants_restart));
	members_text(members, "mode",
		     str_of(words_text(policy_mode_words, policy->mode)));
	members_time(members, "mode_changed", status->mode.changed);
	members_text(members, "enforce_wants",
		     str_of(policy_enforce_wants(policy)));
}

static void
add_actions(struct members *members, const char *name, const uint64_t *count)
{
	members_object(members, name);
	for (size_t i = 0; i < METRICS_ACTIONS; i++)
		members_number(members, action_words[i], (int64_t)count[i]);
	members_object_end(members);
}

static void
add_load(struct members *members, const struct status *status)
{
	members_number(members, "messages", (int64_t)status->messages);
	add_actions(members, "applied", status->applied);
	add_actions(members, "decided", status->decided);
	members_number(members, "relay_unread", status->unread);
	members_text(members, "relay_unread_reason",
		     str_of(status->unread_reason));
	members_number(members, "sessions", status->sessions);
	members_number(members, "max_sessions", status->config->max_sessions);
	members_number(members, "sessions_refused", (int64_t)status->refused);
	members_number(members, "sessions_running", status->turns.given);
	members_number(members, "max_sessions_running", status->turns.limit);
	members_number(members, "sessions_waiting", status->turns.waiting);
	members_number(members, "evaluations", status->evaluations);
	members_number(members, "max_evaluations",
		       status->at_start->max_evaluations);
	members_number(members, "threads", status->threads);
	members_number(members, "memory_bytes", status->memory_bytes);
	members_number(members, "message_bytes",
		       (int64_t)status->message_bytes);
	members_number(members, "max_message_bytes",
		       (int64_t)status->max_message_bytes);
}

static void
add_server(struct members *members, const struct status_dns_server *one)
{
	static const char *const states[] = {[DNS_SERVER_UNKNOWN] = "unknown",
					     [DNS_SERVER_ANSWERS] = "answers",
					     [DNS_SERVER_SILENT] = "silent",
					     [DNS_SERVER_REFUSES] = "refuses",
					     NULL};

	members_object(members, NULL);
	members_text(members, "server", str_of(one->address));
	members_text(members, "state", str_of(words_text(states, one->state)));
	members_time(members, "last_answer", one->answered);
	members_time(members, "silent_since", one->silent);
	members_object_end(members);
}

static void
add_dns(struct members *members, const struct status *status)
{
	const struct dns_counters *dns = &status->dns;

	members_list(members, "dns_servers");
	for (size_t i = 0; i < status->dns_servers; i++)
		add_server(members, &status->dns_server[i]);
	members_list_end(members);
	members_number(members, "dns_lookups", (int64_t)dns->lookups);
	members_number(members, "dns_cache_hits", (int64_t)dns->cache_hits);
	members_number(members, "dns_questions", (int64_t)dns->questions);
	members_number(members, "dns_timeouts", (int64_t)dns->timeouts);
	members_number(members, "cache_entries", (int64_t)dns->cache_entries);
	members_number(members, "cache_bytes", (int64_t)dns->cache_bytes);
	members_number(members, "max_cache_bytes",
		       (int64_t)status->at_start->dns.cache_bytes);
}

static void
add_history(struct members *members, const struct status *status)
{
	const struct journal_report *journal = &status->journal;

	members_text(members, "journal",
		     str_of(status->has_journal ? "yes" : "no"));
	members_number(members, "journal_records", (int64_t)journal->written);
	members_number(members, "journal_lost_unwritten",
		       (int64_t)journal->refused);
	members_number(members, "journal_lost_unread",
		       (int64_t)journal->dropped);
	members_number(members, "journal_files", (int64_t)journal->segments);
	members_number(members, "journal_bytes", (int64_t)journal->octets);
	members_number(members, "max_journal_bytes",
		       (int64_t)status->at_start->history.size);
	members_time(members, "journal_trouble_since", journal->trouble_since);
	members_text(members, "journal_trouble", str_of(journal->trouble));
}

void
status_json(const struct status *status, struct buf *out)
{
	struct members members = {.out = out};

	members_object(&members, NULL);
	add_process(&members, status);
	add_config(&members, status);
	add_load(&members, status);
	add_dns(&members, status);
	add_history(&members, status);
	members_object_end(&members);
	buf_addc(out, '\n');
}
