/*
 * Counts by the hour and by the day, and sums by the hour.  What is counted by
 * stands once (tally_key), each row only names it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/parts.h"

/* Kinds of messages of one host in one hour that have rows of their own; all
   others of the hour are counted in one.  A site with a million messages a day
   has some 20,000; a flood of ever new senders would fill the disk for a year.
 */
#define TALLY_HOUR_KEYS 50000
/* How old tally_key.last_day may be, so that it is not written each day. */
#define TALLY_SEEN_DAYS 16
#define HOURS_A_DAY 24

static int64_t
day_of_hour(int64_t hour)
{
	return hour / HOURS_A_DAY - (hour % HOURS_A_DAY < 0);
}

/* The hour's keys as the database has them. */
static bool
hour_read(struct store *store, struct hour *hour)
{
	static const char text[] =
	    "SELECT key FROM tally WHERE hour = $1 AND host = $2";
	const struct sql_value values[] = {sql_integer(hour->hour),
					   sql_integer(hour->host)};
	struct sql *sql = store->sql;
	enum sql_step step;

	hashes_reset(&hour->keys);
	if (!sql_query(sql, text, values, 2))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW)
		hashes_add(&hour->keys, (uint64_t)sql_get_integer(sql, 0), 0);
	sql_end(sql);
	hour->known = step == SQL_END;
	return hour->known;
}

/* NULL: it cannot be read. */
static struct hour *
hour_of_store(struct store *store, int64_t number)
{
	struct hour *hour;
	size_t i;

	for (i = 0; i < HOURS; i++) {
		hour = &store->hour[i];
		if (hour->known && hour->hour == number &&
		    hour->host == store->host)
			return hour;
	}
	hour = &store->hour[store->hour_next++ % HOURS];
	hour->known = false;
	hour->hour = number;
	hour->host = store->host;
	return hour_read(store, hour) ? hour : NULL;
}

static bool
key_row(struct store *store, const struct batch_tally *tally)
{
	struct sql_value values[2 + TALLY_COLUMNS];
	size_t i;

	values[0] = sql_integer((int64_t)tally->key);
	values[1] = sql_integer(tally->hour / HOURS_A_DAY / TALLY_SEEN_DAYS *
				TALLY_SEEN_DAYS);
	for (i = 0; i < TALLY_COLUMNS; i++)
		values[2 + i] = sql_text(tally->column[i]);
	return sql_bulk_row(store->sql, values);
}

/* A number that is another one for each key, and for each while in which
   last_day is to be written. */
static uint64_t
key_while(const struct batch_tally *tally)
{
	return tally->key +
	       (uint64_t)(tally->hour / HOURS_A_DAY / TALLY_SEEN_DAYS * 2 + 1);
}

static bool
keys_write(struct store *store, const struct batch_tally *tally, size_t n)
{
	struct hashes once = {0};
	int64_t changed;
	bool done = sql_bulk_begin(store->sql, &table_tally_key, 0);
	size_t i;

	for (i = 0; done && i < n; i++) {
		if (known_add(&store->keys, key_while(&tally[i])) ||
		    hashes_have(&once, tally[i].key))
			continue;
		hashes_add(&once, tally[i].key, 0);
		done = key_row(store, &tally[i]);
	}
	hashes_clear(&once);
	return done && sql_bulk_end(store->sql, &changed);
}

/* Where its hour has no room for another key: the row of the rest. */
static bool
fold(struct store *store, struct batch_tally *tally)
{
	struct hour *hour = hour_of_store(store, tally->hour);

	if (!hour)
		return false;
	if (hashes_have(&hour->keys, tally->key))
		return true;
	if (hour->keys.count >= TALLY_HOUR_KEYS) {
		store->folded += (uint64_t)tally->messages;
		tally->key = 0;
		memset(tally->column, 0, sizeof(tally->column));
		tally->column[TALLY_CLASS] = str_lit(TALLY_REST);
	}
	hashes_add(&hour->keys, tally->key, 0);
	return true;
}

/* The rest's of one hour become one. */
static size_t
merge_rest(struct batch_tally *tally, size_t n)
{
	size_t i, j, kept = 0;

	for (i = 0; i < n; i++) {
		for (j = 0; tally[i].key == 0 && j < kept; j++)
			if (tally[j].key == 0 && tally[j].hour == tally[i].hour)
				break;
		if (tally[i].key == 0 && j < kept)
			tally[j].messages += tally[i].messages;
		else
			tally[kept++] = tally[i];
	}
	return kept;
}

/* In the order of the table's key, so that fewer pages are touched. */
static int
by_key(const void *a, const void *b)
{
	const struct batch_tally *one = a, *two = b;

	if (one->hour != two->hour)
		return one->hour < two->hour ? -1 : 1;
	if (one->key != two->key)
		return (int64_t)one->key < (int64_t)two->key ? -1 : 1;
	return 0;
}

/* n rows, each of another time and key. */
static bool
counts_write(struct store *store, const struct sql_table *table,
	     const struct batch_tally *tally, size_t n)
{
	bool done = sql_bulk_begin(store->sql, table, 0);
	int64_t changed;
	size_t i;

	for (i = 0; done && i < n; i++) {
		const struct sql_value values[] = {
		    sql_integer(tally[i].hour), sql_integer(store->host),
		    sql_integer((int64_t)tally[i].key),
		    sql_integer(tally[i].messages)};

		done = sql_bulk_row(store->sql, values);
	}
	return done && sql_bulk_end(store->sql, &changed);
}

/* Hours become days; the rows of one day and key become one. */
static size_t
to_days(struct batch_tally *tally, size_t n)
{
	size_t i, kept = 0;

	for (i = 0; i < n; i++)
		tally[i].hour = day_of_hour(tally[i].hour);
	qsort(tally, n, sizeof(*tally), by_key);
	for (i = 0; i < n; i++) {
		struct batch_tally *last = kept ? &tally[kept - 1] : NULL;

		if (last && last->hour == tally[i].hour &&
		    last->key == tally[i].key)
			last->messages += tally[i].messages;
		else
			tally[kept++] = tally[i];
	}
	return kept;
}

static bool
all_write(struct store *store, struct batch_tally *tally, size_t n)
{
	bool done = true;
	size_t i;

	for (i = 0; done && i < n; i++)
		done = fold(store, &tally[i]);
	n = merge_rest(tally, n);
	done = done && keys_write(store, tally, n) &&
	       counts_write(store, &table_tally, tally, n);
	if (!done)
		return false;
	n = to_days(tally, n);
	return counts_write(store, &table_tally_day, tally, n);
}

/* A sorted copy. */
static struct batch_tally *
sorted(const struct batch_tallies *tallies)
{
	struct batch_tally *row = mem_array(tallies->rows, sizeof(*row));

	memcpy(row, tallies->row, tallies->rows * sizeof(*row));
	qsort(row, tallies->rows, sizeof(*row), by_key);
	return row;
}

bool
tally_write(struct store *store, const struct batch *batch)
{
	struct batch_tally *tally, *sum;
	bool done;

	if (batch->tally.rows == 0)
		return true;
	tally = sorted(&batch->tally);
	sum = sorted(&batch->sum);
	done = all_write(store, tally, batch->tally.rows) &&
	       keys_write(store, sum, batch->sum.rows) &&
	       counts_write(store, &table_tally_sum, sum, batch->sum.rows);
	free(tally);
	free(sum);
	return done;
}
