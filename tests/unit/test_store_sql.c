/* The two databases behind store/sql.h: the same calls, the same results. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/store/pg_server.h"
#include "tests/support/store/store_world.h"

static const char insert[] = "INSERT INTO thing (a, b, c) VALUES ($1, $2, $3)";
static const char all[] = "SELECT a, b, c FROM thing ORDER BY a";

static struct sql *
open_with_thing(void)
{
	struct sql *sql = store_world_open(SQL_MAKE);

	assert_true(sql_script(sql, "CREATE TABLE thing (a bigint NOT NULL "
				    "PRIMARY KEY, b text, c bytea)"));
	return sql;
}

static void
insert_thing(struct sql *sql, int64_t a, const char *b, struct str c)
{
	const struct sql_value values[] = {sql_integer(a), sql_text(str_of(b)),
					   sql_blob(c)};
	int64_t changed = 0;

	assert_true(sql_run(sql, insert, values, 3, &changed));
	assert_int_equal(changed, 1);
}

static void
values_come_back(void **state)
{
	static const char octets[] = "\0\1\2'\"\xff\n";
	struct sql *sql = open_with_thing();

	(void)state;
	insert_thing(sql, INT64_MIN, "it's; DROP TABLE thing --",
		     str_n(octets, sizeof(octets)));
	insert_thing(sql, -1, "", str_empty());
	insert_thing(sql, INT64_MAX, "\xc3\xa4", str_lit("x"));
	assert_true(sql_query(sql, all, NULL, 0));
	assert_int_equal(sql_next(sql), SQL_ROW);
	assert_true(sql_get_integer(sql, 0) == INT64_MIN);
	assert_str(sql_get_octets(sql, 1), "it's; DROP TABLE thing --");
	assert_int_equal(sql_get_octets(sql, 2).n, sizeof(octets));
	assert_memory_equal(sql_get_octets(sql, 2).p, octets, sizeof(octets));
	assert_int_equal(sql_next(sql), SQL_ROW);
	assert_true(sql_get_integer(sql, 0) == -1);
	assert_int_equal(sql_get_octets(sql, 1).n, 0);
	assert_int_equal(sql_get_octets(sql, 2).n, 0);
	assert_int_equal(sql_next(sql), SQL_ROW);
	assert_true(sql_get_integer(sql, 0) == INT64_MAX);
	assert_str(sql_get_octets(sql, 1), "\xc3\xa4");
	assert_int_equal(sql_next(sql), SQL_END);
	sql_end(sql);
	sql_close(sql);
}

/* PostgreSQL would refuse it, and all that stands in the same transaction. */
static void
text_that_is_none(void **state)
{
	struct sql *sql = open_with_thing();
	const struct sql_value values[] = {
	    sql_integer(1), sql_text(str_lit("ab\0cd")), sql_blob(str_empty())};
	const struct sql_value other[] = {sql_integer(2),
					  sql_text(str_lit("\xff\xfe")),
					  sql_blob(str_empty())};

	(void)state;
	assert_true(sql_run(sql, insert, values, 3, NULL));
	assert_true(sql_run(sql, insert, other, 3, NULL));
	assert_true(sql_query(sql, all, NULL, 0));
	assert_int_equal(sql_next(sql), SQL_ROW);
	assert_str(sql_get_octets(sql, 1), "ab");
	assert_int_equal(sql_next(sql), SQL_ROW);
	assert_str(sql_get_octets(sql, 1), "?");
	sql_close(sql);
}

static void
rows_may_be_left(void **state)
{
	struct sql *sql = open_with_thing();
	int64_t i, count = 0;

	(void)state;
	for (i = 0; i < 500; i++)
		insert_thing(sql, i, "x", str_empty());
	for (i = 0; i < 20; i++) {
		assert_true(sql_query(sql, all, NULL, 0));
		assert_int_equal(sql_next(sql), SQL_ROW);
		sql_end(sql);
		assert_true(sql_get(sql, "SELECT count(*) FROM thing", NULL, 0,
				    -1, &count));
		assert_int_equal(count, 500);
	}
	sql_close(sql);
}

static void
transactions(void **state)
{
	struct sql *sql = open_with_thing();
	int64_t count = 0;

	(void)state;
	assert_true(sql_begin(sql));
	insert_thing(sql, 1, "x", str_empty());
	sql_rollback(sql);
	assert_true(sql_begin(sql));
	insert_thing(sql, 2, "x", str_empty());
	assert_true(sql_commit(sql));
	sql_rollback(sql);
	/* A failure ends it, and the connection goes on. */
	assert_true(sql_begin(sql));
	insert_thing(sql, 3, "x", str_empty());
	assert_false(sql_script(sql, "INSERT INTO nothing VALUES (1)"));
	assert_int_equal(sql_error(sql)->trouble, SQL_WRONG);
	assert_non_null(strstr(sql_error(sql)->text, "nothing"));
	sql_rollback(sql);
	assert_non_null(strstr(sql_error(sql)->text, "nothing"));
	assert_true(sql_get(sql,
			    "SELECT sum(a) FROM (SELECT CAST(a AS integer)"
			    " AS a FROM thing) t",
			    NULL, 0, -1, &count));
	assert_int_equal(count, 2);
	sql_close(sql);
}

static const struct sql_column thing_columns[] = {
    {"a", SQL_INT8}, {"b", SQL_TEXTS}, {"c", SQL_BLOBS}};
static const struct sql_table thing = {"thing", thing_columns, 3, false, ""};
static const struct sql_table thing_again = {
    "thing", thing_columns, 3, false,
    "ON CONFLICT (a) DO UPDATE SET b = excluded.b"};

