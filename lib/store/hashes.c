#include "store/hashes.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FIRST_ROOM 256

void
hashes_clear(struct hashes *hashes)
{
	free(hashes->slot);
	*hashes = (struct hashes){0};
}

void
hashes_reset(struct hashes *hashes)
{
	if (hashes->slot)
		memset(hashes->slot, 0, hashes->room * sizeof(*hashes->slot));
	hashes->count = 0;
}

/* Its slot, or the free one for it. */
static struct hashes_slot *
slot_of(const struct hashes *hashes, uint64_t hash)
{
	size_t at = (size_t)hash & (hashes->room - 1);

	while (hashes->slot[at].used && hashes->slot[at].hash != hash)
		at = (at + 1) & (hashes->room - 1);
	return &hashes->slot[at];
}

static void
grow(struct hashes *hashes)
{
	const struct hashes old = *hashes;
	size_t i;

	hashes->room = old.room ? old.room * 2 : FIRST_ROOM;
	hashes->slot = mem_array(hashes->room, sizeof(*hashes->slot));
	for (i = 0; i < old.room; i++)
		if (old.slot[i].used)
			*slot_of(hashes, old.slot[i].hash) = old.slot[i];
	free(old.slot);
}

bool
hashes_have(const struct hashes *hashes, uint64_t hash)
{
	return hashes->room && slot_of(hashes, hash)->used;
}

uint32_t
hashes_add(struct hashes *hashes, uint64_t hash, uint32_t number)
{
	struct hashes_slot *slot;

	if (hashes->count * 2 >= hashes->room)
		grow(hashes);
	slot = slot_of(hashes, hash);
	if (!slot->used) {
		*slot = (struct hashes_slot){hash, number, true};
		hashes->count++;
	}
	return slot->number;
}

bool
known_add(struct known *known, uint64_t hash)
{
	uint64_t *slot;
	bool had;

	if (!known->slot)
		known->slot = mem_array(KNOWN_SLOTS, sizeof(*known->slot));
	slot = &known->slot[hash & (KNOWN_SLOTS - 1)];
	had = *slot == hash;
	*slot = hash;
	return had;
}

void
known_clear(struct known *known)
{
	free(known->slot);
	known->slot = NULL;
}
