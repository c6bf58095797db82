/*
 * A growing set of 64-bit hashes, each with a number.  The hashes are keyed
 * (base/siphash.h), so nobody can aim at one place.
 */
#ifndef VERDICT_STORE_HASHES_H
#define VERDICT_STORE_HASHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hashes {
	struct hashes_slot {
		uint64_t hash;
		uint32_t number;
		bool used;
	} * slot;
	size_t room, count; /* room: a power of two, or 0 */
};

void hashes_clear(struct hashes *hashes);
/* Forgets them, keeps the room. */
void hashes_reset(struct hashes *hashes);
bool hashes_have(const struct hashes *hashes, uint64_t hash);
/* The number of the hash; of one that is new, `number`. */
uint32_t hashes_add(struct hashes *hashes, uint64_t hash, uint32_t number);

/*
 * Of a bounded memory of what has been written lately: it forgets, and what it
 * has forgotten is written once more.  KNOWN_SLOTS of 8 octets each.
 */
#define KNOWN_SLOTS ((size_t)1 << 17)

struct known {
	uint64_t *slot;
};

/* Has it this hash?  Then, or now, it has. */
bool known_add(struct known *known, uint64_t hash);
void known_clear(struct known *known);

#endif
