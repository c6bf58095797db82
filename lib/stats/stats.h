/*
 * What became of a time's mail, in numbers: what `verdict stats` and its page
 * show.  All of it comes from the tallies of a store (store/message.h), never
 * from its messages.
 *
 * Each function asks one thing.  Its result lives in the arena, is bounded
 * whatever the store holds, and says what was left out.  False: the store
 * failed, store_error() tells.  A store belongs to one thread.
 *
 * Texts are as mail brought them: who prints them escapes them.
 */
#ifndef VERDICT_STATS_STATS_H
#define VERDICT_STATS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "store/store.h"
#include "verdict/verdict.h"

/* Seconds since 1970.  Whole hours are counted: that of `since`, and all up to
   that in which `until` (not counted itself) lies; with until 0 there is no
   end. */
struct stats_period {
	int64_t since, until;
};

/* What DMARC said of a message; each is counted in one of them. */
enum stats_result {
	STATS_PASS,
	STATS_NO_POLICY, /* the From domain publishes none */
	STATS_FAIL,
	STATS_TEMPERROR, /* a lookup without an answer, or one too many */
	/* It was to be checked and has no result: no From domain, or put off
	   before that. */
	STATS_UNJUDGED,
	STATS_NOT_CHECKED, /* of internal-networks, or with SMTP AUTH */
	/* In groups by from, client and selector: of an hour with too many
	   kinds of mail, where it is not known who sent what. */
	STATS_REST,
	STATS_RESULTS
};

/* "pass", "no policy", ... */
const char *stats_result_text(enum stats_result result);

#define STATS_ACTIONS (ACTION_DISCARD + 1)

/* Of any set of messages. */
struct stats_counts {
	int64_t messages;
	int64_t result[STATS_RESULTS];
	int64_t decided[STATS_ACTIONS]; /* enum action, whatever the mode */
	int64_t done[STATS_ACTIONS];    /* mode monitor: accept */
};

/* --- the whole of it --- */

struct stats_totals {
	struct stats_counts counts;
	int64_t checked;     /* all but STATS_NOT_CHECKED */
	int64_t folded;      /* of all: STATS_REST where one asks who */
	int64_t lost;        /* messages whose records were lost */
	int64_t lost_octets; /* of the journal that were damaged */
	int64_t first, last; /* begins of hours with mail in them; 0: none */
};

bool stats_totals(struct store *store, const struct stats_period *period,
		  struct stats_totals *totals_out) MUST_CHECK;

/* --- over time, for a graph --- */

struct stats_slot {
	int64_t begin; /* seconds since 1970 */
	struct stats_counts counts;
};

struct stats_series {
	int64_t width; /* of a slot, in seconds: an hour, or a day of UTC */
	struct stats_slot *slot; /* in order, without gaps between them */
	size_t slots;            /* STATS_SLOTS at most */
};

#define STATS_SLOTS 420
#define STATS_HOUR 3600
#define STATS_DAY 86400

/* width: STATS_HOUR or STATS_DAY; hours that are more than STATS_SLOTS become
   days, and of more days the last ones count. */
bool stats_series(struct store *store, struct arena *arena,
		  const struct stats_period *period, int64_t width,
		  struct stats_series *series_out) MUST_CHECK;

/* --- what happened beside mail --- */

enum stats_event_kind {
	STATS_START,  /* the daemon began */
	STATS_RELOAD, /* another configuration, the same mode */
	STATS_MODE,   /* ... and another mode */
	STATS_VERSION /* it began with another version */
};

struct stats_event {
	int64_t time;
	enum stats_event_kind kind;
	struct str host, version, mode; /* "monitor", "enforce" */
};

struct stats_events {
	struct stats_event *event; /* in the order of time */
	size_t events;             /* STATS_EVENTS at most: the last ones */
	size_t left_out;
	/* Of the last event of all times and hosts; "": there is none. */
	struct str mode, version;
};

#define STATS_EVENTS 200

bool stats_events(struct store *store, struct arena *arena,
		  const struct stats_period *period,
		  struct stats_events *events_out) MUST_CHECK;

/* Records that are missing: numbers of that time are too low. */
struct stats_gap {
	int64_t time;
	struct str host;
	int64_t messages; /* 0: how many is not known */
	int64_t octets;
};

struct stats_gaps {
	struct stats_gap *gap; /* in the order of time */
	size_t gaps;           /* STATS_GAPS at most: the last ones */
	size_t left_out;
};

#define STATS_GAPS 100

bool stats_gaps(struct store *store, struct arena *arena,
		const struct stats_period *period,
		struct stats_gaps *gaps_out) MUST_CHECK;

/* --- by one thing --- */

enum stats_by {
	STATS_BY_FROM,     /* From domain */
	STATS_BY_CLIENT,   /* its address */
	STATS_BY_SELECTOR, /* of signatures: "s1 sender.example" */
	STATS_BY_SHAPE,    /* of DMARC failures */
	STATS_BY_ACTION,   /* what was decided */
	STATS_BY_RULE,     /* the rule that decided */
	STATS_BY_DAY,      /* of UTC: "2026-11-29" */
	STATS_BYS
};

extern const char *const stats_by_words[]; /* base/words.h */

struct stats_group {
	struct str name; /* "" where messages have none */
	/* Of STATS_BY_SELECTOR `result` is that of the signature (pass, fail,
	   temperror), and a message counts for each of its signatures. */
	struct stats_counts counts;
	int64_t first, last; /* days (STATS_BY_RULE: hours) with it, seconds */
};

struct stats_groups {
	struct stats_group *group; /* the most messages first; days in order */
	size_t groups;
	size_t all;               /* how many there are */
	struct stats_counts rest; /* of those that are not listed */
};

/*
 * Whole days of UTC are counted where `by` is from, client or selector.  most:
 * how many are listed.  Of more than STATS_GROUPS_KEPT the smallest go to the
 * rest on the way, and `all` is the least that there are.
 */
bool stats_groups(struct store *store, struct arena *arena,
		  const struct stats_period *period, enum stats_by by,
		  size_t most, struct stats_groups *groups_out) MUST_CHECK;

/* 250 octets each. */
#define STATS_GROUPS_KEPT 100000

#endif
