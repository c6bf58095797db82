/* Senders whose mail passed until some day, and fails since. */
#include <stdlib.h>

#include "base/mem.h"
#include "stats/changes.h"
#include "stats/parts.h"

/* Fewer before, or since, may be chance. */
#define LEAST_BEFORE 20
#define LEAST_SINCE 5
/* Of ten messages so many passed before, and fail since: a forwarder or a list
   spoils one now and then, and a sender of many hosts mends them one by one. */
#define OF_TEN 9
/* On the day itself there are both, but not only a few that fail. */
#define OF_DAY 4

/* A hundredth of all mail fails, or it has not begun today. */
#define OF_ALL 100
/* Of one domain: what breaks so close together has one cause. */
#define SAME_S (6 * 3600)

#define HOURS_A_DAY 24
/* Those that are looked at, of the day and the next. */
#define HOURS (2 * HOURS_A_DAY)

struct stats_passes {
	int64_t pass, fail;
};

static int64_t
total(struct stats_passes passes)
{
	return passes.pass + passes.fail;
}

static bool
most_of(int64_t part, int64_t all)
{
	return part * 10 >= all * OF_TEN;
}

static struct stats_passes
sum_of(const struct stats_passes *passes, size_t from, size_t to)
{
	struct stats_passes sum = {0, 0};
	size_t i;

	for (i = from; i < to; i++) {
		sum.pass += passes[i].pass;
		sum.fail += passes[i].fail;
	}
	return sum;
}

/* The first day on which it fails and after which it does so to the end.
   False: there is none. */
static bool
find_day(const struct stats_passes *day, size_t days, size_t *day_out)
{
	size_t i;

	for (i = 0; i < days; i++) {
		const struct stats_passes before = sum_of(day, 0, i);
		const struct stats_passes after = sum_of(day, i + 1, days);

		if (day[i].fail == 0 ||
		    day[i].fail + after.fail < LEAST_SINCE ||
		    before.pass + day[i].pass < LEAST_BEFORE ||
		    !most_of(before.pass, total(before)) ||
		    !most_of(after.fail, total(after)))
			continue;
		if (total(after) == 0 && day[i].fail * OF_DAY < day[i].pass)
			continue;
		*day_out = i;
		return true;
	}
	return false;
}

/* --- what the tallies have of an origin --- */

/* Rows that are counted: of a day in days, of an hour in two of them. */
#define DAY_ROWS                                                             \
	"WITH RECURSIVE span (day) AS (SELECT CAST($1 AS integer) "          \
	"UNION ALL SELECT day + 1 FROM span WHERE day < $2) "                \
	"SELECT t.day, t.messages FROM span CROSS JOIN host h "              \
	"CROSS JOIN tally_day t WHERE t.day = span.day AND t.host = h.host " \
	"AND t.key = $3"
#define HOUR_ROWS                                                          \
	"WITH RECURSIVE span (hour) AS (SELECT CAST($1 AS integer) "       \
	"UNION ALL SELECT hour + 1 FROM span WHERE hour < $2) "            \
	"SELECT t.hour, t.messages FROM span CROSS JOIN host h "           \
	"CROSS JOIN tally t WHERE t.hour = span.hour AND t.host = h.host " \
	"AND t.key = $3"

static const char day_rows[] = DAY_ROWS, hour_rows[] = HOUR_ROWS;

/* Each host and time is one look at the table's key: an origin has few kinds
   of mail. */
static bool
read_key(struct store *store, const char *text,
	 const struct stats_origin_key *key, int64_t from, size_t n,
	 struct stats_passes *passes)
{
	const struct sql_value values[] = {sql_integer(from),
					   sql_integer(from + (int64_t)n - 1),
					   sql_integer(key->key)};
	struct sql *sql = store_sql(store);
	enum sql_step step;

	if (!sql_query(sql, text, values, 3))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		const size_t at = (size_t)(sql_get_integer(sql, 0) - from);
		const int64_t messages = sql_get_integer(sql, 1);

		if (key->pass)
			passes[at].pass += messages;
		else
			passes[at].fail += messages;
	}
	sql_end(sql);
	return step == SQL_END;
}

static bool
read_passes(struct store *store, const char *text,
	    const struct stats_origin *origin, int64_t from, size_t n,
	    struct stats_passes *passes)
{
	size_t i;

	for (i = 0; i < origin->keys; i++)
		if (!read_key(store, text, &origin->key[i], from, n, passes))
			return false;
	return true;
}

/* --- the hour --- */

/* The hour from which on nearly all fails; HOURS: there is none. */
static size_t
find_hour(const struct stats_passes hour[HOURS])
{
	size_t i, found = HOURS;

	for (i = HOURS; i-- > 0;) {
		if (total(hour[i]) == 0)
			continue;
		if (!most_of(hour[i].fail, total(hour[i])))
			break;
		found = i;
	}
	return found;
}

struct broken {
	const struct stats_domain *domain;
	const struct stats_origin *origin;
	struct stats_passes course[STATS_BREAK_DAYS];
	size_t day;
	int64_t failed; /* since then, about */
	int64_t last;   /* when it failed last, or a while before that */
};

/* The begin of the last day on which it failed. */
static int64_t
last_failed(const struct stats_domains *domains, const struct broken *broken)
{
	const struct stats_passes *day = broken->course;
	size_t i = domains->days - 1;

	while (i > broken->day && day[i].fail == 0)
		i--;
	return (domains->first_day + (int64_t)i) * STATS_DAY;
}

static int64_t
last_hour(const struct stats_passes hour[HOURS])
{
	size_t i = HOURS;

	while (i > 0 && hour[i - 1].fail == 0)
		i--;
	return (int64_t)i;
}

