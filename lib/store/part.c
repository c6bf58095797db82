/*
 * Messages into the part of their day that grows: rows, blocks of records, and
 * the index of terms.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/parts.h"

/* What a row takes on disk in the mean, with its share of the pages' free room:
   measured with SQLite. */
#define MESSAGE_OCTETS 100

/* The last part of that day; *messages 0: there is none yet. */
static bool
part_read(struct store *store, int64_t day)
{
	static const char text[] =
	    "SELECT part, messages, first_time, last_time, octets FROM part "
	    "WHERE day = $1 AND host = $2 ORDER BY part DESC LIMIT 1";
	const struct sql_value values[] = {sql_integer(day),
					   sql_integer(store->host)};
	struct part *part = &store->part;
	struct sql *sql = store->sql;
	enum sql_step step;

	part->known = false;
	if (!sql_query(sql, text, values, 2))
		return false;
	part->part = part->messages = part->octets = 0;
	part->first_time = INT64_MAX;
	part->last_time = INT64_MIN;
	step = sql_next(sql);
	if (step == SQL_ROW) {
		part->part = sql_get_integer(sql, 0);
		part->messages = sql_get_integer(sql, 1);
		part->first_time = sql_get_integer(sql, 2);
		part->last_time = sql_get_integer(sql, 3);
		part->octets = sql_get_integer(sql, 4);
		while ((step = sql_next(sql)) == SQL_ROW)
			;
	}
	sql_end(sql);
	part->day = day;
	part->host = store->host;
	part->known = step == SQL_END && terms_read(store);
	return part->known;
}

bool
part_is_full(const struct part *part, size_t terms)
{
	return part->messages >= PART_MESSAGES ||
	       part->terms + (int64_t)terms >= PART_TERMS;
}

/* A new block: those of an earlier process are not gone on with. */
static void
block_begin(struct part *part)
{
	part->block_place = part->messages;
	part->block_messages = part->block_octets = 0;
	buf_reset(&part->plain);
}

/* Makes store->part the one that the day's next message belongs to. */
static bool
part_ready(struct store *store, int64_t day)
{
	struct part *part = &store->part;

	if (!part->known || part->day != day || part->host != store->host) {
		if (!part_read(store, day))
			return false;
		block_begin(part);
	}
	if (part_is_full(part, 0)) {
		part->part++;
		part->messages = part->octets = part->terms = 0;
		memset(part->lists, 0, sizeof(part->lists));
		part->first_time = INT64_MAX;
		part->last_time = INT64_MIN;
		block_begin(part);
	}
	return true;
}

static bool
rows_write(struct store *store, const struct batch_message *const *message,
	   size_t n)
{
	const struct part *part = &store->part;
	int64_t changed;
	bool done = sql_bulk_begin(store->sql, &table_message, part->day);
	size_t i;

	for (i = 0; done && i < n; i++) {
		const struct sql_value values[] = {
		    sql_integer(part->day),
		    sql_integer(part->host),
		    sql_integer(part->part),
		    sql_integer(part->messages + (int64_t)i),
		    sql_integer(message[i]->time),
		    sql_text(message[i]->queue_id),
		    sql_text(message[i]->from_domain),
		    sql_text(message[i]->client),
		    sql_text(message[i]->action),
		    sql_text(message[i]->would),
		    sql_text(message[i]->rule),
		    sql_text(message[i]->shape),
		};

		done = sql_bulk_row(store->sql, values);
	}
	return done && sql_bulk_end(store->sql, &changed);
}

static bool
block_write(struct store *store)
{
	static const char text[] =
	    "INSERT INTO block (day, host, part, place, messages, octets) "
	    "VALUES ($1, $2, $3, $4, $5, $6) "
	    "ON CONFLICT (day, host, part, place) DO UPDATE "
	    "SET messages = excluded.messages, octets = excluded.octets";
	struct part *part = &store->part;
	struct sql_value values[6];

	if (part->block_messages == 0)
		return true;
	block_pack(store->block, buf_str(&part->plain), &store->octets);
	values[0] = sql_integer(part->day);
	values[1] = sql_integer(part->host);
	values[2] = sql_integer(part->part);
	values[3] = sql_integer(part->block_place);
	values[4] = sql_integer((int64_t)part->block_messages);
	values[5] = sql_blob(buf_str(&store->octets));
	part->octets += (int64_t)store->octets.n - (int64_t)part->block_octets;
	part->block_octets = store->octets.n;
	return sql_run(store->sql, text, values, 6, NULL);
}

static bool
block_is_full(const struct part *part)
{
	return part->block_messages >= BLOCK_MESSAGES ||
	       part->plain.n >= BLOCK_OCTETS;
}

/* The records into blocks; *posting_out gets each term with its block. */
static bool
records_write(struct store *store, const struct batch *batch,
	      const struct batch_message *const *message, size_t n,
	      uint64_t *posting_out)
{
	struct part *part = &store->part;
	size_t i, t, postings = 0;
	bool done = true;

	for (i = 0; done && i < n; i++) {
		if (block_is_full(part))
			block_begin(part);
		block_add(&part->plain, message[i]->record);
		part->block_messages++;
		part->messages++;
		for (t = 0; t < message[i]->terms; t++)
			posting_out[postings++] =
			    posting(batch->term[message[i]->term + t],
				    part->block_place);
		if (message[i]->time < part->first_time)
			part->first_time = message[i]->time;
		if (message[i]->time > part->last_time)
			part->last_time = message[i]->time;
		if (block_is_full(part) || i + 1 == n)
			done = block_write(store);
	}
	return done;
}

static bool
part_row_write(struct store *store)
{
	static const char text[] =
	    "INSERT INTO part (day, host, part, messages, first_time, "
	    "last_time, octets) VALUES ($1, $2, $3, $4, $5, $6, $7) "
	    "ON CONFLICT (day, host, part) DO UPDATE "
	    "SET messages = excluded.messages, "
	    "first_time = excluded.first_time, "
	    "last_time = excluded.last_time, octets = excluded.octets";
	const struct part *part = &store->part;
	const struct sql_value values[] = {
	    sql_integer(part->day),        sql_integer(part->host),
	    sql_integer(part->part),       sql_integer(part->messages),
	    sql_integer(part->first_time), sql_integer(part->last_time),
	    sql_integer(part->octets)};

	return sql_run(store->sql, text, values, 7, NULL);
}

/* As many as the part takes. */
static bool
part_add(struct store *store, const struct batch *batch,
	 const struct batch_message *const *message, size_t n)
{
	struct part *part = &store->part;
	const int64_t first = part->messages;
	size_t terms = 0, i;
	uint64_t *posting;
	bool done;

	for (i = 0; i < n; i++)
		terms += message[i]->terms;
	posting = mem_array(terms, sizeof(*posting));
	part->octets += (int64_t)n * MESSAGE_OCTETS;
	done = rows_write(store, message, n) &&
	       records_write(store, batch, message, n, posting);
	if (!done)
		free(posting);
	return done && terms_write(store, first, posting, terms) &&
	       part_row_write(store);
}

bool
part_write(struct store *store, const struct batch *batch,
	   const struct batch_message *const *message, size_t n, int64_t day)
{
	size_t at = 0, room;
	bool done = true;

	while (done && at < n) {
		done = part_ready(store, day);
		room = (size_t)(PART_MESSAGES - store->part.messages);
		if (room > n - at)
			room = n - at;
		done = done && part_add(store, batch, message + at, room);
		at += room;
	}
	return done;
}
