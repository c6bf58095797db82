#include "verify/verify.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "dkim/verifier.h"
#include "mail/address.h"
#include "mail/list.h"
#include "verify/alias.h"
#include "verify/author.h"
#include "verify/facts.h"

/* Sooner than any mail server gives up on a silent milter (Postfix: 30 s). */
#define TICK_MS 10000

struct verify {
	const struct verify_engine *engine;
	const struct verify_options *options;
	struct arena *arena;
	struct header header;
	struct dns_session *session; /* NULL where nothing is checked */
	struct bodyhash *hashes;     /* NULL before the end of the header */
	struct dkim_verifier signatures;
	struct dkim *dkim;
	struct arc *arc;
	struct spf_input spf_input;
	struct spf *spf; /* NULL before the first recipient */
	bool prefetch, blanks_lost;
	bool from_prefetched;
	struct verdict verdict;
};

static unsigned
or_default(unsigned configured, unsigned fallback)
{
	return configured != 0 ? configured : fallback;
}

static void
begin_facts(struct verify *verify, const struct verify_envelope *envelope)
{
	struct verdict *verdict = &verify->verdict;

	facts_begin(verify->arena, envelope, verdict,
		    &verify->spf_input.mail_from);
	verify->spf_input.receiver = verify->options->authserv_id;
	verify->spf_input.client = verdict->client;
	verify->spf_input.helo = verdict->helo;
	verify->spf_input.mail_from_known = verdict->mail_from_known;
	verify->spf_input.now = verdict->now;
}

/* SPF tells about the connecting client: behind a relay that is the relay. */
static bool
wants_spf(const struct verify *verify)
{
	return verify->session != NULL &&
	       verify->verdict.client_class == CLIENT_FOREIGN;
}

static struct dns_session *
open_session(const struct verify_engine *engine,
	     const struct verify_options *options)
{
	const struct dns_limits *configured = &options->limits.dns;
	struct dns_limits limits = {
	    .questions = or_default(configured->questions, LIMIT_DNS_QUESTIONS),
	    .prefetches =
		or_default(configured->prefetches, LIMIT_DNS_PREFETCHES),
	};

	return dns_session_new(engine->resolver, &limits);
}

static void
init_header(struct verify *verify)
{
	struct header_limits limits = verify->options->limits.header;

	if (verify->verdict.rewriting != ADDRESSES_STAY)
		limits.line = LIMIT_LINE_SENDMAIL;
	header_init(&verify->header, verify->arena, &limits);
}

struct verify *
verify_begin(const struct verify_engine *engine,
	     const struct verify_options *options,
	     const struct verify_envelope *envelope)
{
	struct arena *arena = arena_new_for(engine->pool, envelope->account);
	struct verify *verify = arena_alloc(arena, sizeof *verify);

	verify->engine = engine;
	verify->options = options;
	verify->arena = arena;
	verify->prefetch = envelope->prefetch;
	verify->blanks_lost = envelope->blanks_lost;
	begin_facts(verify, envelope);
	init_header(verify);
	if (client_is_checked(envelope->client_class)) {
		verify->session = open_session(engine, options);
		dns_session_count_for(verify->session,
				      account_key(envelope->account));
		dns_session_charge(verify->session, engine->pool,
				   envelope->account);
	}
	return verify;
}

static void
prefetch_spf(struct verify *verify)
{
	if (!wants_spf(verify) || verify->spf != NULL)
		return;
	verify->spf =
	    spf_begin(verify->arena, verify->session, &verify->spf_input);
	spf_prefetch(verify->spf);
}

void
verify_rcpt(struct verify *verify, struct str path)
{
	if (verify_failed(verify))
		return;
	facts_add_recipient(verify->arena, &verify->verdict, path);
	if (verify->prefetch)
		prefetch_spf(verify);
}

static bool
may_show_target(const struct verify *verify)
{
	return verify->verdict.rewriting == ADDRESSES_CANONIFIED;
}

static void
prefetch_walks(struct verify *verify, const struct str *domain, size_t count)
{
	for (size_t i = 0; i < count; i++)
		dmarc_prefetch(verify->session, domain[i]);
	for (size_t i = 0; i < count && may_show_target(verify); i++)
		alias_prefetch(verify->session, domain[i]);
}

static void
prefetch_from(struct verify *verify, const struct header_field *field)
{
	struct address_authors authors;

	if (!str_is_nocase(field->name, "From"))
		return;
	verify->from_prefetched = true;
	address_authors(verify->arena, field->value, &authors);
	prefetch_walks(verify, authors.domain, authors.count);
}

