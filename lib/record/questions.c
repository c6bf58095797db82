/* What was asked of the DNS, and what it cost. */
#include "record/parts.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"

static const struct str before_dmarc = STR("_dmarc.");
static const struct str before_key = STR("._domainkey.");

/* --- kinds --- */

static const struct {
	enum dns_type type;
	Record__QuestionKind kind;
} plain_kinds[] = {
    {DNS_A, RECORD__QUESTION_KIND__KIND_A},
    {DNS_AAAA, RECORD__QUESTION_KIND__KIND_AAAA},
    {DNS_MX, RECORD__QUESTION_KIND__KIND_MX},
    {DNS_PTR, RECORD__QUESTION_KIND__KIND_PTR},
    {DNS_TXT, RECORD__QUESTION_KIND__KIND_TXT},
};

#define PLAIN_KINDS (sizeof plain_kinds / sizeof plain_kinds[0])

static Record__QuestionKind
plain_kind(enum dns_type type)
{
	size_t i = 0;

	while (i < PLAIN_KINDS - 1 && plain_kinds[i].type != type)
		i++;
	return plain_kinds[i].kind;
}

static bool
plain_type(int kind, enum dns_type *type_out)
{
	for (size_t i = 0; i < PLAIN_KINDS; i++) {
		if ((int)plain_kinds[i].kind == kind) {
			*type_out = plain_kinds[i].type;
			return true;
		}
	}
	return false;
}

/* --- packing --- */

static void
pack_question(struct packer *p, const struct dns_question *question,
	      Record__Questions *out)
{
	struct str name = question->name;
	const char *key = NULL;

	out->kind[out->n_kind] = plain_kind(question->type);
	if (question->type == DNS_TXT && str_starts(name, before_dmarc)) {
		out->kind[out->n_kind] = RECORD__QUESTION_KIND__KIND_DMARC;
		name = str_from(name, before_dmarc.n);
	} else if (question->type == DNS_TXT) {
		key = memmem(name.p, name.n, before_key.p, before_key.n);
	}
	if (key != NULL) {
		size_t at = (size_t)(key - name.p);
		out->kind[out->n_kind] = RECORD__QUESTION_KIND__KIND_KEY;
		out->selector[out->n_selector++] =
		    pack_text(p, str_first(name, at));
		name = str_from(name, at + before_key.n);
	}
	out->name[out->n_kind] = pack_text(p, name);
	out->status[out->n_kind] =
	    codes_number(&codes_dns_status, question->status);
	out->ttl[out->n_kind++] = question->ttl;
}

static bool
has_digest(const struct dns_question *question)
{
	return question->type == DNS_TXT && question->status == DNS_OK;
}

Record__Questions *
pack_questions(struct packer *p, const struct verdict *verdict)
{
	Record__Questions *out =
	    pack_message(p, &record__questions__descriptor);
	size_t n = verdict->questions < LIMIT_RECORD_QUESTIONS
		       ? verdict->questions
		       : LIMIT_RECORD_QUESTIONS;
	struct buf digests;

	buf_init(&digests, p->arena);
	out->kind = arena_array(p->arena, n, sizeof *out->kind);
	out->status = arena_array(p->arena, n, sizeof *out->status);
	out->name = pack_numbers(p, n);
	out->ttl = pack_numbers(p, n);
	out->selector = pack_numbers(p, n);
	for (size_t i = 0; i < n; i++) {
		const struct dns_question *question = &verdict->question[i];
		pack_question(p, question, out);
		if (has_digest(question))
			buf_add(&digests, str_n((const char *)question->digest,
						sizeof question->digest));
	}
	out->n_status = out->n_name = out->n_ttl = n;
	out->digest = pack_octets(buf_str(&digests));
	out->dropped = verdict->dns.questions > n
			   ? verdict->dns.questions - (uint32_t)n
			   : 0;
	return out;
}

/* --- unpacking --- */

/* Where the next of the lists that are not one to one begins. */
struct cursor {
	size_t selector, digest;
};

static struct str
key_name(struct unpacker *u, struct str selector, struct str domain)
{
	struct buf text;

	buf_init(&text, u->arena);
	buf_add(&text, selector);
	buf_add(&text, before_key);
	buf_add(&text, domain);
	return buf_str(&text);
}

