/* What the sums of each hour tell: in all, and over time. */
#include "stats/parts.h"

#include "base/words.h"
#include "dmarc/dmarc.h"
#include "store/look.h"

static const char *const result_words[] = {
    [STATS_PASS] = "pass",           [STATS_NO_POLICY] = "no policy",
    [STATS_FAIL] = "fail",           [STATS_TEMPERROR] = "temperror",
    [STATS_UNJUDGED] = "not judged", [STATS_NOT_CHECKED] = "not checked",
    [STATS_REST] = "not known",      NULL,
};

const char *
stats_result_text(enum stats_result result)
{
	return words_text(result_words, result);
}

static enum stats_result
result_of(struct str class, struct str dmarc)
{
	static const struct {
		enum dmarc_result dmarc;
		enum stats_result result;
	} results[] = {
	    {DMARC_PASS, STATS_PASS},
	    {DMARC_NONE, STATS_NO_POLICY},
	    {DMARC_FAIL, STATS_FAIL},
	    {DMARC_TEMPERROR, STATS_TEMPERROR},
	    {DMARC_PERMERROR, STATS_TEMPERROR},
	};
	size_t i;

	if (str_is(class, TALLY_REST))
		return STATS_REST;
	if (str_is(class, client_class_text(CLIENT_INTERNAL)) ||
	    str_is(class, client_class_text(CLIENT_AUTHENTICATED)))
		return STATS_NOT_CHECKED;
	for (i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (str_is(dmarc, dmarc_result_text(results[i].dmarc)))
			return results[i].result;
	return STATS_UNJUDGED;
}

static enum action
action_of(struct str text)
{
	size_t action;

	return words_find(action_words, text, &action) ? (enum action)action
						       : ACTION_ACCEPT;
}

struct outcome
outcome_of(struct str class, struct str dmarc, struct str action,
	   struct str would)
{
	return (struct outcome){
	    .result = result_of(class, dmarc),
	    .decided = action_of(would.n ? would : action),
	    .done = action_of(action),
	};
}

void
counts_add(struct stats_counts *counts, struct outcome outcome,
	   int64_t messages)
{
	counts->messages += messages;
	counts->result[outcome.result] += messages;
	counts->decided[outcome.decided] += messages;
	counts->done[outcome.done] += messages;
}

void
counts_add_all(struct stats_counts *counts, const struct stats_counts *more)
{
	size_t i;

	counts->messages += more->messages;
	for (i = 0; i < STATS_RESULTS; i++)
		counts->result[i] += more->result[i];
	for (i = 0; i < STATS_ACTIONS; i++) {
		counts->decided[i] += more->decided[i];
		counts->done[i] += more->done[i];
	}
}

/* Times before 1970 are not asked for. */
static struct span
span_of(const struct stats_period *period, int64_t width)
{
	const int64_t since = period->since > 0 ? period->since : 0;
	/* It goes into a column of 4 octets. */
	const int64_t end = (int64_t)INT32_MAX;
	struct span span = {since / width, end};

	if (period->until > 0 && period->until / width < end)
		span.to = (period->until + width - 1) / width;
	return span;
}

struct span
hours_of(const struct stats_period *period)
{
	return span_of(period, STATS_HOUR);
}

struct span
days_of(const struct stats_period *period)
{
	return span_of(period, STATS_DAY);
}

bool
sums_read(struct store *store, const struct stats_period *period,
	  sum_each *each, void *ctx)
{
	/* SQLite takes the tables of CROSS JOIN in their order. */
	static const char text[] =
	    "SELECT t.hour, t.messages, k.class, k.dmarc, k.action, k.would, "
	    "k.rule, k.shape FROM tally_sum t CROSS JOIN tally_key k "
	    "WHERE t.hour >= $1 AND t.hour < $2 AND k.key = t.key";
	const struct span hours = hours_of(period);
	const struct sql_value values[] = {sql_integer(hours.from),
					   sql_integer(hours.to)};
	struct sql *sql = store_sql(store);
	enum sql_step step;
	struct sum sum;

	if (!sql_query(sql, text, values, 2))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		sum.hour = sql_get_integer(sql, 0);
		sum.messages = sql_get_integer(sql, 1);
		sum.outcome =
		    outcome_of(sql_get_octets(sql, 2), sql_get_octets(sql, 3),
			       sql_get_octets(sql, 4), sql_get_octets(sql, 5));
		sum.rule = sql_get_octets(sql, 6);
		sum.shape = sql_get_octets(sql, 7);
		each(ctx, &sum);
	}
	sql_end(sql);
	return step == SQL_END;
}

/* --- the whole of it --- */