static void
fill(struct sql *sql, const struct sql_table *table, int64_t from, int64_t n,
     const char *b)
{
	int64_t i, changed = 0;

	assert_true(sql_bulk_begin(sql, table, 0));
	for (i = from; i < from + n; i++) {
		const struct sql_value row[] = {sql_integer(i),
						sql_text(str_of(b)),
						sql_blob(str_lit("\0\xff"))};

		assert_true(sql_bulk_row(sql, row));
	}
	assert_true(sql_bulk_end(sql, &changed));
	assert_int_equal(changed, n);
}

static void
bulks(void **state)
{
	struct sql *sql = open_with_thing();
	int64_t got = 0;

	(void)state;
	assert_true(sql_begin(sql));
	fill(sql, &thing, 0, 10000, "first");
	fill(sql, &thing_again, 5000, 10000, "second");
	assert_true(sql_commit(sql));
	assert_true(sql_begin(sql));
	fill(sql, &thing_again, 0, 10, "");
	assert_true(sql_commit(sql));
	assert_true(
	    sql_get(sql, "SELECT count(*) FROM thing", NULL, 0, 0, &got));
	assert_int_equal(got, 15000);
	assert_true(sql_get(sql,
			    "SELECT count(*) FROM thing WHERE b = 'second'",
			    NULL, 0, 0, &got));
	assert_int_equal(got, 10000);
	assert_true(sql_get(sql, "SELECT count(*) FROM thing WHERE b IS NULL",
			    NULL, 0, 0, &got));
	assert_int_equal(got, 10);
	sql_close(sql);
}

/* A key that is there already. */
static void
bulk_fails(void **state)
{
	struct sql *sql = open_with_thing();
	const struct sql_value row[] = {sql_integer(7), sql_text(str_lit("x")),
					sql_blob(str_empty())};
	int64_t got = 0, changed;

	(void)state;
	insert_thing(sql, 7, "x", str_empty());
	assert_true(sql_begin(sql));
	insert_thing(sql, 8, "x", str_empty());
	assert_true(sql_bulk_begin(sql, &thing, 0));
	assert_false(sql_bulk_row(sql, row) && sql_bulk_end(sql, &changed));
	assert_int_equal(sql_error(sql)->trouble, SQL_WRONG);
	sql_rollback(sql);
	/* One that is given up before its end. */
	assert_true(sql_begin(sql));
	assert_true(sql_bulk_begin(sql, &thing, 0));
	sql_rollback(sql);
	assert_true(
	    sql_get(sql, "SELECT count(*) FROM thing", NULL, 0, 0, &got));
	assert_int_equal(got, 1);
	sql_close(sql);
}

static void
one_holds_a_lock(void **state)
{
	struct sql *one, *two;

	(void)state;
	sql_close(open_with_thing());
	one = store_world_open(SQL_WRITE);
	two = store_world_open(SQL_WRITE);
	assert_true(sql_lock(one, "mx"));
	assert_false(sql_lock(two, "mx"));
	assert_int_equal(sql_error(two)->trouble, SQL_HELD);
	assert_non_null(
	    strstr(sql_error(two)->text, "another process feeds it"));
	sql_close(one);
	/* A server notices within a moment that the connection has ended. */
	for (int i = 0; i < 100 && !sql_lock(two, "mx"); i++)
		usleep(20000);
	assert_true(sql_lock(two, "mx"));
	sql_close(two);
}

static void
a_reader_does_not_write(void **state)
{
	struct sql *sql = open_with_thing();

	(void)state;
	sql_close(sql);
	sql = store_world_open(SQL_READ);
	assert_false(sql_script(sql, "DELETE FROM thing"));
	assert_int_equal(sql_error(sql)->trouble, SQL_REFUSED);
	sql_close(sql);
}

static void
refused(const char *url, const char *text)
{
	struct sql_error error = {SQL_FINE, ""};

	assert_null(sql_open(url, SQL_WRITE, &error));
	assert_int_not_equal(error.trouble, SQL_FINE);
	if (!strstr(error.text, text))
		fail_msg("%s", error.text);
	assert_null(strchr(error.text, '\n'));
	assert_null(strstr(error.text, "secret"));
}

static void
stores_that_are_none(void **state)
{
	FILE *file;

	(void)state;
	refused("mysql://x", "a store is");
	if (store_world_engine() == ENGINE_PGSQL) {
		refused("postgresql://u:secret@127.0.0.1:1/x", "is away");
		refused("postgresql://u:secret@127.0.0.1:port/x", "is away");
		refused("postgresql://u:secret%zz@[::1/x",
			"the URL of the store cannot be read");
		return;
	}
	refused("sqlite:/nowhere/history.db",
		"/nowhere/history.db: cannot be "
		"opened; look whether its folder");
	file = fopen(store_world_path(), "w");
	fprintf(file, "%2000s", "this is a letter to a friend");
	fclose(file);
	refused(store_world_url(), "this is no database");
}

static const struct CMUnitTest sql_tests[] = {
    STORE_TEST(values_come_back),
    STORE_TEST(text_that_is_none),
    STORE_TEST(rows_may_be_left),
    STORE_TEST(transactions),
    STORE_TEST(bulks),
    STORE_TEST(bulk_fails),
    STORE_TEST(one_holds_a_lock),
    STORE_TEST(a_reader_does_not_write),
    STORE_TEST(stores_that_are_none),
};

int
main(void)
{
	return store_world_main(sql_tests);
}
