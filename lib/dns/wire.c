#include "dns/wire.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "dns/scan.h"

/* --- questions --- */

/* RFC 1035 section 3.1; from octets, since a label may hold any of them. */
static ldns_rdf *
dname(struct str name)
{
	uint8_t octet[LIMIT_DOMAIN + 2];
	size_t n = 0;
	struct str label;

	while (str_split(&name, '.', &label)) {
		octet[n++] = (uint8_t)label.n;
		memcpy(octet + n, label.p, label.n);
		n += label.n;
	}
	octet[n++] = 0;
	return ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, n, octet);
}

void
dns_wire_question(const struct dns_key *key, bool edns, bool ad,
		  struct dns_wire_question *question_out)
{
	uint8_t *octet = NULL;
	size_t n = 0;
	/* AD in a question asks for AD in the answer (RFC 6840 section 5.7) */
	uint16_t flags = (uint16_t)(LDNS_RD | (ad ? LDNS_AD : 0));
	ldns_pkt *pkt = ldns_pkt_query_new(dname(dns_key_name(key)),
					   (ldns_rr_type)key->type,
					   LDNS_RR_CLASS_IN, flags);

	if (pkt == NULL)
		mem_exhausted(0);
	ldns_pkt_set_id(pkt, 0);
	ldns_pkt_set_edns_udp_size(pkt, edns ? LIMIT_DNS_EDNS_BYTES : 0);
	if (ldns_pkt2wire(&octet, pkt, &n) != LDNS_STATUS_OK ||
	    n > sizeof question_out->octet)
		mem_exhausted(n);
	memcpy(question_out->octet, octet, n);
	question_out->n = n;
	question_out->end = DNS_WIRE_HEADER + key->n + 2 + 4;
	free(octet);
	ldns_pkt_free(pkt);
}

void
dns_wire_set_id(struct dns_wire_question *question, uint16_t id)
{
	question->octet[0] = (uint8_t)(id >> 8);
	question->octet[1] = (uint8_t)id;
}

/* --- is it ours? --- */

bool
dns_wire_is_answer_to(const struct dns_wire_question *question, uint16_t id,
		      const uint8_t *p, size_t n)
{
	/* QR set, opcode QUERY; the question section holds one question. */
	if (n < question->end || p[0] != id >> 8 || p[1] != (id & 0xff) ||
	    (p[2] & 0xf8) != 0x80 || p[4] != 0 || p[5] != 1)
		return false;
	/*
	 * The first name cannot be compressed.  Type and class (IN) follow it;
	 * no octet of theirs nor a label's length is a letter.
	 */
	size_t length = question->end - DNS_WIRE_HEADER;
	return str_eq_nocase(
		   str_n((const char *)p + DNS_WIRE_HEADER, length - 4),
		   str_n((const char *)question->octet + DNS_WIRE_HEADER,
			 length - 4)) &&
	       memcmp(p + question->end - 4,
		      question->octet + question->end - 4, 4) == 0;
}

bool
dns_wire_is_truncated(const uint8_t *p)
{
	return (p[2] & 0x02) != 0;
}

bool
dns_wire_is_refused(const uint8_t *p)
{
	return (p[3] & 0x0f) == LDNS_RCODE_REFUSED;
}

/* --- answers --- */

static struct str
rdf_str(const ldns_rdf *rdf)
{
	return rdf ? str_n((const char *)ldns_rdf_data(rdf), ldns_rdf_size(rdf))
		   : str_empty();
}

/*
 * A name as text, or false for one that text cannot show (a dot or a control
 * within a label): such a host cannot be asked for by anyone.
 */
static bool
name_text(struct str wire, char text_out[LIMIT_DOMAIN + 1], size_t *n_out)
{
	size_t n = 0, i = 0;

	while (i < wire.n && wire.p[i] != 0) {
		size_t end = i + 1 + (uint8_t)wire.p[i];
		if (end > wire.n || n + (end - i) > LIMIT_DOMAIN + 1)
			return false;
		for (i++; i < end; i++) {
			char c = wire.p[i];
			if (c <= ' ' || c > '~' || c == '.')
				return false;
			text_out[n++] = c;
		}
		text_out[n++] = '.';
	}
	*n_out = n ? n - 1 : 0;
	return true;
}

