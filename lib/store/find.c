/* Reading back: by a term, or all of a time, part by part. */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/parts.h"

enum went { WENT_ON, WENT_STOPPED, WENT_WRONG };

/* Of the store's file, or of a table: what else there is can be read. */
static bool
is_damaged(const struct store *store)
{
	return sql_error(store->sql)->trouble == SQL_CORRUPT;
}

static void
leave_out(struct store *store, int64_t messages)
{
	store->unread.blocks++;
	store->unread.messages += messages > 0 ? (uint64_t)messages : 0;
}

/* --- blocks --- */

static void
block_parameters(const struct store_place *at, struct sql_value values[4])
{
	values[0] = sql_integer(at->day);
	values[1] = sql_integer(at->host);
	values[2] = sql_integer(at->part);
	values[3] = sql_integer(at->place);
}

/* What a damaged store says is believed within the bounds of a part alone. */
static int64_t
bounded(int64_t messages)
{
	return messages < 0               ? 0
	       : messages > PART_MESSAGES ? PART_MESSAGES
					  : messages;
}

bool
block_read(struct store *store, struct stored_block *block)
{
	static const char text[] =
	    "SELECT place, messages, octets FROM block WHERE day = $1 "
	    "AND host = $2 AND part = $3 AND place >= $4 AND place < $5 "
	    "ORDER BY place LIMIT 1";
	struct sql *sql = store->sql;
	struct sql_value values[5];
	enum sql_step step;

	buf_reset(&block->octets);
	block_parameters(&block->at, values);
	values[4] = sql_integer(PART_MESSAGES);
	if (!sql_query(sql, text, values, 5))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		block->at.place = sql_get_integer(sql, 0);
		block->messages = bounded(sql_get_integer(sql, 1));
		buf_add(&block->octets, sql_get_octets(sql, 2));
	}
	sql_end(sql);
	return step == SQL_END;
}

/* Hands out its records. */
static enum went
block_each(struct store *store, const struct stored_block *block,
	   store_each *each, void *ctx)
{
	struct store_place at = block->at;
	const int64_t end = at.place + block->messages;
	enum went went = WENT_ON;
	struct str rest, record;
	struct buf plain;

	buf_init(&plain, NULL);
	if (!block_unpack(store->block, buf_str(&block->octets), &plain))
		leave_out(store, block->messages);
	rest = buf_str(&plain);
	while (went == WENT_ON && block_next(&rest, &record)) {
		/* An empty one was removed. */
		if (record.n && !each(ctx, &at, record))
			went = WENT_STOPPED;
		at.place++;
	}
	if (went == WENT_ON && rest.n)
		leave_out(store, end - at.place);
	buf_clear(&plain);
	return went;
}

/* --- by a term --- */

struct places {
	struct store_place *place;
	size_t n;
};

static void
place_add(struct places *places, const struct store_place *place)
{
	if ((places->n & (places->n - 1)) == 0)
		places->place =
		    mem_resize(places->place, (places->n ? places->n * 2 : 1) *
						  sizeof(*place));
	places->place[places->n++] = *place;
}

/* The places of blocks in a page with this hash; part: where the page is. */
static void
page_look(struct store *store, struct str octets, uint64_t hash,
	  const struct store_place *part, struct places *out)
{
	const uint64_t wanted = posting_hash(posting(hash, 0));
	struct store_place place = *part;
	uint64_t last = 0;
	bool more = true;
	struct str rest;
	struct buf plain;

	place.place = -1;
	buf_init(&plain, NULL);
	if (!block_unpack(store->block, octets, &plain))
		store->unread.pages++;
	rest = buf_str(&plain);
	while (more && posting_hash(last) <= wanted) {
		more = page_next(&rest, &last);
		/* They are in order; a page that says one again is damaged. */
		if (more && posting_hash(last) == wanted &&
		    posting_place(last) != place.place) {
			place.place = posting_place(last);
			place_add(out, &place);
		}
	}
	if (!more && rest.n)
		store->unread.pages++;
	buf_clear(&plain);
}

