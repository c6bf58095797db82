/*
 * Inside verify/ only: the client that a trusted relay saw, and when.
 */
#ifndef VERDICT_VERIFY_RELAY_H
#define VERDICT_VERIFY_RELAY_H

#include "base/arena.h"
#include "mail/header.h"
#include "verdict/verdict.h"
#include "verify/verify.h"

/*
 * In mail of a relay, after the whole header: fills verdict->seen from the
 * Received fields of the relay and, where its client is one as well, of that
 * one.  Where there is no client to check the reason of verdict->spf tells why.
 */
void relay_read(struct arena *arena, const struct header *header,
		const struct verify_relays *relays, struct verdict *verdict);

#endif
