/*
 * What would change, gathered in groups: from which fate to which, of which
 * From domain, by which rules; each with where its mail came from and some of
 * its messages.  Bounded: what has no group is counted beside them.
 */
#ifndef VERDICT_MILTER_CLI_REPLAY_CHANGES_H
#define VERDICT_MILTER_CLI_REPLAY_CHANGES_H

#include "base/siphash.h"
#include "milter/cli/replay/again.h"

/* 1 kB each; nobody reads as many. */
#define CHANGES_MAX 20000
#define CHANGE_SOURCES 4
/* The latest ones. */
#define CHANGE_SAMPLES 3
/* More of a name tells people nothing. */
#define CHANGE_TEXT 100

struct change_source {
	struct ip client;
	char name[CHANGE_TEXT]; /* confirmed; "" none */
	uint64_t messages;
};

struct change_sample {
	int64_t time;
	char queue_id[32], from[CHANGE_TEXT]; /* as they came, cut */
};

struct change {
	enum fate before, after;
	struct str from_domain, rule_before, rule_after; /* "" none */
	uint64_t messages;
	struct change_source source[CHANGE_SOURCES]; /* the first ones seen */
	size_t sources;
	uint64_t elsewhere; /* messages of other sources */
	struct change_sample sample[CHANGE_SAMPLES];
};

/* Messages that could not be judged, for one reason. */
struct unjudged {
	enum again_doubt doubt;
	struct str about;
	uint64_t messages;
};

#define UNJUDGED_MAX 64 /* a rule each; what is beyond has no name */

struct changes {
	/* What is compared: what is done, or what is decided where the new
	   configuration does nothing (mode: monitor). */
	bool done;
	uint64_t messages, changed, refused, unjudged, reclassed;
	uint64_t pair[FATES][FATES]; /* before, after */
	uint64_t unreadable;         /* records */
	struct change *change;
	size_t count;
	uint64_t ungrouped; /* changed ones without a group */
	struct unjudged reason[UNJUDGED_MAX];
	size_t reasons;
	uint64_t unreasoned; /* unjudged ones without one of these */
	/* inside */
	struct arena *arena;
	struct siphash_key key;
	uint32_t *slot;
	size_t room;
};

void changes_init(struct changes *changes, bool done);
void changes_clear(struct changes *changes);
/* All that is kept is copied. */
void changes_add(struct changes *changes, const struct verdict *verdict,
		 const struct again *again);
/* The largest groups first. */
void changes_sort(struct changes *changes);
/* The i-th latest sample of a change, or NULL. */
const struct change_sample *change_sample(const struct change *change,
					  size_t i);

#endif
