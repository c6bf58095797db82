#include "store/remove.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/record.h"
#include "store/driver.h"
#include "store/parts.h"

/* --- nobody else writes --- */

bool
store_claim_all(struct store *store)
{
	struct sql *sql = store->sql;
	uint64_t *journal = NULL;
	enum sql_step step;
	size_t n = 0, i;
	bool done;

	if (!sql_query(sql, "SELECT journal FROM cursor", NULL, 0))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		journal = mem_resize(journal, (n + 1) * sizeof(*journal));
		journal[n++] = (uint64_t)sql_get_integer(sql, 0);
	}
	sql_end(sql);
	done = step == SQL_END;
	for (i = 0; done && i < n; i++)
		done = store_claim(store, journal[i]);
	free(journal);
	return done;
}

/* --- postings --- */

struct list {
	uint64_t *number;
	size_t n, room;
};

static void
list_add(struct list *list, uint64_t number)
{
	if (list->n == list->room) {
		list->room = list->room ? 2 * list->room : 256;
		list->number = mem_resize(list->number,
					  list->room * sizeof(*list->number));
	}
	list->number[list->n++] = number;
}

static int
by_number(const void *a, const void *b)
{
	const uint64_t *one = a, *two = b;

	return (*one > *two) - (*one < *two);
}

static void
list_sort(struct list *list)
{
	if (list->n)
		qsort(list->number, list->n, sizeof(*list->number), by_number);
}

/* Of one that is sorted. */
static bool
list_has(const struct list *list, uint64_t number)
{
	return list->n && bsearch(&number, list->number, list->n,
				  sizeof(number), by_number) != NULL;
}

/* --- one part --- */

struct work {
	struct store *store;
	const struct store_removal *removal;
	struct store_removed *removed;
	struct arena *arena;
	uint64_t looked_at;
	struct list postings; /* of the part, that lead to nothing any more */
};

static bool
is_wanted(struct work *work, struct str record, struct verdict *verdict)
{
	uint32_t context;

	if ((++work->looked_at & 0xfff) == 0 && work->removal->step)
		work->removal->step(work->removal->ctx, work->looked_at);
	arena_reset(work->arena);
	return record.n &&
	       record_unpack_to_decide(work->arena, record, verdict,
				       &context) == NULL &&
	       work->removal->wants(work->removal->ctx, verdict);
}

static void
add_terms(struct work *work, const struct verdict *verdict, int64_t place,
	  struct list *list)
{
	struct store_message message;
	size_t i;

	store_message_of(work->arena, verdict, str_empty(), &message);
	for (i = 0; i < message.terms; i++)
		list_add(list,
			 posting(term_hash(&work->store->key, &message.term[i]),
				 place));
}

static bool
row_delete(struct store *store, const struct store_place *at)
{
	static const char text[] =
	    "DELETE FROM message WHERE day = $1 AND host = $2 "
	    "AND part = $3 AND place = $4";
	const struct sql_value values[] = {
	    sql_integer(at->day), sql_integer(at->host), sql_integer(at->part),
	    sql_integer(at->place)};

	return sql_run(store->sql, text, values, 4, NULL);
}

static bool
block_replace(struct store *store, const struct store_place *at,
	      struct str plain)
{
	static const char text[] =
	    "UPDATE block SET octets = $1 WHERE day = $2 AND host = $3 "
	    "AND part = $4 AND place = $5";

	block_pack(store->block, plain, &store->octets);
	const struct sql_value values[] = {
	    sql_blob(buf_str(&store->octets)), sql_integer(at->day),
	    sql_integer(at->host), sql_integer(at->part),
	    sql_integer(at->place)};
	return sql_run(store->sql, text, values, 5, NULL);
}

/* What its messages that stay are found by stays. */
static bool
block_cut(struct work *work, const struct store_place *block, struct str plain)
{
	struct list gone = {NULL, 0, 0}, kept = {NULL, 0, 0};
	struct store_place at = *block;
	struct verdict verdict;
	struct str record;
	struct buf fresh;
	bool done = true;
	uint32_t context;
	size_t i;

	buf_init(&fresh, NULL);
	for (; done && block_next(&plain, &record); at.place++) {
		const bool wanted = is_wanted(work, record, &verdict);

		block_add(&fresh, wanted ? str_empty() : record);
		if (wanted)
			done = row_delete(work->store, &at);
		else if (record_unpack_to_decide(work->arena, record, &verdict,
						 &context) != NULL)
			continue;
		add_terms(work, &verdict, block->place, wanted ? &gone : &kept);
	}
	list_sort(&kept);
	for (i = 0; i < gone.n; i++)
		if (!list_has(&kept, gone.number[i]))
			list_add(&work->postings, gone.number[i]);
	done = done && block_replace(work->store, block, buf_str(&fresh));
	buf_clear(&fresh);
	free(gone.number);
	free(kept.number);
	return done;
}

