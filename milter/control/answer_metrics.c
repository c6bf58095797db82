/*
 * Prometheus' text format.  No label holds text of a message, of the DNS or of
 * a client; a rule's name is the admin's.
 */
#include <inttypes.h>

#include "milter/control/answer.h"
#include "milter/mta/turns.h"
#include "milter/observe/metrics.h"

static void
head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
single(struct buf *out, const char *name, const char *type, const char *help,
       uint64_t value)
{
	head(out, name, type, help);
	buf_printf(out, "%s %" PRIu64 "\n", name, value);
}

static void
count(struct buf *out, const char *name, const char *help, uint64_t value)
{
	single(out, name, "counter", help, value);
}

static void
gauge(struct buf *out, const char *name, const char *help, uint64_t value)
{
	single(out, name, "gauge", help, value);
}

static void
sample(struct buf *out, const char *name, const char *label, const char *value,
       const struct counter *counter)
{
	buf_printf(out, "%s{%s=\"%s\"} %" PRIu64 "\n", name, label, value,
		   metrics_get(counter));
}

/* A counter for each word of an enumeration. */
static void
by_word(struct buf *out, const char *name, const char *help, const char *label,
	const char *const *words, const struct counter *counter)
{
	head(out, name, "counter", help);
	for (size_t i = 0; words[i] != NULL; i++)
		sample(out, name, label, words[i], &counter[i]);
}

static void
histogram(struct buf *out, const char *name, const char *help,
	  const struct histogram_counts *counts)
{
	uint64_t below = 0;

	head(out, name, "histogram", help);
	for (int i = 0; i < HISTOGRAM_BOUNDS; i++) {
		below += counts->bucket[i];
		buf_printf(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
			   (double)histogram_bound_us[i] / 1e6, below);
	}
	below += counts->bucket[HISTOGRAM_BOUNDS];
	buf_printf(out,
		   "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %.6f\n"
		   "%s_count %" PRIu64 "\n",
		   name, below, name, (double)counts->sum_us / 1e6, name,
		   below);
}

static void
actions(struct buf *out, const struct metrics *m)
{
	by_word(out, "verdict_messages_total", "Messages, by what was done.",
		"action", action_words, m->applied);
	by_word(out, "verdict_decisions_total",
		"Messages, by what was decided, whatever the mode.", "action",
		action_words, m->decided);
	by_word(out, "verdict_clients_total",
		"Messages, by the class of the client.", "class",
		client_class_words, m->client_class);
	by_word(out, "verdict_shapes_total",
		"Checked messages, by the shape of their DMARC failure.",
		"shape", shape_words, m->shape);
}

static void
signatures(struct buf *out, const struct metrics *m)
{
	const char *name = "verdict_signatures_total";

	head(out, name, "counter", "DKIM signatures, by algorithm and result.");
	for (unsigned a = 0; a < METRICS_ALGORITHMS; a++)
		for (unsigned r = 0; r < METRICS_DKIM; r++)
			buf_printf(out,
				   "%s{algorithm=\"%s\",result=\"%s\"} "
				   "%" PRIu64 "\n",
				   name, metrics_algorithm_words[a],
				   dkim_result_text((enum dkim_result)r),
				   metrics_get(&m->dkim[a][r]));
}

static void
results(struct buf *out, const struct metrics *m)
{
	by_word(out, "verdict_spf_total", "Messages, by SPF result.", "result",
		spf_result_words, m->spf);
	signatures(out, m);
	by_word(out, "verdict_arc_total", "Messages, by ARC result.", "result",
		arc_result_words, m->arc);
	by_word(out, "verdict_dmarc_total", "Messages, by DMARC result.",
		"result", dmarc_result_words, m->dmarc);
	by_word(out, "verdict_limits_total",
		"Messages that passed a limit, by its keyword.", "limit",
		verdict_limit_words, m->limit);
}

static void
dns_servers(struct buf *out, struct server *server)
{
	struct dns_server_report report[DNS_SERVERS_MAX];
	size_t n = dns_resolver_servers(server->engine.resolver, report);
	const char *name = "verdict_dns_server_up";
	char text[DNS_SERVER_TEXT];

	head(out, name, "gauge", "Whether a DNS server answers: 0 or 1.");
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%s{server=\"%s\"} %d\n", name,
			   dns_server_format(&report[i].server, text),
			   report[i].state != DNS_SERVER_SILENT &&
			       report[i].state != DNS_SERVER_REFUSES);
}

static void
dns(struct buf *out, struct server *server)
{
	struct dns_counters c;

	dns_resolver_counters(server->engine.resolver, &c);
	count(out, "verdict_dns_lookups_total", "Lookups of messages.",
	      c.lookups);
	count(out, "verdict_dns_cache_hits_total",
	      "Of those, answered by the cache.", c.cache_hits);
	count(out, "verdict_dns_questions_total", "Questions sent.",
	      c.questions);
	count(out, "verdict_dns_retransmissions_total", "Questions sent again.",
	      c.retransmissions);
	count(out, "verdict_dns_tcp_total", "Answers fetched over TCP.", c.tcp);
	count(out, "verdict_dns_timeouts_total",
	      "Questions that no server answered.", c.timeouts);
	count(out, "verdict_dns_failures_total",
	      "Questions that every server failed to answer.", c.failures);
	count(out, "verdict_dns_dropped_total",
	      "Datagrams that matched no question.", c.dropped);
	gauge(out, "verdict_dns_outstanding", "Questions on the wire.",
	      c.outstanding);
	gauge(out, "verdict_dns_cache_bytes", "Octets of cached answers.",
	      c.cache_bytes);
	gauge(out, "verdict_dns_cache_entries", "Cached answers.",
	      c.cache_entries);
	histogram(out, "verdict_dns_latency_seconds",
		  "From a question to its answer, or to giving up.",
		  &c.latency);
}

