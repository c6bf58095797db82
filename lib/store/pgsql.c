#include "store/pgsql.h"

#include <arpa/inet.h>
#include <endian.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* Who reads may ask for what takes its time; who feeds writes a batch within a
   second, and what comes waits in the journal.  The server gives up a little
   before us, so that its words are told. */
#define READ_MS 60000
#define READ_SERVER_MS "55000"
#define WRITE_MS 15000
#define WRITE_SERVER_MS "12000"

/* Types of parameters, of the server's table pg_type. */
enum { OID_BYTEA = 17, OID_INT8 = 20, OID_TEXT = 25 };

struct pgsql *
pgsql_of(struct sql *sql)
{
	return (struct pgsql *)sql;
}

static const struct cause {
	const char *state; /* SQLSTATE, or the class that it begins with */
	enum sql_trouble trouble;
	const char *cure;
} causes[] = {
    {"53100", SQL_LATER, "make room on the server's disk"},
    {"53", SQL_LATER, "the server has too much to do; it is tried again"},
    {"55P03", SQL_LATER, "another session holds it; it is tried again"},
    {"57014", SQL_LATER, "the server is too slow; it is tried again"},
    {"57", SQL_LATER, "the server stops or starts; it is tried again"},
    {"58", SQL_LATER, "the server's disk fails; look at its log"},
    {"40", SQL_LATER, "it is tried again"},
    {"08", SQL_LATER, "it is tried again"},
    {"25006", SQL_REFUSED, "name the server that may be written to"},
    {"28", SQL_REFUSED, "look at user and password in \"store\""},
    {"3D", SQL_REFUSED, "make the database, or name another one"},
    {"42501", SQL_REFUSED,
     "its owner has to say: GRANT CREATE ON DATABASE ... TO ..."},
    {"XX001", SQL_CORRUPT, "the database is damaged; look at its log"},
    {"XX002", SQL_CORRUPT, "an index is damaged: REINDEX"},
};

/* The first line, without "ERROR: ". */
static struct str
first_line(const char *text)
{
	struct str line = str_of(text);

	line = str_first(line, str_chr(line, '\n'));
	if (str_starts(line, str_lit("ERROR:  ")) ||
	    str_starts(line, str_lit("FATAL:  ")))
		line = str_from(line, 8);
	return line;
}

bool
pgsql_fail(struct pgsql *db, const PGresult *result)
{
	const char *state =
	    result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	struct str line;
	size_t i;

	if (!state || PQstatus(db->connection) != CONNECTION_OK) {
		line = first_line(PQerrorMessage(db->connection));
		return sql_fail(&db->sql, SQL_LATER,
				"the server is away (%.*s); it is tried again",
				STR_ARG(line));
	}
	line = first_line(PQresultErrorMessage(result));
	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (str_starts(str_of(state), str_of(causes[i].state)))
			return sql_fail(&db->sql, causes[i].trouble, "%.*s; %s",
					STR_ARG(line), causes[i].cure);
	return sql_fail(&db->sql, SQL_WRONG, "%.*s (%s)", STR_ARG(line), state);
}

static bool
wait_for(struct pgsql *db, short events, int64_t until_ms)
{
	struct pollfd fd = {PQsocket(db->connection), events, 0};
	int64_t left = until_ms - clock_monotonic_ms();

	if (!db->gone && left > 0 && poll(&fd, 1, (int)left) > 0)
		return true;
	if (!db->gone && clock_monotonic_ms() < until_ms)
		return true; /* a signal */
	db->gone = true;
	return sql_fail(&db->sql, SQL_LATER,
			"the server does not answer; it is tried again");
}

bool
pgsql_flush(struct pgsql *db)
{
	const int64_t until = clock_monotonic_ms() + db->answer_ms;
	int left;

	while ((left = PQflush(db->connection)) == 1)
		if (!wait_for(db, POLLIN | POLLOUT, until))
			return false;
		else if (!PQconsumeInput(db->connection))
			return pgsql_fail(db, NULL);
	return left == 0 || pgsql_fail(db, NULL);
}

bool
pgsql_result(struct pgsql *db, PGresult **result_out)
{
	const int64_t until = clock_monotonic_ms() + db->answer_ms;

	while (PQisBusy(db->connection))
		if (!wait_for(db, POLLIN, until))
			return false;
		else if (!PQconsumeInput(db->connection))
			return pgsql_fail(db, NULL);
	*result_out = PQgetResult(db->connection);
	return true;
}

/* Reads results to the last one; the first failure is told. */
static bool
finish(struct pgsql *db, int64_t *changed_out)
{
	PGresult *result = NULL;
	bool done = true;

	*changed_out = 0;
	while (pgsql_result(db, &result) && result) {
		switch (PQresultStatus(result)) {
		case PGRES_COMMAND_OK:
			*changed_out = strtoll(PQcmdTuples(result), NULL, 10);
			break;
		case PGRES_TUPLES_OK:
		case PGRES_SINGLE_TUPLE:
			break;
		case PGRES_COPY_IN:
			PQclear(result);
			return done;
		default:
			done = done && pgsql_fail(db, result);
		}
		PQclear(result);
	}
	return done && !result;
}

