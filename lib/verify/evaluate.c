/* The end of a message: results in the order in which they matter. */
#include "base/clock.h"
#include "base/limits.h"
#include "verify/alias.h"
#include "verify/facts.h"
#include "verify/listed.h"
#include "verify/relay.h"
#include "verify/state.h"

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* What any one foreign zone may use up of the message's time. */
static int64_t
zone_deadline_ms(const struct verify *verify, int64_t deadline_ms)
{
	return earlier(deadline_ms,
		       clock_monotonic_ms() + verify->limits.zone_ms);
}

static void
evaluate_spf(struct verify *verify, int64_t deadline_ms)
{
	if (verify->spf == NULL)
		return;
	spf_evaluate(
	    verify->spf,
	    earlier(deadline_ms, clock_monotonic_ms() + verify->limits.spf_ms),
	    &verify->verdict.spf);
}

/* A step is done: names the limit of time that ended a lookup of it, if any. */
static void
note_if_late(struct verify *verify, int64_t deadline_ms, unsigned limit)
{
	struct verdict *verdict = &verify->verdict;
	unsigned late = verdict->dns.late;

	dns_session_usage(verify->session, &verdict->dns);
	if (verdict->dns.late == late)
		return;
	verdict->limits |= clock_monotonic_ms() >= deadline_ms
			       ? VERDICT_LIMIT_MESSAGE_TIME
			       : limit;
}

static void
note_counts(struct verify *verify)
{
	struct verdict *verdict = &verify->verdict;

	if (verdict->dns.questions_exhausted)
		verdict->limits |= VERDICT_LIMIT_DNS_QUESTIONS;
	if (verdict->dns.prefetches_exhausted)
		verdict->limits |= VERDICT_LIMIT_PREFETCHES;
	if (verdict->dns.zone_waiters_exhausted)
		verdict->limits |= VERDICT_LIMIT_ZONE_WAITERS;
	if (verdict->dns.slow_waiters_exhausted)
		verdict->limits |= VERDICT_LIMIT_SLOW_WAITERS;
	if (verdict->dns.records_exhausted)
		verdict->limits |= VERDICT_LIMIT_DNS_RECORDS;
	if (verify->signatures.budget.exhausted)
		verdict->limits |= VERDICT_LIMIT_CRYPTO;
	if (verdict->dkim.untried > 0)
		verdict->limits |= VERDICT_LIMIT_SIGNATURES;
}

static void
evaluate_dkim(struct verify *verify, enum dkim_group group, int64_t deadline_ms)
{
	dkim_evaluate(verify->dkim, group,
		      zone_deadline_ms(verify, deadline_ms),
		      &verify->verdict.dkim);
	note_if_late(verify, deadline_ms, VERDICT_LIMIT_ZONE_TIME);
}

/* RFC 8617; last, since by itself it decides nothing. */
static void
evaluate_arc(struct verify *verify, int64_t deadline_ms)
{
	struct verdict *verdict = &verify->verdict;

	arc_evaluate(verify->arc,
		     earlier(deadline_ms, clock_monotonic_ms() + LIMIT_ARC_MS),
		     &verdict->arc);
	note_if_late(verify, deadline_ms, VERDICT_LIMIT_ARC_TIME);
	verdict->arc_run =
	    arc_trusted_run(&verdict->arc, &verify->options->trusted_sealers);
	/* Several authors, or a From that may be read in two ways: nobody
	   vouches for those. */
	if (verdict->from.state == FROM_ONE && verdict->from.strict)
		verdict->arc_trusted = arc_trusted(
		    verify->arena, &verdict->arc,
		    &verify->options->trusted_sealers, verdict->from.domain[0]);
	if (verdict->arc.keys_exhausted)
		verdict->limits |= VERDICT_LIMIT_ARC_KEYS;
}

/* Who turns out to be a relay late: SPF is for whom it saw, or for nobody. */
static void
take_relay(struct verify *verify, const struct client_element *relay)
{
	facts_relay(&verify->verdict, relay);
	verify->spf = NULL;
	relay_see(verify);
	/* The signatures were looked at before. */
	verify->verdict.seen.time = 0;
	if (verdict_seen_is_checked(&verify->verdict.seen))
		verify->spf = spf_begin(verify->arena, verify->session,
					&verify->spf_input);
}

