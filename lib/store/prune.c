/* What goes: by age, by size, the oldest part first. */
#include <string.h>

#include "store/parts.h"

#define HOURS_A_DAY 24
/* As last_day in tally_key, dns_text and, in seconds, dns_seen may be older
   than what it stands for. */
#define SEEN_DAYS 16
#define DAY_S 86400
/* Rows of tallies, and of names, removed at once. */
#define ROWS_AT_ONCE "20000"

struct oldest {
	bool any;
	int64_t day, host, part, octets;
};

static bool
oldest_read(struct store *store, struct oldest *oldest_out)
{
	static const char text[] = "SELECT day, host, part, octets FROM part "
				   "ORDER BY day, part, host LIMIT 1";
	struct sql *sql = store->sql;
	enum sql_step step;

	memset(oldest_out, 0, sizeof(*oldest_out));
	if (!sql_query(sql, text, NULL, 0))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		oldest_out->any = true;
		oldest_out->day = sql_get_integer(sql, 0);
		oldest_out->host = sql_get_integer(sql, 1);
		oldest_out->part = sql_get_integer(sql, 2);
		oldest_out->octets = sql_get_integer(sql, 3);
	}
	sql_end(sql);
	return step == SQL_END;
}

/* Of all parts, about: what their rows take on disk. */
static bool
octets_read(struct store *store, int64_t *octets_out)
{
	static const char text[] =
	    "SELECT CAST(coalesce(sum(octets), 0) AS bigint) FROM part";

	return sql_get(store->sql, text, NULL, 0, 0, octets_out);
}

/* Readers find either the whole part or nothing of it. */
static bool
part_remove(struct store *store, const struct oldest *part)
{
	static const char *const texts[] = {
	    "DELETE FROM part WHERE day = $1 AND host = $2 AND part = $3",
	    "DELETE FROM term WHERE day = $1 AND host = $2 AND part = $3",
	    "DELETE FROM block WHERE day = $1 AND host = $2 AND part = $3",
	    "DELETE FROM message WHERE day = $1 AND host = $2 AND part = $3"};
	const struct sql_value values[] = {sql_integer(part->day),
					   sql_integer(part->host),
					   sql_integer(part->part)};
	bool done = sql_begin(store->sql);
	size_t i;

	for (i = 0; done && i < sizeof(texts) / sizeof(texts[0]); i++)
		done = sql_run(store->sql, texts[i], values, 3, NULL);
	done = done && sql_commit(store->sql);
	if (!done)
		sql_rollback(store->sql);
	/* It may have been the one that grows. */
	store->part.known = false;
	return done;
}

/* Where somebody reads it, it goes when they have ended. */
static bool
day_remove(struct store *store, int64_t day)
{
	static const char part[] = "DELETE FROM part WHERE day = $1";
	static const char term[] = "DELETE FROM term WHERE day = $1";
	const struct sql_value value = sql_integer(day);
	size_t i;

	for (i = 0; i < TABLES_DAILY; i++)
		if (!sql_day_drop(store->sql, tables_daily[i], day))
			return false;
	store->day_ready[0] = store->day_ready[1] = INT64_MIN;
	store->part.known = false;
	/* What is named by a part goes before it: else nobody would find it. */
	return sql_run(store->sql, term, &value, 1, NULL) &&
	       sql_run(store->sql, part, &value, 1, NULL);
}

static bool
messages_prune(struct store *store, const struct store_retention *retention,
	       int64_t today, bool *more_out)
{
	struct oldest oldest;
	int64_t octets;
	bool old, much;

	*more_out = false;
	if (!octets_read(store, &octets) || !oldest_read(store, &oldest))
		return false;
	old = oldest.day < today - retention->days;
	/* The last part stays, however little is allowed. */
	much = octets > retention->octets && octets > oldest.octets;
	if (!oldest.any || !(old || much))
		return true;
	*more_out = true;
	/* What is deleted of a table makes room in that table only. */
	if (sql_days_are_tables(store->sql) && (old || oldest.day < today))
		return day_remove(store, oldest.day);
	return part_remove(store, &oldest);
}

/* Of tables whose rows are few: what is older than that, some of it. */
static bool
rows_prune(struct store *store, const char *text, int64_t before,
	   bool *more_out)
{
	const struct sql_value value = sql_integer(before);
	int64_t changed = 0;

	if (!sql_run(store->sql, text, &value, 1, &changed))
		return false;
	*more_out = *more_out || changed > 0;
	return true;
}

static bool
tallies_prune(struct store *store, int64_t before_day, bool *more_out)
{
	static const char tally[] =
	    "DELETE FROM tally WHERE (hour, host, key) IN (SELECT hour, host, "
	    "key FROM tally WHERE hour < $1 ORDER BY hour LIMIT " ROWS_AT_ONCE
	    ")";
	static const char day[] =
	    "DELETE FROM tally_day WHERE (day, host, key) IN (SELECT day, "
	    "host, key FROM tally_day WHERE day < $1 ORDER BY day "
	    "LIMIT " ROWS_AT_ONCE ")";
	static const char sum[] = "DELETE FROM tally_sum WHERE hour < $1";
	static const char key[] =
	    "DELETE FROM tally_key WHERE key IN (SELECT key FROM tally_key "
	    "WHERE last_day < $1 LIMIT " ROWS_AT_ONCE ")";
	static const char seen[] =
	    "DELETE FROM dns_seen WHERE (name, digest) IN (SELECT name, digest "
	    "FROM dns_seen WHERE last < $1 LIMIT " ROWS_AT_ONCE ")";
	static const char text[] =
	    "DELETE FROM dns_text WHERE (digest, place) IN (SELECT digest, "
	    "place FROM dns_text WHERE last_day < $1 LIMIT " ROWS_AT_ONCE ")";
	static const char event[] = "DELETE FROM event WHERE time < $1";
	static const char gap[] = "DELETE FROM gap WHERE time < $1";
	const int64_t time = before_day * DAY_S;
	const int64_t seen_day = before_day - SEEN_DAYS;

	return rows_prune(store, tally, before_day * HOURS_A_DAY, more_out) &&
	       rows_prune(store, day, before_day, more_out) &&
	       rows_prune(store, sum, before_day * HOURS_A_DAY, more_out) &&
	       rows_prune(store, event, time, more_out) &&
	       rows_prune(store, gap, time, more_out) &&
	       rows_prune(store, seen, time - DAY_S, more_out) &&
	       rows_prune(store, text, seen_day, more_out) &&
	       rows_prune(store, key, seen_day, more_out);
}

bool
store_prune(struct store *store, const struct store_retention *retention,
	    int64_t now, bool *more_out)
{
	const int64_t today = day_of(now);
	bool more = false, rows = false;

	if (!messages_prune(store, retention, today, &more))
		return false;
	/* Those are looked through from one end to the other: once a day. */
	if (store->pruned_day != today) {
		if (!tallies_prune(store, today - retention->tally_days, &rows))
			return false;
		if (!rows)
			store->pruned_day = today;
	}
	*more_out = more || rows;
	return true;
}
