/* man/verdict-history.7: its queries run, and it has every table and column. */
#include <stdio.h>
#include <string.h>

#include "store/store.h"
#include "tests/support/store/store_world.h"
#include "tests/support/store/synthetic.h"

#define MANUAL "man/verdict-history.7"
#define QUERIES 6 /* at least */

static struct buf
manual_read(void)
{
	struct buf text;
	char part[4096];
	FILE *file = fopen(MANUAL, "r");
	size_t n;

	assert_non_null(file);
	buf_init(&text, NULL);
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		buf_add(&text, str_n(part, n));
	fclose(file);
	return text;
}

/* A store with mail of the manual's domain, some of it forged. */
static void
fill_store(void)
{
	struct sql_error error;
	struct store *store = store_open(store_world_url(), SQL_MAKE, &error);
	const struct synthetic mail = {1764547200, 60000};
	const struct journal_cursor from = {.journal = 1};
	const struct journal_cursor to = {1, 1, 1, 1};
	const struct str bank = STR("bank.example"),
			 text = STR("v=DMARC1; p=reject");
	struct store_message message;
	struct store_seen seen = {STR("_dmarc.bank.example"), {1}};
	struct verdict verdict;
	struct batch *batch;
	struct arena *arena;
	uint64_t i;

	if (!store)
		fail_msg("%s", error.text);
	batch = batch_new(store_key(store));
	batch_reset(batch, str_lit("mx.receiver.example"));
	for (i = 0; i < 200; i++) {
		arena = arena_new(NULL);
		synthetic_verdict(&mail, arena, i, &verdict);
		store_message_of(arena, &verdict, str_lit("record"), &message);
		message.from_domain = message.tally[TALLY_FROM_DOMAIN] =
		    message.tally[TALLY_POLICY_DOMAIN] = bank;
		message.would = i % 3 ? str_lit("reject") : str_empty();
		message.seen = &seen;
		message.seens = 1;
		batch_add_message(batch, &message);
		arena_free(arena);
	}
	batch_add_texts(batch, seen.digest, &text, 1, mail.begin);
	batch_add_gap(batch, &(struct batch_gap){mail.begin, 1, 2});
	batch_add_event(batch, &(struct batch_event){.time = mail.begin,
						     .what = str_lit("start")});
	if (!store_write(store, batch, &from, &to))
		fail_msg("%s", store_error(store)->text);
	batch_free(batch);
	store_close(store);
}

static void
run_query(struct sql *sql, const char *text)
{
	enum sql_step step;
	size_t rows = 0;

	if (!sql_query(sql, text, NULL, 0))
		fail_msg("%s: %s", sql_error(sql)->text, text);
	while ((step = sql_next(sql)) == SQL_ROW)
		rows++;
	if (step == SQL_FAILED)
		fail_msg("%s: %s", sql_error(sql)->text, text);
	sql_end(sql);
	if (rows == 0)
		fail_msg("no row: %s", text);
}

/* A statement is known by its address: each has its own. */
static void
its_queries_run(void **state)
{
	static const struct str begin = STR("\nSELECT "), end = STR("\n.Ed");
	struct buf manual = manual_read(), query[32];
	struct str rest = buf_str(&manual);
	struct sql *sql;
	size_t n = 0, at;

	(void)state;
	fill_store();
	sql = store_world_open(SQL_READ);
	for (at = 0; at + begin.n < rest.n; at++) {
		struct str here = str_from(rest, at);
		size_t length = 0;

		if (!str_starts(here, begin))
			continue;
		while (!str_starts(str_from(here, length), end))
			assert_true(++length < here.n);
		assert_true(n < sizeof(query) / sizeof(query[0]));
		buf_init(&query[n], NULL);
		buf_add(&query[n], str_first(here, length));
		run_query(sql, query[n++].p);
		at += length;
	}
	sql_close(sql);
	assert_in_range(n, QUERIES, sizeof(query) / sizeof(query[0]));
	while (n > 0)
		buf_clear(&query[--n]);
	buf_clear(&manual);
}

/* The words of the items below .Ss TABLE, each with a blank on both sides. */
static bool
section_of(struct str manual, struct str table, struct buf *out)
{
	struct str rest = manual, line;
	bool inside = false, found = false;

	buf_reset(out);
	while (str_split(&rest, '\n', &line)) {
		if (str_starts(line, str_lit(".Ss ")) ||
		    str_starts(line, str_lit(".Sh "))) {
			inside = str_eq(str_from(line, 4), table);
			found = found || inside;
		} else if (inside && str_starts(line, str_lit(".It Va "))) {
			buf_add(out, str_from(line, 6));
			buf_addc(out, ' ');
		}
	}
	return found;
}

static void
every_column_is_in_it(void **state)
{
	static const char sqlite[] =
	    "SELECT m.name, c.name FROM sqlite_schema m, "
	    "pragma_table_info(m.name) c WHERE m.type IN ('table', 'view')";
	static const char pgsql[] =
	    "SELECT table_name, column_name FROM information_schema.columns "
	    "WHERE table_schema = 'verdict' "
	    "AND table_name NOT LIKE '%\\_204%'";
	struct buf manual = manual_read(), section, word;
	size_t columns = 0;
	struct sql *sql;

	(void)state;
	fill_store();
	sql = store_world_open(SQL_READ);
	buf_init(&section, NULL);
	buf_init(&word, NULL);
	assert_true(sql_query(
	    sql, store_world_engine() == ENGINE_SQLITE ? sqlite : pgsql, NULL,
	    0));
	while (sql_next(sql) == SQL_ROW) {
		struct str table = sql_get_octets(sql, 0);

		columns++;
		if (!section_of(buf_str(&manual), table, &section))
			fail_msg(MANUAL " lacks the table %.*s",
				 STR_ARG(table));
		buf_reset(&word);
		buf_addc(&word, ' ');
		buf_add(&word, sql_get_octets(sql, 1));
		buf_addc(&word, ' ');
		if (!strstr(section.p, word.p))
			fail_msg(MANUAL " lacks the column%sof %.*s", word.p,
				 STR_ARG(table));
	}
	assert_true(columns > 90);
	sql_close(sql);
	buf_clear(&section);
	buf_clear(&word);
	buf_clear(&manual);
}

static const struct CMUnitTest manual_tests[] = {
    STORE_TEST(its_queries_run),
    STORE_TEST(every_column_is_in_it),
};

int
main(void)
{
	return store_world_main(manual_tests);
}