static bool
is_of(const ldns_rr *rr, struct str owner, int type)
{
	return (int)ldns_rr_get_type(rr) == type &&
	       ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN &&
	       str_eq_nocase(rdf_str(ldns_rr_owner(rr)), owner);
}

/* A TTL with the highest bit is zero (RFC 2181 section 8). */
static void
lower_ttl(struct dns_answer *answer, uint32_t ttl)
{
	if (ttl > INT32_MAX)
		ttl = 0;
	if (ttl < answer->ttl)
		answer->ttl = ttl;
}

static void
add_ip(struct dns_answer *answer, struct str octets)
{
	const uint8_t *octet = (const uint8_t *)octets.p;

	if (answer->type == DNS_A && octets.n == 4)
		dns_answer_add_ip(answer, ip_v4(octet));
	else if (answer->type == DNS_AAAA && octets.n == 16)
		dns_answer_add_ip(answer, ip_v6(octet));
}

static void
add_mx(struct dns_answer *answer, const ldns_rr *rr)
{
	char text[LIMIT_DOMAIN + 1];
	size_t n;
	struct str preference = rdf_str(ldns_rr_rdf(rr, 0));

	if (preference.n == 2 &&
	    name_text(rdf_str(ldns_rr_rdf(rr, 1)), text, &n))
		dns_answer_add_mx(answer,
				  ldns_rdf2native_int16(ldns_rr_rdf(rr, 0)),
				  str_n(text, n));
}

static void
add_ptr(struct dns_answer *answer, const ldns_rr *rr)
{
	char text[LIMIT_DOMAIN + 1];
	size_t n;

	if (name_text(rdf_str(ldns_rr_rdf(rr, 0)), text, &n))
		dns_answer_add_text(answer, str_n(text, n));
}

/* The character-strings of one record, joined (RFC 7208 section 3.3). */
static void
add_txt(struct dns_answer *answer, const ldns_rr *rr)
{
	struct buf text;

	buf_init(&text, NULL);
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++)
		buf_add(&text, str_from(rdf_str(ldns_rr_rdf(rr, i)), 1));
	dns_answer_add_text(answer, buf_str(&text));
	buf_clear(&text);
}

static void
add_record(struct dns_answer *answer, const ldns_rr *rr)
{
	switch (answer->type) {
	case DNS_A:
	case DNS_AAAA:
		add_ip(answer, rdf_str(ldns_rr_rdf(rr, 0)));
		break;
	case DNS_MX:
		add_mx(answer, rr);
		break;
	case DNS_PTR:
		add_ptr(answer, rr);
		break;
	case DNS_TXT:
		add_txt(answer, rr);
		break;
	}
}

/* How many records of the type the owner has, usable or not. */
static size_t
add_records(struct dns_answer *answer, const ldns_rr_list *list,
	    struct str owner)
{
	size_t found = 0;

	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(list, i);

		if (!is_of(rr, owner, (int)answer->type))
			continue;
		found++;
		lower_ttl(answer, ldns_rr_ttl(rr));
		add_record(answer, rr);
	}
	return found;
}

static const ldns_rr *
alias_of(const ldns_rr_list *list, struct str owner)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++)
		if (is_of(ldns_rr_list_rr(list, i), owner, LDNS_RR_TYPE_CNAME))
			return ldns_rr_list_rr(list, i);
	return NULL;
}

static void
add_alias(struct dns_answer *answer, struct str owner)
{
	char text[LIMIT_DOMAIN + 1];
	size_t n;

	if (!name_text(owner, text, &n))
		n = 0;
	dns_answer_add_alias(answer, str_n(text, n));
}

/* The negative TTL (RFC 2308 section 5): the lower of the SOA's two. */
static void
set_negative_ttl(struct dns_answer *answer, const ldns_pkt *pkt)
{
	const ldns_rr_list *list = ldns_pkt_authority(pkt);

	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(list, i);

		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_SOA ||
		    ldns_rr_rd_count(rr) != 7)
			continue;
		lower_ttl(answer, ldns_rr_ttl(rr));
		lower_ttl(answer, ldns_rdf2native_int32(ldns_rr_rdf(rr, 6)));
		return;
	}
	lower_ttl(answer, LIMIT_DNS_NO_SOA_TTL);
}

