#include "verify/verify.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "mail/address.h"
#include "mail/list.h"
#include "verify/alias.h"
#include "verify/author.h"
#include "verify/facts.h"
#include "verify/listed.h"
#include "verify/relay.h"
#include "verify/state.h"

/* Sooner than any mail server gives up on a silent milter (Postfix: 30 s). */
#define TICK_MS 10000

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

/* SPF tells about the connecting client; after a relay that is the relay,
   unless it told whom it saw. */
static bool
wants_spf(const struct verify *verify)
{
	const struct verdict *verdict = &verify->verdict;

	return verify->session != NULL &&
	       (verdict->client_class == CLIENT_FOREIGN ||
		verdict_seen_is_checked(&verdict->seen));
}

static void
set_default(unsigned *limit, unsigned preset)
{
	if (*limit == 0)
		*limit = preset;
}

/* Those of header and signatures, where they are used. */
static struct verify_limits
with_defaults(struct verify_limits limits)
{
	set_default(&limits.dns.questions, LIMIT_DNS_QUESTIONS);
	set_default(&limits.dns.prefetches, LIMIT_DNS_PREFETCHES);
	set_default(&limits.message_ms, LIMIT_MESSAGE_MS);
	set_default(&limits.spf_ms, LIMIT_SPF_MS);
	set_default(&limits.zone_ms, LIMIT_ZONE_MS);
	set_default(&limits.crypto_us, LIMIT_CRYPTO_US);
	return limits;
}

static void
init_header(struct verify *verify)
{
	struct header_limits limits = verify->limits.header;

	if (verify->verdict.rewriting != ADDRESSES_STAY)
		limits.line = LIMIT_LINE_SENDMAIL;
	header_init(&verify->header, verify->arena, &limits);
	verify->verdict.header = &verify->header;
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
	verify->limits = with_defaults(options->limits);
	verify->arena = arena;
	verify->prefetch = envelope->prefetch;
	verify->blanks_lost = envelope->blanks_lost;
	begin_facts(verify, envelope);
	init_header(verify);
	if (client_is_checked(envelope->client_class)) {
		verify->session =
		    dns_session_new(engine->resolver, &verify->limits.dns);
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

static void
prefetch_walks(struct verify *verify, const struct str *domain, size_t count)
{
	for (size_t i = 0; i < count; i++)
		dmarc_prefetch(verify->session, domain[i]);
	for (size_t i = 0; i < count && verify_may_show_target(verify); i++)
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

/* When a server of ours took the message in: what was good then is good. */
static int64_t
time_taken(const struct verdict *verdict)
{
	return verdict->seen.time > 0 ? verdict->seen.time : verdict->now;
}

static void
begin_signatures(struct verify *verify)
{
	const struct verify_options *options = verify->options;
	const struct verdict *verdict = &verify->verdict;
	int64_t tolerance = options->clock_tolerance_ms / 1000;
	int64_t now = time_taken(verdict);
	struct dkim_input dkim = {
	    .now = now,
	    .tolerance = tolerance,
	    .max_signatures = verify->limits.signatures,
	    .blanks_lost = verify->blanks_lost,
	    .author = verdict->from.domain,
	    .authors = verdict->from.count,
	};
	struct arc_input arc = {.now = now, .tolerance = tolerance};

	verify->hashes = bodyhash_new(verify->arena);
	verify->signatures = (struct dkim_verifier){
	    .arena = verify->arena,
	    .session = verify->session,
	    .header = &verify->header,
	    .hashes = verify->hashes,
	    .budget.limit_us = verify->limits.crypto_us,
	    .allow_partial_body = options->allow_partial_body,
	};
	verify->dkim = dkim_begin(&verify->signatures, &dkim);
	verify->arc = arc_begin(&verify->signatures, &arc);
}

/* What is known at the end of the header. */
static void
prefetch_rest(struct verify *verify)
{
	if (verify->verdict.client_class == CLIENT_RELAY)
		prefetch_spf(verify);
	dkim_prefetch(verify->dkim);
	arc_prefetch(verify->arc);
}

void
verify_eoh(struct verify *verify)
{
	struct verdict *verdict = &verify->verdict;

	verdict->header_fields = verify->header.count + verify->header.dropped;
	verdict->header_dropped = verify->header.dropped;
	verdict->header_octets = verify->header.bytes;
	if (verify->header.count >= verify->header.limits.fields &&
	    verdict->header_dropped > 0)
		verdict->limits |= VERDICT_LIMIT_HEADER_FIELDS;
	if (verify->header.bytes > verify->header.limits.bytes)
		verdict->limits |= VERDICT_LIMIT_HEADER_BYTES;
	if (!verify_failed(verify))
		verdict->message_id =
		    facts_message_id(verify->arena, &verify->header);
	if (verify->session == NULL || verify->hashes != NULL ||
	    verify_failed(verify))
		return;
	author_domains(verify->arena, &verify->header, verdict->rewriting,
		       &verdict->from);
	mail_list_read(verify->arena, &verify->header, &verdict->list);
	if (verdict->from.state == FROM_TOO_MANY)
		verdict->limits |= VERDICT_LIMIT_AUTHORS;
	relay_see(verify);
	begin_signatures(verify);
	if (verify->prefetch)
		prefetch_rest(verify);
}

void
verify_body(struct verify *verify, const char *p, size_t n)
{
	verify->verdict.body_octets += n;
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
	if (verify_may_be_relay(verify))
		listed_prefetch(verify, &verify->options->trusted_relays);
}

/* A prefetch may have come after the questions were counted. */
static void
note_questions(struct verify *verify)
{
	struct verdict *verdict = &verify->verdict;
	size_t n = dns_session_questions(verify->session, verify->arena,
					 &verdict->question);

	verdict->questions =
	    n < verdict->dns.questions ? n : verdict->dns.questions;
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
		prefetch_all(verify);
		verify_evaluate(verify);
		note_questions(verify);
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

void
verify_removed(struct verify *verify, const struct verdict_removed *removed,
	       size_t names)
{
	verify->verdict.removed = removed;
	verify->verdict.removed_names = names;
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
