/*
 * Warming the cache for check_host(): as records arrive, what they will ask
 * for, where that can be told without expanding macros.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "spf/eval.h"
#include "spf/spf.h"

/*
 * What the arrivals of one message share.  They run on the engine's thread and
 * on the caller's.
 */
struct prefetch {
	atomic_int references;
	/* As in the evaluation: bounds loops and trees of cached records. */
	atomic_int terms_left;
	struct ip client;
};

static void
release(void *ctx)
{
	struct prefetch *prefetch = ctx;

	if (atomic_fetch_sub(&prefetch->references, 1) == 1)
		free(prefetch);
}

static void
ask(struct dns_session *session, struct prefetch *prefetch, struct str name,
    enum dns_type type, dns_arrival *arrival)
{
	atomic_fetch_add(&prefetch->references, 1);
	dns_prefetch(session, name, type, arrival, prefetch, release);
}

static void
on_exchanges(struct dns_session *session, const struct dns_answer *answer,
	     void *ctx)
{
	struct prefetch *prefetch = ctx;

	if (answer->count > LIMIT_SPF_MX)
		return;
	for (size_t i = 0; i < answer->count; i++) {
		if (answer->rr[i].text.n > 0)
			ask(session, prefetch, answer->rr[i].text,
			    spf_address_type(prefetch->client), NULL);
	}
}

static void on_record(struct dns_session *session,
		      const struct dns_answer *answer, void *ctx);

static bool
take_term(struct prefetch *prefetch)
{
	return atomic_fetch_sub(&prefetch->terms_left, 1) > 0;
}

/* Will evaluation end here, as far as one can tell without a lookup? */
static bool
ends(const struct spf_term *term, struct ip client)
{
	switch (term->kind) {
	case SPF_ALL:
		return true;
	case SPF_IP4:
		return ip_prefix_eq(client, spf_term_network(term),
				    term->prefix4);
	case SPF_IP6:
		return ip_prefix_eq(client, spf_term_network(term),
				    term->prefix6);
	default:
		return false;
	}
}

static bool
has_macro(struct str text)
{
	return str_chr(text, '%') < text.n;
}

static struct str
without_dot(struct str name)
{
	return str_first(name,
			 name.n - (name.n > 0 && name.p[name.n - 1] == '.'));
}

static void
ask_term(struct dns_session *session, struct prefetch *prefetch,
	 const struct spf_term *term, struct str target)
{
	switch (term->kind) {
	case SPF_INCLUDE:
		ask(session, prefetch, target, DNS_TXT, on_record);
		break;
	case SPF_A:
		ask(session, prefetch, target,
		    spf_address_type(prefetch->client), NULL);
		break;
	case SPF_MX:
		ask(session, prefetch, target, DNS_MX, on_exchanges);
		break;
	case SPF_EXISTS:
		ask(session, prefetch, target, DNS_A, NULL);
		break;
	default: /* "ptr" is rare and slow: not worth guessing */
		break;
	}
}

static void
ask_record(struct dns_session *session, struct prefetch *prefetch,
	   const struct spf_record *record, struct str domain)
{
	struct str redirect = spf_record_span(record, record->redirect);

	for (size_t i = 0; i < record->terms; i++) {
		const struct spf_term *term = &record->term[i];
		struct str spec = spf_record_span(record, term->spec);
		if (ends(term, prefetch->client))
			return;
		if (!spf_term_looks_up(term))
			continue;
		if (!take_term(prefetch))
			return;
		if (!has_macro(spec))
			ask_term(session, prefetch, term,
				 spec.n ? without_dot(spec) : domain);
	}
	if (redirect.n > 0 && !record->has_all && !has_macro(redirect) &&
	    take_term(prefetch))
		ask(session, prefetch, without_dot(redirect), DNS_TXT,
		    on_record);
}

static void
on_record(struct dns_session *session, const struct dns_answer *answer,
	  void *ctx)
{
	struct spf_record *owned;

	if (answer->count == 0)
		return;
	const struct spf_record *record = spf_record_of(answer, &owned);
	if (record->selection == SPF_ONE_RECORD && record->error == NULL)
		ask_record(session, ctx, record, answer->name);
	spf_record_free(owned);
}

void
spf_prefetch(const struct spf *spf)
{
	if (spf->identity.problem != NULL)
		return;
	struct prefetch *prefetch = mem_alloc(sizeof *prefetch);

	atomic_init(&prefetch->references, 1);
	atomic_init(&prefetch->terms_left, LIMIT_SPF_TERMS);
	prefetch->client = spf->input.client;
	ask(spf->session, prefetch, spf->identity.domain, DNS_TXT, on_record);
	release(prefetch);
}
