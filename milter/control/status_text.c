#include <inttypes.h>
#include <stdarg.h>

#include "base/words.h"
#include "milter/control/layout.h"
#include "milter/control/status.h"

/* One row after the other; its text is built in `text`. */
struct screen {
	struct buf *out;
	struct buf text;
};

static void
put_row(struct screen *screen, const char *name)
{
	layout_add_row(screen->out, name, buf_str(&screen->text));
	buf_reset(&screen->text);
}

static void
put_text(struct screen *screen, const char *name, struct str text)
{
	buf_add(&screen->text, text);
	put_row(screen, name);
}

static void
put_process(struct screen *screen, const struct status *status)
{
	struct buf *text = &screen->text;

	put_text(screen, "version", str_of(VERDICT_VERSION));
	buf_adds(text, "for ");
	layout_add_span(text, status->now - status->started);
	buf_printf(text, ", as process %ld, user ", (long)status->pid);
	buf_add(text, buf_str(&status->user));
	put_row(screen, "runs");
	put_text(screen, "listens on", status->at_start->listen);
}

static void
put_set_first(struct screen *screen, const char *keyword)
{
	buf_printf(&screen->text, "%s: set it before mode: enforce", keyword);
	put_row(screen, "enforce wants");
}

static void
put_config(struct screen *screen, const struct status *status)
{
	const struct policy_options *policy = &status->config->policy;
	const char *wants = policy_enforce_wants(policy);
	struct buf *text = &screen->text;

	put_text(screen, "mode",
		 str_of(words_text(policy_mode_words, policy->mode)));
	if (wants[0] != '\0')
		put_set_first(screen, wants);
	buf_printf(text, "%s, read ", status->path);
	layout_add_ago(text, status->read, status->now);
	put_row(screen, "configuration");
	if (status->wants_restart.n > 0) {
		buf_add(text, buf_str(&status->wants_restart));
		if (!str_eq(status->at_start->listen, status->config->listen))
			buf_adds(text, "; then " RELOAD_TELL_MTA);
		put_row(screen, "wants a restart");
	}
	if (status->failed == 0)
		return;
	layout_add_ago(text, status->failed, status->now);
	buf_printf(text, ", so the one before stays in force:\n%s",
		   status->error.text);
	put_row(screen, "reload failed");
}

/* A line of counts below the heads of their actions; without those before. */
static void
put_actions(struct screen *screen, const char *name, const uint64_t *count,
	    const uint64_t *before)
{
	struct buf number;

	buf_init(&number, NULL);
	buf_printf(screen->out, "%-18s", name);
	for (size_t i = 0; i < METRICS_ACTIONS; i++) {
		buf_reset(&number);
		if (count != NULL)
			layout_add_count(&number, count[i] - before[i]);
		else
			buf_adds(&number, action_words[i]);
		buf_printf(screen->out, "%s%11.*s", i > 0 ? " " : "",
			   STR_ARG(buf_str(&number)));
	}
	buf_addc(screen->out, '\n');
	buf_clear(&number);
}

static void
put_messages(struct screen *screen, const struct status *status)
{
	const struct reload_mode *mode = &status->mode;
	struct buf *text = &screen->text;

	layout_add_count(text, status->messages);
	if (mode->changed != 0) {
		buf_adds(text, "; below those since the mode changed, ");
		layout_add_ago(text, mode->changed, status->now);
	}
	put_row(screen, "messages");
	put_actions(screen, "", NULL, NULL);
	put_actions(screen, "  done", status->applied, mode->applied);
	put_actions(screen, "  enforce would", status->decided, mode->decided);
	if (status->unread == 0)
		return;
	buf_adds(text, "does not fit the last ");
	layout_add_count(text, status->unread);
	buf_printf(text, " messages of relays, whose SPF is not checked: %s",
		   status->unread_reason);
	put_row(screen, "relay-received");
}