/* In one statement over all parts: few octets are read of each. */
static bool
places_read(struct store *store, uint64_t hash, int64_t since, int64_t until,
	    struct places *out)
{
	static const char text[] =
	    "SELECT t.day, t.host, t.part, t.octets "
	    "FROM part p CROSS JOIN term t WHERE p.last_time >= $1 "
	    "AND p.first_time <= $2 AND t.day = p.day AND t.host = p.host "
	    "AND t.part = p.part AND t.page IN ($3, $4, $5)";
	struct sql_value values[2 + PAGES_OF_TERM] = {sql_integer(since),
						      sql_integer(until)};
	int64_t page[PAGES_OF_TERM];
	struct sql *sql = store->sql;
	struct store_place part = {0};
	enum sql_step step;
	size_t i;

	pages_of_term(hash, page);
	for (i = 0; i < PAGES_OF_TERM; i++)
		values[2 + i] = sql_integer(page[i]);
	if (!sql_query(sql, text, values, 2 + PAGES_OF_TERM))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		part.day = sql_get_integer(sql, 0);
		part.host = sql_get_integer(sql, 1);
		part.part = sql_get_integer(sql, 2);
		page_look(store, sql_get_octets(sql, 3), hash, &part, out);
	}
	sql_end(sql);
	return step == SQL_END;
}

/* The newest first; hosts side by side. */
static int
by_place(const void *a, const void *b)
{
	const struct store_place *one = a, *two = b;

	if (one->day != two->day)
		return one->day > two->day ? -1 : 1;
	if (one->part != two->part)
		return one->part > two->part ? -1 : 1;
	if (one->host != two->host)
		return one->host > two->host ? -1 : 1;
	return (one->place < two->place) - (one->place > two->place);
}

/* A block that went meanwhile is no trouble. */
static enum went
place_visit(struct store *store, const struct store_place *place,
	    store_each *each, void *ctx)
{
	struct stored_block block = {.at = *place};
	enum went went = WENT_ON;

	buf_init(&block.octets, NULL);
	if (!block_read(store, &block)) {
		went = is_damaged(store) ? WENT_ON : WENT_WRONG;
		if (went == WENT_ON)
			leave_out(store, 1);
	} else if (block.octets.n && block.at.place == place->place) {
		went = block_each(store, &block, each, ctx);
	}
	buf_clear(&block.octets);
	return went;
}

bool
store_find(struct store *store, const struct store_term *term, int64_t since,
	   int64_t until, store_each *each, void *ctx)
{
	const uint64_t hash = term_hash(&store->key, term);
	struct places places = {NULL, 0};
	enum went went = WENT_ON;
	size_t i;

	if (!places_read(store, hash, since, until, &places)) {
		if (is_damaged(store))
			store->unread.pages++;
		else
			went = WENT_WRONG;
	}
	if (places.n)
		qsort(places.place, places.n, sizeof(*places.place), by_place);
	for (i = 0; went == WENT_ON && i < places.n; i++)
		/* A term may stand for a block in several lists. */
		if (i == 0 ||
		    by_place(&places.place[i - 1], &places.place[i]) != 0)
			went = place_visit(store, &places.place[i], each, ctx);
	free(places.place);
	return went != WENT_WRONG;
}

/* --- all of a time --- */

bool
parts_read(struct store *store, int64_t since, int64_t until,
	   struct part_names *names_out)
{
	static const char text[] = "SELECT day, host, part, messages FROM part "
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
		    sql_get_integer(sql, 2), sql_get_integer(sql, 3)};
	}
	sql_end(sql);
	if (step == SQL_FAILED)
		free(names.name);
	else
		*names_out = names;
	return step != SQL_FAILED;
}

/* Where the first block after that place begins: the key alone is read.  False:
   there is none, or none can be found. */
