#include "store/look.h"

#include <string.h>

#include "store/parts.h"

#define DAY_S 86400

/* --- texts --- */

/* As many as an answer may have (record/record.h). */
#define TEXTS_MAX LIMIT_DNS_ANSWER_RRS

bool
store_texts(struct store *store, struct arena *arena,
	    const uint8_t digest[DNS_DIGEST_OCTETS],
	    const struct str **text_out, size_t *texts_out)
{
	static const char text[] = "SELECT octets FROM dns_text "
				   "WHERE digest = $1 ORDER BY place";
	const struct sql_value value =
	    sql_blob(str_n((const char *)digest, DNS_DIGEST_OCTETS));
	struct str *found = arena_array(arena, TEXTS_MAX, sizeof(*found));
	struct sql *sql = store->sql;
	enum sql_step step;
	size_t n = 0;

	if (!sql_query(sql, text, &value, 1))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW && n < TEXTS_MAX)
		found[n++] = arena_copy(arena, sql_get_octets(sql, 0));
	sql_end(sql);
	if (step == SQL_FAILED)
		return false;
	*text_out = found;
	*texts_out = n;
	return true;
}

/* --- kinds of mail --- */

struct kind_keys {
	int64_t key[STORE_KINDS];
	size_t count;
};

/* The highest keys first: those of what is not simply accepted are negative
   (TALLY_TOUCHED).  Within that they are hashes: of many a sample that nobody
   chose. */
static bool
kinds_read(struct store *store, struct arena *arena, struct str from_domain,
	   struct kind_keys *keys, struct store_kinds *kinds)
{
	static const char text[] =
	    "SELECT key, policy_domain, published, from_domain, mail_from, "
	    "client, class, spf, spf_domain, dkim, dmarc, aligned, action, "
	    "would, cause, rule, shape, client_name, list, spf_open "
	    "FROM tally_key WHERE from_domain = $1 "
	    "ORDER BY key DESC LIMIT 256";
	_Static_assert(TALLY_COLUMNS == 19, "each column is selected");
	const struct sql_value value = sql_text(from_domain);
	struct sql *sql = store->sql;
	enum sql_step step;
	size_t i;

	kinds->kind = arena_array(arena, STORE_KINDS, sizeof(*kinds->kind));
	if (!sql_query(sql, text, &value, 1))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW && keys->count < STORE_KINDS) {
		struct store_kind *kind = &kinds->kind[keys->count];

		for (i = 0; i < TALLY_COLUMNS; i++)
			kind->column[i] =
			    arena_copy(arena, sql_get_octets(sql, 1 + i));
		keys->key[keys->count++] = sql_get_integer(sql, 0);
	}
	sql_end(sql);
	kinds->kinds = keys->count;
	kinds->sampled = keys->count == STORE_KINDS;
	return step != SQL_FAILED;
}

/* Each day, host and kind is one look at the table's key: no other order of the
   tables is as cheap, and SQLite keeps to it between CROSS JOINs alone. */
static bool
kinds_count(struct store *store, struct str from_domain, int64_t newest,
	    int64_t oldest, const struct kind_keys *keys,
	    struct store_kinds *kinds, int64_t *counted)
{
	static const char text[] =
	    "WITH RECURSIVE span (day) AS (SELECT CAST($1 AS integer) "
	    "UNION ALL SELECT day - 1 FROM span WHERE day > $2) "
	    "SELECT kind.key, CAST(sum(t.messages) AS bigint) FROM "
	    "(SELECT key FROM tally_key WHERE from_domain = $3 "
	    "ORDER BY key DESC LIMIT 256) AS kind CROSS JOIN host "
	    "CROSS JOIN span CROSS JOIN tally_day t WHERE t.day = span.day "
	    "AND t.host = host.host AND t.key = kind.key GROUP BY kind.key";
	const struct sql_value values[] = {
	    sql_integer(newest), sql_integer(oldest), sql_text(from_domain)};
	struct sql *sql = store->sql;
	enum sql_step step;
	size_t i;

	if (!sql_query(sql, text, values, 3))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		for (i = 0; i < keys->count; i++) {
			if (keys->key[i] != sql_get_integer(sql, 0))
				continue;
			kinds->kind[i].messages += sql_get_integer(sql, 1);
			*counted += sql_get_integer(sql, 1);
		}
	}
	sql_end(sql);
	return step != SQL_FAILED;
}

static void
drop_unused(struct store_kinds *kinds)
{
	size_t i, kept = 0;

	for (i = 0; i < kinds->kinds; i++)
		if (kinds->kind[i].messages > 0)
			kinds->kind[kept++] = kinds->kind[i];
	kinds->kinds = kept;
}