static bool
block_look(struct work *work, const struct stored_block *block)
{
	struct verdict verdict;
	struct str rest, record;
	uint64_t wanted = 0;
	struct buf plain;
	bool done = true;

	buf_init(&plain, NULL);
	if (!block_unpack(work->store->block, buf_str(&block->octets), &plain))
		work->store->unread.blocks++;
	rest = buf_str(&plain);
	while (block_next(&rest, &record))
		wanted += is_wanted(work, record, &verdict);
	work->removed->messages += wanted;
	if (wanted && !work->removal->counts_only)
		done = block_cut(work, &block->at, buf_str(&plain));
	buf_clear(&plain);
	return done;
}

/* --- the index of a part --- */

struct page {
	int64_t page, list;
	struct buf octets;
};

struct pages {
	struct page *page;
	size_t n;
};

static bool
pages_read(struct store *store, const struct part_name *name,
	   struct pages *pages)
{
	static const char text[] = "SELECT page, list, octets FROM term "
				   "WHERE day = $1 AND host = $2 AND part = $3";
	const struct sql_value values[] = {sql_integer(name->day),
					   sql_integer(name->host),
					   sql_integer(name->part)};
	struct sql *sql = store->sql;
	enum sql_step step;

	if (!sql_query(sql, text, values, 3))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		struct page *page;

		pages->page =
		    mem_resize(pages->page, (pages->n + 1) * sizeof(*page));
		page = &pages->page[pages->n++];
		page->page = sql_get_integer(sql, 0);
		page->list = sql_get_integer(sql, 1);
		buf_init(&page->octets, NULL);
		buf_add(&page->octets, sql_get_octets(sql, 2));
	}
	sql_end(sql);
	return step == SQL_END;
}

static void
pages_clear(struct pages *pages)
{
	size_t i;

	for (i = 0; i < pages->n; i++)
		buf_clear(&pages->page[i].octets);
	free(pages->page);
}

static bool
page_replace(struct store *store, const struct part_name *name,
	     const struct page *page, struct str plain, size_t postings)
{
	static const char text[] =
	    "UPDATE term SET octets = $1, terms = $2 WHERE day = $3 "
	    "AND host = $4 AND part = $5 AND page = $6 AND list = $7";

	block_pack(store->block, plain, &store->octets);
	const struct sql_value values[] = {sql_blob(buf_str(&store->octets)),
					   sql_integer((int64_t)postings),
					   sql_integer(name->day),
					   sql_integer(name->host),
					   sql_integer(name->part),
					   sql_integer(page->page),
					   sql_integer(page->list)};
	return sql_run(store->sql, text, values, 7, NULL);
}

static bool
page_cut(struct work *work, const struct part_name *name,
	 const struct page *page)
{
	struct store *store = work->store;
	uint64_t last = 0, written = 0;
	size_t postings = 0, gone = 0;
	struct buf plain, fresh;
	bool done = true;
	struct str rest;

	buf_init(&plain, NULL);
	buf_init(&fresh, NULL);
	if (!block_unpack(store->block, buf_str(&page->octets), &plain))
		store->unread.pages++;
	rest = buf_str(&plain);
	while (page_next(&rest, &last)) {
		if (list_has(&work->postings, last)) {
			gone++;
			continue;
		}
		page_add(&fresh, &written, last);
		postings++;
	}
	if (gone)
		done =
		    page_replace(store, name, page, buf_str(&fresh), postings);
	buf_clear(&plain);
	buf_clear(&fresh);
	return done;
}

static bool
index_cut(struct work *work, const struct part_name *name)
{
	struct pages pages = {NULL, 0};
	bool done = pages_read(work->store, name, &pages);
	size_t i;

	list_sort(&work->postings);
	for (i = 0; done && i < pages.n; i++)
		done = page_cut(work, name, &pages.page[i]);
	pages_clear(&pages);
	return done;
}

/* --- all parts --- */

