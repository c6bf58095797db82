/*
 * What a store knows beside its messages, for who explains one of them: what
 * was published then, how the same domain's mail did before, and how far back
 * the store reaches.
 *
 * Each question has a bound of its own, whatever the store holds, and none
 * reads a message.  False: store_error().
 */
#ifndef VERDICT_STORE_LOOK_H
#define VERDICT_STORE_LOOK_H

#include "base/arena.h"
#include "store/store.h"

/* The TXT records of an answer by its digest, in the arena; none where the
   store has them no more, or never had them. */
bool store_texts(struct store *store, struct arena *arena,
		 const uint8_t digest[DNS_DIGEST_OCTETS],
		 const struct str **text_out, size_t *texts_out) MUST_CHECK;

/* Kinds of mail of one domain that are looked at, those of mail that is
   accepted first.  Beyond them the rest is left out, whichever that is: what is
   counted is then a sample. */
#define STORE_KINDS 256
/* Rows that are looked for at most, some 20 ms of work: a month of a domain
   with many kinds of mail, a year of others. */
#define STORE_KIND_ROWS 8192

/* Messages of one kind: equal in each column of a tally. */
struct store_kind {
	struct str column[TALLY_COLUMNS];
	int64_t messages;
};

struct store_kinds {
	struct store_kind *kind; /* those with messages */
	size_t kinds;
	int64_t since;  /* seconds since 1970: counted from there on */
	bool sampled;   /* STORE_KINDS was reached */
	int64_t enough; /* in: as many messages will do */
};

/*
 * How the mail of a From domain did up to the day of `until` (itself counted),
 * by days of UTC, the newest first, until there are enough, the rows are used
 * up, or the store has no older ones.  All is in the arena.
 */
bool store_kinds_of(struct store *store, struct arena *arena,
		    struct str from_domain, int64_t until,
		    struct store_kinds *kinds) MUST_CHECK;

/* Records that are missing. */
struct store_lost {
	int64_t messages; /* that no record is left of */
	int64_t octets;   /* of the journal that were no records */
	int64_t last;     /* when that was noticed; 0: never */
};

/* What was noticed from `since` to `until`, both among it. */
bool store_lost(struct store *store, int64_t since, int64_t until,
		struct store_lost *lost_out) MUST_CHECK;

/* What it holds. */
struct store_extent {
	int64_t messages;
	int64_t first, last; /* of their times; 0: there is none */
	int64_t hosts;
	struct store_lost lost; /* at any time */
};

bool store_extent(struct store *store,
		  struct store_extent *extent_out) MUST_CHECK;

/* What it holds of one mail host. */
struct store_host {
	struct str name;
	int64_t messages;
	int64_t first, last; /* of their times; 0: there is none */
	int64_t octets;      /* on disk, about */
	struct store_lost lost;
};

/* All of them, by name.  each() returns false to stop, and asks the store for
   nothing. */
bool store_hosts(struct store *store,
		 bool (*each)(void *ctx, const struct store_host *host),
		 void *ctx) MUST_CHECK;

#endif
