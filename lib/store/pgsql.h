/*
 * Inside store/ only: a connection to PostgreSQL, between pgsql.c,
 * pgsql_copy.c and pgsql_days.c.
 *
 * libpq never blocks: who waits for the server does it here, with an end, so
 * that a server that stopped answering is away and not for ever slow.
 */
#ifndef VERDICT_STORE_PGSQL_H
#define VERDICT_STORE_PGSQL_H

#include <libpq-fe.h>

#include "store/driver.h"

/* How long a statement waits for somebody's lock: SQL_WAIT_MS.  Who only wants
   to remove something waits hardly: whoever feeds waits with it. */
#define PGSQL_LOCK_MS "10000"

struct pgsql {
	struct sql sql;
	PGconn *connection;
	const void *prepared[SQL_PREPARED]; /* its place is its name */
	size_t prepareds;
	PGresult *row;
	int64_t answer_ms; /* what an answer may take */
	bool gone;         /* it did not come: nothing else will */
	int64_t changed;
	/* a bulk's */
	struct buf copy;
	bool copies; /* COPY has begun, and its end is owed */
};

struct pgsql *pgsql_of(struct sql *sql);
/* Tells why the connection or, if there is one, the result failed. */
bool pgsql_fail(struct pgsql *db, const PGresult *result);
/* Sends what waits to be sent. */
bool pgsql_flush(struct pgsql *db) MUST_CHECK;
/* The next result, NULL after the last; false: none came in time. */
bool pgsql_result(struct pgsql *db, PGresult **result_out) MUST_CHECK;
/* One statement without parameters and rows; the text may be built. */
bool pgsql_command(struct pgsql *db, const char *text,
		   int64_t *changed_out) MUST_CHECK;

bool pgsql_lock(struct sql *sql, const char *name);
bool pgsql_day_begin(struct sql *sql, const struct sql_table *table,
		     int64_t day);
bool pgsql_day_drop(struct sql *sql, const struct sql_table *table,
		    int64_t day);
bool pgsql_bulk_begin(struct sql *sql, int64_t day);
bool pgsql_bulk_row(struct sql *sql, const struct sql_value *values);
bool pgsql_bulk_end(struct sql *sql, int64_t *changed_out);

#endif
