/* What the DNS said, read back: name by name. */
#include <string.h>

#include "base/limits.h"
#include "store/parts.h"

/* The first name after that one which is `below` or ends with ".below"; name
   holds it, and gets the next.  *found_out: there is one. */
static bool
name_next(struct store *store, struct str below, struct buf *name,
	  bool *found_out)
{
	static const char text[] =
	    "SELECT name FROM dns_seen WHERE name > $1 AND (name = $2 "
	    "OR substr(name, length(name) - length($3) + 1) = $3) "
	    "ORDER BY name LIMIT 1";
	char ending[1 + LIMIT_DOMAIN];
	struct sql *sql = store->sql;
	struct sql_value values[3];
	enum sql_step step;

	ending[0] = '.';
	memcpy(ending + 1, below.p, below.n);
	values[0] = (struct sql_value){SQL_TEXT, 0,
				       name->n ? buf_str(name) : str_empty()};
	values[1] = sql_text(below);
	values[2] = sql_text(str_n(ending, 1 + below.n));
	*found_out = false;
	if (!sql_query(sql, text, values, 3))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		*found_out = true;
		buf_reset(name);
		buf_add(name, sql_get_octets(sql, 0));
	}
	sql_end(sql);
	return step == SQL_END;
}

/* *more: each() wants more. */
static bool
name_read(struct store *store, struct str name, store_each_published *each,
	  void *ctx, bool *more)
{
	static const char text[] =
	    "SELECT s.first, s.last, coalesce(t.place, 0), t.octets "
	    "FROM dns_seen s LEFT JOIN dns_text t ON t.digest = s.digest "
	    "WHERE s.name = $1 ORDER BY s.first, s.last, s.digest, t.place";
	const struct sql_value value = sql_text(name);
	struct store_published published = {.name = name};
	struct sql *sql = store->sql;
	enum sql_step step;

	if (!sql_query(sql, text, &value, 1))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW && *more) {
		published.first = sql_get_integer(sql, 0);
		published.last = sql_get_integer(sql, 1);
		published.place = sql_get_integer(sql, 2);
		published.text = sql_get_octets(sql, 3);
		*more = each(ctx, &published);
	}
	sql_end(sql);
	return step != SQL_FAILED;
}

bool
store_published(struct store *store, struct str below,
		store_each_published *each, void *ctx)
{
	bool done, found = true, more = true;
	struct buf name;

	buf_init(&name, NULL);
	do {
		done = name_next(store, str_first(below, LIMIT_DOMAIN), &name,
				 &found);
		if (done && found)
			done =
			    name_read(store, buf_str(&name), each, ctx, &more);
	} while (done && found && more);
	buf_clear(&name);
	return done;
}
