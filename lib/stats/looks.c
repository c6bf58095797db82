/* What one row of tallies looks like. */
#include <string.h>

#include "base/domain.h"
#include "base/ip.h"
#include "base/words.h"
#include "dkim/dkim.h"
#include "spf/spf.h"
#include "stats/drafts.h"

const char *const stats_looks_words[] = {
    [LOOKS_FORGERY] = "forgery",
    [LOOKS_OWN_SENDER] = "own sender",
    [LOOKS_LIST] = "list",
    [LOOKS_FORWARDER] = "forwarder",
    [LOOKS_MISCONFIGURED] = "misconfigured",
    [LOOKS_UNCLEAR] = "unclear",
    [LOOKS_BAD_FROM] = "bad From",
    [LOOKS_OVERSIZE] = "large header",
    [LOOKS_DNS] = "DNS trouble",
    [LOOKS_LIMIT] = "a limit",
    [LOOKS_RULE] = "your rule",
    NULL,
};

/* One below the other: of one owner, mostly. */
static bool
is_related(struct str a, struct str b)
{
	return a.n && b.n &&
	       ((domain_labels(b) > 1 && domain_is_at_or_below(a, b)) ||
		(domain_labels(a) > 1 && domain_is_at_or_below(b, a)));
}

static bool
is_own(struct str from, const struct str *own, size_t owns)
{
	size_t i;

	for (i = 0; i < owns; i++)
		if (from.n && domain_is_at_or_below(from, own[i]))
			return true;
	return false;
}

static void
look_at_proofs(const struct touched *row, struct look *look)
{
	struct str dkim = row->dkim;
	struct signature one;

	if (str_is(row->spf, spf_result_text(SPF_PASS)) &&
	    row->spf_open.n == 0 &&
	    !str_starts(row->spf_domain, str_lit("helo:")))
		look->spf_domain = row->spf_domain;
	while (signature_next(&dkim, &one)) {
		const bool passes =
		    str_is(one.result, dkim_result_text(DKIM_PASS));

		if (passes && look->dkim_domain.n == 0)
			look->dkim_domain = one.domain;
		if (!passes && is_related(one.domain, row->from_domain))
			look->own_broken = true;
	}
}

/* Of a DMARC failure. */
static enum stats_looks
looks_of_failure(const struct touched *row, const struct look *look, bool own)
{
	const bool proven = look->spf_domain.n || look->dkim_domain.n;

	if (str_is(row->shape, shape_text(SHAPE_LIST)))
		return LOOKS_LIST;
	if (str_is(row->shape, shape_text(SHAPE_MISCONFIGURED)))
		return own ? LOOKS_OWN_SENDER : LOOKS_MISCONFIGURED;
	if (str_is(row->shape, shape_text(SHAPE_FORWARDED)))
		return own && proven && !look->own_broken ? LOOKS_OWN_SENDER
							  : LOOKS_FORWARDER;
	if (str_is(row->shape, shape_text(SHAPE_UNKNOWN)))
		return LOOKS_UNCLEAR;
	return own && proven ? LOOKS_OWN_SENDER : LOOKS_FORGERY;
}

static enum stats_looks
looks_of(const struct touched *row, const struct look *look, bool own)
{
	static const struct {
		enum decision_cause cause;
		enum stats_looks looks;
	} causes[] = {
	    {CAUSE_FROM, LOOKS_BAD_FROM}, {CAUSE_HEADER, LOOKS_OVERSIZE},
	    {CAUSE_TEMPERROR, LOOKS_DNS}, {CAUSE_LIMIT, LOOKS_LIMIT},
	    {CAUSE_MILTER, LOOKS_LIMIT},  {CAUSE_RULE, LOOKS_RULE},
	};
	size_t i;

	for (i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (str_is(row->cause, decision_cause_text(causes[i].cause)))
			return causes[i].looks;
	if (row->shape.n)
		return looks_of_failure(row, look, own);
	return LOOKS_LIMIT;
}

struct str
network_of(struct arena *arena, struct str client)
{
	char text[IP_TEXT_MAX];
	struct ip ip;
	unsigned keep;

	if (!ip_parse(client, &ip))
		return client;
	keep = ip.family == IP_V4 ? 3 : 6;
	memset(ip.octet + keep, 0, sizeof(ip.octet) - keep);
	return arena_printf(arena, "%s/%u", ip_format(ip, text), keep * 8);
}

/* Hosts of one owner stand for one. */
static struct str
host_of(struct arena *arena, const struct touched *row)
{
	if (domain_labels(row->client_name) > 2)
		return domain_parent(row->client_name);
	return row->client_name.n ? row->client_name
				  : network_of(arena, row->client);
}

/* By what it proves, else by its host. */
static struct str
proof_of(struct arena *arena, const struct touched *row, struct str first,
	 struct str second)
{
	if (first.n)
		return first;
	return second.n ? second : host_of(arena, row);
}

static void
set_common(struct arena *arena, const struct touched *row, struct look *look)
{
	switch (look->looks) {
	case LOOKS_FORGERY:
	case LOOKS_UNCLEAR:
	case LOOKS_DNS:
		look->from = row->from_domain;
		break;
	case LOOKS_OWN_SENDER:
		look->from = row->from_domain;
		look->by =
		    proof_of(arena, row, look->spf_domain, look->dkim_domain);
		break;
	case LOOKS_LIST:
		look->by = row->list.n ? row->list
				       : proof_of(arena, row, look->dkim_domain,
						  look->spf_domain);
		break;
	case LOOKS_FORWARDER:
		look->by =
		    proof_of(arena, row, look->spf_domain, look->dkim_domain);
		break;
	case LOOKS_MISCONFIGURED:
		look->from = row->from_domain;
		look->by = host_of(arena, row);
		break;
	case LOOKS_RULE:
		look->by = row->rule;
		break;
	case LOOKS_BAD_FROM:
	case LOOKS_OVERSIZE:
	case LOOKS_LIMIT:
		break;
	}
}

struct look
look_of(struct arena *arena, const struct touched *row, const struct str *own,
	size_t owns)
{
	struct look look = {.from = str_empty(), .by = str_empty()};

	look_at_proofs(row, &look);
	look.looks = looks_of(row, &look, is_own(row->from_domain, own, owns));
	set_common(arena, row, &look);
	return look;
}
