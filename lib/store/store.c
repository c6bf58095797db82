#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/parts.h"

struct store *
store_open(const char *url, enum sql_access access, struct sql_error *error_out)
{
	struct sql *sql = sql_open(url, access, error_out);
	struct siphash_key key;
	struct store *store;

	if (!sql)
		return NULL;
	if (!schema_ready(sql, access == SQL_MAKE, &key)) {
		*error_out = *sql_error(sql);
		sql_close(sql);
		return NULL;
	}
	store = mem_alloc(sizeof(*store));
	store->sql = sql;
	store->key = key;
	store->block = block_new();
	buf_init(&store->octets, NULL);
	buf_init(&store->part.plain, NULL);
	store_forget(store);
	return store;
}

void
store_forget(struct store *store)
{
	size_t i;

	free((char *)store->host_name.p);
	store->host_name = str_empty();
	store->host_name.p = NULL;
	store->host = 0;
	store->part.known = false;
	for (i = 0; i < HOURS; i++)
		store->hour[i].known = false;
	known_clear(&store->keys);
	known_clear(&store->seen);
	known_clear(&store->texts);
	store->day_ready[0] = store->day_ready[1] = INT64_MIN;
	store->pruned_day = INT64_MIN;
}

void
store_close(struct store *store)
{
	size_t i;

	if (!store)
		return;
	store_forget(store);
	for (i = 0; i < HOURS; i++)
		hashes_clear(&store->hour[i].keys);
	buf_clear(&store->octets);
	buf_clear(&store->part.plain);
	block_free(store->block);
	sql_close(store->sql);
	free(store);
}

const struct sql_error *
store_error(const struct store *store)
{
	return sql_error(store->sql);
}

struct sql *
store_sql(struct store *store)
{
	return store->sql;
}

const struct siphash_key *
store_key(const struct store *store)
{
	return &store->key;
}

uint64_t
store_folded(const struct store *store)
{
	return store->folded;
}

uint64_t
store_nameless(const struct store *store)
{
	return store->nameless;
}

bool
store_claim(struct store *store, uint64_t journal)
{
	char name[32];

	snprintf(name, sizeof(name), "%016llx", (unsigned long long)journal);
	return sql_lock(store->sql, name);
}

bool
store_cursor_read(struct store *store, uint64_t journal,
		  struct journal_cursor *cursor_out)
{
	static const char text[] = "SELECT sequence, place, number FROM cursor "
				   "WHERE journal = $1";
	const struct sql_value value = sql_integer((int64_t)journal);
	struct journal_cursor cursor = {.journal = journal};
	struct sql *sql = store->sql;
	enum sql_step step;

	if (!sql_query(sql, text, &value, 1))
		return false;
	step = sql_next(sql);
	if (step == SQL_ROW) {
		cursor.sequence = (uint64_t)sql_get_integer(sql, 0);
		cursor.offset = (uint64_t)sql_get_integer(sql, 1);
		cursor.number = (uint64_t)sql_get_integer(sql, 2);
	}
	sql_end(sql);
	if (step != SQL_FAILED)
		*cursor_out = cursor;
	return step != SQL_FAILED;
}

static struct sql_value
number(uint64_t n)
{
	return sql_integer((int64_t)n);
}

static bool
cursor_move(struct store *store, const struct journal_cursor *from,
	    const struct journal_cursor *to)
{
	static const char insert[] =
	    "INSERT INTO cursor (sequence, place, number, journal) "
	    "VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
	static const char update[] =
	    "UPDATE cursor SET sequence = $1, place = $2, number = $3 "
	    "WHERE journal = $4 AND sequence = $5 AND place = $6";
	const struct sql_value values[] = {
	    number(to->sequence), number(to->offset),     number(to->number),
	    number(to->journal),  number(from->sequence), number(from->offset),
	};
	const bool first = from->sequence == 0 && from->offset == 0;
	int64_t changed = 0;

	if (!sql_run(store->sql, first ? insert : update, values, first ? 4 : 6,
		     &changed))
		return false;
	return changed == 1 ||
	       sql_fail(store->sql, SQL_LATER,
			"another process has fed from this journal meanwhile");
}

