#include "store/schema.h"

#include <string.h>

#include "base/clock.h"
#include "store/driver.h"

/*
 * Both databases take these: SQLite, which has no such types, keeps what it
 * gets; what begins with "@" stands for words of one database.
 *
 * Columns of text are NULL where there is nothing to say.  Days are whole days
 * since 1970-01-01 UTC, hours the same, times seconds since then.
 */
static const char version_1[] =
    "CREATE TABLE host ("
    " host smallint NOT NULL PRIMARY KEY,"
    " name text NOT NULL UNIQUE);"

    /* octets: what its rows take on disk, about */
    "CREATE TABLE part ("
    " day integer NOT NULL, host smallint NOT NULL, part smallint NOT NULL,"
    " messages integer NOT NULL,"
    " first_time bigint NOT NULL, last_time bigint NOT NULL,"
    " octets bigint NOT NULL,"
    " PRIMARY KEY (day, host, part)) @clustered;"

    /* action: what was done; would: what was decided, where it differs */
    "CREATE TABLE message ("
    " day integer NOT NULL, host smallint NOT NULL, part smallint NOT NULL,"
    " place integer NOT NULL,"
    " time bigint NOT NULL, queue_id text, from_domain text, client text,"
    " action text NOT NULL, would text, rule text, shape text,"
    " PRIMARY KEY (day, host, part, place)) @clustered @daily;"

    /* Records of the messages from `place` on: block.h */
    "CREATE TABLE block ("
    " day integer NOT NULL, host smallint NOT NULL, part smallint NOT NULL,"
    " place integer NOT NULL, messages smallint NOT NULL,"
    " octets bytea NOT NULL,"
    " PRIMARY KEY (day, host, part, place)) @daily;"

    /* In which blocks of a part a text is to be found: posting.h.  list: of
       which it is a page; level: how often it was made of others. */
    "CREATE TABLE term ("
    " day integer NOT NULL, host smallint NOT NULL, part smallint NOT NULL,"
    " page smallint NOT NULL, list integer NOT NULL,"
    " level smallint NOT NULL, terms integer NOT NULL,"
    " octets bytea NOT NULL,"
    " PRIMARY KEY (day, host, part, page, list));"
    "@packed"

    /* What messages are counted by: message.h.  last_day: a day up to
       TALLY_SEEN_DAYS before the last one on which it was.  key: its highest
       bits are TALLY_TOUCHED and TALLY_OWN. */
    "CREATE TABLE tally_key ("
    " key bigint NOT NULL PRIMARY KEY, last_day integer NOT NULL,"
    " policy_domain text, published text, from_domain text, mail_from text,"
    " client text, class text, spf text, spf_domain text, dkim text,"
    " dmarc text, aligned text, action text, would text, cause text,"
    " rule text, shape text, client_name text, list text,"
    " spf_open text) @clustered;"
    "CREATE INDEX tally_key_from ON tally_key (from_domain);"
    "CREATE TABLE tally ("
    " hour integer NOT NULL, host smallint NOT NULL, key bigint NOT NULL,"
    " messages bigint NOT NULL,"
    " PRIMARY KEY (hour, host, key)) @clustered;"
    /* The same by days: who looks at weeks reads a tenth of the rows. */
    "CREATE TABLE tally_day ("
    " day integer NOT NULL, host smallint NOT NULL, key bigint NOT NULL,"
    " messages bigint NOT NULL,"
    " PRIMARY KEY (day, host, key)) @clustered;"
    /* The same messages once more, by class, dmarc, action, would, cause, rule
       and shape alone: a few rows an hour, and none is folded. */
    "CREATE TABLE tally_sum ("
    " hour integer NOT NULL, host smallint NOT NULL, key bigint NOT NULL,"
    " messages bigint NOT NULL,"
    " PRIMARY KEY (hour, host, key)) @clustered;"

    /* The TXT records of an answer, by its digest: dns/dns.h. */
    "CREATE TABLE dns_text ("
    " digest bytea NOT NULL, place smallint NOT NULL,"
    " last_day integer NOT NULL, octets bytea NOT NULL,"
    " PRIMARY KEY (digest, place)) @clustered;"
    /* last: up to DNS_SEEN_S before the last time */
    "CREATE TABLE dns_seen ("
    " name text NOT NULL, digest bytea NOT NULL,"
    " first bigint NOT NULL, last bigint NOT NULL,"
    " PRIMARY KEY (name, digest)) @clustered;"

    /* The daemon starts or reads its configuration again. */
    "CREATE TABLE event ("
    " host smallint NOT NULL, time bigint NOT NULL, what text NOT NULL,"
    " version text, mode text, configuration bytea,"
    " PRIMARY KEY (host, time, what));"
    /* Messages that no record is left of, or octets that are none. */
    "CREATE TABLE gap ("
    " host smallint NOT NULL, time bigint NOT NULL,"
    " messages bigint NOT NULL, octets bigint NOT NULL);"
    "CREATE INDEX gap_time ON gap (time);"

    /* Up to where each journal has been read: it moves with what it brought. */
    "CREATE TABLE cursor ("
    " journal bigint NOT NULL PRIMARY KEY, sequence bigint NOT NULL,"
    " place bigint NOT NULL, number bigint NOT NULL);"

    "CREATE TABLE store ("
    " version integer NOT NULL, key bytea NOT NULL, made bigint NOT NULL);"

    /* For people: times are times and hosts have names. */
    "CREATE VIEW mail AS SELECT"
    " @(m.time@) AS time, h.name AS host, m.queue_id, m.from_domain,"
    " m.client, m.action, m.would, m.rule, m.shape,"
    " m.day, m.part, m.place"
    " FROM message m JOIN host h ON h.host = m.host;"
    "CREATE VIEW counted AS SELECT"
    " @(CAST(t.hour AS bigint) * 3600@) AS hour, h.name AS host, t.messages,"
    " k.policy_domain, k.published, k.from_domain, k.mail_from, k.client,"
    " k.class, k.spf, k.spf_domain, k.dkim, k.dmarc, k.aligned, k.action,"
    " k.would, k.cause, k.rule, k.shape, k.client_name, k.list, k.spf_open"
    " FROM tally t JOIN tally_key k ON k.key = t.key"
    " JOIN host h ON h.host = t.host;"
    "CREATE VIEW published AS SELECT"
    " s.name, @(s.first@) AS first, @(s.last@) AS last, t.place,"
    " @[t.octets@] AS record"
    " FROM dns_seen s LEFT JOIN dns_text t ON t.digest = s.digest;"
    "CREATE VIEW started AS SELECT"
    " @(e.time@) AS time, h.name AS host, e.what, e.version, e.mode"
    " FROM event e JOIN host h ON h.host = e.host;"
    "CREATE VIEW lost AS SELECT"
    " @(g.time@) AS time, h.name AS host, g.messages, g.octets"
    " FROM gap g JOIN host h ON h.host = g.host;";

