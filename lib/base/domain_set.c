#include "base/domain_set.h"

#include <stdint.h>
#include <string.h>

#include "base/domain.h"
#include "base/siphash.h"

struct entry {
	const char *name;
	uint16_t n;
	bool exact, subtree;
};

/* Open addressing: an entry's number, from 1; 0 is free. */
struct domain_set {
	struct siphash_key key;
	uint32_t *slot;
	size_t mask;
	struct entry *entry;
	size_t count, room;
	char *text; /* of all names, one behind the other */
	size_t text_n, text_room;
	size_t deepest; /* labels of the longest subtree name */
};

struct domain_set *
domain_set_new(struct arena *arena, size_t count, size_t octets)
{
	struct domain_set *set = arena_alloc(arena, sizeof *set);
	size_t slots = 4;

	while (slots / 2 < count) /* at most half full */
		slots *= 2;
	set->key = siphash_key_random();
	set->slot = arena_array(arena, slots, sizeof *set->slot);
	set->mask = slots - 1;
	set->entry = arena_array(arena, count + 1, sizeof *set->entry);
	set->room = count;
	set->text = arena_alloc(arena, octets + 1);
	set->text_room = octets;
	return set;
}

/* The slot that holds the name, or the free one where it belongs. */
static size_t
find(const struct domain_set *set, struct str name)
{
	size_t at = (size_t)siphash(&set->key, name) & set->mask;

	while (set->slot[at] != 0) {
		const struct entry *entry = &set->entry[set->slot[at] - 1];
		if (str_eq(str_n(entry->name, entry->n), name))
			break;
		at = (at + 1) & set->mask;
	}
	return at;
}

static struct entry *
insert(struct domain_set *set, size_t at, struct str name)
{
	struct entry *entry = &set->entry[set->count++];
	char *text = set->text + set->text_n;

	memcpy(text, name.p, name.n);
	set->text_n += name.n;
	*entry = (struct entry){.name = text, .n = (uint16_t)name.n};
	set->slot[at] = (uint32_t)set->count;
	return entry;
}

void
domain_set_add(struct domain_set *set, struct str name, bool subtree)
{
	size_t at = find(set, name);
	size_t labels = domain_labels(name);
	struct entry *entry;

	if (set->slot[at] != 0)
		entry = &set->entry[set->slot[at] - 1];
	else if (set->count == set->room || name.n > UINT16_MAX ||
		 name.n > set->text_room - set->text_n)
		return;
	else
		entry = insert(set, at, name);
	if (!subtree) {
		entry->exact = true;
		return;
	}
	entry->subtree = true;
	if (labels > set->deepest)
		set->deepest = labels;
}

static const struct entry *
look_up(const struct domain_set *set, struct str name)
{
	size_t at = find(set, name);

	return set->slot[at] != 0 ? &set->entry[set->slot[at] - 1] : NULL;
}

bool
domain_set_has_exact(const struct domain_set *set, struct str text)
{
	const struct entry *entry = look_up(set, text);

	return entry != NULL && entry->exact;
}

bool
domain_set_has(const struct domain_set *set, struct str name)
{
	if (name.n == 0)
		return false;
	if (domain_set_has_exact(set, name))
		return true;
	name = domain_last_labels(name, set->deepest);
	for (; name.n > 0; name = domain_parent(name)) {
		const struct entry *entry = look_up(set, name);
		if (entry != NULL && entry->subtree)
			return true;
	}
	return false;
}
