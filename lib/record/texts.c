#include "record/texts.h"

#include <string.h>

#include "base/limits.h"

/* A contract as record.proto is: what has a number keeps it, and new ones come
   at the end. */
static const struct str text_usual[] = {
    [TEXTS_EMPTY] = STR(""),
    [2] = STR("rsa-sha256"),
    [3] = STR("ed25519-sha256"),
    [4] = STR("no DMARC record"),
    [5] = STR("body hash did not verify"),
    [6] = STR("signature did not verify"),
    [7] = STR("client is not checked"),
    [8] = STR("not checked"),
    [9] = STR("no From domain"),
    [10] = STR("on-quarantine"),
    [11] = STR("550"),
    [12] = STR("5.7.26"),
    [13] = STR("-all"),
    [14] = STR("~all"),
    [15] = STR("?all"),
    [16] = STR("mx"),
    [17] = STR("a"),
    [18] = STR("trusted relay"),
};

#define USUAL (sizeof text_usual / sizeof text_usual[0])
_Static_assert(USUAL <= TEXTS_USUAL,
	       "the usual ones have numbers of their own");

/* --- packing --- */

/* Boundaries at which a string may be parted: real names have a few. */
#define TAILS 8
/* Entries in the beginning: a message with one recipient has about 25. */
#define ROOM 32
/* So many at most, since slots hold 16 bits: no verdict has as many. */
#define ROOM_MAX 32768
_Static_assert(
    2 * LIMIT_RECIPIENTS_KEPT + 2 * LIMIT_RECORD_QUESTIONS +
	    10 * LIMIT_DKIM_SHOWN + 2 * LIMIT_ARC_SETS +
	    20 * LIMIT_AUTHOR_DOMAINS + 1000 <
	ROOM_MAX,
    "recipients, questions, signatures, seals, authors and the rest");

/* Up to eight octets as a number. */
static uint64_t
word(struct str text)
{
	uint64_t value = 0;

	if (text.n >= sizeof value)
		memcpy(&value, text.p, sizeof value);
	else
		memcpy(&value, text.p, text.n);
	return value;
}

/* Whoever makes a thousand recipients collide costs us milliseconds, which is
   no more than they cost otherwise: no key is needed. */
static uint32_t
hash_of(struct str text)
{
	uint64_t hash = text.n;

	for (size_t i = 0; i < text.n; i += sizeof hash) {
		hash = (hash ^ word(str_from(text, i))) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 29;
	}
	return (uint32_t)(hash * 0xbf58476d1ce4e5b9u >> 32);
}

void
texts_init(struct texts *texts, struct arena *arena)
{
	*texts =
	    (struct texts){.arena = arena, .room = ROOM, .slots = 2 * ROOM};
	texts->entry = arena_array(arena, ROOM, sizeof *texts->entry);
	texts->slot = arena_array(arena, texts->slots, sizeof *texts->slot);
}

/* The slot of a string, or the free one where it belongs. */
static uint16_t *
find(const struct texts *texts, struct str text, uint32_t hash)
{
	size_t at = hash & (texts->slots - 1);

	while (texts->slot[at] != 0) {
		const struct texts_entry *entry =
		    &texts->entry[texts->slot[at] - 1];
		if (entry->hash == hash && str_eq(entry->whole, text))
			break;
		at = (at + 1) & (texts->slots - 1);
	}
	return &texts->slot[at];
}

static void
grow(struct texts *texts)
{
	struct texts_entry *former = texts->entry;

	texts->room *= 2;
	texts->slots *= 2;
	texts->entry =
	    arena_array(texts->arena, texts->room, sizeof *texts->entry);
	texts->slot =
	    arena_array(texts->arena, texts->slots, sizeof *texts->slot);
	memcpy(texts->entry, former, texts->count * sizeof *former);
	for (size_t i = 0; i < texts->count; i++)
		*find(texts, texts->entry[i].whole, texts->entry[i].hash) =
		    (uint16_t)(i + 1);
}