bool
pgsql_command(struct pgsql *db, const char *text, int64_t *changed_out)
{
	if (!PQsendQuery(db->connection, text))
		return pgsql_fail(db, NULL);
	return pgsql_flush(db) && finish(db, changed_out);
}

static bool
script(struct sql *sql, const char *text)
{
	int64_t changed;

	return pgsql_command(pgsql_of(sql), text, &changed);
}

/* --- statements --- */

struct parameters {
	Oid type[SQL_PARAMETERS];
	const char *value[SQL_PARAMETERS];
	int length[SQL_PARAMETERS], format[SQL_PARAMETERS];
	uint64_t integer[SQL_PARAMETERS]; /* in the order of the network */
};

static void
parameters_set(struct parameters *out, const struct sql_value *values, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct sql_value *value = &values[i];

		out->format[i] = 1;
		out->length[i] = (int)value->octets.n;
		out->value[i] = value->octets.n ? value->octets.p : "";
		out->type[i] = value->type == SQL_BLOB ? OID_BYTEA : OID_TEXT;
		if (value->type == SQL_INTEGER) {
			out->integer[i] = htobe64((uint64_t)value->integer);
			out->value[i] = (const char *)&out->integer[i];
			out->length[i] = 8;
			out->type[i] = OID_INT8;
		} else if (value->type == SQL_NULL) {
			out->value[i] = NULL;
		}
	}
}

/* Prepares it where it is not; its name is its place. */
static bool
prepare(struct pgsql *db, const char *text, const struct parameters *parameters,
	size_t n, char name_out[16])
{
	int64_t changed;
	size_t i;

	for (i = 0; i < db->prepareds && db->prepared[i] != text; i++)
		;
	snprintf(name_out, 16, "s%zu", i);
	if (i < db->prepareds)
		return true;
	if (i == SQL_PREPARED)
		return sql_fail(&db->sql, SQL_WRONG, "too many statements");
	if (!PQsendPrepare(db->connection, name_out, text, (int)n,
			   parameters->type))
		return pgsql_fail(db, NULL);
	if (!pgsql_flush(db) || !finish(db, &changed))
		return false;
	db->prepared[db->prepareds++] = text;
	return true;
}

static bool
query(struct sql *sql, const char *text, const struct sql_value *values,
      size_t n)
{
	struct pgsql *db = pgsql_of(sql);
	struct parameters parameters;
	char name[16];

	parameters_set(&parameters, values, n);
	if (!prepare(db, text, &parameters, n, name))
		return false;
	db->changed = 0;
	if (!PQsendQueryPrepared(db->connection, name, (int)n, parameters.value,
				 parameters.length, parameters.format, 1))
		return pgsql_fail(db, NULL);
	PQsetSingleRowMode(db->connection);
	return pgsql_flush(db);
}

static enum sql_step
next(struct sql *sql)
{
	struct pgsql *db = pgsql_of(sql);
	PGresult *result;

	PQclear(db->row);
	db->row = NULL;
	if (!pgsql_result(db, &result))
		return SQL_FAILED;
	switch (result ? PQresultStatus(result) : PGRES_TUPLES_OK) {
	case PGRES_SINGLE_TUPLE:
		db->row = result;
		return SQL_ROW;
	case PGRES_COMMAND_OK:
		db->changed = strtoll(PQcmdTuples(result), NULL, 10);
		break;
	case PGRES_TUPLES_OK:
		break;
	default:
		pgsql_fail(db, result);
		PQclear(result);
		return SQL_FAILED;
	}
	PQclear(result);
	return SQL_END;
}

static int64_t
integer(struct sql *sql, size_t column)
{
	const PGresult *row = pgsql_of(sql)->row;
	const char *p = PQgetvalue(row, 0, (int)column);
	uint64_t octet8;
	uint32_t octet4;
	uint16_t octet2;

	switch (PQgetisnull(row, 0, (int)column)
		    ? 0
		    : PQgetlength(row, 0, (int)column)) {
	case 8:
		memcpy(&octet8, p, 8);
		return (int64_t)be64toh(octet8);
	case 4:
		memcpy(&octet4, p, 4);
		return (int32_t)ntohl(octet4);
	case 2:
		memcpy(&octet2, p, 2);
		return (int16_t)ntohs(octet2);
	default:
		return 0;
	}
}

static struct str
octets(struct sql *sql, size_t column)
{
	const PGresult *row = pgsql_of(sql)->row;

	return str_n(PQgetvalue(row, 0, (int)column),
		     (size_t)PQgetlength(row, 0, (int)column));
}

/* What was not read would be in the way of the next statement: the server is
   asked to stop. */
