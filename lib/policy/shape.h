/*
 * The shape of a DMARC failure: what else the message shows about its origin
 * (RFC 9989 section 7.4 wants more than a failure before mail is rejected).
 *
 * Evidence is strong where the sender cannot make it: a trusted ARC run, a
 * passing signature or a client on the admin's `forwarders` list.  All
 * other evidence is weak: any spoofer can buy it.
 */
#ifndef VERDICT_POLICY_SHAPE_H
#define VERDICT_POLICY_SHAPE_H

#include "base/domain.h"
#include "base/ip.h"
#include "verdict/verdict.h"

/* The admin's `forwarders`; outlives the message. */
struct shape_forwarders {
	struct client_list clients;
	struct domain_list domains; /* of passing signatures */
};

/*
 * SHAPE_NONE unless the decisive DMARC result is fail.  Pure; the text lives in
 * the arena.
 */
struct shape_outcome shape_of(struct arena *arena,
			      const struct verdict *verdict,
			      const struct shape_forwarders *forwarders);

#endif