/* Its number; a new one is given the next. */
static bool
host_find(struct store *store, struct str name)
{
	static const char select[] = "SELECT host FROM host WHERE name = $1";
	static const char insert[] =
	    "INSERT INTO host (host, name) "
	    "SELECT coalesce(max(host), 0) + 1, $1 FROM host";
	const struct sql_value value = sql_text(name);
	int64_t host = 0;

	if (store->host && str_eq(store->host_name, name))
		return true;
	if (!sql_get(store->sql, select, &value, 1, 0, &host) ||
	    (host == 0 && (!sql_run(store->sql, insert, &value, 1, NULL) ||
			   !sql_get(store->sql, select, &value, 1, 0, &host))))
		return false;
	free((char *)store->host_name.p);
	store->host_name = str_n(mem_copy(name.p, name.n), name.n);
	store->host = host;
	store->part.known = false;
	return true;
}

static bool
events_write(struct store *store, const struct batch *batch)
{
	static const char event[] =
	    "INSERT INTO event (host, time, what, version, mode, "
	    "configuration) VALUES ($1, $2, $3, $4, $5, $6) "
	    "ON CONFLICT DO NOTHING";
	static const char gap[] = "INSERT INTO gap (host, time, messages, "
				  "octets) VALUES ($1, $2, $3, $4)";
	bool done = true;
	size_t i;

	for (i = 0; done && i < batch->events; i++) {
		const struct batch_event *one = &batch->event[i];
		const struct sql_value values[] = {
		    sql_integer(store->host), sql_integer(one->time),
		    sql_text(one->what),      sql_text(one->version),
		    sql_text(one->mode),      sql_blob(one->configuration)};

		done = sql_run(store->sql, event, values, 6, NULL);
	}
	for (i = 0; done && i < batch->gaps; i++) {
		const struct batch_gap *one = &batch->gap[i];
		const struct sql_value values[] = {
		    sql_integer(store->host), sql_integer(one->time),
		    sql_integer(one->messages), sql_integer(one->octets)};

		done = sql_run(store->sql, gap, values, 4, NULL);
	}
	return done;
}

static int
by_day(const void *a, const void *b)
{
	const struct batch_message *one =
				       *(const struct batch_message *const *)a,
				   *two =
				       *(const struct batch_message *const *)b;

	if (one->day != two->day)
		return one->day < two->day ? -1 : 1;
	return (one > two) - (one < two); /* as they came */
}

static bool
day_ready(struct store *store, int64_t day)
{
	bool done = true;
	size_t i;

	if (store->day_ready[0] == day || store->day_ready[1] == day)
		return true;
	for (i = 0; done && i < TABLES_DAILY; i++)
		done = sql_day_begin(store->sql, tables_daily[i], day);
	if (done) {
		store->day_ready[1] = store->day_ready[0];
		store->day_ready[0] = day;
	}
	return done;
}

/* Messages of one day after those of another. */
static bool
messages_write(struct store *store, const struct batch *batch,
	       const struct batch_message **message)
{
	size_t at = 0, n;
	bool done = true;

	while (done && at < batch->messages) {
		const int64_t day = message[at]->day;

		for (n = 0;
		     at + n < batch->messages && message[at + n]->day == day;
		     n++)
			;
		done = part_write(store, batch, message + at, n, day);
		at += n;
	}
	return done;
}

static bool
write_all(struct store *store, const struct batch *batch,
	  const struct batch_message **message,
	  const struct journal_cursor *from, const struct journal_cursor *to)
{
	bool done = true;
	size_t i;

	for (i = 0; done && i < batch->messages; i++)
		done = day_ready(store, message[i]->day);
	return done && sql_begin(store->sql) && cursor_move(store, from, to) &&
	       (batch_empty(batch) || host_find(store, batch->host)) &&
	       messages_write(store, batch, message) &&
	       tally_write(store, batch) && dns_write(store, batch) &&
	       events_write(store, batch) && sql_commit(store->sql);
}

bool
store_write(struct store *store, const struct batch *batch,
	    const struct journal_cursor *from, const struct journal_cursor *to)
{
	const struct batch_message **message =
	    mem_array(batch->messages, sizeof(*message));
	size_t i;
	bool done;

	for (i = 0; i < batch->messages; i++)
		message[i] = &batch->message[i];
	qsort(message, batch->messages, sizeof(*message), by_day);
	done = write_all(store, batch, message, from, to);
	if (!done) {
		sql_rollback(store->sql);
		store_forget(store);
	}
	free(message);
	return done;
}