static struct str
policy_name(struct unpacker *u, struct str domain)
{
	struct buf text;

	buf_init(&text, u->arena);
	buf_add(&text, before_dmarc);
	buf_add(&text, domain);
	return buf_str(&text);
}

static void
unpack_name(struct unpacker *u, const Record__Questions *in, size_t i,
	    struct cursor *at, struct dns_question *question)
{
	question->name = unpack_text(u, in->name[i]);
	if (plain_type(in->kind[i], &question->type))
		return;
	question->type = DNS_TXT;
	switch (in->kind[i]) {
	case RECORD__QUESTION_KIND__KIND_DMARC:
		question->name = policy_name(u, question->name);
		break;
	case RECORD__QUESTION_KIND__KIND_KEY:
		if (unpack_if(u, at->selector < in->n_selector,
			      "a question for a key has no selector"))
			question->name = key_name(
			    u, unpack_text(u, in->selector[at->selector++]),
			    question->name);
		break;
	default:
		unpack_fault(u, "a value of an enumeration is unknown");
	}
}

static void
unpack_question(struct unpacker *u, const Record__Questions *in, size_t i,
		struct cursor *at, struct dns_question *question)
{
	unpack_name(u, in, i, at, question);
	question->status = unpack_code(u, &codes_dns_status, in->status[i]);
	question->ttl = in->ttl[i];
	if (!has_digest(question) ||
	    !unpack_if(u, in->digest.len - at->digest >= DNS_DIGEST_OCTETS,
		       "a digest is missing"))
		return;
	memcpy(question->digest, in->digest.data + at->digest,
	       DNS_DIGEST_OCTETS);
	at->digest += DNS_DIGEST_OCTETS;
}

void
unpack_questions(struct unpacker *u, const Record__Questions *in,
		 struct verdict *verdict)
{
	size_t n = in->n_kind;
	struct cursor at = {0, 0};

	if (!unpack_if(u,
		       n <= LIMIT_RECORD_QUESTIONS &&
			   in->dropped <= INT32_MAX && in->n_status == n &&
			   in->n_name == n && in->n_ttl == n,
		       "there are too many questions, or some have no outcome"))
		return;
	struct dns_question *question =
	    arena_array(u->arena, n, sizeof *question);
	for (size_t i = 0; i < n && u->fault == NULL; i++)
		unpack_question(u, in, i, &at, &question[i]);
	verdict->question = question;
	verdict->questions = n;
	verdict->dns.questions = (unsigned)n + in->dropped;
}

/* --- what it cost --- */

#define LIMITS_KNOWN (2 * VERDICT_LIMIT_DNS_RECORDS - 1)

Record__Cost *
pack_cost(struct packer *p, const struct verdict *verdict)
{
	const struct dns_usage *dns = &verdict->dns;
	Record__Cost *out = pack_message(p, &record__cost__descriptor);

	out->prefetches = dns->prefetches;
	out->sent = dns->sent;
	out->late = dns->late;
	out->waited = (uint64_t)dns->waited_us;
	out->total = (uint64_t)verdict->total_us;
	out->limits = verdict->limits;
	return out;
}

void
unpack_cost(struct unpacker *u, const Record__Cost *in, struct verdict *verdict)
{
	struct dns_usage *dns = &verdict->dns;
	unsigned limits = in->limits & LIMITS_KNOWN;

	dns->prefetches = in->prefetches;
	dns->sent = in->sent;
	dns->late = in->late;
	dns->waited_us = unpack_time(u, in->waited);
	dns->questions_exhausted = limits & VERDICT_LIMIT_DNS_QUESTIONS;
	dns->prefetches_exhausted = limits & VERDICT_LIMIT_PREFETCHES;
	dns->zone_waiters_exhausted = limits & VERDICT_LIMIT_ZONE_WAITERS;
	dns->slow_waiters_exhausted = limits & VERDICT_LIMIT_SLOW_WAITERS;
	dns->records_exhausted = limits & VERDICT_LIMIT_DNS_RECORDS;
	verdict->total_us = unpack_time(u, in->total);
	verdict->limits = limits;
}