/* With tallies; and how many hosts wrote them. */
static bool
oldest_day(struct store *store, int64_t *day_out, int64_t *hosts_out)
{
	return sql_get(store->sql, "SELECT min(day) FROM tally_day", NULL, 0, 0,
		       day_out) &&
	       sql_get(store->sql, "SELECT count(*) FROM host", NULL, 0, 0,
		       hosts_out);
}

bool
store_kinds_of(struct store *store, struct arena *arena, struct str from_domain,
	       int64_t until, struct store_kinds *kinds)
{
	/* Further back in steps, as long as there are too few. */
	static const int64_t steps[] = {1, 6, 23, 370};
	struct kind_keys *keys = arena_alloc(arena, sizeof(*keys));
	int64_t newest = day_of(until), counted = 0, oldest, hosts, days;
	size_t i;

	if (!kinds_read(store, arena, from_domain, keys, kinds) ||
	    !oldest_day(store, &oldest, &hosts))
		return false;
	if (hosts < 1)
		hosts = 1;
	days = STORE_KIND_ROWS / (hosts * (int64_t)(keys->count + 1)) + 1;
	for (i = 0; i < 4 && days > 0 && newest >= oldest; i++) {
		int64_t n = steps[i] < days ? steps[i] : days;

		if (newest - n + 1 < oldest)
			n = newest - oldest + 1;
		if (!kinds_count(store, from_domain, newest, newest - n + 1,
				 keys, kinds, &counted))
			return false;
		newest -= n;
		days -= n;
		if (counted >= kinds->enough)
			break;
	}
	kinds->since = (newest + 1) * DAY_S;
	drop_unused(kinds);
	return true;
}

/* --- the whole --- */

static bool
row_read(struct store *store, const char *text, const struct sql_value *values,
	 size_t n_values, int64_t *column_out, size_t n)
{
	struct sql *sql = store->sql;
	enum sql_step step;
	size_t i;

	if (!sql_query(sql, text, values, n_values))
		return false;
	step = sql_next(sql);
	for (i = 0; step == SQL_ROW && i < n; i++)
		column_out[i] = sql_get_integer(sql, i);
	sql_end(sql);
	return step == SQL_ROW;
}

bool
store_lost(struct store *store, int64_t since, int64_t until,
	   struct store_lost *lost_out)
{
	static const char text[] =
	    "SELECT CAST(sum(messages) AS bigint), CAST(sum(octets) AS "
	    "bigint), max(time) FROM gap WHERE time >= $1 AND time <= $2";
	const struct sql_value values[] = {sql_integer(since),
					   sql_integer(until)};
	int64_t gap[3];

	if (!row_read(store, text, values, 2, gap, 3))
		return false;
	*lost_out = (struct store_lost){gap[0], gap[1], gap[2]};
	return true;
}

bool
store_extent(struct store *store, struct store_extent *extent_out)
{
	static const char text[] =
	    "SELECT CAST(sum(messages) AS bigint), min(first_time), "
	    "max(last_time), count(DISTINCT host) FROM part";
	struct store_lost lost;
	int64_t part[4];

	if (!row_read(store, text, NULL, 0, part, 4) ||
	    !store_lost(store, INT64_MIN, INT64_MAX, &lost))
		return false;
	*extent_out = (struct store_extent){.messages = part[0],
					    .first = part[1],
					    .last = part[2],
					    .hosts = part[3],
					    .lost = lost};
	return true;
}

bool
store_hosts(struct store *store,
	    bool (*each)(void *ctx, const struct store_host *host), void *ctx)
{
	static const char text[] =
	    "SELECT name, messages, first, last, octets, lost, lost_octets, "
	    "lost_last FROM host "
	    "LEFT JOIN (SELECT host, CAST(sum(messages) AS bigint) AS "
	    "messages, "
	    "min(first_time) AS first, max(last_time) AS last, "
	    "CAST(sum(octets) AS bigint) AS octets FROM part GROUP BY host) AS "
	    "parts ON parts.host = host.host "
	    "LEFT JOIN (SELECT host, CAST(sum(messages) AS bigint) AS lost, "
	    "CAST(sum(octets) AS bigint) AS lost_octets, max(time) AS "
	    "lost_last FROM gap GROUP BY host) AS gaps "
	    "ON gaps.host = host.host ORDER BY name";
	struct sql *sql = store->sql;
	enum sql_step step;
	bool more = true;

	if (!sql_query(sql, text, NULL, 0))
		return false;
	while (more && (step = sql_next(sql)) == SQL_ROW) {
		const struct store_host host = {sql_get_octets(sql, 0),
						sql_get_integer(sql, 1),
						sql_get_integer(sql, 2),
						sql_get_integer(sql, 3),
						sql_get_integer(sql, 4),
						{sql_get_integer(sql, 5),
						 sql_get_integer(sql, 6),
						 sql_get_integer(sql, 7)}};

		more = each(ctx, &host);
	}
	sql_end(sql);
	return !more || step == SQL_END;
}
