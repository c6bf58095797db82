#include "stats/findings.h"

#include <stdlib.h>

#include "base/domain.h"
#include "base/number.h"
#include "base/words.h"
#include "stats/drafts.h"

const char *
stats_decided_text(enum action decided)
{
	static const char *const words[] = {
	    [ACTION_ACCEPT] = "accept",
	    [ACTION_QUARANTINE] = "file as junk",
	    [ACTION_REJECT] = "refuse",
	    [ACTION_TEMPFAIL] = "put off",
	    [ACTION_DISCARD] = "throw away",
	    NULL};

	return words_text(words, decided);
}

struct str
stats_from_text(struct arena *arena, const struct stats_finding *finding)
{
	if (finding->from_domains > 1)
		return arena_printf(arena, "%zu domains",
				    finding->from_domains);
	if (finding->from_domain.n == 0)
		return str_lit("(none)");
	return finding->from_domain;
}

bool
stats_wants(const struct stats_finding *finding)
{
	return finding->advice.yaml.n > 0;
}

bool
stats_is_doubtful(const struct stats_finding *finding)
{
	return finding->advice.remedy == REMEDY_UNLESS_KNOWN;
}

/* --- what is read --- */

bool
touched_read(struct store *store, const struct stats_period *period,
	     touched_each *each, void *ctx)
{
	/* Keys of what was touched are negative: TALLY_TOUCHED.  They are
	   looked up in their order, so that each page is read once. */
	static const char text[] =
	    "SELECT g.first, g.last, g.messages, k.class, k.dmarc, k.action, "
	    "k.would, k.from_domain, k.client, k.client_name, k.spf, "
	    "k.spf_domain, k.dkim, k.cause, k.rule, k.shape, k.list, "
	    "k.spf_open FROM (SELECT t.key AS key, min(t.hour) AS first, "
	    "max(t.hour) AS last, "
	    "CAST(sum(t.messages) AS bigint) AS messages "
	    "FROM (SELECT DISTINCT hour, host FROM tally_sum "
	    "WHERE hour >= $1 AND hour < $2) s CROSS JOIN tally t "
	    "WHERE t.hour = s.hour AND t.host = s.host AND t.key < 0 "
	    "GROUP BY t.key) g CROSS JOIN tally_key k WHERE k.key = g.key";
	const struct span hours = hours_of(period);
	const struct sql_value values[] = {sql_integer(hours.from),
					   sql_integer(hours.to)};
	struct sql *sql = store_sql(store);
	struct touched row;
	struct str *const column[] = {
	    &row.from_domain, &row.client, &row.client_name, &row.spf,
	    &row.spf_domain,  &row.dkim,   &row.cause,       &row.rule,
	    &row.shape,       &row.list,   &row.spf_open};
	enum sql_step step;
	size_t i;

	if (!sql_query(sql, text, values, 2))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		row.first = sql_get_integer(sql, 0);
		row.last = sql_get_integer(sql, 1);
		row.messages = sql_get_integer(sql, 2);
		row.outcome =
		    outcome_of(sql_get_octets(sql, 3), sql_get_octets(sql, 4),
			       sql_get_octets(sql, 5), sql_get_octets(sql, 6));
		for (i = 0; i < sizeof(column) / sizeof(column[0]); i++)
			*column[i] = sql_get_octets(sql, 7 + i);
		each(ctx, &row);
	}
	sql_end(sql);
	return step == SQL_END;
}

/* What the site's own clients send from: one in a hundred of their mails, so
   that a list of the site's own does not make its authors' domains ours. */
static bool
own_read(struct store *store, struct arena *arena,
	 const struct stats_period *period, struct stats_findings *out)
{
	static const char text[] =
	    "SELECT k.from_domain, CAST(sum(t.messages) AS bigint) "
	    "FROM (SELECT DISTINCT hour / 24 AS day, host FROM tally_sum "
	    "WHERE hour >= $1 AND hour < $2) s "
	    "CROSS JOIN tally_day t CROSS JOIN tally_key k "
	    "WHERE t.day = s.day AND t.host = s.host AND t.key >= $3 "
	    "AND k.key = t.key AND k.from_domain IS NOT NULL "
	    "GROUP BY k.from_domain ORDER BY 2 DESC, 1 LIMIT 100";
	const struct span hours = hours_of(period);
	const struct sql_value values[] = {sql_integer(hours.from),
					   sql_integer(hours.to),
					   sql_integer((int64_t)TALLY_OWN)};
	int64_t messages[STATS_OWN_DOMAINS], all = 0;
	struct sql *sql = store_sql(store);
	enum sql_step step;
	size_t n = 0;

	out->own = arena_array(arena, STATS_OWN_DOMAINS, sizeof(*out->own));
	if (!sql_query(sql, text, values, 3))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		if (n == STATS_OWN_DOMAINS)
			continue;
		out->own[n] = arena_copy(arena, sql_get_octets(sql, 0));
		messages[n] = sql_get_integer(sql, 1);
		all += messages[n++];
	}
	sql_end(sql);
	while (out->owns < n && messages[out->owns] * 100 >= all)
		out->owns++;
	return step == SQL_END;
}

/* --- what is made of it --- */

static int
rank(const struct draft *draft)
{
	switch (remedy_of(draft)) {
	case REMEDY_RULE:
		return draft->looks == LOOKS_OWN_SENDER ? 0 : 1;
	case REMEDY_UNLESS_KNOWN:
		return 2;
	default:
		return 3;
	}
}