/* The longest end that is there already. */
static void
part(const struct texts *texts, struct texts_entry *entry)
{
	struct str whole = entry->whole;
	unsigned tried = 0;

	for (size_t i = 1; i < whole.n && tried < TAILS; i++) {
		if (whole.p[i - 1] != '.' && whole.p[i - 1] != '@')
			continue;
		struct str end = str_from(whole, i);
		uint16_t found = *find(texts, end, hash_of(end));
		tried++;
		if (found == 0)
			continue;
		entry->own = i;
		entry->tail = TEXTS_USUAL + found - 1u;
		return;
	}
}

static uint32_t
usual(struct str text)
{
	for (uint32_t i = TEXTS_EMPTY + 1; i < USUAL; i++) {
		if (text.n == text_usual[i].n && str_eq(text, text_usual[i]))
			return i;
	}
	return 0;
}

uint32_t
texts_add(struct texts *texts, struct str text)
{
	if (text.n == 0)
		return 0;
	uint32_t number = usual(text);
	if (number != 0)
		return number;
	uint32_t hash = hash_of(text);
	uint16_t *slot = find(texts, text, hash);
	if (*slot != 0)
		return TEXTS_USUAL + *slot - 1u;
	if (texts->count == ROOM_MAX)
		return 0;
	if (texts->count == texts->room) {
		grow(texts);
		slot = find(texts, text, hash);
	}
	struct texts_entry *entry = &texts->entry[texts->count++];
	*entry =
	    (struct texts_entry){.whole = text, .own = text.n, .hash = hash};
	part(texts, entry);
	*slot = (uint16_t)texts->count;
	return TEXTS_USUAL + *slot - 1u;
}

/* --- unpacking --- */

/* How long the string of a number is; false: there is none before `before`. */
static bool
length_of(const struct str *string, size_t before, uint32_t number,
	  size_t *n_out)
{
	if (number < TEXTS_USUAL && number >= USUAL)
		return false;
	if (number >= TEXTS_USUAL && number - TEXTS_USUAL >= before)
		return false;
	*n_out = number == 0            ? 0
		 : number < TEXTS_USUAL ? text_usual[number].n
					: string[number - TEXTS_USUAL].n;
	return true;
}

bool
texts_open(struct arena *arena, const struct texts_part *part, size_t n,
	   struct texts_read *texts_out)
{
	struct str *string = arena_array(arena, n, sizeof *string);
	size_t left = LIMIT_RECORD_OCTETS, tail;

	for (size_t i = 0; i < n; i++) {
		if (!length_of(string, i, part[i].tail, &tail) ||
		    part[i].own.n > left || tail > left - part[i].own.n)
			return false;
		string[i].n = part[i].own.n + tail;
		left -= string[i].n;
	}
	*texts_out = (struct texts_read){arena, part, string, n};
	return true;
}

/* The octets of one and of its tails. */
static const char *
join(struct texts_read *texts, size_t i)
{
	char *octets = arena_alloc(texts->arena, texts->string[i].n + 1);
	char *to = octets;
	struct str piece = str_empty();

	for (;;) {
		const uint32_t tail = texts->part[i].tail;
		if (texts->part[i].own.n > 0)
			memcpy(to, texts->part[i].own.p, texts->part[i].own.n);
		to += texts->part[i].own.n;
		if (tail < TEXTS_USUAL)
			piece = tail > 0 ? text_usual[tail] : piece;
		else if (texts->string[tail - TEXTS_USUAL].p != NULL)
			piece = texts->string[tail - TEXTS_USUAL];
		else {
			i = tail - TEXTS_USUAL;
			continue;
		}
		if (piece.n > 0)
			memcpy(to, piece.p, piece.n);
		return octets;
	}
}

bool
texts_find(struct texts_read *texts, uint32_t number, struct str *text_out)
{
	size_t i = number - TEXTS_USUAL;

	if (number < TEXTS_USUAL) {
		if (number >= USUAL)
			return false;
		*text_out = number == 0 ? str_empty() : text_usual[number];
		return true;
	}
	if (i >= texts->count)
		return false;
	if (texts->string[i].p == NULL)
		texts->string[i].p = join(texts, i);
	*text_out = texts->string[i];
	return true;
}