/* Each brings the version before it up to date. */
static const char *const steps[SCHEMA_VERSION] = {version_1};

static void
add_words(struct buf *out, const struct sql_driver *driver, const char *text)
{
	struct str rest = str_of(text);
	const struct {
		struct str mark;
		const char *word;
	} marks[] = {{STR("@clustered"), driver->clustered},
		     {STR("@daily"), driver->daily},
		     {STR("@packed"), driver->packed},
		     {STR("@("), driver->time_begin},
		     {STR("@)"), driver->time_end},
		     {STR("@["), driver->text_begin},
		     {STR("@]"), driver->text_end}};
	size_t at, i;

	while ((at = str_chr(rest, '@')) < rest.n) {
		buf_add(out, str_first(rest, at));
		rest = str_from(rest, at);
		for (i = 0; !str_starts(rest, marks[i].mark); i++)
			;
		buf_adds(out, marks[i].word);
		rest = str_from(rest, marks[i].mark.n);
	}
	buf_add(out, rest);
}

static bool
step(struct sql *sql, int64_t to)
{
	struct buf text;
	bool done;

	buf_init(&text, NULL);
	add_words(&text, sql->driver, steps[to - 1]);
	done = sql_script(sql, text.p);
	buf_clear(&text);
	return done;
}

/* Every store has its own key, which people outside do not know, so that nobody
   can aim at one place of the index. */
