/*
 * One small interface over two databases: SQLite (sqlite.c) and PostgreSQL
 * (pgsql.c).  A statement is written once, for both: its parameters are $1, $2,
 * ... in the order in which they first stand in it, and no value ever becomes
 * part of its text.
 *
 * A statement's text is a string of the program that never moves: it is
 * prepared once for each connection and found again by its address.
 *
 * A connection belongs to one thread, and to one statement at a time: rows are
 * read to their end, or sql_end() leaves them, before the next one.
 *
 * Whatever fails gives false and an error of one line; the transaction is then
 * over, and nothing of it stays.
 */
#ifndef VERDICT_STORE_SQL_H
#define VERDICT_STORE_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compat.h"
#include "base/str.h"

enum sql_trouble {
	SQL_FINE,
	/* It may pass by itself: the database is away, locked, slow or full. */
	SQL_LATER,
	/* Another process holds the name: sql_lock(). */
	SQL_HELD,
	/* Somebody must do something: not readable, read-only, refused. */
	SQL_REFUSED,
	SQL_CORRUPT,
	SQL_NEWER, /* of a later version of this program: schema.h */
	SQL_WRONG  /* the database does not take the statement: ours is a bug */
};

#define SQL_ERROR_TEXT 512

struct sql_error {
	enum sql_trouble trouble;
	/* "NAME: what; what to do", without a password, printable, one line */
	char text[SQL_ERROR_TEXT];
};

enum sql_access {
	SQL_READ,
	SQL_WRITE,
	SQL_MAKE /* SQLite: made where it is missing, mode 0640 */
};

struct sql;

/*
 * url: "sqlite:PATH", or "postgresql://...", as libpq reads it.  NULL:
 * error_out tells.  What waits for a lock or for the server ends within
 * SQL_WAIT_MS.
 */
struct sql *sql_open(const char *url, enum sql_access access,
		     struct sql_error *error_out) MUST_CHECK;
/* What was not committed is undone.  NULL is fine. */
void sql_close(struct sql *sql);
/* What it is called in messages: without a password. */
const char *sql_name(const struct sql *sql);
/* Of what failed last. */
const struct sql_error *sql_error(const struct sql *sql);
/* For what is found out above the database; returns false. */
bool sql_fail(struct sql *sql, enum sql_trouble trouble, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Feeding waits so long for a lock, a server's answer or a connection, then
   tries again: the journal holds what is to come. */
#define SQL_WAIT_MS 10000

/* --- values --- */

enum sql_type { SQL_NULL, SQL_INTEGER, SQL_TEXT, SQL_BLOB };

struct sql_value {
	enum sql_type type;
	int64_t integer;
	struct str
	    octets; /* SQL_TEXT: valid UTF-8 without NUL, or sql_text() */
};

struct sql_value sql_integer(int64_t integer);
/* NULL where it is empty.  What is no valid UTF-8, or holds a NUL, goes in as
   its octets up to there and "?". */
struct sql_value sql_text(struct str text);
struct sql_value sql_blob(struct str octets);

/* --- statements --- */

/* One of the same place is an integer always or never, and then not NULL. */
#define SQL_PARAMETERS 32

/* Without rows. changed_out: rows inserted, changed or deleted; may be NULL. */
bool sql_run(struct sql *sql, const char *text, const struct sql_value *values,
	     size_t n, int64_t *changed_out) MUST_CHECK;
/* Several statements, without parameters: of the schema. */
bool sql_script(struct sql *sql, const char *text) MUST_CHECK;

/* Begins a statement with rows. */
bool sql_query(struct sql *sql, const char *text,
	       const struct sql_value *values, size_t n) MUST_CHECK;
enum sql_step { SQL_ROW, SQL_END, SQL_FAILED };
enum sql_step sql_next(struct sql *sql) MUST_CHECK;
/* Of the row, valid until the next call; NULL is 0 and "". */
int64_t sql_get_integer(struct sql *sql, size_t column);
struct str sql_get_octets(struct sql *sql, size_t column);
void sql_end(struct sql *sql);
/* The first row's first column, of a statement with few; `other` where there is
   none. */
bool sql_get(struct sql *sql, const char *text, const struct sql_value *values,
	     size_t n, int64_t other, int64_t *integer_out) MUST_CHECK;

/* --- transactions --- */

/* A writing one waits for its turn here, not later. */
bool sql_begin(struct sql *sql) MUST_CHECK;
/* False: nothing of it stays, or (the connection broke just then) all of it:
   who must know looks for what it wrote. */
bool sql_commit(struct sql *sql) MUST_CHECK;
/* Also after a failure; then it does nothing. */
void sql_rollback(struct sql *sql);

/* Holds a name for this connection, until it ends however it ends.  False with
   SQL_HELD: somebody else holds it. */
bool sql_lock(struct sql *sql, const char *name) MUST_CHECK;

/* --- many rows --- */

enum sql_width { SQL_INT2, SQL_INT4, SQL_INT8, SQL_TEXTS, SQL_BLOBS };

struct sql_column {
	const char *name;
	enum sql_width width;
};

#define SQL_COLUMNS 24

struct sql_table {
	const char *name;
	const struct sql_column *column;
	size_t columns;
	bool daily; /* its first column is the day: sql_day_begin() */
	/* "": no row is there yet.  Else what becomes of one that is:
	   "ON CONFLICT ..." */
	const char *conflict;
};

/* Within a transaction; a daily table's rows are all of this day.  The table is
   a constant of the program. */
bool sql_bulk_begin(struct sql *sql, const struct sql_table *table,
		    int64_t day) MUST_CHECK;
/* One value for each column. */
bool sql_bulk_row(struct sql *sql, const struct sql_value *values) MUST_CHECK;
bool sql_bulk_end(struct sql *sql, int64_t *changed_out) MUST_CHECK;

/* --- days --- */

/* PostgreSQL: a daily table has a partition for each day.  SQLite: days share
   a table whose key begins with the day, and these two do nothing. */
bool sql_days_are_tables(const struct sql *sql);
/* Makes room for a day's rows, outside of a transaction; does nothing where it
   is there. */
bool sql_day_begin(struct sql *sql, const struct sql_table *table,
		   int64_t day) MUST_CHECK;
/* Removes the partition with all its rows.  False with SQL_LATER: somebody
   reads them. */
bool sql_day_drop(struct sql *sql, const struct sql_table *table,
		  int64_t day) MUST_CHECK;

#endif