bool
verify_header(struct verify *verify, struct str name, struct str value)
{
	struct header *header = &verify->header;

	/* Whoever has no memory left does not take more. */
	if (verify_failed(verify) || !header_add(header, name, value))
		return false;
	if (verify->session != NULL && verify->prefetch &&
	    !verify->from_prefetched)
		prefetch_from(verify, &header->field[header->count - 1]);
	return true;
}

static void
begin_signatures(struct verify *verify)
{
	const struct verify_options *options = verify->options;
	const struct verdict *verdict = &verify->verdict;
	struct dkim_input dkim = {
	    .now = verdict->now,
	    .max_signatures = options->limits.signatures,
	    .blanks_lost = verify->blanks_lost,
	    .author = verdict->from.domain,
	    .authors = verdict->from.count,
	};
	struct arc_input arc = {.now = verdict->now};

	verify->hashes = bodyhash_new(verify->arena);
	verify->signatures = (struct dkim_verifier){
	    .arena = verify->arena,
	    .session = verify->session,
	    .header = &verify->header,
	    .hashes = verify->hashes,
	    .budget.limit_us =
		or_default(options->limits.crypto_us, LIMIT_CRYPTO_US),
	    .allow_partial_body = options->allow_partial_body,
	};
	verify->dkim = dkim_begin(&verify->signatures, &dkim);
	verify->arc = arc_begin(&verify->signatures, &arc);
}

static void
prefetch_keys(struct verify *verify)
{
	dkim_prefetch(verify->dkim);
	arc_prefetch(verify->arc);
}

void
verify_eoh(struct verify *verify)
{
	struct verdict *verdict = &verify->verdict;

	verdict->header_fields = verify->header.count + verify->header.dropped;
	verdict->header_dropped = verify->header.dropped;
	if (verify->header.count >= verify->header.limits.fields &&
	    verdict->header_dropped > 0)
		verdict->limits |= VERDICT_LIMIT_HEADER_FIELDS;
	if (verify->header.bytes > verify->header.limits.bytes)
		verdict->limits |= VERDICT_LIMIT_HEADER_BYTES;
	if (verify->session == NULL || verify->hashes != NULL ||
	    verify_failed(verify))
		return;
	author_domains(verify->arena, &verify->header, verdict->rewriting,
		       &verdict->from);
	mail_list_read(verify->arena, &verify->header, &verdict->list);
	if (verdict->from.state == FROM_TOO_MANY)
		verdict->limits |= VERDICT_LIMIT_AUTHORS;
	begin_signatures(verify);
	if (verify->prefetch)
		prefetch_keys(verify);
}

void
verify_body(struct verify *verify, const char *p, size_t n)
{
	if (verify->hashes != NULL && bodyhash_wants_more(verify->hashes))
		bodyhash_update(verify->hashes, p, n);
}

/*
 * What was not asked for ahead of need is asked for now, all at once, so that
 * the answers overlap while the evaluation below waits for one after another.
 */
