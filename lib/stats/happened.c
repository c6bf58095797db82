/* What happened beside mail: the daemon's starts and reloads, and gaps. */
#include "stats/parts.h"

/* Seconds of whole hours. */
static void
set_span(const struct stats_period *period, struct sql_value values[2])
{
	const struct span hours = hours_of(period);

	values[0] = sql_integer(hours.from * STATS_HOUR);
	values[1] = sql_integer(hours.to * STATS_HOUR);
}

static struct str
text_at(struct arena *arena, struct sql *sql, size_t column)
{
	return arena_copy(arena, sql_get_octets(sql, column));
}

/* --- events --- */

/* Beside one event stands what was before it on its host. */
static struct stats_event
event_of(struct arena *arena, struct sql *sql)
{
	struct stats_event event = {
	    .time = sql_get_integer(sql, 0),
	    .kind = str_is(sql_get_octets(sql, 1), "start") ? STATS_START
							    : STATS_RELOAD,
	    .host = text_at(arena, sql, 2),
	    .version = text_at(arena, sql, 3),
	    .mode = text_at(arena, sql, 4),
	};
	const struct str mode = text_at(arena, sql, 5);
	const struct str version = text_at(arena, sql, 6);

	if (mode.n && !str_eq(mode, event.mode))
		event.kind = STATS_MODE;
	else if (version.n && !str_eq(version, event.version))
		event.kind = STATS_VERSION;
	return event;
}

/* The last ones first; they are put in order. */
static bool
events_read(struct store *store, struct arena *arena,
	    const struct sql_value values[2], struct stats_events *out)
{
	static const char text[] =
	    "SELECT e.time, e.what, h.name, e.version, e.mode, "
	    "(SELECT b.mode FROM event b WHERE b.host = e.host "
	    "AND b.time < e.time ORDER BY b.time DESC LIMIT 1), "
	    "(SELECT b.version FROM event b WHERE b.host = e.host "
	    "AND b.time < e.time ORDER BY b.time DESC LIMIT 1) "
	    "FROM event e JOIN host h ON h.host = e.host "
	    "WHERE e.time >= $1 AND e.time < $2 "
	    "ORDER BY e.time DESC, h.name DESC, e.what";
	struct sql *sql = store_sql(store);
	struct stats_event *event;
	enum sql_step step;
	size_t n = 0;

	event = arena_array(arena, STATS_EVENTS, sizeof(*event));
	if (!sql_query(sql, text, values, 2))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW)
		if (++n <= STATS_EVENTS)
			event[STATS_EVENTS - n] = event_of(arena, sql);
	sql_end(sql);
	out->events = n < STATS_EVENTS ? n : STATS_EVENTS;
	out->left_out = n - out->events;
	out->event = event + STATS_EVENTS - out->events;
	return step == SQL_END;
}

bool
stats_events(struct store *store, struct arena *arena,
	     const struct stats_period *period, struct stats_events *events_out)
{
	static const char last[] =
	    "SELECT mode, version FROM event ORDER BY time DESC LIMIT 1";
	struct stats_events out = {.mode = str_empty(), .version = str_empty()};
	struct sql *sql = store_sql(store);
	struct sql_value values[2];
	enum sql_step step;

	set_span(period, values);
	if (!events_read(store, arena, values, &out) ||
	    !sql_query(sql, last, NULL, 0))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW) {
		out.mode = text_at(arena, sql, 0);
		out.version = text_at(arena, sql, 1);
	}
	sql_end(sql);
	if (step == SQL_END)
		*events_out = out;
	return step == SQL_END;
}

/* --- gaps --- */

bool
stats_gaps(struct store *store, struct arena *arena,
	   const struct stats_period *period, struct stats_gaps *gaps_out)
{
	static const char text[] =
	    "SELECT g.time, h.name, g.messages, g.octets "
	    "FROM gap g JOIN host h ON h.host = g.host "
	    "WHERE g.time >= $1 AND g.time < $2 ORDER BY g.time DESC";
	struct sql *sql = store_sql(store);
	struct stats_gaps out = {0};
	struct sql_value values[2];
	struct stats_gap *gap;
	enum sql_step step;
	size_t n = 0;

	gap = arena_array(arena, STATS_GAPS, sizeof(*gap));
	set_span(period, values);
	if (!sql_query(sql, text, values, 2))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW)
		if (++n <= STATS_GAPS)
			gap[STATS_GAPS - n] = (struct stats_gap){
			    .time = sql_get_integer(sql, 0),
			    .host = text_at(arena, sql, 1),
			    .messages = sql_get_integer(sql, 2),
			    .octets = sql_get_integer(sql, 3)};
	sql_end(sql);
	out.gaps = n < STATS_GAPS ? n : STATS_GAPS;
	out.left_out = n - out.gaps;
	out.gap = gap + STATS_GAPS - out.gaps;
	if (step == SQL_END)
		*gaps_out = out;
	return step == SQL_END;
}