static void
add_to_totals(void *ctx, const struct sum *sum)
{
	struct stats_totals *totals = ctx;
	const int64_t begin = sum->hour * STATS_HOUR;

	counts_add(&totals->counts, sum->outcome, sum->messages);
	if (sum->outcome.result != STATS_NOT_CHECKED)
		totals->checked += sum->messages;
	if (totals->first == 0 || begin < totals->first)
		totals->first = begin;
	if (begin > totals->last)
		totals->last = begin;
}

static bool
read_folded(struct store *store, const struct stats_period *period,
	    int64_t *folded_out)
{
	static const char text[] =
	    "SELECT CAST(coalesce(sum(t.messages), 0) AS bigint) "
	    "FROM (SELECT DISTINCT hour, host FROM tally_sum "
	    "WHERE hour >= $1 AND hour < $2) s CROSS JOIN tally t "
	    "WHERE t.hour = s.hour AND t.host = s.host AND t.key = 0";
	const struct span hours = hours_of(period);
	const struct sql_value values[] = {sql_integer(hours.from),
					   sql_integer(hours.to)};

	return sql_get(store_sql(store), text, values, 2, 0, folded_out);
}

/* The first two columns of the only row, of these hours. */
static bool
read_two(struct store *store, const char *text, const struct span *span,
	 int64_t two_out[2])
{
	const struct sql_value values[] = {sql_integer(span->from),
					   sql_integer(span->to)};
	struct sql *sql = store_sql(store);
	enum sql_step step;

	if (!sql_query(sql, text, values, 2))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		two_out[0] = sql_get_integer(sql, 0);
		two_out[1] = sql_get_integer(sql, 1);
	}
	sql_end(sql);
	return step == SQL_END;
}

static bool
read_lost(struct store *store, const struct stats_period *period,
	  struct stats_totals *totals)
{
	const struct span span = hours_of(period);
	struct store_lost lost;

	if (!store_lost(store, span.from * STATS_HOUR, span.to * STATS_HOUR - 1,
			&lost))
		return false;
	totals->lost = lost.messages;
	totals->lost_octets = lost.octets;
	return true;
}

bool
stats_totals(struct store *store, const struct stats_period *period,
	     struct stats_totals *totals_out)
{
	struct stats_totals totals = {0};

	if (!sums_read(store, period, add_to_totals, &totals) ||
	    !read_folded(store, period, &totals.folded) ||
	    !read_lost(store, period, &totals))
		return false;
	*totals_out = totals;
	return true;
}

/* --- over time --- */

static void
add_to_series(void *ctx, const struct sum *sum)
{
	struct stats_series *series = ctx;
	const int64_t time = sum->hour * STATS_HOUR;
	const int64_t at =
	    series->slots ? (time - series->slot[0].begin) / series->width : 0;

	if (series->slots && time >= series->slot[0].begin &&
	    at < (int64_t)series->slots)
		counts_add(&series->slot[at].counts, sum->outcome,
			   sum->messages);
}

/* Of the hours with mail in them. */
static bool
read_span(struct store *store, const struct stats_period *period,
	  struct span *span_out)
{
	static const char text[] =
	    "SELECT coalesce(min(hour), 0), coalesce(max(hour) + 1, 0) "
	    "FROM tally_sum WHERE hour >= $1 AND hour < $2";
	const struct span hours = hours_of(period);
	int64_t two[2] = {0, 0};

	if (!read_two(store, text, &hours, two))
		return false;
	*span_out = (struct span){two[0], two[1]};
	return true;
}

static void
lay_out(struct stats_series *series, struct arena *arena, struct span hours)
{
	const int64_t each = series->width / STATS_HOUR;
	int64_t from = hours.from / each;
	const int64_t to = (hours.to + each - 1) / each;
	size_t i;

	if (to - from > STATS_SLOTS)
		from = to - STATS_SLOTS;
	series->slots = (size_t)(to - from);
	series->slot = arena_array(arena, series->slots, sizeof(*series->slot));
	for (i = 0; i < series->slots; i++)
		series->slot[i].begin = (from + (int64_t)i) * series->width;
}

bool
stats_series(struct store *store, struct arena *arena,
	     const struct stats_period *period, int64_t width,
	     struct stats_series *series_out)
{
	struct stats_series series = {.width = width};
	struct span hours = {0, 0};

	if (!read_span(store, period, &hours))
		return false;
	if (hours.to - hours.from > STATS_SLOTS)
		series.width = STATS_DAY;
	lay_out(&series, arena, hours);
	if (!sums_read(store, period, add_to_series, &series))
		return false;
	*series_out = series;
	return true;
}