static bool
insert_store(struct sql *sql)
{
	static const char text[] = "INSERT INTO store (version, key, made) "
				   "VALUES ($1, $2, $3)";
	struct siphash_key key = siphash_key_random();
	const struct sql_value values[] = {
	    sql_integer(1), sql_blob(str_n((const char *)&key, sizeof(key))),
	    sql_integer(clock_wall_seconds())};

	return sql_run(sql, text, values, 3, NULL);
}

static bool
upgrade(struct sql *sql, int64_t from, int64_t to)
{
	static const char text[] = "UPDATE store SET version = $1";
	const struct sql_value version = sql_integer(to);
	int64_t at;
	bool done = true;

	for (at = from + 1; done && at <= to; at++)
		done = step(sql, at) && (at > 1 || insert_store(sql));
	return done && sql_run(sql, text, &version, 1, NULL);
}

/* 0: there are no tables. */
static bool
version_read(struct sql *sql, int64_t *version_out)
{
	bool any = false, ours = false;
	enum sql_step row;

	if (!sql_query(sql, sql->driver->tables, NULL, 0))
		return false;
	while ((row = sql_next(sql)) == SQL_ROW) {
		any = true;
		ours = ours || str_is(sql_get_octets(sql, 0), "store");
	}
	sql_end(sql);
	*version_out = 0;
	if (row == SQL_FAILED)
		return false;
	if (any && !ours)
		return sql_fail(sql, SQL_REFUSED,
				"the database holds tables of something else; "
				"name another one");
	return !ours || sql_get(sql, "SELECT version FROM store", NULL, 0, 0,
				version_out);
}

static bool
key_read(struct sql *sql, struct siphash_key *key_out)
{
	struct str key;
	bool done;

	if (!sql_query(sql, "SELECT key FROM store", NULL, 0))
		return false;
	done = sql_next(sql) == SQL_ROW;
	key = done ? sql_get_octets(sql, 0) : str_empty();
	if (key.n == sizeof(*key_out))
		memcpy(key_out, key.p, key.n);
	else if (done)
		done = sql_fail(sql, SQL_CORRUPT, "the store's key is damaged");
	sql_end(sql);
	return done;
}

static bool
make_up_to_date(struct sql *sql)
{
	int64_t version;
	bool done = sql_begin(sql);

	/* Another process may have done it just now. */
	done = done && version_read(sql, &version) &&
	       (version >= SCHEMA_VERSION ||
		upgrade(sql, version, SCHEMA_VERSION)) &&
	       sql_commit(sql);
	if (!done)
		sql_rollback(sql);
	return done;
}

bool
schema_ready(struct sql *sql, bool make, struct siphash_key *key_out)
{
	int64_t version;

	if (!version_read(sql, &version))
		return false;
	if (version > SCHEMA_VERSION)
		return sql_fail(sql, SQL_NEWER,
				"the store has tables of version %lld, this "
				"program knows %d; use the newer program",
				(long long)version, SCHEMA_VERSION);
	if (version < SCHEMA_VERSION && !make)
		return sql_fail(sql, SQL_REFUSED,
				"the store has tables of version %lld, this "
				"program wants %d; feed it once",
				(long long)version, SCHEMA_VERSION);
	if (version < SCHEMA_VERSION && !make_up_to_date(sql))
		return false;
	return key_read(sql, key_out);
}

bool
schema_make(struct sql *sql, int64_t version)
{
	bool done =
	    sql_begin(sql) && upgrade(sql, 0, version) && sql_commit(sql);

	if (!done)
		sql_rollback(sql);
	return done;
}
