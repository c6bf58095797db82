#include "stats/drafts.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/ip.h"
#include "base/mem.h"

/* What is made for rows is given back now and then. */
#define ROWS_OCTETS ((size_t)256 * 1024)

/* --- one text in common --- */

static void
common_add(struct common *common, struct str text)
{
	if (!common->set)
		common->text = str_n(mem_copy(text.p, text.n), text.n);
	else if (!str_eq(common->text, text))
		common->differs = true;
	common->set = true;
}

static void
common_clear(struct common *common)
{
	free((char *)common->text.p);
	*common = (struct common){0};
}

struct str
common_text(const struct common *common)
{
	return common->set && !common->differs ? common->text : str_empty();
}

/* --- all of them --- */

void
drafts_init(struct drafts *drafts, const struct store *store,
	    const struct str *own, size_t owns)
{
	*drafts = (struct drafts){
	    .key = *store_key(store),
	    .arena = arena_new(NULL),
	    .own = own,
	    .owns = owns,
	    .draft = mem_array(DRAFTS, sizeof(struct draft)),
	};
}

static void
draft_clear(struct draft *draft)
{
	struct common *const all[] = {&draft->from,        &draft->client_name,
				      &draft->list,        &draft->spf_domain,
				      &draft->dkim_domain, &draft->rule,
				      &draft->by};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		common_clear(all[i]);
	for (i = 0; i < STATS_CLIENTS; i++)
		common_clear(&draft->client[i]);
}

void
drafts_clear(struct drafts *drafts)
{
	size_t i;

	for (i = 0; i < drafts->drafts; i++)
		draft_clear(&drafts->draft[i]);
	free(drafts->draft);
	hashes_clear(&drafts->index);
	hashes_clear(&drafts->pairs);
	arena_free(drafts->arena);
}

static int
by_messages(const void *a, const void *b)
{
	const struct draft *one = a, *two = b;

	if (one->messages != two->messages)
		return one->messages > two->messages ? -1 : 1;
	return one->hash < two->hash ? -1 : one->hash > two->hash;
}

static void
halve(struct drafts *drafts)
{
	const size_t kept = drafts->drafts / 2;
	size_t i;

	qsort(drafts->draft, drafts->drafts, sizeof(*drafts->draft),
	      by_messages);
	for (i = kept; i < drafts->drafts; i++) {
		drafts->rest += drafts->draft[i].messages;
		draft_clear(&drafts->draft[i]);
	}
	drafts->most = drafts->drafts;
	drafts->drafts = kept;
	hashes_reset(&drafts->index);
	for (i = 0; i < kept; i++)
		hashes_add(&drafts->index, drafts->draft[i].hash, (uint32_t)i);
}

static uint64_t
hash_of(struct drafts *drafts, const struct touched *row,
	const struct look *look)
{
	struct buf text;

	buf_init(&text, drafts->arena);
	buf_addc(&text, (char)('A' + look->looks));
	buf_addc(&text, (char)('A' + row->outcome.decided));
	buf_add(&text, look->from);
	buf_addc(&text, ' ');
	buf_add(&text, look->by);
	return siphash(&drafts->key, buf_str(&text));
}

static struct draft *
draft_of(struct drafts *drafts, const struct touched *row,
	 const struct look *look)
{
	const uint64_t hash = hash_of(drafts, row, look);
	struct draft *draft;
	size_t at;

	if (drafts->drafts == DRAFTS && !hashes_have(&drafts->index, hash))
		halve(drafts);
	at = hashes_add(&drafts->index, hash, (uint32_t)drafts->drafts);
	draft = &drafts->draft[at];
	if (at == drafts->drafts) {
		drafts->drafts++;
		*draft = (struct draft){.hash = hash,
					.decided = row->outcome.decided,
					.looks = look->looks,
					.first = INT64_MAX};
	}
	return draft;
}

/* Has the draft had this text already?  Of several kinds: each has a letter. */
static bool
pair_is_new(struct drafts *drafts, const struct draft *draft, char kind,
	    struct str text)
{
	const uint64_t hash =
	    siphash(&drafts->key, text) ^ (draft->hash + (uint64_t)kind);

	if (drafts->pairs.count >= DRAFT_PAIRS ||
	    hashes_have(&drafts->pairs, hash))
		return false;
	hashes_add(&drafts->pairs, hash, 0);
	return true;
}

static void
add_client(struct draft *draft, struct str client)
{
	size_t i;

	for (i = 0; i < draft->clients && i < STATS_CLIENTS; i++)
		if (str_eq(draft->client[i].text, client))
			return;
	if (i < STATS_CLIENTS)
		common_add(&draft->client[i], client);
	if (draft->clients <= STATS_CLIENTS)
		draft->clients++;
}

static void
draft_add(struct drafts *drafts, struct draft *draft, const struct touched *row,
	  const struct look *look)
{
	const int64_t first = row->first * STATS_HOUR;
	const int64_t last = row->last * STATS_HOUR;
	struct ip client = ip_none();
	struct str network = row->client;

	if (ip_parse(row->client, &client))
		network = ip_head(&client, 24, 48);
	draft->messages += row->messages;
	if (row->outcome.done == row->outcome.decided)
		draft->done += row->messages;
	if (first < draft->first)
		draft->first = first;
	if (last > draft->last)
		draft->last = last;
	draft->own_broken = draft->own_broken || look->own_broken;
	if (pair_is_new(drafts, draft, 'f', row->from_domain) ||
	    draft->from_domains == 0)
		draft->from_domains++;
	if (pair_is_new(drafts, draft, 'n', network) || draft->networks == 0)
		draft->networks++;
	common_add(&draft->from, row->from_domain);
	common_add(&draft->client_name, row->client_name);
	common_add(&draft->list, row->list);
	common_add(&draft->spf_domain, look->spf_domain);
	common_add(&draft->dkim_domain, look->dkim_domain);
	common_add(&draft->rule, row->rule);
	common_add(&draft->by, look->by);
	add_client(draft, row->client);
}

void
drafts_add(struct drafts *drafts, const struct touched *row)
{
	struct look look;

	if (arena_size(drafts->arena) > ROWS_OCTETS) {
		arena_free(drafts->arena);
		drafts->arena = arena_new(NULL);
	}
	look = look_of(drafts->arena, row, drafts->own, drafts->owns);
	drafts->decided[row->outcome.decided] += row->messages;
	draft_add(drafts, draft_of(drafts, row, &look), row, &look);
}
