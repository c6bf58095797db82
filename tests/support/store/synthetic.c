#include "tests/support/store/synthetic.h"

#include <string.h>

#include "base/siphash.h"

static const char letters[] = "etaoinshrdlucmfw";

/* A random number for each pair: the same at each call. */
static uint64_t
random_of(uint64_t n, uint64_t what)
{
	static const struct siphash_key key = {{0x5eed, 0x5eed}};
	const uint64_t pair[2] = {n, what};

	return siphash(&key, str_n((const char *)pair, sizeof(pair)));
}

/* The half of all mail is of some 140 domains. */
uint64_t
synthetic_domain(uint64_t n)
{
	const uint64_t r = random_of(n, 'd') % SYNTHETIC_DOMAINS;

	return r * r / SYNTHETIC_DOMAINS * r / SYNTHETIC_DOMAINS;
}

static struct str
domain_name(struct arena *arena, uint64_t domain)
{
	char word[24];
	size_t i, n = 4 + random_of(domain, 'n') % 12;
	uint64_t r = random_of(domain, 'w');

	for (i = 0; i < n; i++, r >>= 4)
		word[i] = letters[r & 15];
	return arena_printf(arena, "%.*s%llu.example", (int)n, word,
			    (unsigned long long)domain);
}

static struct ip
address(uint64_t domain, uint64_t r)
{
	const uint64_t host = random_of(domain, 'h') + r % (1 + domain % 6);
	const uint8_t octet[4] = {198, 51, (uint8_t)(100 + (host >> 8 & 3)),
				  (uint8_t)host};
	const uint8_t other[4] = {192, (uint8_t)(r >> 8), (uint8_t)(r >> 16),
				  (uint8_t)(r >> 24)};

	/* One of twenty is a forgery, from anywhere. */
	return ip_v4(r % 20 == 7 ? other : octet);
}

struct str
synthetic_text(struct arena *arena, uint64_t domain, unsigned n,
	       struct str *name_out, uint8_t digest_out[DNS_DIGEST_OCTETS])
{
	const struct str name = domain_name(arena, domain);
	const uint64_t half[2] = {random_of(domain, 100 + n),
				  random_of(domain, 200 + n)};

	memcpy(digest_out, half, DNS_DIGEST_OCTETS);
	switch (n) {
	case 0:
		*name_out = name;
		return arena_printf(
		    arena, "v=spf1 ip4:198.51.100.%u include:_spf.%.*s -all",
		    (unsigned)(half[0] & 255), STR_ARG(name));
	case 1:
		*name_out = arena_printf(arena, "_dmarc.%.*s", STR_ARG(name));
		return arena_printf(arena,
				    "v=DMARC1; p=reject; rua=mailto:dmarc@%.*s",
				    STR_ARG(name));
	default:
		*name_out = arena_printf(arena, "s%u._domainkey.%.*s",
					 (unsigned)(domain % 3), STR_ARG(name));
		return arena_printf(arena,
				    "v=DKIM1; k=rsa; p=MIIBIjANBgkqh%016llx",
				    (unsigned long long)half[1]);
	}
}

static void
set_questions(struct arena *arena, uint64_t domain, struct verdict *v)
{
	struct dns_question *question =
	    arena_array(arena, SYNTHETIC_TEXTS, sizeof(*question));
	unsigned i;

	for (i = 0; i < SYNTHETIC_TEXTS; i++) {
		question[i].type = DNS_TXT;
		question[i].status = DNS_OK;
		question[i].ttl = 300 << domain % 4;
		(void)synthetic_text(arena, domain, i, &question[i].name,
				     question[i].digest);
	}
	v->question = question;
	v->questions = v->dns.questions = SYNTHETIC_TEXTS;
}

static void
set_dkim(struct arena *arena, uint64_t domain, struct str name, uint64_t r,
	 struct verdict *v)
{
	struct dkim_outcome *one = arena_alloc(arena, sizeof(*one));

	*one = (struct dkim_outcome){
	    .result = DKIM_PASS,
	    .domain = name,
	    .selector = arena_printf(arena, "s%u", (unsigned)(domain % 3)),
	    .algorithm = str_lit("rsa-sha256"),
	    .identity = arena_printf(arena, "@%.*s", STR_ARG(name)),
	    .b_start =
		arena_printf(arena, "%08llx", (unsigned long long)r >> 32),
	    .tried = true};
	v->dkim.outcome = one;
	v->dkim.count = 1;
}

