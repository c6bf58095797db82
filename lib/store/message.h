/*
 * One decided message as a store keeps it: what stands in columns, what it can
 * be found by, what it is counted by, and its record.
 */
#ifndef VERDICT_STORE_MESSAGE_H
#define VERDICT_STORE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "dns/dns.h"
#include "verdict/verdict.h"

/* What a message can be found by.  The letters are part of the hashes in a
   store: none is ever used for something else. */
enum term_kind {
	TERM_QUEUE_ID = 'q',
	TERM_MESSAGE_ID = 'm',
	TERM_RECIPIENT = 'r',
	TERM_FROM_DOMAIN = 'f',
	TERM_MAIL_FROM = 's',
	TERM_MAIL_FROM_DOMAIN = 'd',
	TERM_CLIENT = 'c',
	TERM_RULE = 'u'
};

struct store_term {
	enum term_kind kind;
	struct str text; /* without regard to the case of ASCII letters */
};

/* What a tally counts by, in the order of the table tally_key: the key of a row
   of RFC 9990 (section 3.1.1.7) and what statistics want beside it. */
enum tally_column {
	TALLY_POLICY_DOMAIN, /* where the DMARC record stands */
	TALLY_PUBLISHED,     /* "p=reject sp=none adkim=s t=y": as read */
	TALLY_FROM_DOMAIN,
	TALLY_MAIL_FROM, /* its domain */
	TALLY_CLIENT,    /* its address */
	TALLY_CLASS,     /* of client; TALLY_REST in the row of all others */
	TALLY_SPF,
	TALLY_SPF_DOMAIN, /* "helo:" before a HELO name */
	TALLY_DKIM,       /* "pass sender.example s1, fail ..." */
	TALLY_DMARC,
	TALLY_ALIGNED, /* "spf", "dkim", "spf dkim" */
	TALLY_ACTION,  /* what was done */
	TALLY_WOULD,   /* what was decided, where it differs */
	TALLY_CAUSE,   /* which part of the policy decided */
	TALLY_RULE,
	TALLY_SHAPE,
	/* Of mail that fails DMARC: the client's confirmed name, ... */
	TALLY_CLIENT_NAME,
	TALLY_LIST,     /* ... the identifier in List-Id, ... */
	TALLY_SPF_OPEN, /* ... "yes": SPF passes for anybody there */
	TALLY_COLUMNS
};

/* The client class of the row that counts whatever a bound has no row for. */
#define TALLY_REST "(rest)"

/* Is it one of the few that sums (table tally_sum) have? */
bool tally_is_summed(enum tally_column column);
/* Set in keys, so that these are found without a look at all others: of what
   is, or would be, not simply accepted (such keys are negative), ... */
#define TALLY_TOUCHED ((uint64_t)1 << 63)
/* ... and of what is not checked: of the site's own clients. */
#define TALLY_OWN ((uint64_t)1 << 62)

/* A name under which an answer with this digest was found. */
struct store_seen {
	struct str name;
	uint8_t digest[DNS_DIGEST_OCTETS];
};

struct store_message {
	int64_t time; /* seconds since 1970 */
	/* "" where there is nothing to say */
	struct str queue_id, from_domain, client, action, would, rule, shape;
	const struct store_term *term;
	size_t terms;
	struct str tally[TALLY_COLUMNS];
	const struct store_seen *seen;
	size_t seens;
	struct str record; /* as record_pack() made it */
};

/* Slices are of the verdict or in the arena. */
void store_message_of(struct arena *arena, const struct verdict *verdict,
		      struct str record, struct store_message *message_out);

#endif