static bool
part_look(struct work *work, const struct part_name *name)
{
	struct stored_block block = {
	    .at = {name->day, name->host, name->part, 0}};
	bool more = true, done = true;

	work->postings.n = 0;
	while (done && more) {
		done = block_read(work->store, &block);
		more = done && block.octets.n > 0;
		if (more)
			done = block_look(work, &block);
		block.at.place++;
	}
	buf_clear(&block.octets);
	return done && (work->postings.n == 0 || index_cut(work, name));
}

static bool
parts_look(struct work *work)
{
	const bool writes = !work->removal->counts_only;
	struct sql *sql = work->store->sql;
	struct part_names names;
	bool done = true;
	size_t i;

	if (!parts_read(work->store, INT64_MIN, INT64_MAX, &names))
		return false;
	for (i = 0; done && i < names.count; i++) {
		done = (!writes || sql_begin(sql)) &&
		       part_look(work, &names.name[i]) &&
		       (!writes || sql_commit(sql));
		if (!done)
			sql_rollback(sql);
	}
	free(names.name);
	return done;
}

/* --- a domain's counts and names --- */

/* Of the domain $1, or below it: $2 is it with a dot before it. */
#define IS_OF(column)                                                         \
	"(" column " = CAST($1 AS text) OR substr(" column ", length(" column \
	") - length(CAST($2 AS text)) + 1) = CAST($2 AS text))"
#define KEYS                                                                  \
	"SELECT key FROM tally_key WHERE " IS_OF("from_domain") " OR " IS_OF( \
	    "mail_from")

static bool
of_domain(struct store *store, bool removes, struct str domain,
	  struct store_removed *removed)
{
	static const char count[] =
	    "SELECT count(*) FROM tally WHERE key IN (" KEYS ")";
	static const char names[] =
	    "SELECT count(*) FROM dns_seen WHERE " IS_OF("name");
	static const char *const remove[] = {
	    "DELETE FROM tally WHERE key IN (" KEYS ")",
	    "DELETE FROM tally_day WHERE key IN (" KEYS ")",
	    "DELETE FROM tally_key WHERE " IS_OF("from_domain") " OR " IS_OF(
		"mail_from"),
	    "DELETE FROM dns_text WHERE digest IN (SELECT digest FROM dns_seen "
	    "WHERE " IS_OF("name") ") AND digest NOT IN (SELECT digest FROM "
				   "dns_seen WHERE NOT " IS_OF("name") ")",
	    "DELETE FROM dns_seen WHERE " IS_OF("name"),
	};
	struct arena *arena = arena_new(NULL);
	const struct sql_value values[] = {
	    sql_text(domain),
	    sql_text(arena_printf(arena, ".%.*s", STR_ARG(domain)))};
	int64_t counts = 0, seen = 0;
	bool done;
	size_t i;

	done = sql_get(store->sql, count, values, 2, 0, &counts) &&
	       sql_get(store->sql, names, values, 2, 0, &seen);
	for (i = 0; done && removes && i < sizeof(remove) / sizeof(*remove);
	     i++)
		done = sql_run(store->sql, remove[i], values, 2, NULL);
	removed->counts += (uint64_t)counts;
	removed->names += (uint64_t)seen;
	arena_free(arena);
	return done;
}

static bool
domain_look(struct work *work)
{
	const struct store_removal *removal = work->removal;
	struct sql *sql = work->store->sql;
	bool done;

	if (removal->domain.n == 0)
		return true;
	if (removal->counts_only)
		return of_domain(work->store, false, removal->domain,
				 work->removed);
	done = sql_begin(sql) &&
	       of_domain(work->store, true, removal->domain, work->removed) &&
	       sql_commit(sql);
	if (!done)
		sql_rollback(sql);
	return done;
}

static bool
script(struct sql *sql, const char *text)
{
	return text == NULL || sql_script(sql, text);
}

bool
store_remove(struct store *store, const struct store_removal *removal,
	     struct store_removed *removed_out)
{
	const struct sql_driver *driver = store->sql->driver;
	const bool writes = !removal->counts_only;
	struct store_removed removed = {0};
	struct work work = {.store = store,
			    .removal = removal,
			    .removed = &removed,
			    .arena = arena_new(NULL)};
	bool done;

	done = (!writes || script(store->sql, driver->wipe_begin)) &&
	       parts_look(&work) && domain_look(&work) &&
	       (!writes || script(store->sql, driver->wipe_end));
	store_forget(store);
	free(work.postings.number);
	arena_free(work.arena);
	*removed_out = removed;
	return done;
}
