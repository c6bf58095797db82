/* One look at the days' tallies, for the domains that were named. */
#include "stats/domains.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/siphash.h"
#include "dkim/dkim.h"
#include "stats/parts.h"

/* The kind of mail that has the majority, where one has. */
struct leader {
	int64_t key, ahead; /* by so many messages */
};

/* A domain while it is counted. */
struct counting {
	struct stats_domain *domain;
	struct hashes index;   /* of origins, by kind and text */
	struct leader *leader; /* of each */
};

struct look {
	struct arena *arena;
	struct siphash_key key;
	struct hashes names;
	struct counting *counting;
	struct stats_domains *out;
	size_t origins;  /* of all domains */
	struct buf text; /* of a selector */
};

static uint64_t
hash_of(const struct look *look, char kind, struct str text)
{
	struct buf both;
	uint64_t hash;

	buf_init(&both, NULL);
	buf_addc(&both, kind);
	buf_add(&both, text);
	hash = siphash(&look->key, buf_str(&both));
	buf_clear(&both);
	return hash;
}

/* Room for one more: doubled at powers of two. */
static void
make_room(struct counting *counting)
{
	struct stats_domain *domain = counting->domain;
	const size_t n = domain->origins;
	const size_t room = n ? n * 2 : 1;

	if ((n & (n - 1)) != 0)
		return;
	domain->origin =
	    mem_resize(domain->origin, room * sizeof(*domain->origin));
	counting->leader =
	    mem_resize(counting->leader, room * sizeof(*counting->leader));
}

/* NULL: there is no room for another one. */
static struct stats_origin *
origin_of(struct look *look, struct counting *counting,
	  enum stats_origin_kind kind, struct str text, size_t *at_out)
{
	struct stats_domain *domain = counting->domain;
	const uint64_t hash =
	    hash_of(look, kind == ORIGIN_CLIENT ? 'c' : 's', text);
	const bool full = domain->origins >= STATS_ORIGINS ||
			  look->origins >= STATS_ORIGINS_ALL;

	if (full && !hashes_have(&counting->index, hash))
		return NULL;
	*at_out = hashes_add(&counting->index, hash, (uint32_t)domain->origins);
	if (*at_out == domain->origins) {
		make_room(counting);
		domain->origin[domain->origins] = (struct stats_origin){
		    .kind = kind, .text = arena_copy(look->arena, text)};
		counting->leader[domain->origins++] = (struct leader){0, 0};
		look->origins++;
		domain->clients += kind == ORIGIN_CLIENT;
	}
	return &domain->origin[*at_out];
}

static void
add_key(struct stats_origin *origin, int64_t key, enum stats_result result)
{
	const size_t n = origin->keys;

	if (n >= STATS_ORIGIN_KEYS ||
	    (result != STATS_PASS && result != STATS_FAIL))
		return;
	if ((n & (n - 1)) == 0)
		origin->key = mem_resize(origin->key, (n ? n * 2 : 1) *
							  sizeof(*origin->key));
	origin->key[origin->keys++] =
	    (struct stats_origin_key){key, result == STATS_PASS};
}

/* Is it another kind that leads now?  (The vote of Boyer and Moore.) */
static bool
leads(struct leader *leader, const struct day_row *row)
{
	if (leader->ahead > 0 && leader->key == row->key) {
		leader->ahead += row->messages;
		return false;
	}
	leader->ahead -= row->messages;
	if (leader->ahead >= 0)
		return false;
	*leader = (struct leader){row->key, -leader->ahead};
	return true;
}

static void
add_client(struct look *look, struct counting *counting,
	   const struct day_row *row)
{
	size_t at;
	struct stats_origin *origin =
	    origin_of(look, counting, ORIGIN_CLIENT, row->client, &at);

	if (!origin) {
		counting->domain->unnamed += row->messages;
		return;
	}
	counts_add(&origin->counts, row->outcome, row->messages);
	add_key(origin, row->key, row->outcome.result);
	if (!leads(&counting->leader[at], row))
		return;
	origin->spf = arena_copy(look->arena, row->spf);
	origin->dkim = arena_copy(look->arena, row->dkim);
}

/* Is one of the two the other, or below it? */
static bool
is_near(struct str a, struct str b)
{
	const struct str longer = a.n > b.n ? a : b;
	const struct str shorter = a.n > b.n ? b : a;

	if (shorter.n == 0 || !str_ends_nocase(longer, shorter))
		return false;
	return longer.n == shorter.n ||
	       longer.p[longer.n - shorter.n - 1] == '.';
}

/* Of a signature that was not tried, or has no key for want of an answer,
   nothing is known. */