static bool
block_after(struct store *store, const struct store_place *at,
	    int64_t *place_out)
{
	static const char text[] =
	    "SELECT place FROM block WHERE day = $1 AND host = $2 "
	    "AND part = $3 AND place > $4 ORDER BY place LIMIT 1";
	struct sql_value values[4];
	int64_t place;

	block_parameters(at, values);
	if (!sql_get(store->sql, text, values, 4, -1, &place) || place < 0)
		return false;
	*place_out = place;
	return true;
}

/* The first one from there on cannot be read.  at: where the next one is;
   false: there is none. */
static bool
block_skip(struct store *store, const struct part_name *name,
	   struct store_place *at)
{
	int64_t from = at->place, next;
	bool more;

	at->place--;
	(void)block_after(store, at, &from);
	at->place = from;
	more = block_after(store, at, &next);
	leave_out(store, (more ? next : name->messages) - from);
	if (more)
		at->place = next;
	return more;
}

static enum went
part_scan(struct store *store, const struct part_name *name, store_each *each,
	  void *ctx)
{
	struct stored_block block = {
	    {name->day, name->host, name->part, 0}, 0, {NULL, NULL, 0, 0}};
	enum went went = WENT_ON;
	bool more = true;

	while (went == WENT_ON && more) {
		if (block_read(store, &block)) {
			more = block.octets.n > 0;
			if (more)
				went = block_each(store, &block, each, ctx);
			block.at.place++;
		} else if (is_damaged(store)) {
			more = block_skip(store, name, &block.at);
		} else {
			went = WENT_WRONG;
		}
	}
	buf_clear(&block.octets);
	return went;
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
	size_t i;

	if (!parts_read(store, since, until, &names))
		return false;
	for (i = 0; went == WENT_ON && i < names.count; i++)
		went = part_scan(store, &names.name[i], each, ctx);
	free(names.name);
	return went != WENT_WRONG;
}

/* The last block of at's part before that place; -1: there is none. */
static bool
block_before(struct store *store, const struct store_place *at,
	     int64_t *place_out)
{
	static const char text[] =
	    "SELECT place FROM block WHERE day = $1 AND host = $2 "
	    "AND part = $3 AND place < $4 ORDER BY place DESC LIMIT 1";
	struct sql_value values[4];

	block_parameters(at, values);
	return sql_get(store->sql, text, values, 4, -1, place_out);
}

static enum went
part_newest(struct store *store, const struct part_name *name, store_each *each,
	    void *ctx)
{
	struct store_place at = {name->day, name->host, name->part, INT64_MAX};
	enum went went = WENT_ON;

	while (went == WENT_ON && at.place > 0) {
		if (block_before(store, &at, &at.place)) {
			if (at.place >= 0)
				went = place_visit(store, &at, each, ctx);
		} else if (is_damaged(store)) {
			/* Its order is not to be had. */
			leave_out(store, at.place < name->messages
					     ? at.place
					     : name->messages);
			at.place = 0;
		} else {
			went = WENT_WRONG;
		}
	}
	return went;
}

bool
store_newest(struct store *store, int64_t since, int64_t until,
	     store_each *each, void *ctx)
{
	struct part_names names;
	enum went went = WENT_ON;
	size_t i;

	if (!parts_read(store, since, until, &names))
		return false;
	for (i = names.count; went == WENT_ON && i > 0; i--)
		went = part_newest(store, &names.name[i - 1], each, ctx);
	free(names.name);
	return went != WENT_WRONG;
}

/* --- what could not be read --- */

void
store_unread(const struct store *store, struct store_unread *unread_out)
{
	*unread_out = store->unread;
}

const char *
store_unread_text(struct store *store)
{
	const struct store_unread *unread = &store->unread;

	if (unread->blocks + unread->pages == 0)
		return NULL;
	snprintf(
	    store->unread_text, sizeof(store->unread_text),
	    "%s: damaged: %llu blocks of records (%llu messages left out), "
	    "%llu pages of the index; look at the disk and at the log",
	    sql_name(store->sql), (unsigned long long)unread->blocks,
	    (unsigned long long)unread->messages,
	    (unsigned long long)unread->pages);
	return store->unread_text;
}