static int
by_rank(const void *a, const void *b)
{
	const struct draft *one = a, *two = b;
	const int first = rank(one), second = rank(two);

	if (first != second)
		return first < second ? -1 : 1;
	if (one->messages != two->messages)
		return one->messages > two->messages ? -1 : 1;
	return one->hash < two->hash ? -1 : one->hash > two->hash;
}

static struct str
networks_text(struct arena *arena, size_t networks)
{
	struct buf text;

	buf_init(&text, arena);
	number_add(&text, (int64_t)networks);
	buf_adds(&text, " networks");
	return buf_str(&text);
}

static struct str
source_text(struct arena *arena, const struct draft *draft)
{
	const struct str by = common_text(&draft->by);
	const struct str name = common_text(&draft->client_name);

	if (draft->looks == LOOKS_RULE)
		return arena_printf(arena, "rule %.*s", STR_ARG(by));
	if (by.n && name.n && domain_is_at_or_below(name, by))
		return arena_copy(arena, name);
	if (by.n &&
	    !str_eq(by, network_of(arena, common_text(&draft->client[0]))))
		return arena_copy(arena, by);
	if (draft->clients == 1)
		return arena_copy(arena, draft->client[0].text);
	if (draft->networks == 1)
		return arena_copy(arena,
				  network_of(arena, draft->client[0].text));
	return networks_text(arena, draft->networks);
}

static struct stats_source
source_of(struct arena *arena, const struct draft *draft)
{
	struct stats_source source = {
	    .text = source_text(arena, draft),
	    .client_name = arena_copy(arena, common_text(&draft->client_name)),
	    .list = arena_copy(arena, common_text(&draft->list)),
	    .spf_domain = arena_copy(arena, common_text(&draft->spf_domain)),
	    .dkim_domain = arena_copy(arena, common_text(&draft->dkim_domain)),
	    .networks = draft->networks,
	};
	size_t i;

	source.client =
	    arena_array(arena, STATS_CLIENTS, sizeof(*source.client));
	if (draft->clients <= STATS_CLIENTS)
		source.clients = draft->clients;
	for (i = 0; i < source.clients; i++)
		source.client[i] = arena_copy(arena, draft->client[i].text);
	return source;
}

struct asked {
	const struct stats_findings_options *options;
	int64_t new_after; /* seconds; INT64_MAX: nothing is new */
};

/* The last day, where there was mail before it. */
static bool
ask(struct store *store, const struct stats_findings_options *options,
    struct asked *asked_out)
{
	static const char text[] =
	    "SELECT coalesce(min(hour), 0) FROM tally_sum WHERE hour >= $1";
	const struct stats_period *period = &options->period;
	const struct sql_value since = sql_integer(hours_of(period).from);
	const int64_t until = period->until > 0 ? period->until : options->now;
	int64_t first;

	if (!sql_get(store_sql(store), text, &since, 1, 0, &first))
		return false;
	*asked_out = (struct asked){options, INT64_MAX};
	if (first && first * STATS_HOUR < until - STATS_DAY)
		asked_out->new_after = until - STATS_DAY;
	return true;
}

static struct stats_finding
finding_of(struct arena *arena, const struct asked *asked,
	   const struct draft *draft)
{
	struct stats_finding finding = {
	    .decided = draft->decided,
	    .messages = draft->messages,
	    .done = draft->done,
	    .from_domain = arena_copy(arena, draft->from.text),
	    .from_domains = draft->from_domains,
	    .source = source_of(arena, draft),
	    .looks = draft->looks,
	    .rule = arena_copy(arena, common_text(&draft->rule)),
	    .first = draft->first,
	    .last = draft->last,
	    .is_new = draft->first > asked->new_after,
	};

	finding.advice =
	    advice_of(arena, draft, finding.source.text, asked->options->now);
	return finding;
}

static void
list(struct arena *arena, const struct asked *asked, struct drafts *drafts,
     struct stats_findings *out)
{
	const size_t most = asked->options->most;
	size_t i;

	qsort(drafts->draft, drafts->drafts, sizeof(*drafts->draft), by_rank);
	out->all =
	    drafts->drafts > drafts->most ? drafts->drafts : drafts->most;
	out->findings = drafts->drafts < most ? drafts->drafts : most;
	out->finding = arena_array(arena, out->findings, sizeof(*out->finding));
	out->rest = drafts->rest;
	for (i = 0; i < STATS_ACTIONS; i++)
		out->decided[i] = drafts->decided[i];
	for (i = 0; i < drafts->drafts; i++) {
		const struct draft *draft = &drafts->draft[i];

		out->wanting += rank(draft) < 2;
		out->fresh += draft->first > asked->new_after;
		if (i < out->findings)
			out->finding[i] = finding_of(arena, asked, draft);
		else
			out->rest += draft->messages;
	}
}

static void
add(void *ctx, const struct touched *row)
{
	drafts_add(ctx, row);
}

bool
stats_findings(struct store *store, struct arena *arena,
	       const struct stats_findings_options *options,
	       struct stats_findings *findings_out)
{
	struct stats_findings out = {0};
	struct drafts drafts;
	struct asked asked;
	bool done;

	if (!ask(store, options, &asked) ||
	    !own_read(store, arena, &options->period, &out))
		return false;
	drafts_init(&drafts, store, out.own, out.owns);
	done = touched_read(store, &options->period, add, &drafts);
	if (done) {
		list(arena, &asked, &drafts, &out);
		*findings_out = out;
	}
	drafts_clear(&drafts);
	return done;
}
