/*
 * The embedded database.  Write-ahead logging: readers and the writer do not
 * wait for each other.  synchronous=NORMAL: the loss of power may take the last
 * transactions, whole ones, and so with the cursor that they moved.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/driver.h"

/* Pages held in memory, in KiB.  A part's terms fit (part.h). */
#define CACHE_KIB "24000"
/* Pages of the log before they move to the database: 32 MB. */
#define CHECKPOINT_PAGES "8000"

struct sqlite {
	struct sql sql;
	sqlite3 *db;
	struct {
		const void *key; /* the text, or the table of a bulk */
		sqlite3_stmt *statement;
	} prepared[SQL_PREPARED];
	size_t prepareds;
	sqlite3_stmt *rows; /* the statement that has them */
	sqlite3_stmt *bulk;
	int64_t bulk_changed;
	int lock; /* file descriptor, or -1 */
};

static struct sqlite *
of(struct sql *sql)
{
	return (struct sqlite *)sql;
}

static const struct cause {
	int code;
	enum sql_trouble trouble;
	const char *text;
} causes[] = {
    {SQLITE_FULL, SQL_LATER, "the disk is full; make room"},
    {SQLITE_BUSY, SQL_LATER,
     "another process holds the database; it is tried again"},
    {SQLITE_LOCKED, SQL_LATER,
     "another process holds the database; it is tried again"},
    {SQLITE_READONLY, SQL_REFUSED,
     "the database cannot be written; look at owner and mode of the file and "
     "of its folder, and whether the disk is mounted read-only"},
    {SQLITE_PERM, SQL_REFUSED, "may not be opened; look at owner and mode"},
    {SQLITE_AUTH, SQL_REFUSED, "may not be opened; look at owner and mode"},
    {SQLITE_CANTOPEN, SQL_REFUSED,
     "cannot be opened; look whether its folder exists, at owner and mode"},
    {SQLITE_CORRUPT, SQL_CORRUPT,
     "the database is damaged, nothing more is written to it; move it away, "
     "and the next start makes a new one of what the journal holds"},
    {SQLITE_NOTADB, SQL_CORRUPT,
     "this is no database of SQLite, nothing is written to it; name another "
     "file, or move it away"},
    {SQLITE_IOERR, SQL_LATER, "the disk fails; look at the system's log"},
};

static bool
fail(struct sqlite *db)
{
	int code = sqlite3_errcode(db->db) & 0xff;
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (causes[i].code == code)
			return sql_fail(&db->sql, causes[i].trouble, "%s",
					causes[i].text);
	return sql_fail(&db->sql, SQL_WRONG, "%s", sqlite3_errmsg(db->db));
}

static bool
script(struct sql *sql, const char *text)
{
	if (sqlite3_exec(of(sql)->db, text, NULL, NULL, NULL) != SQLITE_OK)
		return fail(of(sql));
	return true;
}

static sqlite3_stmt *
prepare(struct sqlite *db, const void *key, const char *text)
{
	sqlite3_stmt *statement;
	size_t i;

	for (i = 0; i < db->prepareds; i++)
		if (db->prepared[i].key == key)
			return db->prepared[i].statement;
	if (i == SQL_PREPARED) {
		sql_fail(&db->sql, SQL_WRONG, "too many statements");
		return NULL;
	}
	if (sqlite3_prepare_v3(db->db, text, -1, SQLITE_PREPARE_PERSISTENT,
			       &statement, NULL) != SQLITE_OK) {
		fail(db);
		return NULL;
	}
	db->prepared[i].key = key;
	db->prepared[i].statement = statement;
	db->prepareds = i + 1;
	return statement;
}

static bool
bind(struct sqlite *db, sqlite3_stmt *statement, const struct sql_value *values,
     size_t n)
{
	int code = SQLITE_OK;
	size_t i;

	for (i = 0; i < n && code == SQLITE_OK; i++) {
		const struct sql_value *value = &values[i];
		const int at = (int)i + 1;

		switch (value->type) {
		case SQL_NULL:
			code = sqlite3_bind_null(statement, at);
			break;
		case SQL_INTEGER:
			code =
			    sqlite3_bind_int64(statement, at, value->integer);
			break;
		case SQL_TEXT:
			code = sqlite3_bind_text64(
			    statement, at, value->octets.p, value->octets.n,
			    SQLITE_STATIC, SQLITE_UTF8);
			break;
		case SQL_BLOB:
			/* NULL as a pointer would bind NULL. */
			code = sqlite3_bind_blob64(
			    statement, at,
			    value->octets.n ? value->octets.p : "",
			    value->octets.n, SQLITE_STATIC);
			break;
		}
	}
	return code == SQLITE_OK || fail(db);
}