static bool
date(struct store *store, const struct stats_domains *domains,
     struct broken *broken, struct stats_break *out)
{
	const struct stats_passes *course = broken->course;
	const int64_t day = domains->first_day + (int64_t)broken->day;
	const size_t after =
	    broken->day + 2 < domains->days ? broken->day + 2 : domains->days;
	struct stats_passes hour[HOURS] = {{0, 0}}, before, since;
	size_t at;

	before = sum_of(course, 0, broken->day);
	since = sum_of(course, after, domains->days);
	if (!read_passes(store, hour_rows, broken->origin, day * HOURS_A_DAY,
			 HOURS, hour))
		return false;
	at = find_hour(hour);
	out->time = day * STATS_DAY + (int64_t)at * STATS_HOUR;
	broken->last = last_failed(domains, broken);
	if (broken->last < day * STATS_DAY + last_hour(hour) * STATS_HOUR)
		broken->last = day * STATS_DAY + last_hour(hour) * STATS_HOUR;
	out->passed_before = before.pass + sum_of(hour, 0, at).pass;
	out->failed_before = before.fail + sum_of(hour, 0, at).fail;
	out->passed_since = since.pass + sum_of(hour, at, HOURS).pass;
	out->failed_since = since.fail + sum_of(hour, at, HOURS).fail;
	return true;
}

/* --- all of them --- */

/* So many of all that may be are dated; those with the most failing mail. */
#define DATED 100

struct list {
	struct broken *broken;
	size_t n;
};

/* Does it come to so much that it could be broken? */
static bool
may_be_broken(const struct stats_counts *counts)
{
	const int64_t pass = counts->result[STATS_PASS];
	const int64_t fail = counts->result[STATS_FAIL];

	return pass >= LEAST_BEFORE && fail >= LEAST_SINCE &&
	       fail * OF_ALL >= pass;
}

static bool
add_origin(struct store *store, struct list *list,
	   const struct stats_domains *domains,
	   const struct stats_domain *domain, const struct stats_origin *origin)
{
	struct broken broken = {.domain = domain, .origin = origin};

	if (!may_be_broken(&origin->counts))
		return true;
	if (!read_passes(store, day_rows, origin, domains->first_day,
			 domains->days, broken.course))
		return false;
	if (!find_day(broken.course, domains->days, &broken.day))
		return true;
	broken.failed = sum_of(broken.course, broken.day, domains->days).fail;
	if ((list->n & (list->n - 1)) == 0)
		list->broken =
		    mem_resize(list->broken, (list->n ? list->n * 2 : 1) *
						 sizeof(*list->broken));
	list->broken[list->n++] = broken;
	return true;
}

/* A selector tells more than the addresses that use it. */
static int
by_failed(const void *a, const void *b)
{
	const struct broken *one = a, *two = b;

	if (one->failed != two->failed)
		return one->failed > two->failed ? -1 : 1;
	return (one->origin->kind < two->origin->kind) -
	       (one->origin->kind > two->origin->kind);
}

static void
name(struct stats_break *broke, const struct stats_origin *origin)
{
	if (origin->kind == ORIGIN_SELECTOR) {
		if (broke->selector.n == 0)
			broke->selector = origin->text;
		return;
	}
	if (broke->clients++ == 0)
		broke->client = origin->text;
}

/* The same break, by another origin of the domain; NULL: there is none yet. */
static struct stats_break *
same_break(struct stats_breaks *out, const struct stats_break *broke)
{
	size_t i;

	for (i = 0; i < out->breaks; i++) {
		struct stats_break *one = &out->broke[i];

		if (str_eq(one->domain, broke->domain) &&
		    one->time - broke->time <= SAME_S &&
		    broke->time - one->time <= SAME_S)
			return one;
	}
	return NULL;
}

static bool
tell(struct store *store, struct arena *arena,
     const struct stats_domains *domains, struct broken *broken,
     struct stats_breaks *out, size_t most)
{
	struct stats_break broke = {.domain = broken->domain->name}, *same;

	if (!date(store, domains, broken, &broke))
		return false;
	if (broke.failed_since < LEAST_SINCE ||
	    broke.passed_before < LEAST_BEFORE)
		return true;
	same = same_break(out, &broke);
	if (same) {
		name(same, broken->origin);
		return true;
	}
	if (out->all++ >= most)
		return true;
	name(&broke, broken->origin);
	out->broke[out->breaks] = broke;
	return changes_find(
	    store, arena, broken->domain,
	    broken->origin->kind == ORIGIN_SELECTOR ? broken->origin : NULL,
	    broken->last, &out->broke[out->breaks++]);
}

bool
stats_breaks(struct store *store, struct arena *arena,
	     const struct stats_domains *domains, size_t most,
	     struct stats_breaks *breaks_out)
{
	struct stats_breaks out = {0};
	struct list list = {NULL, 0};
	bool done = true;
	size_t i, j;

	for (i = 0; i < domains->domains; i++)
		for (j = 0; j < domains->domain[i].origins; j++)
			done =
			    done && add_origin(store, &list, domains,
					       &domains->domain[i],
					       &domains->domain[i].origin[j]);
	if (list.n > 0)
		qsort(list.broken, list.n, sizeof(*list.broken), by_failed);
	out.broke = arena_array(arena, most, sizeof(*out.broke));
	for (i = 0; done && i < list.n && i < DATED; i++)
		done = tell(store, arena, domains, &list.broken[i], &out, most);
	free(list.broken);
	if (done)
		*breaks_out = out;
	return done;
}