static void
prefetch_all(struct verify *verify)
{
	const struct verdict_from *from = &verify->verdict.from;

	prefetch_walks(verify, from->domain, from->count);
	dkim_prefetch(verify->dkim);
	prefetch_spf(verify);
	arc_prefetch(verify->arc);
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void
evaluate_spf(struct verify *verify, int64_t deadline_ms)
{
	const struct verify_limits *limits = &verify->options->limits;

	if (verify->spf == NULL)
		return;
	spf_evaluate(
	    verify->spf,
	    earlier(deadline_ms, clock_monotonic_ms() +
				     or_default(limits->spf_ms, LIMIT_SPF_MS)),
	    &verify->verdict.spf);
}

/* A step is done: names the limit of time that ended a lookup of it, if any. */
static void
note_time(struct verify *verify, int64_t deadline_ms, unsigned limit)
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
evaluate_dkim(struct verify *verify, enum dkim_group group,
	      const struct dmarc_input *input)
{
	dkim_evaluate(
	    verify->dkim, group,
	    earlier(input->deadline_ms, clock_monotonic_ms() + input->zone_ms),
	    &verify->verdict.dkim);
	note_time(verify, input->deadline_ms, VERDICT_LIMIT_ZONE_TIME);
}

/* RFC 8617; last, since by itself it decides nothing. */
static void
evaluate_arc(struct verify *verify, int64_t deadline_ms)
{
	struct verdict *verdict = &verify->verdict;

	arc_evaluate(verify->arc,
		     earlier(deadline_ms, clock_monotonic_ms() + LIMIT_ARC_MS),
		     &verdict->arc);
	note_time(verify, deadline_ms, VERDICT_LIMIT_ARC_TIME);
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

/* Evidence about a failure, which nothing else waits for. */
static void
evaluate_evidence(struct verify *verify, const struct dmarc_input *input)
{
	struct verdict *verdict = &verify->verdict;
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	if (dmarc == NULL || dmarc->result != DMARC_FAIL)
		return;
	dkim_evaluate_headers(
	    verify->dkim,
	    earlier(input->deadline_ms, clock_monotonic_ms() + input->zone_ms),
	    &verdict->dkim);
	note_time(verify, input->deadline_ms, VERDICT_LIMIT_ZONE_TIME);
}

/*
 * In the order in which the answers matter, should time run out: first the
 * policy, so that no zone of a sender can keep it from being read.
 */
static void
evaluate(struct verify *verify)
{
	struct verdict *verdict = &verify->verdict;
	const struct verify_limits *limits = &verify->options->limits;
	struct dmarc_doubt doubt[LIMIT_AUTHOR_DOMAINS];
	struct dmarc_input input = {
	    .author = verdict->from.domain,
	    .authors = verdict->from.count,
	    .shown = verdict->from.shown,
	    .spf = &verdict->spf,
	    .dkim = &verdict->dkim,
	    .suffixes = verify->engine->suffixes,
	    .deadline_ms = clock_monotonic_ms() +
			   or_default(limits->message_ms, LIMIT_MESSAGE_MS),
	    .zone_ms = or_default(limits->zone_ms, LIMIT_ZONE_MS),
	};

	prefetch_all(verify);
	dmarc_await_walks(verify->arena, verify->session, &input);
	if (may_show_target(verify))
		alias_await_walks(verify->arena, verify->session,
				  verify->options->authserv_id, verdict, &input,
				  doubt);
	note_time(verify, input.deadline_ms, VERDICT_LIMIT_ZONE_TIME);
	evaluate_dkim(verify, DKIM_ALIGNED, &input);
	evaluate_spf(verify, input.deadline_ms);
	note_time(verify, input.deadline_ms, VERDICT_LIMIT_SPF_TIME);
	evaluate_dkim(verify, DKIM_OTHER, &input);
	dmarc_evaluate(verify->arena, verify->session, &input, &verdict->dmarc);
	note_time(verify, input.deadline_ms, VERDICT_LIMIT_ZONE_TIME);
	evaluate_arc(verify, input.deadline_ms);
	evaluate_evidence(verify, &input);
	note_counts(verify);
}

int
verify_finish(struct verify *verify, void (*tick)(void *ctx), void *ctx)
{
	struct verdict *verdict = &verify->verdict;
	int64_t start_us = clock_monotonic_us();

	verify_eoh(verify);
	if (verify->session != NULL && !verify_failed(verify)) {
		bodyhash_finish(verify->hashes);
		dns_session_set_tick(verify->session, TICK_MS, tick, ctx);
		evaluate(verify);
		arena_note(verify->arena, dns_session_room(verify->session));
	}
	verdict->total_us = clock_monotonic_us() - start_us;
	if (!verify_failed(verify))
		return ERR_OK;
	verify_hinder(verify, arena_over_share(verify->arena)
				  ? HINDRANCE_MEMORY_SHARE
				  : HINDRANCE_MEMORY);
	return ERR_MEMORY;
}

void
verify_free(struct verify *verify)
{
	if (verify == NULL)
		return;
	if (verify->session != NULL) {
		dns_session_cancel(verify->session);
		dns_session_unref(verify->session);
	}
	bodyhash_clear(verify->hashes);
	arena_free(verify->arena);
}

void
verify_queued_as(struct verify *verify, struct str queue_id)
{
	verify->verdict.queue_id = arena_copy(verify->arena, queue_id);
}

void
verify_hinder(struct verify *verify, enum hindrance hindrance)
{
	facts_hinder(&verify->verdict, hindrance);
}

void
verify_decide(struct verify *verify, struct decision decision)
{
	verify->verdict.decision = decision;
}

const struct verdict *
verify_verdict(const struct verify *verify)
{
	return &verify->verdict;
}

const struct header *
verify_header_fields(const struct verify *verify)
{
	return &verify->header;
}

struct arena *
verify_arena(struct verify *verify)
{
	return verify->arena;
}

unsigned
verify_prefetched(const struct verify *verify)
{
	struct dns_usage usage;

	if (verify->session == NULL)
		return 0;
	dns_session_usage(verify->session, &usage);
	return usage.prefetches;
}

bool
verify_failed(const struct verify *verify)
{
	return arena_failed(verify->arena);
}
