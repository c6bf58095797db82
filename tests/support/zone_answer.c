#include <stdlib.h>

#include "base/mem.h"
#include "dns/answer.h"
#include "tests/support/zone.h"

/* Is there anything at the name itself? */
static bool
exists(const struct zone *zone, struct str name)
{
	for (struct zone_record *r = zone->records; r; r = r->next)
		if (str_eq_nocase(r->name, name))
			return true;
	for (struct zone_behaviour *b = zone->behaviours; b; b = b->next)
		if (str_eq_nocase(b->name, name))
			return true;
	return false;
}

static bool
is_below(struct str name, struct str ancestor)
{
	return name.n > ancestor.n && str_ends_nocase(name, ancestor) &&
	       name.p[name.n - ancestor.n - 1] == '.';
}

/* Are there names below it (RFC 8020)? */
static bool
has_below(const struct zone *zone, struct str name)
{
	for (struct zone_record *r = zone->records; r; r = r->next)
		if (is_below(r->name, name))
			return true;
	for (struct zone_behaviour *b = zone->behaviours; b; b = b->next)
		if (is_below(b->name, name))
			return true;
	return false;
}

static bool
is_wildcard_under(struct str name, struct str up)
{
	if (up.n == 0)
		return str_is(name, "*");
	return name.n == up.n + 2 && str_starts(name, str_lit("*.")) &&
	       str_eq_nocase(str_from(name, 2), up);
}

static const struct str *
wildcard_under(const struct zone *zone, struct str up)
{
	for (struct zone_record *r = zone->records; r; r = r->next)
		if (is_wildcard_under(r->name, up))
			return &r->name;
	for (struct zone_behaviour *b = zone->behaviours; b; b = b->next)
		if (is_wildcard_under(b->name, up))
			return &b->name;
	return NULL;
}

/*
 * Where the data of a name stands: at itself, or at the wildcard under its
 * closest encloser (RFC 4592 section 3.3.1).  False: nowhere.
 */
static bool
source_of(const struct zone *zone, struct str name, struct str *source_out)
{
	if (exists(zone, name) || has_below(zone, name)) {
		*source_out = name;
		return true;
	}
	struct str up = name;
	do {
		up = str_from(up, str_chr(up, '.') + 1);
	} while (up.n && !exists(zone, up) && !has_below(zone, up));
	const struct str *wildcard = wildcard_under(zone, up);
	if (wildcard)
		*source_out = *wildcard;
	return wildcard != NULL;
}

struct zone_behaviour *
zone_behaves(const struct zone *zone, struct str name, int type,
	     enum zone_deed deed)
{
	struct str source;

	if (!source_of(zone, name, &source))
		return NULL;
	for (struct zone_behaviour *b = zone->behaviours; b; b = b->next)
		if (b->deed == deed && str_eq_nocase(b->name, source) &&
		    (b->type == 0 || b->type == type))
			return b;
	return NULL;
}

/* Adds the records of one type; how many there were. */
static size_t
add_hits(const struct zone *zone, struct str source, struct str owner, int type,
	 struct zone_answer *answer)
{
	size_t found = 0;

	for (struct zone_record *r = zone->records; r; r = r->next) {
		if (r->type != type || !str_eq_nocase(r->name, source) ||
		    answer->n == ZONE_HITS)
			continue;
		answer->hit[answer->n++] = (struct zone_hit){owner, r};
		found++;
	}
	return found;
}

/* Longer chains than any resolver under test follows; loops end here. */
#define LINKS 20

void
zone_answer(const struct zone *zone, struct str name, int type,
	    struct zone_answer *answer_out)
{
	struct str source;

	answer_out->n = 0;
	answer_out->status = DNS_NXDOMAIN;
	for (int links = 0; links < LINKS; links++) {
		if (!source_of(zone, name, &source)) {
			answer_out->status = DNS_NXDOMAIN;
			return;
		}
		answer_out->status = DNS_TIMEOUT;
		if (zone_behaves(zone, name, type, ZONE_SILENT))
			return;
		answer_out->status = DNS_FAILED;
		if (zone_behaves(zone, name, type, ZONE_SERVFAIL) ||
		    zone_behaves(zone, name, type, ZONE_REFUSED) ||
		    zone_behaves(zone, name, type, ZONE_REFERRAL) ||
		    zone_behaves(zone, name, type, ZONE_RCODE))
			return;
		answer_out->status = DNS_OK;
		if (add_hits(zone, source, name, type, answer_out))
			return;
		answer_out->status = DNS_NODATA;
		if (!add_hits(zone, source, name, ZONE_CNAME, answer_out))
			return;
		name = answer_out->hit[answer_out->n - 1].record->target;
	}
}

/* --- the oracle --- */

static void
add_record(struct dns_answer *answer, const struct zone_record *record)
{
	switch (record->type) {
	case DNS_A:
	case DNS_AAAA:
		dns_answer_add_ip(answer, record->ip);
		break;
	case DNS_MX:
		dns_answer_add_mx(answer, record->preference, record->target);
		break;
	case DNS_PTR:
		dns_answer_add_text(answer, record->target);
		break;
	case DNS_TXT:
		dns_answer_add_text(answer, record->text);
		break;
	default:
		break;
	}
}

struct dns_answer *
zone_oracle(void *ctx, struct str name, enum dns_type type)
{
	struct zone_answer *found = mem_alloc(sizeof *found);
	struct dns_answer *answer;
	size_t links = 0;

	zone_answer(ctx, name, (int)type, found);
	while (links < found->n && found->hit[links].record->type == ZONE_CNAME)
		links++;
	if (links > LIMIT_DNS_CNAMES)
		answer =
		    dns_answer_new(name, type, DNS_FAILED, "too many CNAMEs");
	else if (found->status == DNS_FAILED)
		answer = dns_answer_new(name, type, DNS_FAILED, "SERVFAIL");
	else if (found->status == DNS_TIMEOUT)
		answer = dns_answer_new(name, type, DNS_TIMEOUT, "no answer");
	else
		answer = dns_answer_new(name, type, found->status, "");
	for (size_t i = links; i < found->n && links <= LIMIT_DNS_CNAMES; i++)
		add_record(answer, found->hit[i].record);
	/* What fails on the wire shows no CNAME. */
	bool shown =
	    found->status != DNS_FAILED && found->status != DNS_TIMEOUT;
	for (size_t i = 0; shown && i < links; i++)
		dns_answer_add_alias(answer, found->hit[i].record->target);
	answer->authentic = zone_behaves(ctx, name, (int)type, ZONE_AD) != NULL;
	free(found);
	return answer;
}
