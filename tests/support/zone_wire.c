#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/zone.h"

#define HEADER 12
#define TYPE_OPT 41
#define TYPE_SOA 6
#define TYPE_NS 2
#define TTL 300

enum { NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED };

/* --- questions --- */

static unsigned
get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static bool
question_name(const uint8_t *p, size_t n, struct zone_question *question)
{
	size_t at = HEADER, length = 0;

	while (at < n && p[at] != 0) {
		size_t label = p[at++];
		if (label > 63 || label > n - at || length + label > 254)
			return false;
		memcpy(question->text + length, p + at, label);
		length += label;
		question->text[length++] = '.';
		at += label;
	}
	if (at >= n || n - at < 5)
		return false;
	question->name.n = length ? length - 1 : 0;
	question->type = (int)get16(p + at + 1);
	question->end = at + 5;
	return true;
}

bool
zone_question_parse(const uint8_t *p, size_t n,
		    struct zone_question *question_out)
{
	struct zone_question *question = question_out;

	memset(question, 0, sizeof *question);
	if (n < HEADER || (p[2] & 0x80) || get16(p + 4) != 1 ||
	    !question_name(p, n, question))
		return false;
	question->p = p;
	question->id = (uint16_t)get16(p);
	question->name.p = question->text;
	question->room = 512;
	const uint8_t *opt = p + question->end;
	if (n - question->end >= 11 && opt[0] == 0 &&
	    get16(opt + 1) == TYPE_OPT) {
		question->edns = true;
		question->room = get16(opt + 3);
	}
	return true;
}

/* --- answers --- */

struct out {
	uint8_t *p;
	size_t n;
	bool full;
};

static void
put(struct out *out, const void *p, size_t n)
{
	if (n > ZONE_WIRE_MAX - out->n) {
		out->full = true;
		return;
	}
	if (n)
		memcpy(out->p + out->n, p, n);
	out->n += n;
}

