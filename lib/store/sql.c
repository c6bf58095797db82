#include "store/sql.h"

#include <stdio.h>
#include <string.h>

#include "base/line.h"
#include "base/utf8.h"
#include "store/driver.h"

struct sql *
sql_open(const char *url, enum sql_access access, struct sql_error *error_out)
{
	const char sqlite[] = "sqlite:";

	if (strncmp(url, sqlite, sizeof(sqlite) - 1) == 0)
		return sqlite_open(url + sizeof(sqlite) - 1, access, error_out);
	if (strncmp(url, "postgresql:", 11) == 0 ||
	    strncmp(url, "postgres:", 9) == 0)
		return pgsql_open(url, access, error_out);
	error_out->trouble = SQL_REFUSED;
	snprintf(error_out->text, sizeof(error_out->text),
		 "a store is \"sqlite:PATH\" or \"postgresql://...\"");
	return NULL;
}

void
sql_close(struct sql *sql)
{
	if (sql) {
		sql_rollback(sql);
		sql->driver->close(sql);
	}
}

const char *
sql_name(const struct sql *sql)
{
	return sql->name;
}

const struct sql_error *
sql_error(const struct sql *sql)
{
	return &sql->error;
}

bool
sql_fail(struct sql *sql, enum sql_trouble trouble, const char *fmt, ...)
{
	char *text = sql->error.text;
	const size_t size = sizeof(sql->error.text);
	va_list args;
	size_t n;

	sql->error.trouble = trouble;
	n = (size_t)snprintf(text, size, "%s: ", sql->name);
	va_start(args, fmt);
	if (n < size)
		vsnprintf(text + n, size - n, fmt, args);
	va_end(args);
	n = strlen(text);
	while (n && (text[n - 1] == '\n' || text[n - 1] == ' '))
		text[--n] = '\0';
	line_mend(text, n);
	return false;
}

struct sql_value
sql_integer(int64_t integer)
{
	return (struct sql_value){SQL_INTEGER, integer, str_empty()};
}

/* The first octets that are valid and no NUL. */
static size_t
text_valid(struct str text)
{
	size_t at = 0, n;

	while (at < text.n && text.p[at] != '\0') {
		n = (text.p[at] & 0x80) ? utf8_length(str_from(text, at)) : 1;
		if (n == 0)
			break;
		at += n;
	}
	return at;
}

struct sql_value
sql_text(struct str text)
{
	struct sql_value value = {SQL_TEXT, 0, text};

	if (text.n == 0)
		value.type = SQL_NULL;
	else
		value.octets.n = text_valid(text);
	if (text.n && value.octets.n == 0)
		value.octets = str_lit("?");
	return value;
}

struct sql_value
sql_blob(struct str octets)
{
	return (struct sql_value){SQL_BLOB, 0, octets};
}

bool
sql_query(struct sql *sql, const char *text, const struct sql_value *values,
	  size_t n)
{
	sql_end(sql);
	sql->rows = sql->driver->query(sql, text, values, n);
	return sql->rows;
}

enum sql_step
sql_next(struct sql *sql)
{
	return sql->driver->next(sql);
}

int64_t
sql_get_integer(struct sql *sql, size_t column)
{
	return sql->driver->integer(sql, column);
}

struct str
sql_get_octets(struct sql *sql, size_t column)
{
	return sql->driver->octets(sql, column);
}

static void
end(struct sql *sql, int64_t *changed_out)
{
	if (sql->rows)
		sql->driver->end(sql, changed_out);
	sql->rows = false;
}

void
sql_end(struct sql *sql)
{
	int64_t changed;

	end(sql, &changed);
}

bool
sql_run(struct sql *sql, const char *text, const struct sql_value *values,
	size_t n, int64_t *changed_out)
{
	int64_t changed = 0;
	enum sql_step step;

	if (!sql_query(sql, text, values, n))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW)
		;
	end(sql, &changed);
	if (step == SQL_FAILED)
		return false;
	if (changed_out)
		*changed_out = changed;
	return true;
}

bool
sql_get(struct sql *sql, const char *text, const struct sql_value *values,
	size_t n, int64_t other, int64_t *integer_out)
{
	enum sql_step step;

	if (!sql_query(sql, text, values, n))
		return false;
	step = sql_next(sql);
	if (step != SQL_FAILED)
		*integer_out =
		    step == SQL_ROW ? sql_get_integer(sql, 0) : other;
	while (step == SQL_ROW)
		step = sql_next(sql);
	sql_end(sql);
	return step != SQL_FAILED;
}

bool
sql_script(struct sql *sql, const char *text)
{
	sql_end(sql);
	return sql->driver->script(sql, text);
}

bool
sql_begin(struct sql *sql)
{
	sql->open = sql_run(sql, sql->driver->begin, NULL, 0, NULL);
	return sql->open;
}

bool
sql_commit(struct sql *sql)
{
	bool done = sql_run(sql, sql->driver->commit, NULL, 0, NULL);

	if (done)
		sql->open = false;
	else
		sql_rollback(sql);
	return done;
}

void
sql_rollback(struct sql *sql)
{
	struct sql_error error = sql->error;
	bool done;

	sql_end(sql);
	if (sql->bulk) {
		int64_t changed;

		done = sql_bulk_end(sql, &changed);
	}
	if (sql->open)
		done = sql_script(sql, "ROLLBACK");
	(void)done;
	sql->open = false;
	sql->error = error;
}

bool
sql_lock(struct sql *sql, const char *name)
{
	sql_end(sql);
	return sql->driver->lock(sql, name);
}

bool
sql_bulk_begin(struct sql *sql, const struct sql_table *table, int64_t day)
{
	sql_end(sql);
	sql->bulk = table;
	if (!sql->driver->bulk_begin(sql, day))
		sql->bulk = NULL;
	return sql->bulk != NULL;
}

bool
sql_bulk_row(struct sql *sql, const struct sql_value *values)
{
	return sql->driver->bulk_row(sql, values);
}

bool
sql_bulk_end(struct sql *sql, int64_t *changed_out)
{
	bool done = sql->driver->bulk_end(sql, changed_out);

	sql->bulk = NULL;
	return done;
}

bool
sql_days_are_tables(const struct sql *sql)
{
	return *sql->driver->daily != '\0';
}

bool
sql_day_begin(struct sql *sql, const struct sql_table *table, int64_t day)
{
	sql_end(sql);
	return sql->driver->day_begin(sql, table, day);
}

bool
sql_day_drop(struct sql *sql, const struct sql_table *table, int64_t day)
{
	sql_end(sql);
	return sql->driver->day_drop(sql, table, day);
}

void
sql_columns_add(struct buf *out, const struct sql_table *table)
{
	size_t i;

	for (i = 0; i < table->columns; i++)
		buf_printf(out, "%s%s", i ? ", " : "", table->column[i].name);
}
