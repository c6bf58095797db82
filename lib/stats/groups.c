/* Messages by one thing. */
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/words.h"
#include "dkim/dkim.h"
#include "stats/parts.h"

const char *const stats_by_words[] = {
    [STATS_BY_FROM] = "from",         [STATS_BY_CLIENT] = "client",
    [STATS_BY_SELECTOR] = "selector", [STATS_BY_SHAPE] = "shape",
    [STATS_BY_ACTION] = "action",     [STATS_BY_RULE] = "rule",
    [STATS_BY_DAY] = "day",           NULL};

bool
days_read(struct store *store, const struct stats_period *period,
	  day_each *each, void *ctx)
{
	/* Of each kind once, in the order in which tally_key has them: half
	   as much to look up, and what is looked up lies side by side. */
	static const char text[] =
	    "WITH t AS MATERIALIZED (SELECT key, min(day) AS first, "
	    "max(day) AS last, CAST(sum(messages) AS bigint) AS messages "
	    "FROM tally_day WHERE day >= $1 AND day < $2 GROUP BY key) "
	    "SELECT t.first, t.messages, k.class, k.dmarc, k.action, k.would, "
	    "k.from_domain, k.client, k.dkim, k.spf, t.key, t.last "
	    "FROM t CROSS JOIN tally_key k WHERE k.key = t.key";
	const struct span days = days_of(period);
	const struct sql_value values[] = {sql_integer(days.from),
					   sql_integer(days.to)};
	struct sql *sql = store_sql(store);
	enum sql_step step;
	struct day_row row;

	if (!sql_query(sql, text, values, 2))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		row.first = sql_get_integer(sql, 0);
		row.messages = sql_get_integer(sql, 1);
		row.outcome =
		    outcome_of(sql_get_octets(sql, 2), sql_get_octets(sql, 3),
			       sql_get_octets(sql, 4), sql_get_octets(sql, 5));
		row.from_domain = sql_get_octets(sql, 6);
		row.client = sql_get_octets(sql, 7);
		row.dkim = sql_get_octets(sql, 8);
		row.spf = sql_get_octets(sql, 9);
		row.key = sql_get_integer(sql, 10);
		row.last = sql_get_integer(sql, 11);
		each(ctx, &row);
	}
	sql_end(sql);
	return step == SQL_END;
}

bool
signature_next(struct str *dkim, struct signature *signature_out)
{
	struct str one = str_first(*dkim, str_chr(*dkim, ','));
	size_t at;

	*dkim = str_from(*dkim, one.n + 1);
	one = str_trim_wsp(one);
	if (one.n == 0)
		return false;
	at = str_chr(one, ' ');
	signature_out->result = str_first(one, at);
	one = str_from(one, at + 1);
	at = str_chr(one, ' ');
	signature_out->domain = str_first(one, at);
	signature_out->selector = str_from(one, at + 1);
	return true;
}

struct asked {
	enum stats_by by;
	struct grouping grouping;
};

/* --- by what each day's rows tell --- */

static enum stats_result
result_of_signature(struct str result)
{
	if (str_is(result, dkim_result_text(DKIM_PASS)))
		return STATS_PASS;
	if (str_is(result, dkim_result_text(DKIM_TEMPERROR)))
		return STATS_TEMPERROR;
	return STATS_FAIL;
}

static void
add_signatures(struct asked *asked, const struct day_row *row)
{
	struct outcome outcome = row->outcome;
	struct str dkim = row->dkim;
	struct signature signature;
	struct buf name;

	if (outcome.result == STATS_REST)
		grouping_add(&asked->grouping, str_empty(), 0, 0, outcome,
			     row->messages);
	buf_init(&name, NULL);
	while (signature_next(&dkim, &signature)) {
		buf_reset(&name);
		buf_add(&name, signature.selector);
		buf_addc(&name, ' ');
		buf_add(&name, signature.domain);
		outcome.result = result_of_signature(signature.result);
		grouping_add(&asked->grouping, buf_str(&name),
			     row->first * STATS_DAY, row->last * STATS_DAY,
			     outcome, row->messages);
	}
	buf_clear(&name);
}

static void
add_day_row(void *ctx, const struct day_row *row)
{
	struct asked *asked = ctx;

	if (asked->by == STATS_BY_SELECTOR)
		add_signatures(asked, row);
	else
		grouping_add(&asked->grouping,
			     asked->by == STATS_BY_FROM ? row->from_domain
							: row->client,
			     row->first * STATS_DAY, row->last * STATS_DAY,
			     row->outcome, row->messages);
}

/* --- by what each hour's sums tell --- */

static struct str
name_of_sum(enum stats_by by, const struct sum *sum, char day[16])
{
	const time_t time = (time_t)(sum->hour * STATS_HOUR);
	struct tm utc;

	switch (by) {
	case STATS_BY_SHAPE:
		return sum->shape;
	case STATS_BY_ACTION:
		return str_of(action_text(sum->outcome.decided));
	case STATS_BY_RULE:
		return sum->rule;
	default:
		gmtime_r(&time, &utc);
		return str_n(day, strftime(day, 16, "%Y-%m-%d", &utc));
	}
}

static void
add_sum(void *ctx, const struct sum *sum)
{
	struct asked *asked = ctx;
	char day[16];

	grouping_add(&asked->grouping, name_of_sum(asked->by, sum, day),
		     sum->hour * STATS_HOUR, sum->hour * STATS_HOUR,
		     sum->outcome, sum->messages);
}

static bool
of_days(enum stats_by by)
{
	return by == STATS_BY_FROM || by == STATS_BY_CLIENT ||
	       by == STATS_BY_SELECTOR;
}

static int
by_first(const void *a, const void *b)
{
	const struct stats_group *one = a, *two = b;

	return one->first < two->first ? -1 : one->first > two->first;
}

bool
stats_groups(struct store *store, struct arena *arena,
	     const struct stats_period *period, enum stats_by by, size_t most,
	     struct stats_groups *groups_out)
{
	struct asked asked = {.by = by};
	bool done;

	grouping_init(&asked.grouping, store);
	done = of_days(by) ? days_read(store, period, add_day_row, &asked)
			   : sums_read(store, period, add_sum, &asked);
	if (done)
		grouping_end(&asked.grouping, arena, most, groups_out);
	if (done && by == STATS_BY_DAY)
		qsort(groups_out->group, groups_out->groups,
		      sizeof(*groups_out->group), by_first);
	grouping_clear(&asked.grouping);
	return done;
}