/* Before SPF, which is not for relays.  Without an answer it stays foreign. */
static void
find_relay(struct verify *verify, int64_t deadline_ms)
{
	if (!verify_may_be_relay(verify))
		return;
	const struct client_element *relay =
	    listed_find(verify, &verify->options->trusted_relays,
			zone_deadline_ms(verify, deadline_ms));
	if (relay != NULL)
		take_relay(verify, relay);
	note_if_late(verify, deadline_ms, VERDICT_LIMIT_ZONE_TIME);
}

/* Where nothing else that is known shows as much; policy/shape.c. */
static void
find_forwarder(struct verify *verify, int64_t deadline_ms)
{
	const struct client_list *list = &verify->options->forwarders;
	struct verdict *verdict = &verify->verdict;

	if (list->spf == 0 || verdict->arc_run > 0 ||
	    client_list_find(list, verdict->client,
			     verdict_client_domain(verify->arena, verdict)) !=
		NULL)
		return;
	listed_prefetch(verify, list);
	(void)listed_find(verify, list, zone_deadline_ms(verify, deadline_ms));
	note_if_late(verify, deadline_ms, VERDICT_LIMIT_ZONE_TIME);
}

/* Evidence about a failure, which nothing else waits for. */
static void
evaluate_evidence(struct verify *verify, int64_t deadline_ms)
{
	struct verdict *verdict = &verify->verdict;
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	if (dmarc == NULL || dmarc->result != DMARC_FAIL)
		return;
	dkim_evaluate_headers(verify->dkim,
			      zone_deadline_ms(verify, deadline_ms),
			      &verdict->dkim);
	note_if_late(verify, deadline_ms, VERDICT_LIMIT_ZONE_TIME);
	find_forwarder(verify, deadline_ms);
}

static struct dmarc *
begin_dmarc(struct verify *verify)
{
	struct dmarc_input input = {
	    .suffixes = verify->engine->suffixes,
	    .zone_ms = verify->limits.zone_ms,
	};

	return dmarc_begin(verify->arena, verify->session, &input);
}

/* What the mail server may show for the From domains counts beside them. */
static void
add_targets(struct verify *verify, struct dmarc *dmarc, int64_t deadline_ms,
	    struct dmarc_authors *authors,
	    struct dmarc_doubt doubt[LIMIT_AUTHOR_DOMAINS])
{
	struct verdict_from *from = &verify->verdict.from;

	/* A bad From is one whatever its domains are. */
	if (!verify_may_show_target(verify) ||
	    (from->state != FROM_ONE && from->state != FROM_SEVERAL))
		return;
	alias_domains(verify->arena, verify->session,
		      verify->options->authserv_id,
		      zone_deadline_ms(verify, deadline_ms), from, doubt);
	if (from->state == FROM_TOO_MANY)
		verify->verdict.limits |= VERDICT_LIMIT_AUTHORS;
	authors->count = from->count;
	authors->shown = from->shown;
	authors->doubt = doubt;
	dmarc_await_walks(dmarc, authors, deadline_ms);
}

/*
 * In the order in which the answers matter, should time run out: first the
 * policy, so that no zone of a sender can keep it from being read.
 */
void
verify_evaluate(struct verify *verify)
{
	struct verdict *verdict = &verify->verdict;
	int64_t deadline_ms = clock_monotonic_ms() + verify->limits.message_ms;
	struct dmarc *dmarc = begin_dmarc(verify);
	struct dmarc_doubt doubt[LIMIT_AUTHOR_DOMAINS];
	struct dmarc_authors authors = {
	    .domain = verdict->from.domain,
	    .count = verdict->from.count,
	    .shown = verdict->from.shown,
	};

	dmarc_await_walks(dmarc, &authors, deadline_ms);
	add_targets(verify, dmarc, deadline_ms, &authors, doubt);
	note_if_late(verify, deadline_ms, VERDICT_LIMIT_ZONE_TIME);
	evaluate_dkim(verify, DKIM_ALIGNED, deadline_ms);
	find_relay(verify, deadline_ms);
	evaluate_spf(verify, deadline_ms);
	note_if_late(verify, deadline_ms, VERDICT_LIMIT_SPF_TIME);
	evaluate_dkim(verify, DKIM_OTHER, deadline_ms);
	dmarc_evaluate(dmarc, &authors, &verdict->spf, &verdict->dkim,
		       deadline_ms, &verdict->dmarc);
	note_if_late(verify, deadline_ms, VERDICT_LIMIT_ZONE_TIME);
	evaluate_arc(verify, deadline_ms);
	evaluate_evidence(verify, deadline_ms);
	note_counts(verify);
}
