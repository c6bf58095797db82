#include "policy/shape.h"

#include "base/buf.h"

enum evidence {
	TRUSTED_ARC = 1 << 0,
	FORWARDER_NETWORK = 1 << 1,
	FORWARDER_NAME = 1 << 2,
	FORWARDER_SPF = 1 << 3,
	FORWARDER_SIGNATURE = 1 << 4,
	LIST_FIELDS = 1 << 5,
	CHANGED_BODY = 1 << 6,
	FOREIGN_SIGNATURE = 1 << 7,
	REWRITTEN_PATH = 1 << 8,
	OWN_IDENTIFIER = 1 << 9,
	OWN_HOST = 1 << 10,
	NO_ANSWER = 1 << 11
};

#define FORWARDER                                                           \
	(TRUSTED_ARC | FORWARDER_NETWORK | FORWARDER_NAME | FORWARDER_SPF | \
	 FORWARDER_SIGNATURE)
#define ANYTHING 0U

/* verdict.yaml(5) holds the same rows: the first one that fits counts. */
static const struct shape_row {
	unsigned any;  /* some of this is there, */
	unsigned also; /* and some of this */
	enum shape shape;
	bool strong;
} rows[] = {
    {FORWARDER, LIST_FIELDS, SHAPE_LIST, true},
    {FORWARDER, ANYTHING, SHAPE_FORWARDED, true},
    {OWN_IDENTIFIER | OWN_HOST, ANYTHING, SHAPE_MISCONFIGURED, false},
    {LIST_FIELDS, ANYTHING, SHAPE_LIST, false},
    {CHANGED_BODY | FOREIGN_SIGNATURE | REWRITTEN_PATH, ANYTHING,
     SHAPE_FORWARDED, false},
    {NO_ANSWER, ANYTHING, SHAPE_UNKNOWN, false},
    {ANYTHING, ANYTHING, SHAPE_SPOOF, false},
};

/* In the order of the bits. */
static const char *const names[] = {
    "trusted-arc",
    "forwarder-network",
    "forwarder-name",
    "forwarder-spf",
    "forwarder-signature",
    "list-fields",
    "changed-body",
    "foreign-signature",
    "rewritten-path",
    "own-identifier",
    "own-host",
    "no-answer",
};

/* In the organization of the From domain; a public suffix is none. */
static bool
is_own(const struct dmarc_outcome *dmarc, struct str domain)
{
	struct str top = dmarc->org_domain;

	if (top.n == 0 || dmarc->org_domain_is_public_suffix)
		top = dmarc->from;
	return domain_is_at_or_below(domain, top);
}

static bool
is_listed(struct str domain, const struct domain_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (str_eq(domain, list->name[i]))
			return true;
	}
	return false;
}

static unsigned
of_signature(const struct dkim_outcome *dkim, const struct dmarc_outcome *dmarc,
	     const struct shape_forwarders *forwarders)
{
	bool own = is_own(dmarc, dkim->domain);
	unsigned found = 0;

	if (dkim->result == DKIM_PASS &&
	    is_listed(dkim->domain, &forwarders->domains))
		found |= FORWARDER_SIGNATURE;
	if (dkim->result == DKIM_PASS)
		found |= own ? OWN_IDENTIFIER : FOREIGN_SIGNATURE;
	if (own && dkim->header_verifies)
		found |= CHANGED_BODY;
	if (dkim->result == DKIM_TEMPERROR || (own && dkim->header_undecided))
		found |= NO_ANSWER;
	return found;
}

static bool
path_names_author(const struct verdict *verdict,
		  const struct dmarc_outcome *dmarc)
{
	return verdict->addresses_hidden
		   ? verdict->path_names_author
		   : verdict_path_names(verdict, dmarc->from);
}

static unsigned
of_path(const struct verdict *verdict, const struct dmarc_outcome *dmarc)
{
	const struct spf_outcome *spf = &verdict->spf;

	if (spf->result == SPF_TEMPERROR)
		return NO_ANSWER;
	if (spf->result != SPF_PASS)
		return 0;
	if (is_own(dmarc, spf->domain))
		return OWN_IDENTIFIER;
	return path_names_author(verdict, dmarc) ? REWRITTEN_PATH : 0;
}

static const struct client_element *
forwarder_of(const struct verdict *verdict, struct str name,
	     const struct client_list *clients)
{
	const struct client_element *found =
	    client_list_find(clients, verdict->client, name);

	return found != NULL
		   ? found
		   : client_list_find_spf(clients, verdict->client_spf,
					  verdict->client_spfs);
}

static bool
may_be_listed(const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->client_spfs; i++) {
		if (verdict->client_spf[i].result == SPF_TEMPERROR)
			return true;
	}
	return false;
}

static unsigned
of_forwarder(const struct verdict *verdict,
	     const struct client_element *forwarder)
{
	if (forwarder == NULL)
		return may_be_listed(verdict) ? NO_ANSWER : 0;
	switch (forwarder->by) {
	case CLIENT_BY_NETWORK:
		return FORWARDER_NETWORK;
	case CLIENT_BY_HOST:
	case CLIENT_BY_DOMAIN:
		return FORWARDER_NAME;
	case CLIENT_BY_SPF:
		break;
	}
	return FORWARDER_SPF;
}

static unsigned
of_client(struct arena *arena, const struct verdict *verdict,
	  const struct dmarc_outcome *dmarc,
	  const struct shape_forwarders *forwarders,
	  const struct client_element **forwarder_out)
{
	struct str name = verdict_client_domain(arena, verdict);

	*forwarder_out = forwarder_of(verdict, name, &forwarders->clients);
	return of_forwarder(verdict, *forwarder_out) |
	       (name.n > 0 && is_own(dmarc, name) ? OWN_HOST : 0);
}

static unsigned
all_evidence(struct arena *arena, const struct verdict *verdict,
	     const struct dmarc_outcome *dmarc,
	     const struct shape_forwarders *forwarders,
	     const struct client_element **forwarder_out)
{
	unsigned found =
	    of_path(verdict, dmarc) |
	    of_client(arena, verdict, dmarc, forwarders, forwarder_out);

	if (verdict->arc_run > 0)
		found |= TRUSTED_ARC;
	if (verdict->arc.result == ARC_PASS)
		found |= FOREIGN_SIGNATURE;
	if (verdict->list.named)
		found |= LIST_FIELDS;
	for (size_t i = 0; i < verdict->dkim.count; i++)
		found |=
		    of_signature(&verdict->dkim.outcome[i], dmarc, forwarders);
	return found;
}

static struct str
evidence_text(struct arena *arena, unsigned found)
{
	struct buf text;

	buf_init(&text, arena);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if ((found & 1U << i) == 0)
			continue;
		if (text.n > 0)
			buf_addc(&text, ',');
		buf_adds(&text, names[i]);
	}
	return buf_str(&text);
}

static bool
has(unsigned found, unsigned wanted)
{
	return wanted == ANYTHING || (found & wanted) != 0;
}

struct shape_outcome
shape_of(struct arena *arena, const struct verdict *verdict,
	 const struct shape_forwarders *forwarders)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);
	const struct shape_row *row = rows;
	const struct client_element *forwarder;

	if (dmarc == NULL || dmarc->result != DMARC_FAIL)
		return (struct shape_outcome){.shape = SHAPE_NONE};
	unsigned found =
	    all_evidence(arena, verdict, dmarc, forwarders, &forwarder);
	/* The last row fits always. */
	while (!has(found, row->any) || !has(found, row->also))
		row++;
	return (struct shape_outcome){row->shape, row->strong,
				      evidence_text(arena, found), forwarder};
}