static enum stats_result
signature_result(struct str word)
{
	if (str_is(word, dkim_result_text(DKIM_PASS)))
		return STATS_PASS;
	if (str_is(word, dkim_result_text(DKIM_FAIL)) ||
	    str_is(word, dkim_result_text(DKIM_PERMERROR)))
		return STATS_FAIL;
	return STATS_TEMPERROR;
}

static void
add_selectors(struct look *look, struct counting *counting,
	      const struct day_row *row)
{
	struct outcome outcome = row->outcome;
	struct str dkim = row->dkim;
	struct signature signature;
	struct stats_origin *origin;
	size_t at;

	while (signature_next(&dkim, &signature)) {
		if (!is_near(signature.domain, counting->domain->name))
			continue;
		buf_reset(&look->text);
		buf_add(&look->text, signature.selector);
		buf_addc(&look->text, ' ');
		buf_add(&look->text, signature.domain);
		origin = origin_of(look, counting, ORIGIN_SELECTOR,
				   buf_str(&look->text), &at);
		if (!origin)
			continue;
		outcome.result = signature_result(signature.result);
		counts_add(&origin->counts, outcome, row->messages);
		add_key(origin, row->key, outcome.result);
	}
}

static void
add_row(void *ctx, const struct day_row *row)
{
	struct look *look = ctx;
	const uint64_t hash = hash_of(look, 'n', row->from_domain);
	struct counting *counting;

	if (!hashes_have(&look->names, hash))
		return;
	counting = &look->counting[hashes_add(&look->names, hash, 0)];
	counts_add(&counting->domain->counts, row->outcome, row->messages);
	add_client(look, counting, row);
	add_selectors(look, counting, row);
}

static int
by_messages(const void *a, const void *b)
{
	const struct stats_origin *one = a, *two = b;

	if (one->counts.messages != two->counts.messages)
		return one->counts.messages > two->counts.messages ? -1 : 1;
	return (one->kind > two->kind) - (one->kind < two->kind);
}

static void
begin(struct look *look, const struct str *name, size_t names)
{
	struct stats_domains *out = look->out;
	size_t i;

	out->domains = names;
	out->domain = arena_array(look->arena, names, sizeof(*out->domain));
	look->counting = mem_array(names, sizeof(*look->counting));
	for (i = 0; i < names; i++) {
		out->domain[i].name = arena_copy(look->arena, name[i]);
		look->counting[i].domain = &out->domain[i];
		hashes_add(&look->names, hash_of(look, 'n', name[i]),
			   (uint32_t)i);
	}
}

static void *
move(struct arena *arena, void *heap, size_t n, size_t size)
{
	void *moved = arena_array(arena, n, size);

	if (n > 0)
		memcpy(moved, heap, n * size);
	free(heap);
	return moved;
}

/* What has grown on the heap moves to the arena. */
static void
end(struct look *look)
{
	size_t i;

	for (i = 0; i < look->out->domains; i++) {
		struct stats_domain *domain = &look->out->domain[i];
		size_t j;

		domain->origin = move(look->arena, domain->origin,
				      domain->origins, sizeof(*domain->origin));
		for (j = 0; j < domain->origins; j++)
			domain->origin[j].key =
			    move(look->arena, domain->origin[j].key,
				 domain->origin[j].keys,
				 sizeof(*domain->origin[j].key));
		qsort(domain->origin, domain->origins, sizeof(*domain->origin),
		      by_messages);
		free(look->counting[i].leader);
		hashes_clear(&look->counting[i].index);
	}
	free(look->counting);
	hashes_clear(&look->names);
	buf_clear(&look->text);
}

/* The days that can tell of a break: the last ones with mail. */
static bool
find_days(struct store *store, struct span days, struct stats_domains *out)
{
	static const char text[] =
	    "SELECT max(day) FROM tally_day WHERE day >= $1 AND day < $2";
	const struct sql_value values[] = {sql_integer(days.from),
					   sql_integer(days.to)};
	int64_t last;

	if (!sql_get(store_sql(store), text, values, 2, days.from, &last))
		return false;
	out->first_day = last - STATS_BREAK_DAYS + 1;
	if (out->first_day < days.from)
		out->first_day = days.from;
	out->days =
	    last < out->first_day ? 0 : (size_t)(last - out->first_day + 1);
	return true;
}

bool
stats_domains(struct store *store, struct arena *arena,
	      const struct stats_period *period, const struct str *name,
	      size_t names, struct stats_domains *domains_out)
{
	struct stats_domains domains = {0};
	struct look look = {
	    .arena = arena, .key = *store_key(store), .out = &domains};
	bool done;

	if (!find_days(store, days_of(period), &domains))
		return false;
	begin(&look, name, names);
	done = days_read(store, period, add_row, &look);
	end(&look);
	if (done)
		*domains_out = domains;
	return done;
}
