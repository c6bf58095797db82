/*
 * A check of a message that can be done again elsewhere, without the DNS, and
 * then comes out the same: message, envelope, clock, what counts of the
 * configuration, and every answer of the DNS.  The form is saved.proto.
 *
 * Such a file comes from a stranger: it is bounded, and every value in it is
 * looked at.  Pure functions.
 */
#ifndef VERDICT_RECORD_SAVED_H
#define VERDICT_RECORD_SAVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/ip.h"
#include "base/str.h"
#include "dns/dns.h"

struct saved_check {
	struct str program; /* the version that saved it */
	int64_t now;        /* seconds since 1970 */
	struct ip client;
	struct str client_name, helo;
	bool mail_from_known;
	struct str mail_from;
	const struct str *recipient;
	size_t recipients;
	bool smtp_auth, as_published;
	struct str configuration; /* text */
	/* Plain values, not to be referenced; their texts are the arena's. */
	const struct dns_answer *answer;
	size_t answers;
	struct str message;
};

/* Do these octets begin as such a file, of whatever version? */
bool saved_is(struct str octets);
/* False: all but the message is over LIMIT_RECORD_OCTETS. */
bool saved_pack(const struct saved_check *check, struct buf *out) MUST_CHECK;
/* NULL, or why the octets are none: a static sentence without an end.  The
   message and the configuration point into the octets. */
const char *saved_unpack(struct arena *arena, struct str octets,
			 struct saved_check *check_out) MUST_CHECK;

/* A new one, as the DNS gave it: its texts must outlive it.  NULL: the check
   has none. */
struct dns_answer *saved_answer(const struct saved_check *check,
				struct str name, enum dns_type type) MUST_CHECK;

#endif