static void
end(struct sql *sql, int64_t *changed_out)
{
	struct pgsql *db = pgsql_of(sql);
	struct sql_error error = sql->error;
	PGcancel *cancel;
	char text[256];
	bool more = db->row != NULL;
	PGresult *result;

	PQclear(db->row);
	db->row = NULL;
	if (more && !db->gone &&
	    (cancel = PQgetCancel(db->connection)) != NULL) {
		PQcancel(cancel, text, sizeof(text));
		PQfreeCancel(cancel);
	}
	while (pgsql_result(db, &result) && result)
		PQclear(result);
	sql->error = error;
	*changed_out = db->changed;
}

static void
close_database(struct sql *sql)
{
	struct pgsql *db = pgsql_of(sql);

	PQclear(db->row);
	PQfinish(db->connection);
	buf_clear(&db->copy);
	free(db);
}

static const struct sql_driver driver = {
    .close = close_database,
    .script = script,
    .query = query,
    .next = next,
    .integer = integer,
    .octets = octets,
    .end = end,
    .lock = pgsql_lock,
    .bulk_begin = pgsql_bulk_begin,
    .bulk_row = pgsql_bulk_row,
    .bulk_end = pgsql_bulk_end,
    .day_begin = pgsql_day_begin,
    .day_drop = pgsql_day_drop,
    .begin = "BEGIN",
    .commit = "COMMIT",
    /* information_schema takes ten times as long. */
    .tables = "SELECT c.relname FROM pg_class c JOIN pg_namespace n "
	      "ON n.oid = c.relnamespace WHERE n.nspname = 'verdict' "
	      "AND c.relkind IN ('r', 'p', 'v')",
    .clustered = "",
    .daily = "PARTITION BY RANGE (day)",
    .packed = "ALTER TABLE block ALTER octets SET STORAGE EXTERNAL;"
	      "ALTER TABLE term ALTER octets SET STORAGE EXTERNAL;",
    .time_begin = "to_timestamp(",
    .time_end = ")",
    /* Octets that are no UTF-8 would end the statement. */
    .text_begin = "encode(",
    .text_end = ", 'escape')",
};

/*
 * synchronous_commit: what a crash of the server takes are the last
 * transactions, whole ones, with the cursor that they moved.  jit: compiling a
 * statement over all days takes longer than the statement.  The tables stand
 * in a schema of their own, beside whatever else the database holds.
 */
static const char settings[] =
    "SET search_path = verdict;"
    "SET synchronous_commit = off;"
    "SET client_min_messages = error;"
    "SET jit = off;"
    "SET lock_timeout = " PGSQL_LOCK_MS ";"
    "SET statement_timeout = " WRITE_SERVER_MS ";"
    "SET idle_in_transaction_session_timeout = 60000";

/* The URL may hold a password: errors name host and database alone. */
static void
name_set(struct pgsql *db)
{
	const char *host = PQhost(db->connection), *base = PQdb(db->connection);

	snprintf(db->sql.name, sizeof(db->sql.name), "postgresql://%s/%s",
		 host ? host : "", base ? base : "");
}

/* libpq's words on a URL that it cannot read may hold a piece of a password. */
static bool
is_readable(struct pgsql *db, const char *url)
{
	PQconninfoOption *words = PQconninfoParse(url, NULL);
	bool readable = words != NULL;

	PQconninfoFree(words);
	if (!readable)
		snprintf(db->sql.name, sizeof(db->sql.name), "postgresql:");
	return readable ||
	       sql_fail(&db->sql, SQL_REFUSED,
			"the URL of the store cannot be read; write "
			"postgresql://USER@HOST/DATABASE");
}

/* What a server says on the side is a stranger's text, for no terminal. */
static void
ignore_notice(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

struct sql *
pgsql_open(const char *url, enum sql_access access, struct sql_error *error_out)
{
	/* What the URL says comes last and so goes before. */
	static const char *const names[] = {
	    "connect_timeout", "tcp_user_timeout", "application_name",
	    "client_encoding", "dbname",           NULL};
	const char *const values[] = {"10",   "10000", "verdict history",
				      "UTF8", url,     NULL};
	struct pgsql *db = mem_alloc(sizeof(*db));
	bool done;

	db->sql.driver = &driver;
	db->answer_ms = access == SQL_READ ? READ_MS : WRITE_MS;
	buf_init(&db->copy, NULL);
	if (!is_readable(db, url)) {
		*error_out = db->sql.error;
		close_database(&db->sql);
		return NULL;
	}
	db->connection = PQconnectdbParams(names, values, 1);
	PQsetNoticeProcessor(db->connection, ignore_notice, NULL);
	name_set(db);
	done = PQstatus(db->connection) == CONNECTION_OK;
	if (!done)
		pgsql_fail(db, NULL);
	done = done && PQsetnonblocking(db->connection, 1) == 0 &&
	       script(&db->sql, settings);
	if (done && access == SQL_MAKE)
		done = script(&db->sql, "CREATE SCHEMA IF NOT EXISTS verdict");
	if (done && access == SQL_READ)
		done =
		    script(&db->sql, "SET default_transaction_read_only = on;"
				     "SET statement_timeout = " READ_SERVER_MS);
	if (done)
		return &db->sql;
	*error_out = db->sql.error;
	close_database(&db->sql);
	return NULL;
}
