/*
 * The zone behind zone_oracle() and the DNS server of dns_server.h, where its
 * text form is described.
 */
#ifndef TESTS_SUPPORT_ZONE_H
#define TESTS_SUPPORT_ZONE_H

#include "base/arena.h"
#include "tests/support/dns_server.h"

#define ZONE_CNAME 5 /* beside the types of enum dns_type */
#define ZONE_NONE 0  /* EMPTY: the name exists */

struct zone_record {
	struct zone_record *next;
	struct str name;
	int type;
	struct ip ip;
	uint16_t preference;
	struct str target; /* MX, PTR, CNAME; empty is the root */
	struct str text;   /* TXT, its strings joined */
	struct str rdata;  /* TXT, as on the wire */
};

enum zone_deed {
	ZONE_SERVFAIL,
	ZONE_REFUSED,
	ZONE_SILENT,
	ZONE_FORMERR,
	ZONE_RCODE,
	ZONE_DELAY,
	ZONE_DROP,
	ZONE_TRUNCATE,
	ZONE_WRONG_ID,
	ZONE_WRONG_QUESTION,
	ZONE_WRONG_PORT,
	ZONE_EXTRA,
	ZONE_GARBAGE,
	ZONE_TCP_CLOSE,
	ZONE_REVERSE,
	ZONE_AD,
	ZONE_REFERRAL,
	ZONE_TTL
};

struct zone_behaviour {
	struct zone_behaviour *next;
	struct str name;
	enum zone_deed deed;
	uint64_t n; /* of !delay, !drop, !ttl, !rcode */
	int type;   /* 0: every type */
	struct zone_record *extra;
};

struct zone {
	struct arena *arena;
	struct zone_record *records;
	struct zone_behaviour *behaviours;
};

/* The behaviour that holds for a name and type, itself or by wildcard. */
struct zone_behaviour *zone_behaves(const struct zone *zone, struct str name,
				    int type, enum zone_deed deed);

#define ZONE_HITS 2000

struct zone_hit {
	struct str owner; /* not the wildcard, but the name it stands for */
	const struct zone_record *record;
};

struct zone_answer {
	enum dns_status status;
	size_t n;
	struct zone_hit hit[ZONE_HITS]; /* the CNAMEs on the way, the data */
};

void zone_answer(const struct zone *zone, struct str name, int type,
		 struct zone_answer *answer_out);

/* A question as it came in. */
struct zone_question {
	const uint8_t *p; /* the message */
	size_t end;       /* of the question section */
	uint16_t id;
	int type;
	bool edns;
	size_t room; /* for a datagram with the answer */
	char text[256];
	struct str name; /* in text */
};

/* False: not a question that makes sense. */
bool zone_question_parse(const uint8_t *p, size_t n,
			 struct zone_question *question_out);

#define ZONE_WIRE_MAX 65535

/*
 * The answer in wire format; its length.  Over UDP what does not fit is
 * truncated.
 */
size_t zone_wire_answer(const struct zone *zone,
			const struct zone_question *question, bool tcp,
			uint8_t out[ZONE_WIRE_MAX]);
/* "no such name" for the question: what a forger would like believed. */
size_t zone_wire_denial(const struct zone_question *question,
			uint8_t out[ZONE_WIRE_MAX]);

#endif