static void
fail(struct dns_answer *answer, const char *reason)
{
	answer->status = DNS_FAILED;
	answer->reason = reason;
}

/* The names that an answer leads through, in wire format. */
struct chain {
	struct str owner[LIMIT_DNS_CNAMES + 1]; /* the name asked for first */
	size_t n;
};

static struct str
chain_end(const struct chain *chain)
{
	return chain->owner[chain->n - 1];
}

/*
 * Follows the CNAMEs of the answer section from the name asked for; records
 * of other owners are nobody's business (RFC 2181 section 5.4.1).  False: the
 * chain ends without a record.
 */
static bool
follow_chain(struct dns_answer *answer, const ldns_pkt *pkt,
	     struct chain *chain)
{
	const ldns_rr_list *list = ldns_pkt_answer(pkt);
	bool denied = ldns_pkt_get_rcode(pkt) == LDNS_RCODE_NXDOMAIN;

	for (;;) {
		if (!denied && add_records(answer, list, chain_end(chain))) {
			if (answer->status == DNS_NODATA)
				answer->reason = "no record is usable";
			return true;
		}
		const ldns_rr *alias = alias_of(list, chain_end(chain));
		if (alias == NULL)
			return false;
		if (chain->n > LIMIT_DNS_CNAMES) {
			fail(answer, "a loop or too long a chain of CNAMEs");
			return true;
		}
		lower_ttl(answer, ldns_rr_ttl(alias));
		chain->owner[chain->n++] = rdf_str(ldns_rr_rdf(alias, 0));
		add_alias(answer, chain_end(chain));
	}
}

/* --- what proves that there is nothing (RFC 2308 sections 2.1 and 2.2) --- */

static bool
is_on(const struct chain *chain, const ldns_rr *rr)
{
	for (size_t i = 0; i < chain->n; i++)
		if (str_eq_nocase(rdf_str(ldns_rr_owner(rr)), chain->owner[i]))
			return true;
	return false;
}

/* A record that neither belongs to the chain nor explains it. */
static bool
has_stranger(const ldns_pkt *pkt, const struct chain *chain)
{
	const ldns_rr_list *list = ldns_pkt_answer(pkt);

	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(list, i);
		ldns_rr_type type = ldns_rr_get_type(rr);
		if (type != LDNS_RR_TYPE_DNAME && type != LDNS_RR_TYPE_RRSIG &&
		    !is_on(chain, rr))
			return true;
	}
	return false;
}

/* Is a name the other one or above it?  Both in wire format. */
static bool
is_at_or_above(struct str up, struct str name)
{
	while (name.n > up.n && name.p[0] != 0)
		name = str_from(name, 1 + (size_t)(uint8_t)name.p[0]);
	return str_eq_nocase(up, name);
}

/* Does the authority section hold an NS; an SOA of the zone of that name? */
static void
read_authority(const ldns_pkt *pkt, struct str name, bool *ns_out,
	       bool *soa_out)
{
	const ldns_rr_list *list = ldns_pkt_authority(pkt);

	*ns_out = *soa_out = false;
	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(list, i);
		ldns_rr_type type = ldns_rr_get_type(rr);
		*ns_out |= type == LDNS_RR_TYPE_NS;
		*soa_out |= type == LDNS_RR_TYPE_SOA &&
			    is_at_or_above(rdf_str(ldns_rr_owner(rr)), name);
	}
}

/*
 * NULL, or why an answer without a record denies none.  Many resolvers deny
 * with an empty authority section; a referral has NS there and no SOA.
 */
