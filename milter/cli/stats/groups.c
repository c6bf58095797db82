/* Messages by one thing, as text, JSON and CSV. */
#include "base/csv.h"
#include "base/line.h"
#include "base/number.h"
#include "base/when.h"
#include "base/words.h"
#include "milter/cli/stats/stats.h"

#define NAME_COLUMNS 32

/* What messages have that have none. */
static struct str
shown_name(enum stats_by by, struct str name)
{
	static const char *const none[STATS_BYS] = {
	    [STATS_BY_FROM] = "(none)",     [STATS_BY_CLIENT] = "(not told)",
	    [STATS_BY_SELECTOR] = "(none)", [STATS_BY_SHAPE] = "(no failure)",
	    [STATS_BY_ACTION] = "(none)",   [STATS_BY_RULE] = "(no rule)",
	    [STATS_BY_DAY] = "(none)"};

	return name.n ? name : str_of(none[by]);
}

static int64_t
others(const struct stats_counts *counts)
{
	return counts->messages - counts->result[STATS_PASS] -
	       counts->result[STATS_NO_POLICY] - counts->result[STATS_FAIL];
}

static void
add_counts(struct buf *out, const struct stats_counts *counts)
{
	number_add_right(out, counts->messages, 11);
	number_add_right(out, counts->result[STATS_PASS], 11);
	number_add_right(out, counts->result[STATS_NO_POLICY], 10);
	number_add_right(out, counts->result[STATS_FAIL], 8);
	number_add_right(out, others(counts), 8);
	buf_addc(out, '\n');
}

static void
add_row(struct buf *out, struct str name, const struct stats_counts *counts)
{
	stats_add_name(out, name, NAME_COLUMNS);
	add_counts(out, counts);
}

static bool
of_whole_days(enum stats_by by)
{
	return by == STATS_BY_FROM || by == STATS_BY_CLIENT ||
	       by == STATS_BY_SELECTOR;
}

void
stats_groups_add_text(struct buf *out, const struct stats_answer *answer,
		      enum stats_by by, const struct stats_groups *groups)
{
	struct buf more;
	size_t i;

	stats_add_head(out, answer);
	buf_printf(out, "\n%-*s%11s%11s%10s%8s%8s\n", NAME_COLUMNS,
		   stats_by_words[by], "mails", "pass", "no policy", "fail",
		   "other");
	for (i = 0; i < groups->groups; i++)
		add_row(out, shown_name(by, groups->group[i].name),
			&groups->group[i].counts);
	if (groups->rest.messages > 0) {
		buf_init(&more, NULL);
		buf_adds(&more, "(");
		number_add(&more, (int64_t)(groups->all - groups->groups));
		buf_adds(&more, " more)");
		add_row(out, buf_str(&more), &groups->rest);
		buf_clear(&more);
	}
	if (by == STATS_BY_SELECTOR)
		buf_adds(out, "A mail counts for each of its signatures; pass "
			      "and fail are the signature's.\n");
	if (of_whole_days(by))
		buf_adds(out, "Whole days of UTC are counted.\n");
}

static void
add_json_counts(struct buf *out, const struct stats_counts *counts)
{
	enum stats_result r;
	unsigned a;

	buf_printf(out, "\"messages\":%lld,\"results\":{",
		   (long long)counts->messages);
	for (r = 0; r < STATS_RESULTS; r++)
		buf_printf(out, "%s\"%s\":%lld", r ? "," : "",
			   stats_result_text(r), (long long)counts->result[r]);
	buf_adds(out, "},\"decided\":{");
	for (a = 0; a < STATS_ACTIONS; a++)
		buf_printf(out, "%s\"%s\":%lld", a ? "," : "",
			   action_text((enum action)a),
			   (long long)counts->decided[a]);
	buf_adds(out, "},\"done\":{");
	for (a = 0; a < STATS_ACTIONS; a++)
		buf_printf(out, "%s\"%s\":%lld", a ? "," : "",
			   action_text((enum action)a),
			   (long long)counts->done[a]);
	buf_addc(out, '}');
}

void
stats_groups_add_json(struct buf *out, const struct stats_answer *answer,
		      enum stats_by by, const struct stats_groups *groups)
{
	size_t i;

	stats_add_json_head(out, answer);
	buf_printf(out, ",\"by\":\"%s\",\"groups\":[", stats_by_words[by]);
	for (i = 0; i < groups->groups; i++) {
		buf_adds(out, i ? ",{\"name\":" : "{\"name\":");
		buf_add_json(out, groups->group[i].name);
		buf_addc(out, ',');
		add_json_counts(out, &groups->group[i].counts);
		buf_adds(out, ",\"first\":\"");
		when_add_utc(out, groups->group[i].first);
		buf_adds(out, "\",\"last\":\"");
		when_add_utc(out, groups->group[i].last);
		buf_adds(out, "\"}");
	}
	buf_printf(out, "],\"all\":%zu,\"rest\":{", groups->all);
	add_json_counts(out, &groups->rest);
	buf_adds(out, "}}\n");
}

static void
add_csv_row(struct buf *out, struct str name, const struct stats_counts *counts)
{
	unsigned i;

	csv_add(out, name);
	csv_add_number(out, counts->messages);
	for (i = 0; i < STATS_RESULTS; i++)
		csv_add_number(out, counts->result[i]);
	for (i = 0; i < STATS_ACTIONS; i++)
		csv_add_number(out, counts->decided[i]);
	csv_end_line(out);
}

void
stats_groups_add_csv(struct buf *out, const struct stats_groups *groups)
{
	unsigned i;
	size_t at;

	csv_add(out, str_lit("name"));
	csv_add(out, str_lit("messages"));
	for (i = 0; i < STATS_RESULTS; i++)
		csv_add(out, str_of(stats_result_text((enum stats_result)i)));
	for (i = 0; i < STATS_ACTIONS; i++)
		csv_add(out, str_of(action_text((enum action)i)));
	csv_end_line(out);
	for (at = 0; at < groups->groups; at++)
		add_csv_row(out, groups->group[at].name,
			    &groups->group[at].counts);
	if (groups->rest.messages > 0)
		add_csv_row(out, str_lit("(rest)"), &groups->rest);
}
