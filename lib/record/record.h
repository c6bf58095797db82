/*
 * What the daemon remembers of each message: its verdict as octets, and back.
 *
 * A record is made once, when a message was decided, and read for months: by
 * later versions, under other configurations, by programs that ask what became
 * of a mail and what would become of it.  So it holds the whole verdict:
 *
 *   policy_decide() on the verdict that was unpacked gives the same decision as
 *   on the one that was packed, under any configuration, or says that it cannot
 *   judge a rule (decision.unjudged); verdict_json() gives the same text.
 *
 * What cannot be had again: fields of the header but those that the rules in
 * force name, the body, answers of the DNS but for their digests, and what ARC
 * seals say of earlier results.  What was evaluated by a configuration stays as
 * that had it (clients' classes, trusted sealers, SPF of listed domains).
 *
 * The form of the octets is record.proto, a contract of its own.  A record is
 * read from a file, so it is untrusted: it is bounded, and every value in it is
 * looked at.  Who holds one may print its texts as those of any verdict.
 *
 * Pure functions; all they make lives in the arena.  Records stand in frames of
 * a journal, each with its kind.
 */
#ifndef VERDICT_RECORD_RECORD_H
#define VERDICT_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "verdict/verdict.h"

/* Of a frame: numbers are never used for something else. */
enum record_kind {
	RECORD_CONTEXT = 1, /* what the messages after it share */
	RECORD_MESSAGE = 2,
	RECORD_DNS_TEXT = 3 /* before the first message with its digest */
};

/* --- messages --- */

/* What a verdict does not know of its message. */
struct record_about {
	/* The number of the context in force; 0: unknown. */
	uint32_t context;
	/* Names of the header fields that the rules in force look at: those
	   are kept (struct rules). */
	const struct str *field;
	size_t fields;
};

/*
 * The record of a message that was decided, LIMIT_RECORD_OCTETS at most: by
 * what bounds a verdict it never comes to that.  Takes a few microseconds.
 */
struct str record_pack(struct arena *arena, const struct verdict *verdict,
		       const struct record_about *about) MUST_CHECK;

/*
 * NULL, or why the octets are no record of this version: a static sentence
 * without an end, "a value of an enumeration is unknown".  Fields that are not
 * known are skipped.  Of the verdict `header` is NULL and `fields` set, also
 * where no name was kept, and no question has an answer.  *context_out: as
 * record_about.  The octets may go afterwards.
 */
const char *record_unpack(struct arena *arena, struct str octets,
			  struct verdict *verdict_out,
			  uint32_t *context_out) MUST_CHECK;
/*
 * The same, in half the time, but for what policy_decide() does not look at:
 * the verdict is as one that asked nothing of the DNS, cost nothing and removed
 * no field, and its decision has no reason.
 */
const char *record_unpack_to_decide(struct arena *arena, struct str octets,
				    struct verdict *verdict_out,
				    uint32_t *context_out) MUST_CHECK;

/* --- what they share --- */

/* SHA-256. */
#define RECORD_CONFIGURATION_OCTETS 32

/*
 * Written at the start, after a reload, and at the head of each segment: those
 * in force, with the numbers that they have had.  A message that began before a
 * reload is decided, and so recorded, under the former one.
 */
struct record_context {
	uint32_t number; /* from 1, one more for each reload */
	int64_t time;    /* since when: seconds since 1970 */
	struct str host, version;
	bool enforce; /* the mode */
	/* The digest of the configuration's text. */
	uint8_t configuration[RECORD_CONFIGURATION_OCTETS];
};

struct str record_context_pack(struct arena *arena,
			       const struct record_context *context) MUST_CHECK;
/* As record_unpack(); host and version are printable ASCII. */
const char *record_context_unpack(struct arena *arena, struct str octets,
				  struct record_context *context_out)
    MUST_CHECK;

/* --- what the DNS said --- */

struct record_dns_text {
	uint8_t digest[DNS_DIGEST_OCTETS];
	const struct str *text; /* raw octets */
	size_t texts;           /* LIMIT_DNS_ANSWER_RRS at most */
};

/* Of a question for TXT that found something, and that has its answer. */
struct str record_dns_text_pack(struct arena *arena,
				const struct dns_question *question) MUST_CHECK;
/* As record_unpack(); the digest is as it stands, and not computed anew. */
const char *record_dns_text_unpack(struct arena *arena, struct str octets,
				   struct record_dns_text *text_out) MUST_CHECK;

#endif