static bool
query(struct sql *sql, const char *text, const struct sql_value *values,
      size_t n)
{
	struct sqlite *db = of(sql);
	sqlite3_stmt *statement = prepare(db, text, text);

	if (!statement || !bind(db, statement, values, n))
		return false;
	db->rows = statement;
	return true;
}

static enum sql_step
next(struct sql *sql)
{
	struct sqlite *db = of(sql);

	switch (sqlite3_step(db->rows)) {
	case SQLITE_ROW:
		return SQL_ROW;
	case SQLITE_DONE:
		return SQL_END;
	default:
		fail(db);
		return SQL_FAILED;
	}
}

static int64_t
integer(struct sql *sql, size_t column)
{
	return sqlite3_column_int64(of(sql)->rows, (int)column);
}

static struct str
octets(struct sql *sql, size_t column)
{
	sqlite3_stmt *rows = of(sql)->rows;
	const char *p = sqlite3_column_blob(rows, (int)column);

	if (!p)
		return str_empty();
	return str_n(p, (size_t)sqlite3_column_bytes(rows, (int)column));
}

static void
end(struct sql *sql, int64_t *changed_out)
{
	struct sqlite *db = of(sql);

	*changed_out = sqlite3_changes64(db->db);
	sqlite3_reset(db->rows);
	sqlite3_clear_bindings(db->rows);
	db->rows = NULL;
}

/* A lock on a file beside the database, which the system gives back whatever
   ends this process.  As SQLite's own files beside it, it is no link. */
static bool
lock(struct sql *sql, const char *name)
{
	struct sqlite *db = of(sql);
	char path[4096];
	int n;

	(void)name; /* one writer for all of the file */
	n = snprintf(path, sizeof(path), "%s-feed",
		     sqlite3_db_filename(db->db, "main"));
	if (db->lock < 0 && n > 0 && (size_t)n < sizeof(path))
		db->lock =
		    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (db->lock < 0)
		return sql_fail(sql, SQL_REFUSED,
				"no lock can be made beside it: %s",
				strerror(errno));
	if (flock(db->lock, LOCK_EX | LOCK_NB) != 0)
		return sql_fail(sql, SQL_HELD, "another process feeds it");
	return true;
}

static void
bulk_text(struct buf *out, const struct sql_table *table)
{
	size_t i;

	buf_printf(out, "INSERT INTO %s (", table->name);
	sql_columns_add(out, table);
	buf_adds(out, ") VALUES (");
	for (i = 0; i < table->columns; i++)
		buf_adds(out, i ? ", ?" : "?");
	buf_printf(out, ") %s", table->conflict);
}

static bool
bulk_begin(struct sql *sql, int64_t day)
{
	struct sqlite *db = of(sql);
	struct buf text;

	(void)day;
	buf_init(&text, NULL);
	bulk_text(&text, sql->bulk);
	db->bulk = prepare(db, sql->bulk, text.p);
	buf_clear(&text);
	db->bulk_changed = 0;
	return db->bulk != NULL;
}

static bool
bulk_row(struct sql *sql, const struct sql_value *values)
{
	struct sqlite *db = of(sql);
	bool done = bind(db, db->bulk, values, sql->bulk->columns);

	if (done && sqlite3_step(db->bulk) != SQLITE_DONE)
		done = fail(db);
	else if (done)
		db->bulk_changed += sqlite3_changes64(db->db);
	sqlite3_reset(db->bulk);
	return done;
}

static bool
bulk_end(struct sql *sql, int64_t *changed_out)
{
	struct sqlite *db = of(sql);

	sqlite3_clear_bindings(db->bulk);
	db->bulk = NULL;
	*changed_out = db->bulk_changed;
	return true;
}

/* All days stand in one table, whose key begins with the day. */
static bool
day_begin(struct sql *sql, const struct sql_table *table, int64_t day)
{
	(void)sql, (void)table, (void)day;
	return true;
}

static bool
day_drop(struct sql *sql, const struct sql_table *table, int64_t day)
{
	(void)sql, (void)table, (void)day;
	return true;
}

