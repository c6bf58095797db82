/* Who feeds, and the partitions of days. */
#include "store/pgsql.h"

/* The session's own; the server gives it back when the connection ends. */
bool
pgsql_lock(struct sql *sql, const char *name)
{
	static const char text[] = "SELECT CASE WHEN pg_try_advisory_lock("
				   "hashtext('verdict'), hashtext($1)) "
				   "THEN 1 ELSE 0 END";
	const struct sql_value value = sql_text(str_of(name));
	int64_t got;

	if (!sql_get(sql, text, &value, 1, 0, &got))
		return false;
	return got || sql_fail(sql, SQL_HELD, "another process feeds it");
}

/* Attached, not made in its place: that would wait for every reader.  Two
   hosts may come at once, so one waits for the other. */
bool
pgsql_day_begin(struct sql *sql, const struct sql_table *table, int64_t day)
{
	struct pgsql *db = pgsql_of(sql);
	int64_t changed, there = 0;
	struct buf text;
	bool done;

	buf_init(&text, NULL);
	buf_printf(&text, "SELECT pg_advisory_xact_lock(hashtext('verdict'))");
	done = sql_begin(sql) && pgsql_command(db, text.p, &changed);
	buf_reset(&text);
	buf_printf(&text,
		   "CREATE TABLE IF NOT EXISTS %s_%lld "
		   "(LIKE %s INCLUDING ALL)",
		   table->name, (long long)day, table->name);
	done = done && pgsql_command(db, text.p, &changed);
	buf_reset(&text);
	buf_printf(&text, "%s_%lld", table->name, (long long)day);
	{
		static const char inherits[] =
		    "SELECT count(*) FROM pg_inherits "
		    "WHERE inhrelid = CAST($1 AS regclass)";
		const struct sql_value name = sql_text(buf_str(&text));

		done = done && sql_get(sql, inherits, &name, 1, 0, &there);
	}
	buf_reset(&text);
	buf_printf(&text,
		   "ALTER TABLE %s ATTACH PARTITION %s_%lld "
		   "FOR VALUES FROM (%lld) TO (%lld)",
		   table->name, table->name, (long long)day, (long long)day,
		   (long long)day + 1);
	done = done && (there || pgsql_command(db, text.p, &changed));
	buf_clear(&text);
	if (done)
		return sql_commit(sql);
	sql_rollback(sql);
	return false;
}

/* One after the other as one transaction, so the wait is the old one again,
   whatever became of it. */
bool
pgsql_day_drop(struct sql *sql, const struct sql_table *table, int64_t day)
{
	struct buf text;
	int64_t changed;
	bool done;

	buf_init(&text, NULL);
	buf_printf(&text,
		   "SET lock_timeout = 500; DROP TABLE IF EXISTS %s_%lld; "
		   "SET lock_timeout = " PGSQL_LOCK_MS,
		   table->name, (long long)day);
	done = pgsql_command(pgsql_of(sql), text.p, &changed);
	buf_clear(&text);
	return done;
}
