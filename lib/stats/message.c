#include "stats/message.h"

#include "record/record.h"
#include "stats/parts.h"

/* --- one --- */

struct search {
	const struct store_term *term;
	int64_t since, until;
	struct buf newest; /* its record */
	int64_t time;
	int64_t next; /* place of the record that follows in its block */
};

/* Has the message the term? */
static bool
has_term(const struct verdict *verdict, const struct store_term *term)
{
	if (term->kind == TERM_QUEUE_ID)
		return str_eq_nocase(verdict->queue_id, term->text);
	return term->kind == TERM_RULE &&
	       str_eq_nocase(verdict->decision.rule, term->text);
}

/* Records of a block come in their order, blocks the newest first: what the
   first block with such a message has is enough. */
static bool
look(void *ctx, const struct store_place *place, struct str record)
{
	struct search *search = ctx;
	const bool begins = place->place != search->next;
	struct verdict verdict;
	struct arena *arena;
	uint32_t context;

	search->next = place->place + 1;
	if (begins && search->newest.n > 0)
		return false;
	arena = arena_new(NULL);
	if (record_unpack(arena, record, &verdict, &context) == NULL &&
	    verdict.now >= search->since && verdict.now <= search->until &&
	    verdict.now >= search->time && has_term(&verdict, search->term)) {
		search->time = verdict.now;
		buf_reset(&search->newest);
		buf_add(&search->newest, record);
	}
	arena_free(arena);
	return true;
}

bool
stats_message(struct store *store, struct arena *arena, enum term_kind kind,
	      struct str text, int64_t since, int64_t until,
	      const struct verdict **verdict_out)
{
	const struct store_term term = {kind, text};
	struct search search = {
	    .term = &term, .since = since, .until = until, .next = -1};
	struct verdict *verdict = NULL;
	uint32_t context;
	bool done;

	buf_init(&search.newest, NULL);
	done = store_find(store, &term, since, until, look, &search);
	if (done && search.newest.n > 0) {
		verdict = arena_alloc(arena, sizeof(*verdict));
		if (record_unpack(arena, buf_str(&search.newest), verdict,
				  &context) != NULL)
			verdict = NULL;
	}
	buf_clear(&search.newest);
	if (done)
		*verdict_out = verdict;
	return done;
}

/* --- those on hold --- */

/* Days that are looked through, of those with quarantined mail: a day of a
   million messages takes a tenth of a second. */
#define DAYS 7

/* The newest such days. */
struct days {
	int64_t day[DAYS];
	size_t n;
	bool more;
};

static void
add_day(void *ctx, const struct sum *sum)
{
	struct days *days = ctx;
	int64_t day = sum->hour * STATS_HOUR / STATS_DAY, other;
	size_t i;

	if (sum->outcome.done != ACTION_QUARANTINE)
		return;
	for (i = 0; i < days->n; i++) {
		if (days->day[i] == day)
			return;
		if (days->day[i] > day)
			continue;
		other = days->day[i];
		days->day[i] = day;
		day = other;
	}
	if (days->n < DAYS)
		days->day[days->n++] = day;
	else
		days->more = true;
}

struct candidates {
	struct stats_held held[STATS_HELD_LOOKED];
	size_t n;
};

static bool
read_day(struct store *store, struct arena *arena, int64_t day,
	 const struct stats_period *period, struct candidates *out)
{
	static const char text[] =
	    "SELECT time, queue_id, from_domain FROM message WHERE day = $1 "
	    "AND action = 'quarantine' AND time >= $2 "
	    "ORDER BY time DESC LIMIT 100";
	const struct sql_value values[] = {sql_integer(day),
					   sql_integer(period->since)};
	struct sql *sql = store_sql(store);
	enum sql_step step;

	if (!sql_query(sql, text, values, 2))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW &&
	       out->n < STATS_HELD_LOOKED) {
		const struct stats_held held = {
		    .time = sql_get_integer(sql, 0),
		    .queue_id = arena_copy(arena, sql_get_octets(sql, 1)),
		    .from_domain = arena_copy(arena, sql_get_octets(sql, 2)),
		};

		if (period->until == 0 || held.time < period->until)
			out->held[out->n++] = held;
	}
	sql_end(sql);
	return step != SQL_FAILED;
}

/* Tagged mail is quarantined, too: its record tells. */
static bool
add_held(struct store *store, struct arena *arena,
	 const struct stats_held *candidate, struct stats_helds *out)
{
	struct stats_held held = *candidate;
	const struct verdict *verdict;

	if (!stats_message(store, arena, TERM_QUEUE_ID, held.queue_id,
			   held.time, held.time, &verdict))
		return false;
	if (!verdict || verdict->decision.applied != ACTION_QUARANTINE ||
	    verdict->decision.how != QUARANTINE_HOLD)
		return true;
	held.reason = verdict->decision.reason;
	out->held[out->helds++] = held;
	return true;
}

bool
stats_helds(struct store *store, struct arena *arena,
	    const struct stats_period *period, size_t most,
	    struct stats_helds *helds_out)
{
	struct candidates *candidates = arena_alloc(arena, sizeof(*candidates));
	struct stats_helds out = {0};
	struct days days = {.n = 0};
	bool done = sums_read(store, period, add_day, &days);
	size_t i;

	out.held = arena_array(arena, most, sizeof(*out.held));
	for (i = 0; done && i < days.n && candidates->n < STATS_HELD_LOOKED;
	     i++)
		done = read_day(store, arena, days.day[i], period, candidates);
	for (i = 0; done && i < candidates->n && out.helds < most; i++)
		done = add_held(store, arena, &candidates->held[i], &out);
	out.more = days.more || i < candidates->n ||
		   candidates->n == STATS_HELD_LOOKED;
	if (done)
		*helds_out = out;
	return done;
}