static void
close_database(struct sql *sql)
{
	struct sqlite *db = of(sql);
	size_t i;

	for (i = 0; i < db->prepareds; i++)
		sqlite3_finalize(db->prepared[i].statement);
	sqlite3_close(db->db);
	if (db->lock >= 0)
		close(db->lock);
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
    .lock = lock,
    .bulk_begin = bulk_begin,
    .bulk_row = bulk_row,
    .bulk_end = bulk_end,
    .day_begin = day_begin,
    .day_drop = day_drop,
    .begin = "BEGIN IMMEDIATE",
    .commit = "COMMIT",
    /* What was in a page that is free is overwritten; the log of writes is cut
       off. */
    .wipe_begin = "PRAGMA secure_delete = ON",
    .wipe_end = "PRAGMA wal_checkpoint(TRUNCATE)",
    .tables = "SELECT name FROM sqlite_schema WHERE type = 'table'",
    .clustered = "WITHOUT ROWID",
    .daily = "",
    .packed = "",
    .time_begin = "datetime(",
    .time_end = ", 'unixepoch')",
    .text_begin = "CAST(",
    .text_end = " AS text)",
};

/* SQLite would make it with the umask's mode. */
static bool
make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno == EEXIST;
}

/* Files of others, damaged ones, too: nothing in them is believed. */
static bool
prepare_database(struct sqlite *db, enum sql_access access)
{
	sqlite3_busy_timeout(db->db, SQL_WAIT_MS);
	sqlite3_extended_result_codes(db->db, 1);
	if (!script(&db->sql, "PRAGMA trusted_schema = OFF;"
			      "PRAGMA cell_size_check = ON;"
			      "PRAGMA cache_size = -" CACHE_KIB ";"
			      "PRAGMA temp_store = MEMORY;"
			      "SELECT count(*) FROM sqlite_schema"))
		return false;
	return access == SQL_READ ||
	       script(&db->sql,
		      "PRAGMA journal_mode = WAL;"
		      "PRAGMA synchronous = NORMAL;"
		      "PRAGMA journal_size_limit = 67108864;"
		      "PRAGMA wal_autocheckpoint = " CHECKPOINT_PAGES);
}

/* A connection belongs to one thread. */
static bool
open_database(struct sqlite *db, const char *path, enum sql_access access)
{
	const int flags =
	    access == SQL_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;

	return sqlite3_open_v2(path, &db->db, flags | SQLITE_OPEN_NOMUTEX,
			       NULL) == SQLITE_OK &&
	       prepare_database(db, access);
}

/* Is there no log whose pages would be missed? */
static bool
is_whole(const char *path)
{
	struct stat file;
	struct buf log;
	bool whole;

	buf_init(&log, NULL);
	buf_printf(&log, "%s-wal", path);
	whole = stat(log.p, &file) == 0 ? file.st_size == 0 : errno == ENOENT;
	buf_clear(&log);
	return whole;
}

/* Readers of a write-ahead log make files beside it.  Where the folder takes
   none, a database that nobody has open is read as it lies there. */
static bool
open_as_it_lies(struct sqlite *db, const char *path)
{
	const int code = sqlite3_errcode(db->db) & 0xff;
	struct buf uri;
	bool done;

	if ((code != SQLITE_READONLY && code != SQLITE_CANTOPEN) ||
	    access(path, R_OK) != 0 || !is_whole(path))
		return false;
	sqlite3_close(db->db);
	db->db = NULL;
	buf_init(&uri, NULL);
	buf_adds(&uri, "file:");
	for (; *path; path++)
		buf_printf(&uri, strchr("%?#", *path) ? "%%%02x" : "%c", *path);
	buf_adds(&uri, "?immutable=1");
	done = sqlite3_open_v2(uri.p, &db->db,
			       SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX |
				   SQLITE_OPEN_URI,
			       NULL) == SQLITE_OK &&
	       prepare_database(db, SQL_READ);
	buf_clear(&uri);
	return done;
}

struct sql *
sqlite_open(const char *path, enum sql_access access,
	    struct sql_error *error_out)
{
	struct sqlite *db = mem_alloc(sizeof(*db));
	bool made;

	db->sql.driver = &driver;
	db->lock = -1;
	snprintf(db->sql.name, sizeof(db->sql.name), "%s", path);
	made = access != SQL_MAKE || make_file(path);
	if (made && (open_database(db, path, access) ||
		     (access == SQL_READ && open_as_it_lies(db, path))))
		return &db->sql;
	if (!made)
		sql_fail(&db->sql, SQL_REFUSED, "cannot be made: %s",
			 strerror(errno));
	else if (db->sql.error.trouble == SQL_FINE)
		fail(db);
	*error_out = db->sql.error;
	close_database(&db->sql);
	return NULL;
}