static void
put16(struct out *out, unsigned value)
{
	uint8_t octet[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	put(out, octet, 2);
}

static void
put32(struct out *out, uint32_t value)
{
	put16(out, value >> 16);
	put16(out, value & 0xffff);
}

static void
put_name(struct out *out, struct str name)
{
	struct str label;

	while (name.n && str_split(&name, '.', &label)) {
		put(out, &(uint8_t){(uint8_t)label.n}, 1);
		put(out, label.p, label.n);
	}
	put(out, "", 1);
}

static void
put_data(struct out *out, const struct zone_record *record)
{
	switch (record->type) {
	case DNS_A:
		put(out, record->ip.octet, 4);
		break;
	case DNS_AAAA:
		put(out, record->ip.octet, 16);
		break;
	case DNS_MX:
		put16(out, record->preference);
		put_name(out, record->target);
		break;
	case DNS_TXT:
		put(out, record->rdata.p, record->rdata.n);
		break;
	default:
		put_name(out, record->target);
		break;
	}
}

static void
put_record(struct out *out, const struct zone *zone,
	   const struct zone_question *question, struct str owner,
	   const struct zone_record *record)
{
	const struct zone_behaviour *ttl =
	    zone_behaves(zone, owner, record->type, ZONE_TTL);

	if (str_eq_nocase(owner, question->name))
		put16(out, 0xc000 | HEADER); /* compressed */
	else
		put_name(out, owner);
	put16(out, (unsigned)record->type);
	put16(out, 1);
	put32(out, ttl ? (uint32_t)ttl->n : TTL);
	size_t length_at = out->n;
	put16(out, 0);
	put_data(out, record);
	if (out->full)
		return;
	size_t length = out->n - length_at - 2;
	out->p[length_at] = (uint8_t)(length >> 8);
	out->p[length_at + 1] = (uint8_t)length;
}

static void
put_soa(struct out *out, const struct zone *zone,
	const struct zone_question *question)
{
	const struct zone_behaviour *ttl =
	    zone_behaves(zone, question->name, question->type, ZONE_TTL);

	put16(out, 0xc000 | HEADER);
	put16(out, TYPE_SOA);
	put16(out, 1);
	put32(out, ttl ? (uint32_t)ttl->n : TTL);
	put16(out, 22);
	put16(out, 0); /* two root names */
	for (int i = 0; i < 5; i++)
		put32(out, TTL);
}

static void
put_opt(struct out *out)
{
	put(out, "", 1);
	put16(out, TYPE_OPT);
	put16(out, 1232);
	put32(out, 0);
	put16(out, 0);
}

/* The header, all counts 0 but QDCOUNT, and the question as it came. */
static struct out
begin(const struct zone_question *question, unsigned rcode, uint8_t *p)
{
	struct out out = {p, 0, false};

	put16(&out, question->id);
	put16(&out, 0x8180 | rcode); /* QR, RD, RA */
	put16(&out, 1);
	put16(&out, 0);
	put32(&out, 0);
	put(&out, question->p + HEADER, question->end - HEADER);
	return out;
}

static void
set16(struct out *out, size_t at, size_t value)
{
	out->p[at] = (uint8_t)(value >> 8);
	out->p[at + 1] = (uint8_t)value;
}

size_t
zone_wire_denial(const struct zone_question *question, uint8_t p[ZONE_WIRE_MAX])
{
	return begin(question, NXDOMAIN, p).n;
}

static unsigned
rcode_of(const struct zone *zone, const struct zone_question *question,
	 enum dns_status status)
{
	const struct zone_behaviour *rcode =
	    zone_behaves(zone, question->name, question->type, ZONE_RCODE);

	if (rcode)
		return (unsigned)rcode->n & 15;
	if (question->edns &&
	    zone_behaves(zone, question->name, question->type, ZONE_FORMERR))
		return FORMERR;
	if (zone_behaves(zone, question->name, question->type, ZONE_REFUSED))
		return REFUSED;
	if (status == DNS_FAILED || status == DNS_TIMEOUT)
		return SERVFAIL;
	return status == DNS_NXDOMAIN ? NXDOMAIN : NOERROR;
}

static bool
does(const struct zone *zone, const struct zone_question *question,
     enum zone_deed deed)
{
	return zone_behaves(zone, question->name, question->type, deed) != NULL;
}

static size_t
put_hits(struct out *out, const struct zone *zone,
	 const struct zone_question *question, const struct zone_answer *found)
{
	bool reverse = does(zone, question, ZONE_REVERSE);
	size_t count = found->n;

	for (size_t i = 0; i < found->n; i++) {
		const struct zone_hit *hit =
		    &found->hit[reverse ? found->n - 1 - i : i];
		put_record(out, zone, question, hit->owner, hit->record);
	}
	for (struct zone_behaviour *b = zone->behaviours; b; b = b->next) {
		if (b->deed != ZONE_EXTRA ||
		    !str_eq_nocase(b->name, question->name) ||
		    (b->type != 0 && b->type != question->type))
			continue;
		put_record(out, zone, question, b->extra->name, b->extra);
		count++;
	}
	return count;
}

/* NS of the root and nothing else, from a server that does not recurse. */
static size_t
put_referral(const struct zone_question *question, uint8_t p[ZONE_WIRE_MAX])
{
	struct out out = begin(question, NOERROR, p);

	p[3] &= 0x7f; /* RA */
	put(&out, "", 1);
	put16(&out, TYPE_NS);
	put16(&out, 1);
	put32(&out, TTL);
	put16(&out, 9);
	put_name(&out, str_lit("ns.test"));
	set16(&out, 8, 1);
	return out.n;
}

size_t
zone_wire_answer(const struct zone *zone, const struct zone_question *question,
		 bool tcp, uint8_t p[ZONE_WIRE_MAX])
{
	struct zone_answer *found = mem_alloc(sizeof *found);

	if (does(zone, question, ZONE_REFERRAL)) {
		free(found);
		return put_referral(question, p);
	}
	zone_answer(zone, question->name, question->type, found);
	unsigned rcode = rcode_of(zone, question, found->status);
	struct out out = begin(question, rcode, p);
	if (rcode == NOERROR || rcode == NXDOMAIN)
		set16(&out, 6, put_hits(&out, zone, question, found));
	if (found->status == DNS_NXDOMAIN || found->status == DNS_NODATA) {
		put_soa(&out, zone, question);
		set16(&out, 8, 1);
	}
	free(found);
	if (question->edns && rcode != FORMERR) {
		put_opt(&out);
		set16(&out, 10, 1);
	}
	if (does(zone, question, ZONE_AD))
		p[3] |= 0x20;
	bool cut = !tcp && (out.n > question->room ||
			    does(zone, question, ZONE_TRUNCATE));
	if (cut || out.full) {
		out = begin(question, rcode, p);
		p[2] |= 0x02; /* TC */
	}
	return out.n;
}
