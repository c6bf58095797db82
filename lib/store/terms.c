/*
 * The index of terms of the part that grows: lists of postings, in pages
 * (posting.h), that are merged as they become many.  So feeding touches no page
 * for a single term, and who looks for one reads a few pages of each part.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/parts.h"

/* Of so many lists of a level one of the next is made: each posting is written
   once a level, and a part has at most so many less one a level. */
#define LISTS 8
/* The level of the list of a part that is full. */
#define LEVEL_WHOLE (LEVELS - 1)

struct postings {
	uint64_t *posting;
	size_t n;
};

struct term_list {
	int64_t number, level;
};

bool
terms_read(struct store *store)
{
	static const char text[] =
	    "SELECT level, count(DISTINCT list), "
	    "CAST(sum(terms) AS bigint) FROM term "
	    "WHERE day = $1 AND host = $2 AND part = $3 GROUP BY level";
	struct part *part = &store->part;
	const struct sql_value values[] = {sql_integer(part->day),
					   sql_integer(part->host),
					   sql_integer(part->part)};
	struct sql *sql = store->sql;
	enum sql_step step;
	int64_t level;

	memset(part->lists, 0, sizeof(part->lists));
	part->terms = 0;
	if (!sql_query(sql, text, values, 3))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		level = sql_get_integer(sql, 0);
		if (level >= 0 && level < LEVELS)
			part->lists[level] = sql_get_integer(sql, 1);
		part->terms += sql_get_integer(sql, 2);
	}
	sql_end(sql);
	return step == SQL_END;
}

/* What is damaged is left out: whoever scans finds the records all the same. */
static void
page_take(struct store *store, struct str octets, struct postings *out)
{
	struct str rest;
	struct buf plain;
	uint64_t last = 0;
	/* None is shorter than 3 octets. */
	size_t most;

	buf_init(&plain, NULL);
	if (!block_unpack(store->block, octets, &plain))
		store->unread.pages++;
	rest = buf_str(&plain);
	most = rest.n / 3;
	out->posting = mem_resize(out->posting,
				  (out->n + most + 1) * sizeof(*out->posting));
	while (page_next(&rest, &last))
		out->posting[out->n++] = last;
	if (rest.n)
		store->unread.pages++;
	buf_clear(&plain);
}

/* Takes the lists of these levels out of the store. */
static bool
lists_take(struct store *store, int64_t from, int64_t to, struct postings *out)
{
	static const char select[] =
	    "SELECT octets, list, terms FROM term WHERE day = $1 AND "
	    "host = $2 AND part = $3 AND level >= $4 AND level <= $5";
	static const char delete[] =
	    "DELETE FROM term WHERE day = $1 AND host = $2 AND part = $3 "
	    "AND level >= $4 AND level <= $5";
	struct part *part = &store->part;
	const struct sql_value values[] = {
	    sql_integer(part->day), sql_integer(part->host),
	    sql_integer(part->part), sql_integer(from), sql_integer(to)};
	struct sql *sql = store->sql;
	enum sql_step step;

	if (!sql_query(sql, select, values, 5))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		page_take(store, sql_get_octets(sql, 0), out);
		part->octets -= (int64_t)sql_get_octets(sql, 0).n;
		part->terms -= sql_get_integer(sql, 2);
	}
	sql_end(sql);
	return step == SQL_END && sql_run(sql, delete, values, 5, NULL);
}

static bool
page_write(struct store *store, const struct term_list *list, int64_t page,
	   const uint64_t *posting, size_t n)
{
	struct part *part = &store->part;
	struct sql_value values[8];
	struct buf plain;
	uint64_t last = 0;
	size_t i;

	buf_init(&plain, NULL);
	for (i = 0; i < n; i++)
		page_add(&plain, &last, posting[i]);
	block_pack(store->block, buf_str(&plain), &store->octets);
	buf_clear(&plain);
	part->octets += (int64_t)store->octets.n;
	part->terms += (int64_t)n;
	values[0] = sql_integer(part->day);
	values[1] = sql_integer(part->host);
	values[2] = sql_integer(part->part);
	values[3] = sql_integer(page);
	values[4] = sql_integer(list->number);
	values[5] = sql_integer(list->level);
	values[6] = sql_integer((int64_t)n);
	values[7] = sql_blob(buf_str(&store->octets));
	return sql_bulk_row(store->sql, values);
}

static bool
list_write(struct store *store, const struct term_list *list,
	   const struct postings *postings)
{
	const unsigned bits = page_bits(postings->n);
	bool done = sql_bulk_begin(store->sql, &table_term, store->part.day);
	size_t at = 0, n;
	int64_t changed;

	while (done && at < postings->n) {
		const uint64_t *first = postings->posting + at;
		const int64_t page = page_number(bits, *first);

		for (n = 1; at + n < postings->n &&
			    page_number(bits, first[n]) == page;
		     n++)
			;
		done = page_write(store, list, page, first, n);
		at += n;
	}
	return done && sql_bulk_end(store->sql, &changed);
}

bool
terms_write(struct store *store, int64_t first, uint64_t *posting, size_t n)
{
	struct part *part = &store->part;
	struct term_list list = {first, 0};
	struct postings all = {posting, n};
	bool done = true;

	if (part_is_full(part, n)) {
		list.level = LEVEL_WHOLE;
		done = lists_take(store, 0, LEVEL_WHOLE, &all);
		memset(part->lists, 0, sizeof(part->lists));
	}
	while (done && list.level < LEVEL_WHOLE &&
	       part->lists[list.level] + 1 >= LISTS) {
		done = lists_take(store, list.level, list.level, &all);
		part->lists[list.level++] = 0;
	}
	all.n = postings_sort(all.posting, all.n);
	part->lists[list.level]++;
	done = done && list_write(store, &list, &all);
	free(all.posting);
	return done;
}
