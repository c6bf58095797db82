/*
 * Inside store/ only: what a database is to sql.c.  See sql.h for what each
 * call promises; a driver is never asked for what sql.c can see to be wrong.
 */
#ifndef VERDICT_STORE_DRIVER_H
#define VERDICT_STORE_DRIVER_H

#include "base/buf.h"
#include "store/sql.h"

struct sql_driver {
	void (*close)(struct sql *sql);
	bool (*script)(struct sql *sql, const char *text);
	bool (*query)(struct sql *sql, const char *text,
		      const struct sql_value *values, size_t n);
	enum sql_step (*next)(struct sql *sql);
	int64_t (*integer)(struct sql *sql, size_t column);
	struct str (*octets)(struct sql *sql, size_t column);
	/* changed: after SQL_END alone */
	void (*end)(struct sql *sql, int64_t *changed_out);
	bool (*lock)(struct sql *sql, const char *name);
	bool (*bulk_begin)(struct sql *sql, int64_t day);
	bool (*bulk_row)(struct sql *sql, const struct sql_value *values);
	bool (*bulk_end)(struct sql *sql, int64_t *changed_out);
	bool (*day_begin)(struct sql *sql, const struct sql_table *table,
			  int64_t day);
	bool (*day_drop)(struct sql *sql, const struct sql_table *table,
			 int64_t day);
	const char *begin, *commit; /* statements */
	/* Of a connection that removes for good: before, and after; or NULL,
	   where the database overwrites what was removed in its own time. */
	const char *wipe_begin, *wipe_end;
	/* For schema.c: the tables there are; how rows lie in the order of
	   their key; how a table is split by its column day. */
	const char *tables, *clustered, *daily;
	/* Statements for columns whose octets are compressed already. */
	const char *packed;
	/* About seconds since 1970: a time for people, in UTC. */
	const char *time_begin, *time_end;
	/* About octets: a text. */
	const char *text_begin, *text_end;
};

struct sql {
	const struct sql_driver *driver;
	struct sql_error error;
	char name[256];               /* of the database, in errors */
	bool open;                    /* a transaction is */
	bool rows;                    /* a statement has more */
	const struct sql_table *bulk; /* which is being filled; or NULL */
};

struct sql *sqlite_open(const char *path, enum sql_access access,
			struct sql_error *error_out) MUST_CHECK;
struct sql *pgsql_open(const char *url, enum sql_access access,
		       struct sql_error *error_out) MUST_CHECK;

/* Statements of one connection: all of ours are fewer. */
#define SQL_PREPARED 64

/* "name, name" of the table's columns. */
void sql_columns_add(struct buf *out, const struct sql_table *table);

#endif
