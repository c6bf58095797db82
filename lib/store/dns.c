/* What the DNS said: texts once each, and under which names they were seen. */
#include "store/parts.h"

/* How old dns_seen.last may be, so that it is not written for each message:
   with six hours it was the most of what PostgreSQL did. */
#define DNS_SEEN_S (24 * 3600)
/* Rows an hour: names with an answer cost who makes them up hardly more than
   the mail that brings them. */
#define DNS_HOUR_ROWS 50000
#define HOUR_S 3600
/* As TALLY_SEEN_DAYS. */
#define DNS_TEXT_DAYS 16

static bool
has_room(struct store *store, int64_t time)
{
	if (store->seen_hour != time / HOUR_S) {
		store->seen_hour = time / HOUR_S;
		store->seen_written = 0;
	}
	if (store->seen_written++ < DNS_HOUR_ROWS)
		return true;
	store->nameless++;
	return false;
}

static bool
seen_write(struct store *store, const struct batch *batch)
{
	bool done = sql_bulk_begin(store->sql, &table_dns_seen, 0);
	int64_t changed;
	size_t i;

	for (i = 0; done && i < batch->seens; i++) {
		const struct batch_seen *seen = &batch->seen[i];
		const struct str digest =
		    str_n((const char *)seen->seen.digest, DNS_DIGEST_OCTETS);
		const uint64_t now =
		    seen->hash + (uint64_t)(seen->last / DNS_SEEN_S * 2 + 1);
		const struct sql_value values[] = {
		    sql_text(seen->seen.name), sql_blob(digest),
		    sql_integer(seen->first), sql_integer(seen->last)};

		if (known_add(&store->seen, now) ||
		    !has_room(store, seen->last))
			continue;
		done = sql_bulk_row(store->sql, values);
	}
	return done && sql_bulk_end(store->sql, &changed);
}

static bool
texts_write(struct store *store, const struct batch *batch)
{
	bool done = sql_bulk_begin(store->sql, &table_dns_text, 0);
	int64_t changed;
	size_t i;

	for (i = 0; done && i < batch->texts; i++) {
		const struct batch_text *text = &batch->text[i];
		const int64_t day = text->day / DNS_TEXT_DAYS * DNS_TEXT_DAYS;
		const uint64_t now = siphash(&store->key, text->digest) +
				     (uint64_t)(day * 1000 + text->place) * 2 +
				     1;
		const struct sql_value values[] = {
		    sql_blob(text->digest), sql_integer(text->place),
		    sql_integer(day), sql_blob(text->octets)};

		if (!known_add(&store->texts, now))
			done = sql_bulk_row(store->sql, values);
	}
	return done && sql_bulk_end(store->sql, &changed);
}

bool
dns_write(struct store *store, const struct batch *batch)
{
	return (batch->seens == 0 || seen_write(store, batch)) &&
	       (batch->texts == 0 || texts_write(store, batch));
}
