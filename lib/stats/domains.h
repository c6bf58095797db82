/*
 * From domains by where their mail came from: the addresses of clients, and the
 * selectors of their own signatures; and which of these passed until some day
 * and fail since.
 *
 * Whole days of UTC are counted.  Rules for all of this: stats.h.
 */
#ifndef VERDICT_STATS_DOMAINS_H
#define VERDICT_STATS_DOMAINS_H

#include "stats/stats.h"

enum stats_origin_kind {
	ORIGIN_CLIENT,  /* an address: what DMARC says of its mail */
	ORIGIN_SELECTOR /* "s1 sender.example", of the From domain or near it:
			   what the signature's result is */
};

struct stats_origin {
	enum stats_origin_kind kind;
	struct str text; /* "" where a client's address is not known */
	struct stats_counts counts; /* result: see the kind */
	/* Of the kind of mail that most of a client's is of: "pass", "pass
	   sender.example s1, ..." as tallies have it. */
	struct str spf, dkim;
	/* For stats_breaks(): the tallies that it is counted by. */
	struct stats_origin_key {
		int64_t key;
		bool pass; /* else it fails; others are not there */
	} * key;
	size_t keys;
};

/* So many tallies of an origin are looked at for a break, whichever they are:
   one of more kinds of mail is a sample. */
#define STATS_ORIGIN_KEYS 32

struct stats_domain {
	struct str name;
	struct stats_counts counts;  /* each message once */
	struct stats_origin *origin; /* the most mail first */
	size_t origins;
	size_t clients;  /* of these: ORIGIN_CLIENT */
	int64_t unnamed; /* messages of clients beyond what is kept */
};

struct stats_domains {
	struct stats_domain *domain; /* in the order of the names */
	size_t domains;
	int64_t first_day; /* days since 1970 that can tell of a break */
	size_t days;       /* STATS_BREAK_DAYS at most */
};

/* So many days before the end of the period. */
#define STATS_BREAK_DAYS 31

/* Clients and selectors that are kept, of one domain and in all: forgers use
   any number of addresses, and each takes some 200 octets. */
#define STATS_ORIGINS 5000
#define STATS_ORIGINS_ALL 100000

bool stats_domains(struct store *store, struct arena *arena,
		   const struct stats_period *period, const struct str *name,
		   size_t names, struct stats_domains *domains_out) MUST_CHECK;

/* What the DNS had for a name, and has since. */
struct stats_change {
	struct str name;
	int64_t time;       /* the first message that saw it */
	struct str was, is; /* texts, one a line; "": none any more, or what was
			       is not known */
	bool gone;          /* there is none any more */
};

#define STATS_CHANGES 4

struct stats_break {
	struct str domain;
	/* Which of its origins; where a selector and clients broke within
	   hours of each other, both, and the numbers are of the first. */
	struct str selector; /* "s1 sender.example", or "" */
	struct str client;   /* the one with the most failing mail, or "" */
	size_t clients;
	int64_t time; /* the hour in which it began to fail, seconds */
	int64_t passed_before, failed_before;
	int64_t passed_since, failed_since;
	struct stats_change change[STATS_CHANGES];
	size_t changes;
};

struct stats_breaks {
	struct stats_break *broke; /* the most failing mail first */
	size_t breaks;
	size_t all; /* how many there are */
};

/* Those that still fail at the end of the period. */
bool stats_breaks(struct store *store, struct arena *arena,
		  const struct stats_domains *domains, size_t most,
		  struct stats_breaks *breaks_out) MUST_CHECK;

#endif