static void
set_dmarc(struct str name, uint64_t domain, bool forged, struct verdict *v)
{
	struct dmarc_outcome *dmarc = &v->dmarc.outcome[0];

	v->dmarc.count = 1;
	dmarc->from = dmarc->org_domain = name;
	dmarc->result = DMARC_NONE;
	dmarc->has_record = domain % 4 != 3;
	if (!dmarc->has_record)
		return;
	dmarc->policy_domain = name;
	dmarc->published = dmarc->policy = dmarc->record.p =
	    (enum dmarc_policy)(domain % 3);
	dmarc->policy_tag = "p";
	dmarc->result = forged ? DMARC_FAIL : DMARC_PASS;
	dmarc->spf_aligned = dmarc->dkim_aligned = !forged;
	if (forged)
		dmarc->reason = str_lit("neither SPF nor DKIM is aligned");
}

static void
set_decision(bool forged, struct verdict *v)
{
	struct decision *decision = &v->decision;
	const struct dmarc_outcome *dmarc = &v->dmarc.outcome[0];

	decision->reason = str_empty();
	if (!forged || !dmarc->has_record)
		return;
	decision->cause = CAUSE_DMARC;
	decision->shape.shape = SHAPE_SPOOF;
	decision->action = dmarc->policy == DMARC_P_REJECT ? ACTION_REJECT
			   : dmarc->policy == DMARC_P_QUARANTINE
			       ? ACTION_QUARANTINE
			       : ACTION_ACCEPT;
}

static void
set_envelope(struct arena *arena, uint64_t n, uint64_t r, struct str name,
	     struct verdict *v)
{
	struct str *recipient = arena_array(arena, 2, sizeof(*recipient));

	v->mail_from_known = true;
	v->mail_from_local =
	    arena_printf(arena, "user%llu", (unsigned long long)(r % 5000));
	v->mail_from_domain = name;
	v->mail_from = arena_printf(arena, "%.*s@%.*s",
				    STR_ARG(v->mail_from_local), STR_ARG(name));
	recipient[0] = arena_printf(arena, "jane%llu@receiver.example",
				    (unsigned long long)(r >> 20) % 8000);
	recipient[1] = str_lit("postmaster@receiver.example");
	v->recipient = recipient;
	v->recipients = n % 10 == 0 ? 2 : 1;
	v->queue_id = arena_printf(arena, "4%010llX", (unsigned long long)n);
	v->message_id =
	    arena_printf(arena, "<%016llx.%llx@%.*s>", (unsigned long long)r,
			 (unsigned long long)n, STR_ARG(name));
}

static struct address_mailbox
author(struct arena *arena, const struct verdict *v)
{
	(void)arena;
	return (struct address_mailbox){.local = v->mail_from_local,
					.domain = v->mail_from_domain};
}

void
synthetic_verdict(const struct synthetic *synthetic, struct arena *arena,
		  uint64_t n, struct verdict *verdict_out)
{
	const uint64_t domain = synthetic_domain(n), r = random_of(n, 'r');
	const struct str name = domain_name(arena, domain);
	const bool forged = r % 20 == 7;
	struct verdict *v = verdict_out;

	memset(v, 0, sizeof(*v));
	v->now = synthetic->begin + (int64_t)n * synthetic->each_ms / 1000;
	v->client = address(domain, r);
	v->client_name =
	    arena_printf(arena, "mx%u.%.*s", (unsigned)(r % 4), STR_ARG(name));
	v->iprev = IPREV_PASS;
	v->helo = v->client_name;
	set_envelope(arena, n, r, name, v);
	v->from.state = FROM_ONE;
	v->from.domain[0] = name;
	v->from.count = 1;
	v->from.address[0] = author(arena, v);
	v->from.addresses = 1;
	v->from.addresses_sure = v->from.strict = v->from.shows_domain = true;
	v->from.reason = "";
	v->seen.reason = "";
	v->header_fields = 12 + r % 30;
	v->header_octets = 1500 + r % 4000;
	v->body_octets = 2000 + (r >> 8) % 60000;
	v->spf = (struct spf_outcome){
	    .result = forged ? SPF_FAIL : SPF_PASS,
	    .domain = name,
	    .mechanism =
		forged ? str_lit("-all") : str_lit("ip4:198.51.100.0/22"),
	};
	if (!forged && domain % 8 != 5)
		set_dkim(arena, domain, name, r, v);
	set_dmarc(name, domain, forged, v);
	set_questions(arena, domain, v);
	v->total_us = 3000 + (int64_t)(r % 90000);
	v->decision.wants = v->decision.reply_code = v->decision.reply_xcode =
	    "";
	set_decision(forged, v);
}
