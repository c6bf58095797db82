#include "dmarc/treewalk.h"

#include <string.h>

#include "base/clock.h"
#include "base/domain.h"

/* What a step has found, or may have found where its lookup failed. */
enum finding { FOUND_NOTHING, FOUND_U, FOUND_N, FOUND_Y };

size_t
dmarc_walk_targets(struct str domain)
{
	size_t labels = domain_labels(domain);

	return labels < LIMIT_WALK_QUERIES ? labels : LIMIT_WALK_QUERIES;
}

/*
 * Section 4.10 steps 1, 3 and 7: the domain, then one label less each time;
 * from 8 labels on the second target has 7.
 */
struct str
dmarc_walk_target(struct str domain, size_t i)
{
	if (i == 0)
		return domain;
	return domain_last_labels(domain, dmarc_walk_targets(domain) - i);
}

struct str
dmarc_name(struct str domain, char buffer[DMARC_NAME_MAX])
{
	static const struct str prefix = STR("_dmarc.");

	domain = str_first(domain, LIMIT_DOMAIN);
	memcpy(buffer, prefix.p, prefix.n);
	memcpy(buffer + prefix.n, domain.p, domain.n);
	return str_n(buffer, prefix.n + domain.n);
}

void
dmarc_walker_init(struct dmarc_walker *walker, struct arena *arena,
		  struct dns_session *session, int64_t zone_ms)
{
	*walker = (struct dmarc_walker){
	    .arena = arena,
	    .session = session,
	    .zone_ms = zone_ms,
	};
}

void
dmarc_walker_begin(struct dmarc_walker *walker, int64_t deadline_ms)
{
	walker->deadline_ms = deadline_ms;
	walker->round++;
}

/* The step of another walk, or of this one before, that brought an answer. */
static const struct dmarc_step *
known_step(const struct dmarc_walker *walker, struct str domain)
{
	const struct dmarc_walk *walk = walker->walks;

	for (; walk != NULL; walk = walk->next) {
		for (size_t i = 0; i < walk->steps; i++) {
			const struct dmarc_step *step = &walk->step[i];
			if (step->trouble == NULL &&
			    str_eq(step->domain, domain))
				return step;
		}
	}
	return NULL;
}

static struct dmarc_step
step_make(struct dmarc_walker *walker, struct str domain, int64_t deadline_ms)
{
	const struct dmarc_step *known = known_step(walker, domain);
	struct dmarc_step step = {.domain = domain};
	char buffer[DMARC_NAME_MAX];

	if (known != NULL) {
		step.record = known->record;
		return step;
	}
	const struct dns_answer *answer = dns_lookup(
	    walker->session, dmarc_name(domain, buffer), DNS_TXT, deadline_ms);
	step.record = dmarc_record_of(walker->arena, answer);
	if (dns_is_trouble(answer) || dns_is_limited(answer))
		step.trouble = answer;
	return step;
}

/* A foreign zone may not use up the time of the whole message. */
static int64_t
zone_deadline_ms(const struct dmarc_walker *walker)
{
	int64_t deadline_ms = clock_monotonic_ms() + walker->zone_ms;

	return deadline_ms < walker->deadline_ms ? deadline_ms
						 : walker->deadline_ms;
}

/* Section 4.10; goes on after a failed lookup, to learn what else stands. */
static void
walk_make(struct dmarc_walker *walker, struct dmarc_walk *walk)
{
	size_t targets = dmarc_walk_targets(walk->start), made = 0;

	walk->trouble = NULL;
	walk->limited = false;
	while (made < targets) {
		struct dmarc_step *step = &walk->step[made];
		*step = step_make(walker, dmarc_walk_target(walk->start, made),
				  walk->deadline_ms);
		made++;
		if (step->trouble != NULL && walk->trouble == NULL)
			walk->trouble = step->trouble;
		if (step->trouble != NULL)
			walk->limited |= dns_is_limited(step->trouble);
		if (step->record != NULL && step->record->psd != DMARC_PSD_U)
			break;
	}
	walk->steps = made;
}

static struct dmarc_walk *
walk_of(struct dmarc_walker *walker, struct str domain)
{
	struct dmarc_walk *walk = walker->walks;

	while (walk != NULL && !str_eq(walk->start, domain))
		walk = walk->next;
	if (walk != NULL)
		return walk;
	walk = arena_alloc(walker->arena, sizeof *walk);
	walk->start = domain;
	walk->next = walker->walks;
	walker->walks = walk;
	return walk;
}

const struct dmarc_walk *
dmarc_walk(struct dmarc_walker *walker, struct str domain)
{
	struct dmarc_walk *walk = walk_of(walker, domain);

	if (walk->round == walker->round)
		return walk;
	walk->round = walker->round;
	walk->deadline_ms = zone_deadline_ms(walker);
	if (walk->steps == 0 || walk->trouble != NULL)
		walk_make(walker, walk);
	return walk;
}

static enum finding
guess_of(const struct dmarc_guess *guess, struct str domain)
{
	for (size_t i = 0; guess != NULL && i < guess->count; i++) {
		if (str_eq(guess->domain[i], domain))
			return (enum finding)(guess->code >> (2 * i) & 3);
	}
	return FOUND_NOTHING;
}

static enum finding
step_finding(const struct dmarc_step *step, const struct dmarc_guess *guess)
{
	if (step->trouble != NULL)
		return guess_of(guess, step->domain);
	if (step->record == NULL)
		return FOUND_NOTHING;
	switch (step->record->psd) {
	case DMARC_PSD_N:
		return FOUND_N;
	case DMARC_PSD_Y:
		return FOUND_Y;
	case DMARC_PSD_U:
		break;
	}
	return FOUND_U;
}

struct str
dmarc_walk_org(const struct dmarc_walk *walk, const struct dmarc_guess *guess)
{
	struct str org = walk->start;

	for (size_t i = 0; i < walk->steps; i++) {
		struct str domain = walk->step[i].domain;
		switch (step_finding(&walk->step[i], guess)) {
		case FOUND_NOTHING:
			break;
		case FOUND_U: /* so far the one with the fewest labels */
			org = domain;
			break;
		case FOUND_N:
			return domain;
		case FOUND_Y: /* the name below; itself where it all began */
			return domain_last_labels(walk->start,
						  domain_labels(domain) + 1);
		}
	}
	return org;
}

struct str
dmarc_walk_ceiling(const struct dmarc_walk *walk)
{
	struct str ceiling = walk->start;

	if (walk->trouble == NULL)
		return dmarc_walk_org(walk, NULL);
	for (size_t i = 0; i < walk->steps; i++) {
		const struct dmarc_step *step = &walk->step[i];
		if (step->record != NULL || step->trouble != NULL)
			ceiling = step->domain;
	}
	return ceiling;
}

const struct dmarc_step *
dmarc_walk_policy(const struct dmarc_walk *walk)
{
	struct str org = dmarc_walk_org(walk, NULL);
	const struct dmarc_step *found = NULL;

	for (size_t i = 0; i < walk->steps; i++) {
		const struct dmarc_step *step = &walk->step[i];
		if (step->record == NULL)
			continue;
		if (i == 0 || str_eq(step->domain, org))
			return step;
		if (step->record->psd == DMARC_PSD_Y)
			found = step;
	}
	return found;
}

const struct dns_answer *
dmarc_existence(struct dmarc_walker *walker, const struct dmarc_walk *walk)
{
	return dns_lookup(walker->session, walk->start, DNS_A,
			  walk->deadline_ms);
}