static const char *
unproven(const ldns_pkt *pkt, const struct chain *chain)
{
	bool nodata = ldns_pkt_get_rcode(pkt) == LDNS_RCODE_NOERROR, ns, soa;

	if (has_stranger(pkt, chain))
		return "the DNS server answers for another name";
	read_authority(pkt, chain_end(chain), &ns, &soa);
	if (nodata && ns && !soa)
		return "the DNS server refers to other servers and does not "
		       "recurse";
	if (!ldns_pkt_aa(pkt) && !ldns_pkt_ra(pkt))
		return "the DNS server neither recurses nor is an authority";
	/* AA is about the first name only (RFC 1035 section 4.1.1). */
	if (nodata && chain->n > 1 && !soa && !ldns_pkt_ra(pkt))
		return "the DNS server does not follow the CNAME";
	return NULL;
}

static const char *
rcode_text(ldns_pkt_rcode rcode)
{
	switch (rcode) {
	case LDNS_RCODE_FORMERR:
		return "the DNS server says FORMERR";
	case LDNS_RCODE_SERVFAIL:
		return "the DNS server says SERVFAIL";
	case LDNS_RCODE_NOTIMPL:
		return "the DNS server says NOTIMP";
	case LDNS_RCODE_REFUSED:
		return "the DNS server says REFUSED";
	default:
		return "the DNS server gives an unusual response code";
	}
}

/* NULL, or why the server's answer is none. */
static const char *
read_answer(struct dns_answer *answer, const struct dns_key *key,
	    const ldns_pkt *pkt)
{
	ldns_rdf *owner = dname(dns_key_name(key));
	const char *reason = NULL;

	if (owner == NULL)
		mem_exhausted(0);
	struct chain chain = {.owner = {rdf_str(owner)}, .n = 1};
	if (!follow_chain(answer, pkt, &chain)) {
		reason = unproven(pkt, &chain);
		set_negative_ttl(answer, pkt);
	}
	ldns_rdf_deep_free(owner);
	return reason;
}

static enum dns_wire_result
pkt_answer(const struct dns_key *key, bool trust_ad, const ldns_pkt *pkt,
	   struct dns_answer **answer_out, const char **reason_out)
{
	ldns_pkt_rcode rcode = ldns_pkt_get_rcode(pkt);

	/* BADVERS and its like hide in the OPT record (RFC 6891, 6.1.3). */
	if (ldns_pkt_edns_extended_rcode(pkt) != 0 ||
	    (rcode != LDNS_RCODE_NOERROR && rcode != LDNS_RCODE_NXDOMAIN)) {
		*reason_out =
		    ldns_pkt_edns_extended_rcode(pkt)
			? "the DNS server gives an extended error code"
			: rcode_text(rcode);
		return rcode == LDNS_RCODE_FORMERR ? DNS_WIRE_FORMERR
						   : DNS_WIRE_FAILURE;
	}
	struct dns_answer *answer = dns_answer_new(
	    dns_key_name(key), key->type,
	    rcode == LDNS_RCODE_NXDOMAIN ? DNS_NXDOMAIN : DNS_NODATA, "");
	answer->authentic = trust_ad && ldns_pkt_ad(pkt);
	answer->ttl = LIMIT_DNS_TTL;
	const char *reason = read_answer(answer, key, pkt);
	if (reason != NULL) {
		*reason_out = reason;
		dns_answer_unref(answer);
		return DNS_WIRE_FAILURE;
	}
	*answer_out = answer;
	return DNS_WIRE_ANSWER;
}

enum dns_wire_result
dns_wire_answer(const struct dns_key *key, bool trust_ad, const uint8_t *p,
		size_t n, struct dns_answer **answer_out,
		const char **reason_out)
{
	ldns_pkt *pkt = NULL;
	/* ldns takes time that grows with the square of a record's parts. */
	const char *refused = dns_scan(p, n);

	if (refused != NULL) {
		*reason_out = refused;
		return DNS_WIRE_FAILURE;
	}
	if (ldns_wire2pkt(&pkt, p, n) != LDNS_STATUS_OK) {
		*reason_out = "the DNS server's answer is malformed";
		return DNS_WIRE_FAILURE;
	}
	enum dns_wire_result result =
	    pkt_answer(key, trust_ad, pkt, answer_out, reason_out);
	ldns_pkt_free(pkt);
	return result;
}
