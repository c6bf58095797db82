/*
 * The DNS tree walk, RFC 9989 section 4.10: at most 8 TXT lookups for a name,
 * once for each name of a message, and so with the records on the way.  Blocks
 * in dns_lookup() only; one thread.
 */
#ifndef VERDICT_DMARC_TREEWALK_H
#define VERDICT_DMARC_TREEWALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/str.h"
#include "dmarc/record.h"
#include "dns/dns.h"

struct dmarc_step {
	struct str domain;                 /* TXT was asked at _dmarc.domain */
	const struct dmarc_record *record; /* NULL: none */
	const struct dns_answer *trouble;  /* NULL, or the failed lookup */
};

struct dmarc_walk {
	struct str start;
	struct dmarc_step step[LIMIT_WALK_QUERIES]; /* longest name first */
	size_t steps;
	const struct dns_answer *trouble; /* the first failure, or NULL */
	bool limited;                     /* dns_is_limited() for one of them */
	/* Since when the walk stands, and what else it may wait for. */
	unsigned round;
	int64_t deadline_ms;
	struct dmarc_walk *next;
};

/* The walks of one message; the caller's storage. */
struct dmarc_walker {
	struct arena *arena;
	struct dns_session *session;
	int64_t deadline_ms; /* of the message, monotonic */
	int64_t zone_ms;     /* what one walk may wait */
	unsigned round;      /* from 1 */
	struct dmarc_walk *walks;
};

void dmarc_walker_init(struct dmarc_walker *walker, struct arena *arena,
		       struct dns_session *session, int64_t zone_ms);
/*
 * A round of walks begins, with the message's deadline.  The walks that were
 * made before stand, but for those in which a lookup failed: the answer may be
 * there by now.
 */
void dmarc_walker_begin(struct dmarc_walker *walker, int64_t deadline_ms);

/*
 * The names a walk asks for: the i-th target of a canonical domain, and how
 * many there are unless a psd tag ends the walk.
 */
size_t dmarc_walk_targets(struct str domain);
struct str dmarc_walk_target(struct str domain, size_t i);

/* "_dmarc." and a canonical domain, in the caller's buffer. */
#define DMARC_NAME_MAX (LIMIT_DOMAIN + 8)
struct str dmarc_name(struct str domain, char buffer[DMARC_NAME_MAX]);

/* Walks, or returns the walk that stands.  Never NULL. */
const struct dmarc_walk *dmarc_walk(struct dmarc_walker *walker,
				    struct str domain);

/*
 * What the failed lookups of some walks may have hidden: one of four findings
 * for each name, two bits of `code` each.
 */
struct dmarc_guess {
	struct str domain[LIMIT_WALK_GUESSES];
	size_t count;
	unsigned code;
};

/*
 * The Organizational Domain (section 4.10.2), a part of the walk's start.
 * guess NULL: failed lookups count as "no record".
 */
struct str dmarc_walk_org(const struct dmarc_walk *walk,
			  const struct dmarc_guess *guess);
/*
 * The highest name that may be the Organizational Domain, whatever the failed
 * lookups would have shown; where none failed, that one.
 */
struct str dmarc_walk_ceiling(const struct dmarc_walk *walk);
/*
 * Where the policy record stands (section 4.10.1), failed lookups counting as
 * "no record".  NULL: there is none.
 */
const struct dmarc_step *dmarc_walk_policy(const struct dmarc_walk *walk);

/*
 * Whether the walk's start exists (section 3.2.13), by dns_name_exists() and
 * dns_name_is_absent(), within the time of the walk.
 */
const struct dns_answer *dmarc_existence(struct dmarc_walker *walker,
					 const struct dmarc_walk *walk);

#endif