/* Label values: the text format escapes three octets. */
static void
add_label(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (c == '\n') {
			buf_adds(out, "\\n");
			continue;
		}
		if (c == '"' || c == '\\')
			buf_addc(out, '\\');
		buf_addc(out, c);
	}
}

static void
rules(struct buf *out, struct server *server)
{
	struct config *config = server_config(server);
	const struct rules *rules = server_rules(config);
	uint64_t n;
	int64_t last;

	head(out, "verdict_rule_hits_total", "counter",
	     "Messages that a rule decided.");
	for (size_t i = 0; i < rules->count; i++) {
		hits_get(server->hits, rules->rule[i].name, &n, &last);
		buf_adds(out, "verdict_rule_hits_total{rule=\"");
		add_label(out, rules->rule[i].name);
		buf_printf(out, "\"} %" PRIu64 "\n", n);
	}
	config_unref(config);
}

static void
warnings(struct buf *out, struct server *server)
{
	const char *name = "verdict_watch_warnings_total";

	head(out, name, "counter",
	     "Warnings of what looks as if something broke.");
	for (unsigned i = 0; i < WATCH_KINDS; i++) {
		enum watch_kind kind = (enum watch_kind)i;
		buf_printf(out, "%s{watch=\"%s\"} %u\n", name,
			   watch_kind_text(kind),
			   watch_warnings(server->watch, kind));
	}
	gauge(out, "verdict_deferrals",
	      "Client networks and From domains whose mail was put off "
	      "and has not passed since.",
	      deferrals_count(server->deferrals));
}

static void
history(struct buf *out, struct server *server)
{
	const char *lost = "verdict_journal_lost_total";
	struct journal_report report;

	if (!history_report(server->history, &report))
		return;
	gauge(out, "verdict_journal_up",
	      "Whether the journal is without trouble: 0 or 1.",
	      report.trouble_since == 0);
	count(out, "verdict_journal_records_total",
	      "Messages that the journal has a record of.", report.written);
	head(out, lost, "counter", "Records that were lost.");
	buf_printf(out,
		   "%s{reason=\"unwritten\"} %" PRIu64
		   "\n%s{reason=\"unread\"} %" PRIu64 "\n",
		   lost, report.refused, lost, report.dropped);
	gauge(out, "verdict_journal_bytes", "Octets of its files.",
	      report.octets);
	gauge(out, "verdict_journal_limit_bytes", "Their bound.",
	      server->started->history.size);
	count(out, "verdict_journal_syncs_total",
	      "How often it was brought to disk.", report.syncs);
}

static void
turns(struct buf *out)
{
	struct turns_report report;

	turns_report(&report);
	gauge(out, "verdict_sessions_running",
	      "Sessions that have a turn; the processors bound them.",
	      report.given);
	gauge(out, "verdict_sessions_running_limit", "Their bound.",
	      report.limit);
	gauge(out, "verdict_sessions_waiting",
	      "Sessions that could go on and wait for a turn.", report.waiting);
	histogram(out, "verdict_turn_wait_seconds",
		  "From when a session, or the next connection, could go on to "
		  "its turn.",
		  &report.waited);
}

static void
process(struct buf *out, struct server *server)
{
	const struct metrics *m = &server->metrics;

	head(out, "verdict_build_info", "gauge", "The version that runs.");
	buf_adds(out,
		 "verdict_build_info{version=\"" VERDICT_VERSION "\"} 1\n");
	gauge(out, "verdict_start_time_seconds", "When the daemon started.",
	      (uint64_t)server->started_at);
	gauge(out, "verdict_config_time_seconds",
	      "When the configuration in force was read.",
	      (uint64_t)reload_time(&server->reload));
	count(out, "verdict_reloads_total", "Configurations taken over.",
	      metrics_get(&m->reloads));
	count(out, "verdict_reload_failures_total",
	      "Configurations refused at a reload.",
	      metrics_get(&m->reload_failures));
	count(out, "verdict_sessions_total", "Connections of mail servers.",
	      metrics_get(&m->sessions));
	count(out, "verdict_sessions_refused_total",
	      "Connections over max-sessions.", metrics_get(&m->refused));
	gauge(out, "verdict_sessions", "Connections that are open.",
	      gate_used(&server->sessions));
	gauge(out, "verdict_messages_open", "Messages begun and not ended.",
	      gate_used(&server->messages));
	gauge(out, "verdict_evaluations",
	      "Messages that wait for their results.",
	      gate_used(&server->evaluations));
	gauge(out, "verdict_message_memory_bytes", "Octets of all messages.",
	      atomic_load(&server->pool.used));
	gauge(out, "verdict_message_memory_limit_bytes", "Their bound.",
	      atomic_load(&server->pool.limit));
}

void
answer_metrics(struct server *server, struct buf *out)
{
	const struct metrics *m = &server->metrics;
	struct histogram_counts evaluation;

	process(out, server);
	turns(out);
	actions(out, m);
	results(out, m);
	count(out, "verdict_message_dns_names_total",
	      "Names that messages asked for, cached or not.",
	      metrics_get(&m->questions));
	histogram_read(&m->evaluation, &evaluation);
	histogram(out, "verdict_evaluation_seconds",
		  "Time at end of message, DNS included.", &evaluation);
	dns(out, server);
	dns_servers(out, server);
	rules(out, server);
	warnings(out, server);
	history(out, server);
}
