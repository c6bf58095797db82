/*
 * Many rows for PostgreSQL, by COPY in its binary format: into the table of the
 * day, or, where rows may be there already, into a temporary table and from
 * there with what is to become of those.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "store/pgsql.h"

#define COPY_OCTETS (64 * 1024) /* sent at once */

static void
put(struct buf *out, uint64_t value, size_t octets)
{
	const uint64_t order = htobe64(value);

	buf_add(out, str_n((const char *)&order + 8 - octets, octets));
}

static bool
send_copy(struct pgsql *db)
{
	int sent;

	/* 0: what was sent before takes up all room. */
	while ((sent = PQputCopyData(db->connection, db->copy.p,
				     (int)db->copy.n)) == 0)
		if (!pgsql_flush(db))
			return false;
	buf_reset(&db->copy);
	return sent == 1 ? pgsql_flush(db) : pgsql_fail(db, NULL);
}

static const char *
temporary(const struct sql_table *table)
{
	return *table->conflict ? "bulk_" : "";
}

bool
pgsql_bulk_begin(struct sql *sql, int64_t day)
{
	const struct sql_table *table = sql->bulk;
	struct pgsql *db = pgsql_of(sql);
	int64_t changed;
	struct buf text;
	bool done = true;

	buf_init(&text, NULL);
	if (*table->conflict) {
		buf_printf(&text,
			   "CREATE TEMPORARY TABLE IF NOT EXISTS bulk_%s "
			   "(LIKE %s) ON COMMIT DELETE ROWS",
			   table->name, table->name);
		done = pgsql_command(db, text.p, &changed);
		buf_reset(&text);
	}
	buf_printf(&text, "COPY %s%s", temporary(table), table->name);
	if (table->daily)
		buf_printf(&text, "_%lld", (long long)day);
	buf_adds(&text, " (");
	sql_columns_add(&text, table);
	buf_adds(&text, ") FROM STDIN (FORMAT binary)");
	done = done && pgsql_command(db, text.p, &changed);
	buf_clear(&text);
	db->copies = done;
	buf_reset(&db->copy);
	/* PostgreSQL's manual, COPY: signature, flags, extension. */
	buf_add(&db->copy, str_n("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19));
	return done;
}

static void
put_value(struct buf *out, enum sql_width width, const struct sql_value *value)
{
	static const size_t octets[] = {
	    [SQL_INT2] = 2, [SQL_INT4] = 4, [SQL_INT8] = 8};

	if (value->type == SQL_NULL) {
		put(out, UINT32_MAX, 4);
	} else if (width <= SQL_INT8) {
		put(out, octets[width], 4);
		put(out, (uint64_t)value->integer, octets[width]);
	} else {
		put(out, value->octets.n, 4);
		buf_add(out, value->octets);
	}
}

bool
pgsql_bulk_row(struct sql *sql, const struct sql_value *values)
{
	const struct sql_table *table = sql->bulk;
	struct pgsql *db = pgsql_of(sql);
	size_t i;

	put(&db->copy, table->columns, 2);
	for (i = 0; i < table->columns; i++)
		put_value(&db->copy, table->column[i].width, &values[i]);
	return db->copy.n < COPY_OCTETS || send_copy(db);
}

static bool
move(struct pgsql *db, const struct sql_table *table, int64_t *changed_out)
{
	struct buf text;
	bool done;

	buf_init(&text, NULL);
	buf_printf(&text, "INSERT INTO %s (", table->name);
	sql_columns_add(&text, table);
	buf_adds(&text, ") SELECT ");
	sql_columns_add(&text, table);
	buf_printf(&text, " FROM bulk_%s ", table->name);
	buf_adds(&text, table->conflict);
	done = pgsql_command(db, text.p, changed_out);
	buf_clear(&text);
	return done;
}

/* Also where a row failed: the server is told to forget it all. */
bool
pgsql_bulk_end(struct sql *sql, int64_t *changed_out)
{
	const struct sql_table *table = sql->bulk;
	struct pgsql *db = pgsql_of(sql);
	PGresult *result = NULL;
	bool done = db->copies;

	*changed_out = 0;
	if (!done)
		return false;
	db->copies = false;
	put(&db->copy, UINT16_MAX, 2);
	done = send_copy(db);
	if (PQputCopyEnd(db->connection, done ? NULL : "given up") != 1)
		done = done && pgsql_fail(db, NULL);
	done = done && pgsql_flush(db);
	while (pgsql_result(db, &result) && result) {
		if (PQresultStatus(result) == PGRES_COMMAND_OK)
			*changed_out = strtoll(PQcmdTuples(result), NULL, 10);
		else
			done = done && pgsql_fail(db, result);
		PQclear(result);
	}
	done = done && !result;
	return done && (!*table->conflict || move(db, table, changed_out));
}
