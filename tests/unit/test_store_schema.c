/* The tables of a store: made, brought up to date, refused. */
#include <string.h>

#include "base/buf.h"
#include "store/schema.h"
#include "tests/support/store/store_world.h"

/* "table column, ..." of all that are there. */
static void
describe(struct buf *out)
{
	static const char sqlite[] =
	    "SELECT m.name || ' ' || c.name || ' ' || c.type "
	    "FROM sqlite_schema m, pragma_table_info(m.name) c "
	    "WHERE m.type IN ('table', 'view') ORDER BY 1";
	static const char pgsql[] =
	    "SELECT table_name || ' ' || column_name || ' ' || data_type "
	    "FROM information_schema.columns "
	    "WHERE table_schema = 'verdict' ORDER BY 1";
	struct sql *sql = store_world_open(SQL_READ);

	assert_true(sql_query(
	    sql, store_world_engine() == ENGINE_SQLITE ? sqlite : pgsql, NULL,
	    0));
	while (sql_next(sql) == SQL_ROW) {
		buf_add(out, sql_get_octets(sql, 0));
		buf_addc(out, '\n');
	}
	sql_end(sql);
	sql_close(sql);
}

static void
make_ready(bool make, enum sql_trouble trouble, const char *text)
{
	struct sql *sql = store_world_open(make ? SQL_MAKE : SQL_READ);
	struct siphash_key key;

	if (schema_ready(sql, make, &key)) {
		assert_int_equal(trouble, SQL_FINE);
	} else {
		assert_int_equal(sql_error(sql)->trouble, trouble);
		if (!strstr(sql_error(sql)->text, text))
			fail_msg("%s", sql_error(sql)->text);
	}
	sql_close(sql);
}

static void
each_older_version_is_brought_up_to_date(void **state)
{
	struct buf fresh, now;
	struct sql *sql;
	int version;

	buf_init(&fresh, NULL);
	buf_init(&now, NULL);
	make_ready(true, SQL_FINE, "");
	describe(&fresh);
	assert_non_null(strstr(fresh.p, "message queue_id "));
	assert_non_null(strstr(fresh.p, "mail queue_id "));
	for (version = 0; version < SCHEMA_VERSION; version++) {
		store_world_teardown(state);
		store_world_setup(state);
		sql = store_world_open(SQL_MAKE);
		if (version > 0)
			assert_true(schema_make(sql, version));
		sql_close(sql);
		make_ready(false, SQL_REFUSED, "feed it once");
		make_ready(true, SQL_FINE, "");
		make_ready(false, SQL_FINE, "");
		buf_reset(&now);
		describe(&now);
		assert_str(buf_str(&now), fresh.p);
		assert_int_equal(store_world_get("SELECT version FROM store"),
				 SCHEMA_VERSION);
	}
	buf_clear(&fresh);
	buf_clear(&now);
}

static void
the_key_stays(void **state)
{
	struct siphash_key one, two;
	struct sql *sql = store_world_open(SQL_MAKE);

	(void)state;
	assert_true(schema_ready(sql, true, &one));
	sql_close(sql);
	sql = store_world_open(SQL_WRITE);
	assert_true(schema_ready(sql, true, &two));
	assert_memory_equal(&one, &two, sizeof(one));
	sql_close(sql);
	store_world_run("UPDATE store SET key = 'abc'");
	make_ready(true, SQL_CORRUPT, "key is damaged");
}

static void
a_newer_one_is_refused(void **state)
{
	(void)state;
	make_ready(true, SQL_FINE, "");
	store_world_run("UPDATE store SET version = 999");
	make_ready(true, SQL_NEWER,
		   "tables of version 999, this program knows");
	make_ready(false, SQL_NEWER, "use the newer program");
	assert_int_equal(store_world_get("SELECT version FROM store"), 999);
}

static void
tables_of_something_else_are_left_alone(void **state)
{
	struct sql *sql = store_world_open(SQL_MAKE);

	(void)state;
	assert_true(sql_script(sql, "CREATE TABLE wages (name text)"));
	sql_close(sql);
	make_ready(true, SQL_REFUSED, "tables of something else");
	make_ready(false, SQL_REFUSED, "tables of something else");
}

/* Made half, it is not made. */
static void
it_is_made_at_once(void **state)
{
	struct sql *sql = store_world_open(SQL_MAKE);
	struct siphash_key key;

	(void)state;
	assert_true(sql_script(sql, "CREATE VIEW event AS SELECT 1 AS one"));
	assert_false(schema_ready(sql, true, &key));
	assert_true(sql_script(sql, "DROP VIEW event"));
	assert_true(schema_ready(sql, true, &key));
	sql_close(sql);
}

static const struct CMUnitTest schema_tests[] = {
    STORE_TEST(each_older_version_is_brought_up_to_date),
    STORE_TEST(the_key_stays),
    STORE_TEST(a_newer_one_is_refused),
    STORE_TEST(tables_of_something_else_are_left_alone),
    STORE_TEST(it_is_made_at_once),
};

int
main(void)
{
	return store_world_main(schema_tests);
}
