/*
 * Addresses that are not to be remembered (`privacy: strict`).  In place of
 * each local part, and of each recipient, stands "~" and a hash under a key of
 * the host's own: the same address has the same, and who has the key finds it.
 *
 * Mail is decided by the addresses as they are; only what is remembered and
 * told of it (record, log, trace) goes through privacy_hide().  It says so
 * (verdict->addresses_hidden), and rules on addresses cannot be judged by it.
 */
#ifndef VERDICT_VERDICT_PRIVACY_H
#define VERDICT_VERDICT_PRIVACY_H

#include "base/siphash.h"
#include "verdict/verdict.h"

/*
 * "~0123456789abcdef": what stands for an address, "local@domain" in any case;
 * so a recipient is told.  In the arena.
 */
struct str privacy_token(struct arena *arena, const struct siphash_key *key,
			 struct str address) MUST_CHECK;
/* "~0123456789abcdef@domain": so a sender is told. */
struct str privacy_sender(struct arena *arena, const struct siphash_key *key,
			  struct str address) MUST_CHECK;

/*
 * The verdict with its addresses hidden, also where SPF's macros have put a
 * local part into names and texts.  It keeps no field of the header.  What it
 * points to is in the arena, or the verdict's.
 */
struct verdict privacy_hide(struct arena *arena, const struct siphash_key *key,
			    const struct verdict *verdict) MUST_CHECK;

/*
 * Reads the key's file, of 16 octets in hexadecimal, mode 0600; make: one with
 * a new key where there is none.  NULL, or what is wrong and what to do, the
 * end of a sentence; errno tells more where it is not 0.
 */
const char *privacy_key_read(const char *path, bool make,
			     struct siphash_key *key_out) MUST_CHECK;

#endif