static void
put_sessions(struct screen *screen, const struct status *status)
{
	struct buf *text = &screen->text;

	buf_printf(text, "%u of ", status->sessions);
	layout_add_count(text, status->config->max_sessions);
	buf_adds(text, ", ");
	layout_add_count(text, status->refused);
	buf_adds(text, " refused");
	put_row(screen, "sessions");
	/* A relay before libmilter gives no turns. */
	if (status->turns.limit > 0) {
		buf_printf(text, "%u of %u run, %u wait", status->turns.given,
			   status->turns.limit, status->turns.waiting);
		put_row(screen, "turns");
	}
	buf_printf(text, "%" PRId64 ", of which %u of %u evaluate a message",
		   status->threads, status->evaluations,
		   status->at_start->max_evaluations);
	put_row(screen, "threads");
	layout_add_size(text, (uint64_t)status->memory_bytes);
	buf_adds(text, "; messages hold ");
	layout_add_size(text, status->message_bytes);
	buf_adds(text, " of ");
	layout_add_size(text, status->max_message_bytes);
	put_row(screen, "memory");
}

static const char *const states[] = {
    [DNS_SERVER_UNKNOWN] = "is asked",
    [DNS_SERVER_ANSWERS] = "answers",
    [DNS_SERVER_SILENT] = "silent for ",
    [DNS_SERVER_REFUSES] = "refuses to look up names: it is no resolver, or "
			   "not one for this host; name another in resolver",
};

static void
put_servers(struct screen *screen, const struct status *status)
{
	struct buf *text = &screen->text;

	for (size_t i = 0; i < status->dns_servers; i++) {
		const struct status_dns_server *one = &status->dns_server[i];
		buf_printf(text, "%s %s", one->address, states[one->state]);
		if (one->state == DNS_SERVER_SILENT)
			layout_add_span(text, status->now - one->silent);
		buf_adds(text, ", last answer ");
		layout_add_ago(text, one->answered, status->now);
		put_row(screen, "DNS server");
	}
}

static void
put_dns(struct screen *screen, const struct status *status)
{
	const struct dns_counters *dns = &status->dns;
	struct buf *text = &screen->text;

	put_servers(screen, status);
	layout_add_count(text, dns->lookups);
	buf_adds(text, ", of which ");
	layout_add_count(text, dns->cache_hits);
	buf_adds(text, " from the cache");
	put_row(screen, "DNS lookups");
	layout_add_count(text, dns->questions);
	buf_adds(text, ", of which ");
	layout_add_count(text, dns->timeouts + dns->failures);
	buf_adds(text, " without a usable answer");
	put_row(screen, "DNS questions");
	layout_add_count(text, dns->cache_entries);
	buf_adds(text, " answers, ");
	layout_add_size(text, dns->cache_bytes);
	buf_adds(text, " of ");
	layout_add_size(text, status->at_start->dns.cache_bytes);
	put_row(screen, "DNS cache");
}

static void
put_lost(struct screen *screen, const struct journal_report *journal)
{
	struct buf *text = &screen->text;

	if (journal->refused + journal->dropped == 0)
		return;
	layout_add_count(text, journal->refused);
	buf_adds(text, " that could not be written, ");
	layout_add_count(text, journal->dropped);
	buf_adds(text, " that nobody had read");
	put_row(screen, "  lost");
}

static void
put_history(struct screen *screen, const struct status *status)
{
	const struct journal_report *journal = &status->journal;
	struct buf *text = &screen->text;

	if (!status->has_journal) {
		put_text(screen, "journal", str_lit("none (journal: no)"));
		return;
	}
	layout_add_count(text, journal->written);
	buf_adds(text, " records; files of ");
	layout_add_size(text, journal->octets);
	buf_adds(text, " of ");
	layout_add_size(text, status->at_start->history.size);
	put_row(screen, "journal");
	put_lost(screen, journal);
	if (journal->trouble_since == 0)
		return;
	buf_adds(text, "for ");
	layout_add_span(text, status->now - journal->trouble_since);
	buf_printf(text, ": %s", journal->trouble);
	put_row(screen, "  trouble");
}

void
status_text(const struct status *status, struct buf *out)
{
	struct screen screen = {.out = out};

	buf_init(&screen.text, NULL);
	put_process(&screen, status);
	put_config(&screen, status);
	put_messages(&screen, status);
	put_sessions(&screen, status);
	put_dns(&screen, status);
	put_history(&screen, status);
	buf_clear(&screen.text);
}
