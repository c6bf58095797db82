/* The answer for programs: JSON and CSV. */
#include "base/csv.h"
#include "base/when.h"
#include "base/words.h"
#include "milter/cli/stats/stats.h"

/* --- JSON --- */

static void
add_key(struct buf *out, const char *key)
{
	buf_printf(out, ",\"%s\":", key);
}

static void
add_text(struct buf *out, const char *key, struct str text)
{
	add_key(out, key);
	buf_add_json(out, text);
}

static void
add_number(struct buf *out, const char *key, int64_t number)
{
	add_key(out, key);
	buf_printf(out, "%lld", (long long)number);
}

static void
add_time(struct buf *out, const char *key, int64_t time)
{
	add_key(out, key);
	buf_addc(out, '"');
	when_add_utc(out, time);
	buf_addc(out, '"');
}

static void
add_texts(struct buf *out, const char *key, const struct str *text, size_t n)
{
	size_t i;

	add_key(out, key);
	buf_addc(out, '[');
	for (i = 0; i < n; i++) {
		buf_adds(out, i ? "," : "");
		buf_add_json(out, text[i]);
	}
	buf_addc(out, ']');
}

static void
add_events(struct buf *out, const struct stats_events *events)
{
	static const char *const kinds[] = {[STATS_START] = "start",
					    [STATS_RELOAD] = "reload",
					    [STATS_MODE] = "mode",
					    [STATS_VERSION] = "version"};
	size_t i;

	add_key(out, "events");
	buf_addc(out, '[');
	for (i = 0; i < events->events; i++) {
		const struct stats_event *event = &events->event[i];

		buf_printf(out, "%s{\"what\":\"%s\"", i ? "," : "",
			   kinds[event->kind]);
		add_time(out, "time", event->time);
		add_text(out, "host", event->host);
		add_text(out, "mode", event->mode);
		add_text(out, "version", event->version);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void
add_gaps(struct buf *out, const struct stats_gaps *gaps)
{
	size_t i;

	add_key(out, "gaps");
	buf_addc(out, '[');
	for (i = 0; i < gaps->gaps; i++) {
		const struct stats_gap *gap = &gaps->gap[i];

		buf_printf(out, "%s{\"messages\":%lld", i ? "," : "",
			   (long long)gap->messages);
		add_number(out, "octets", gap->octets);
		add_time(out, "time", gap->time);
		add_text(out, "host", gap->host);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

void
stats_add_json_head(struct buf *out, const struct stats_answer *answer)
{
	const struct stats_totals *totals = &answer->totals;
	enum stats_result r;

	buf_printf(out, "{\"messages\":%lld",
		   (long long)totals->counts.messages);
	add_number(out, "lost", totals->lost);
	add_number(out, "lost_octets", totals->lost_octets);
	add_number(out, "folded", totals->folded);
	add_number(out, "checked", totals->checked);
	add_time(out, "since", answer->period.since);
	add_time(out, "until",
		 answer->period.until > 0 ? answer->period.until : answer->now);
	add_text(out, "mode", answer->events.mode);
	add_key(out, "results");
	for (r = 0; r < STATS_RESULTS; r++)
		buf_printf(out, "%s\"%s\":%lld", r ? "," : "{",
			   stats_result_text(r),
			   (long long)totals->counts.result[r]);
	buf_addc(out, '}');
	add_events(out, &answer->events);
	add_gaps(out, &answer->gaps);
}

static void
add_source(struct buf *out, const struct stats_source *source)
{
	add_key(out, "source");
	buf_adds(out, "{\"text\":");
	buf_add_json(out, source->text);
	add_number(out, "networks", (int64_t)source->networks);
	add_texts(out, "clients", source->client, source->clients);
	add_text(out, "client_name", source->client_name);
	add_text(out, "list", source->list);
	add_text(out, "spf_domain", source->spf_domain);
	add_text(out, "dkim_domain", source->dkim_domain);
	buf_addc(out, '}');
}

static void
add_finding(struct buf *out, const struct stats_finding *finding)
{
	const struct stats_advice *advice = &finding->advice;

	buf_printf(out, "{\"decided\":\"%s\"", action_text(finding->decided));
	add_number(out, "messages", finding->messages);
	add_number(out, "done", finding->done);
	add_text(out, "from_domain", finding->from_domain);
	add_number(out, "from_domains", (int64_t)finding->from_domains);
	add_source(out, &finding->source);
	add_text(out, "looks",
		 str_of(words_text(stats_looks_words, finding->looks)));
	add_text(out, "rule", finding->rule);
	add_text(out, "do", advice->brief);
	add_text(out, "why", advice->text);
	add_text(out, "keyword", str_of(advice->keyword));
	add_text(out, "yaml", advice->yaml);
	add_time(out, "first", finding->first);
	add_time(out, "last", finding->last);
	buf_printf(out, ",\"new\":%s}", finding->is_new ? "true" : "false");
}

void
stats_add_json(struct buf *out, struct arena *arena,
	       const struct stats_answer *answer)
{
	const struct stats_findings *findings = &answer->findings;
	size_t i;

	(void)arena;
	stats_add_json_head(out, answer);
	add_texts(out, "own_domains", findings->own, findings->owns);
	add_key(out, "findings");
	buf_addc(out, '[');
	for (i = 0; i < findings->findings; i++) {
		buf_adds(out, i ? "," : "");
		add_finding(out, &findings->finding[i]);
	}
	buf_addc(out, ']');
	add_number(out, "all", (int64_t)findings->all);
	add_number(out, "rest", findings->rest);
	add_number(out, "wanting", (int64_t)findings->wanting);
	add_number(out, "new", (int64_t)findings->fresh);
	buf_adds(out, ",\"groups\":[]}\n");
}

/* --- CSV --- */

void
stats_add_csv(struct buf *out, struct arena *arena,
	      const struct stats_answer *answer)
{
	static const char *const heading[] = {
	    "decided", "messages", "done",  "from_domain", "from_domains",
	    "source",  "networks", "looks", "do",          "keyword",
	    "first",   "last",     "new"};
	const struct stats_findings *findings = &answer->findings;
	struct buf time;
	size_t i;

	for (i = 0; i < sizeof(heading) / sizeof(heading[0]); i++)
		csv_add(out, str_of(heading[i]));
	csv_end_line(out);
	buf_init(&time, arena);
	for (i = 0; i < findings->findings; i++) {
		const struct stats_finding *one = &findings->finding[i];

		csv_add(out, str_of(action_text(one->decided)));
		csv_add_number(out, one->messages);
		csv_add_number(out, one->done);
		csv_add(out, one->from_domain);
		csv_add_number(out, (int64_t)one->from_domains);
		csv_add(out, one->source.text);
		csv_add_number(out, (int64_t)one->source.networks);
		csv_add(out, str_of(words_text(stats_looks_words, one->looks)));
		csv_add(out, one->advice.brief);
		csv_add(out, str_of(one->advice.keyword));
		buf_reset(&time);
		when_add_utc(&time, one->first);
		csv_add(out, buf_str(&time));
		buf_reset(&time);
		when_add_utc(&time, one->last);
		csv_add(out, buf_str(&time));
		csv_add(out, one->is_new ? str_lit("yes") : str_lit("no"));
		csv_end_line(out);
	}
}
