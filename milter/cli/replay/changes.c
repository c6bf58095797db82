#include "milter/cli/replay/changes.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SLOTS ((size_t)32768) /* a power of two, over CHANGES_MAX */
_Static_assert(SLOTS > CHANGES_MAX * 3 / 2, "some slots stay free");

void
changes_init(struct changes *changes, bool done)
{
	*changes = (struct changes){.done = done,
				    .arena = arena_new(NULL),
				    .key = siphash_key_random()};
	changes->slot = mem_array(SLOTS, sizeof *changes->slot);
}

void
changes_clear(struct changes *changes)
{
	free(changes->change);
	free(changes->slot);
	arena_free(changes->arena);
}

/* --- groups --- */

static struct str
from_of(const struct verdict *verdict)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	if (dmarc != NULL)
		return dmarc->from;
	return verdict->from.count > 0 ? verdict->from.domain[0] : str_empty();
}

static bool
is_same(const struct change *a, const struct change *b)
{
	return a->before == b->before && a->after == b->after &&
	       str_eq(a->from_domain, b->from_domain) &&
	       str_eq(a->rule_before, b->rule_before) &&
	       str_eq(a->rule_after, b->rule_after);
}

static uint64_t
hash_of(const struct changes *changes, const struct change *change)
{
	return siphash(&changes->key, change->from_domain) * 3 +
	       siphash(&changes->key, change->rule_before) * 5 +
	       siphash(&changes->key, change->rule_after) * 7 +
	       change->before * FATES + change->after;
}

static struct change *
append(struct changes *changes, const struct change *like)
{
	if (changes->count == changes->room) {
		changes->room = changes->room ? 2 * changes->room : 64;
		changes->change = mem_resize(
		    changes->change, changes->room * sizeof *changes->change);
	}
	struct change *change = &changes->change[changes->count++];
	*change = *like;
	change->from_domain = arena_copy(changes->arena, like->from_domain);
	change->rule_before = arena_copy(changes->arena, like->rule_before);
	change->rule_after = arena_copy(changes->arena, like->rule_after);
	return change;
}

/* NULL: there are as many as may be. */
static struct change *
group_of(struct changes *changes, const struct change *like)
{
	size_t at = hash_of(changes, like) & (SLOTS - 1);

	while (changes->slot[at] != 0) {
		struct change *change = &changes->change[changes->slot[at] - 1];
		if (is_same(change, like))
			return change;
		at = (at + 1) & (SLOTS - 1);
	}
	if (changes->count == CHANGES_MAX)
		return NULL;
	struct change *change = append(changes, like);
	changes->slot[at] = (uint32_t)changes->count;
	return change;
}

/* --- what stands in one --- */

static void
copy_text(char *to, size_t room, struct str text)
{
	text = str_first(text, room - 1);
	if (text.n > 0)
		memcpy(to, text.p, text.n);
	to[text.n] = '\0';
}

static void
add_source(struct change *change, const struct verdict *verdict)
{
	const bool seen = verdict->client_class == CLIENT_RELAY &&
			  verdict->seen.client.family != IP_NONE;
	const struct ip client = seen ? verdict->seen.client : verdict->client;
	struct change_source *source = change->source;

	while (source < change->source + change->sources &&
	       !ip_eq(source->client, client))
		source++;
	if (source == change->source + CHANGE_SOURCES) {
		change->elsewhere++;
		return;
	}
	if (source == change->source + change->sources) {
		change->sources++;
		source->client = client;
		copy_text(source->name, sizeof source->name,
			  seen ? str_empty() : verdict->client_name);
	}
	source->messages++;
}

static void
add_sample(struct change *change, const struct verdict *verdict)
{
	struct change_sample *sample =
	    &change->sample[change->messages % CHANGE_SAMPLES];
	const struct verdict_from *from = &verdict->from;

	sample->time = verdict->now;
	copy_text(sample->queue_id, sizeof sample->queue_id, verdict->queue_id);
	copy_text(sample->from, sizeof sample->from, from_of(verdict));
	if (from->addresses == 0)
		return;
	struct str local = str_first(from->address[0].local, CHANGE_TEXT / 2);
	copy_text(sample->from, sizeof sample->from, local);
	sample->from[local.n] = '@';
	copy_text(sample->from + local.n + 1, sizeof sample->from - local.n - 1,
		  from->address[0].domain);
}

const struct change_sample *
change_sample(const struct change *change, size_t i)
{
	if (i >= CHANGE_SAMPLES || i >= change->messages)
		return NULL;
	return &change->sample[(change->messages - 1 - i) % CHANGE_SAMPLES];
}

/* --- adding --- */

static void
add_unjudged(struct changes *changes, const struct again *again)
{
	size_t i = 0;

	changes->unjudged++;
	while (i < changes->reasons &&
	       (changes->reason[i].doubt != again->doubt ||
		!str_eq(changes->reason[i].about, again->about)))
		i++;
	if (i == UNJUDGED_MAX) {
		changes->unreasoned++;
		return;
	}
	if (i == changes->reasons)
		changes->reason[changes->reasons++] = (struct unjudged){
		    again->doubt, arena_copy(changes->arena, again->about), 0};
	changes->reason[i].messages++;
}

void
changes_add(struct changes *changes, const struct verdict *verdict,
	    const struct again *again)
{
	const struct decision *was = &verdict->decision, *is = &again->decision;
	struct change like = {
	    .before =
		fate_of(changes->done ? was->applied : was->action, was->how),
	    .from_domain = from_of(verdict),
	    .rule_before = was->rule,
	};

	changes->messages++;
	if (again->doubt != AGAIN_SURE) {
		add_unjudged(changes, again);
		return;
	}
	changes->reclassed += again->reclassed;
	like.after = fate_of(changes->done ? is->applied : is->action, is->how);
	like.rule_after = is->rule;
	changes->pair[like.before][like.after]++;
	if (like.before == like.after)
		return;
	changes->changed++;
	changes->refused +=
	    !fate_refuses(like.before) && fate_refuses(like.after);
	struct change *change = group_of(changes, &like);
	if (change == NULL) {
		changes->ungrouped++;
		return;
	}
	add_source(change, verdict);
	add_sample(change, verdict);
	change->messages++;
}

/* In the same order each time, whatever the hash is. */
static int
by_texts(const struct change *a, const struct change *b)
{
	const struct str *one[] = {&a->from_domain, &a->rule_before,
				   &a->rule_after};
	const struct str *two[] = {&b->from_domain, &b->rule_before,
				   &b->rule_after};
	int order = 0;

	/* A NUL follows each. */
	for (size_t i = 0; i < 3 && order == 0; i++)
		order = strcmp(one[i]->p, two[i]->p);
	return order;
}

static int
compare(const void *a, const void *b)
{
	const struct change *one = a, *two = b;

	if (one->messages != two->messages)
		return one->messages < two->messages ? 1 : -1;
	if (one->after != two->after)
		return one->after > two->after ? -1 : 1;
	if (one->before != two->before)
		return one->before < two->before ? -1 : 1;
	return by_texts(one, two);
}

void
changes_sort(struct changes *changes)
{
	if (changes->count > 0)
		qsort(changes->change, changes->count, sizeof *changes->change,
		      compare);
}
