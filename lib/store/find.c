/* Reading back: by a term, or all of a time, part by part. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/parts.h"

struct part_name {
	int64_t day, host, part;
};

struct part_names {
	struct part_name *name;
	size_t count;
};

/* Read at once, which is little: other statements follow for each. */
static bool
parts_read(struct store *store, int64_t since, int64_t until,
	   struct part_names *names_out)
{
	static const char text[] = "SELECT day, host, part FROM part "
				   "WHERE last_time >= $1 AND first_time <= $2 "
				   "ORDER BY day, part, host";
	const struct sql_value values[] = {sql_integer(since),
					   sql_integer(until)};
	struct part_names names = {NULL, 0};
	struct sql *sql = store->sql;
	enum sql_step step;

	if (!sql_query(sql, text, values, 2))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		names.name = mem_resize(names.name, (names.count + 1) *
							sizeof(*names.name));
		names.name[names.count++] = (struct part_name){
		    sql_get_integer(sql, 0), sql_get_integer(sql, 1),
		    sql_get_integer(sql, 2)};
	}
	sql_end(sql);
	if (step == SQL_FAILED)
		free(names.name);
	else
		*names_out = names;
	return step != SQL_FAILED;
}

enum went { WENT_ON, WENT_STOPPED, WENT_WRONG };

/* Hands out the records of a block; store->part.plain is the writer's. */
static enum went
block_each(struct store *store, const struct part_name *name, int64_t place,
	   struct str octets, store_each *each, void *ctx)
{
	struct store_place at = {name->day, name->host, name->part, place};
	enum went went = WENT_ON;
	struct str rest, record;
	struct buf plain;

	buf_init(&plain, NULL);
	if (!block_unpack(store->block, octets, &plain)) {
		sql_fail(store->sql, SQL_CORRUPT,
			 "the block %lld/%lld/%lld/%lld is damaged; what "
			 "follows it was not read",
			 (long long)at.day, (long long)at.host,
			 (long long)at.part, (long long)at.place);
		went = WENT_WRONG;
	}
	rest = buf_str(&plain);
	while (went == WENT_ON && block_next(&rest, &record)) {
		if (!each(ctx, &at, record))
			went = WENT_STOPPED;
		at.place++;
	}
	buf_clear(&plain);
	return went;
}

#define BLOCKS_AT_ONCE 64

/* Where the next blocks with a term are; at most BLOCKS_AT_ONCE, downwards. */
static bool
places_read(struct store *store, const struct part_name *name, uint64_t hash,
	    int64_t before, int64_t *place_out, size_t *n_out)
{
	static const char text[] =
	    "SELECT place FROM term WHERE day = $1 AND host = $2 "
	    "AND part = $3 AND hash = $4 AND place < $5 "
	    "ORDER BY place DESC LIMIT 64";
	const struct sql_value values[] = {
	    sql_integer(name->day), sql_integer(name->host),
	    sql_integer(name->part), sql_integer((int64_t)hash),
	    sql_integer(before)};
	struct sql *sql = store->sql;
	enum sql_step step;

	*n_out = 0;
	if (!sql_query(sql, text, values, 5))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW && *n_out < BLOCKS_AT_ONCE)
		place_out[(*n_out)++] = sql_get_integer(sql, 0);
	sql_end(sql);
	return step != SQL_FAILED;
}

/* The block's octets, copied; false also where it went meanwhile: *octets_out
   is then empty. */
static bool
block_read(struct store *store, const struct part_name *name, int64_t place,
	   struct buf *octets_out)
{
	static const char text[] =
	    "SELECT octets FROM block WHERE day = $1 AND host = $2 "
	    "AND part = $3 AND place = $4";
	const struct sql_value values[] = {
	    sql_integer(name->day), sql_integer(name->host),
	    sql_integer(name->part), sql_integer(place)};
	struct sql *sql = store->sql;
	enum sql_step step;

	buf_reset(octets_out);
	if (!sql_query(sql, text, values, 4))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW)
		buf_add(octets_out, sql_get_octets(sql, 0));
	sql_end(sql);
	return step == SQL_END;
}

static enum went
block_visit(struct store *store, const struct part_name *name, int64_t place,
	    store_each *each, void *ctx)
{
	enum went went = WENT_ON;
	struct buf octets;

	buf_init(&octets, NULL);
	if (!block_read(store, name, place, &octets))
		went = WENT_WRONG;
	else if (octets.n)
		went =
		    block_each(store, name, place, buf_str(&octets), each, ctx);
	buf_clear(&octets);
	return went;
}

static enum went
part_find(struct store *store, const struct part_name *name, uint64_t hash,
	  store_each *each, void *ctx)
{
	int64_t place[BLOCKS_AT_ONCE], before = INT64_MAX;
	enum went went = WENT_ON;
	size_t i, n;

	do {
		if (!places_read(store, name, hash, before, place, &n))
			return WENT_WRONG;
		for (i = 0; went == WENT_ON && i < n; i++)
			went = block_visit(store, name, before = place[i], each,
					   ctx);
	} while (went == WENT_ON && n == BLOCKS_AT_ONCE);
	return went;
}

bool
store_find(struct store *store, const struct store_term *term, int64_t since,
	   int64_t until, store_each *each, void *ctx)
{
	const uint64_t hash = term_hash(&store->key, term);
	struct part_names names;
	enum went went = WENT_ON;
	size_t i;

	if (!parts_read(store, since, until, &names))
		return false;
	for (i = names.count; went == WENT_ON && i > 0; i--)
		went = part_find(store, &names.name[i - 1], hash, each, ctx);
	free(names.name);
	return went != WENT_WRONG;
}

/* The first block of the part from there on; -1: there is none. */
static bool
block_next_place(struct store *store, const struct part_name *name,
		 int64_t from, int64_t *place_out)
{
	static const char text[] =
	    "SELECT place FROM block WHERE day = $1 AND host = $2 "
	    "AND part = $3 AND place >= $4 ORDER BY place LIMIT 1";
	const struct sql_value values[] = {
	    sql_integer(name->day), sql_integer(name->host),
	    sql_integer(name->part), sql_integer(from)};

	return sql_get(store->sql, text, values, 4, -1, place_out);
}

bool
store_count(struct store *store, int64_t since, int64_t until,
	    int64_t *count_out)
{
	static const char text[] =
	    "SELECT CAST(sum(messages) AS bigint) FROM part "
	    "WHERE last_time >= $1 AND first_time <= $2";
	const struct sql_value values[] = {sql_integer(since),
					   sql_integer(until)};

	return sql_get(store->sql, text, values, 2, 0, count_out);
}

bool
store_scan(struct store *store, int64_t since, int64_t until, store_each *each,
	   void *ctx)
{
	struct part_names names;
	enum went went = WENT_ON;
	int64_t place;
	size_t i;

	if (!parts_read(store, since, until, &names))
		return false;
	for (i = 0; went == WENT_ON && i < names.count; i++)
		for (place = 0; went == WENT_ON; place++) {
			if (!block_next_place(store, &names.name[i], place,
					      &place))
				went = WENT_WRONG;
			else if (place < 0)
				break;
			else
				went = block_visit(store, &names.name[i], place,
						   each, ctx);
		}
	free(names.name);
	return went != WENT_WRONG;
}
