#include "record/saved.h"

#include "base/limits.h"
#include "dns/answer.h"
#include "record/parts.h"
#include "record/saved.pb-c.h"

#define VERSION 1

static const struct str magic = STR("VERDICT-CHECK ");

bool
saved_is(struct str octets)
{
	return str_starts(octets, magic);
}

/* --- to octets --- */

static ProtobufCBinaryData *
pack_list(struct packer *p, const struct str *text, size_t n)
{
	ProtobufCBinaryData *out = arena_array(p->arena, n, sizeof *out);

	for (size_t i = 0; i < n; i++)
		out[i] = pack_octets(text[i]);
	return out;
}

static Saved__Answer *
pack_answer(struct packer *p, const struct dns_answer *answer)
{
	Saved__Answer *out = pack_message(p, &saved__answer__descriptor);
	const bool addresses =
	    answer->type == DNS_A || answer->type == DNS_AAAA;

	out->name = pack_octets(answer->name);
	out->type = answer->type;
	out->status = (uint32_t)codes_number(&codes_dns_status, answer->status);
	out->reason = pack_octets(str_of(answer->reason));
	out->authentic = answer->authentic;
	out->cut = answer->cut;
	out->ttl = answer->ttl;
	out->n_data = answer->count;
	out->data = arena_array(p->arena, answer->count, sizeof *out->data);
	out->preference = pack_numbers(p, answer->count);
	for (size_t i = 0; i < answer->count; i++) {
		const struct dns_rr *rr = &answer->rr[i];
		out->data[i] =
		    addresses ? pack_ip(p, rr->ip) : pack_octets(rr->text);
		if (answer->type == DNS_MX)
			out->preference[out->n_preference++] = rr->preference;
	}
	out->n_alias = answer->aliases;
	out->alias = pack_list(p, answer->alias, answer->aliases);
	return out;
}

static struct str
pack_check(struct packer *p, const struct saved_check *check)
{
	Saved__Check out = SAVED__CHECK__INIT;

	out.program = pack_octets(check->program);
	out.time = check->now > 0 ? (uint64_t)check->now : 0;
	out.client = pack_ip(p, check->client);
	out.client_name = pack_octets(check->client_name);
	out.helo = pack_octets(check->helo);
	out.mail_from_known = check->mail_from_known;
	out.mail_from = pack_octets(check->mail_from);
	out.n_recipient = check->recipients;
	out.recipient = pack_list(p, check->recipient, check->recipients);
	out.smtp_auth = check->smtp_auth;
	out.as_published = check->as_published;
	out.configuration = pack_octets(check->configuration);
	out.n_answer = check->answers;
	out.answer = arena_array(p->arena, check->answers, sizeof *out.answer);
	for (size_t i = 0; i < check->answers; i++)
		out.answer[i] = pack_answer(p, &check->answer[i]);
	return encode_message(p->arena, &out.base);
}

bool
saved_pack(const struct saved_check *check, struct buf *out)
{
	struct packer packer = {.arena = arena_new(NULL)};
	const struct str octets = pack_check(&packer, check);
	const bool fits = octets.n <= LIMIT_RECORD_OCTETS;

	if (fits) {
		buf_printf(out, "%.*s%d %zu\n", STR_ARG(magic), VERSION,
			   octets.n);
		buf_add(out, octets);
		buf_add(out, check->message);
	}
	arena_free(packer.arena);
	return fits;
}

/* --- from octets --- */

/* No name of the DNS, path or HELO that a mail server takes is longer. */
#define WORD_MAX 1024
/* As many questions as a message can be let ask (limits: dns-questions). */
#define ANSWERS_MAX 2000

static struct str
unpack_word_octets(struct unpacker *u, ProtobufCBinaryData octets)
{
	unpack_if(u, octets.len <= WORD_MAX, "a name or address is too long");
	return unpack_octets(u, octets);
}

static const struct str *
unpack_list(struct unpacker *u, const ProtobufCBinaryData *octets, size_t n)
{
	struct str *text = arena_array(u->arena, n, sizeof *text);

	for (size_t i = 0; i < n && u->fault == NULL; i++)
		text[i] = unpack_word_octets(u, octets[i]);
	return text;
}

static enum dns_type
unpack_type(struct unpacker *u, uint32_t type)
{
	switch (type) {
	case DNS_A:
	case DNS_PTR:
	case DNS_MX:
	case DNS_TXT:
	case DNS_AAAA:
		return (enum dns_type)type;
	default:
		unpack_fault(u, "a type of the DNS is unknown");
		return DNS_A;
	}
}

static struct dns_rr
unpack_rr(struct unpacker *u, const Saved__Answer *in, enum dns_type type,
	  size_t i)
{
	struct dns_rr rr = {.text = str_empty()};
	size_t octets = type == DNS_A ? 4 : 16;

	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		if (unpack_if(u, in->data[i].len == octets,
			      "an address has another length"))
			rr.ip = unpack_ip(u, in->data[i]);
		break;
	case DNS_MX:
		if (unpack_if(u, in->n_preference == in->n_data,
			      "a preference is missing"))
			rr.preference = (uint16_t)in->preference[i];
		rr.text = unpack_word_octets(u, in->data[i]);
		break;
	case DNS_PTR:
		rr.text = unpack_word_octets(u, in->data[i]);
		break;
	case DNS_TXT:
		/* What one record of the DNS can hold. */
		unpack_if(u, in->data[i].len <= UINT16_MAX,
			  "a text is too long");
		rr.text = unpack_octets(u, in->data[i]);
		break;
	}
	return rr;
}

static void
unpack_answer(struct unpacker *u, const Saved__Answer *in,
	      struct dns_answer *answer)
{
	struct dns_rr *rr;
	struct str reason = unpack_word_octets(u, in->reason);

	answer->name = unpack_word_octets(u, in->name);
	answer->type = unpack_type(u, in->type);
	answer->status = unpack_code(u, &codes_dns_status, (int)in->status);
	unpack_if(u, str_is_printable(reason), "a text is not printable");
	answer->reason = reason.p;
	answer->authentic = in->authentic;
	answer->cut = in->cut;
	answer->ttl = in->ttl;
	if (!unpack_if(u,
		       in->n_data <= LIMIT_DNS_ANSWER_RRS &&
			   in->n_alias <= LIMIT_DNS_CNAMES &&
			   (in->n_data > 0) == (answer->status == DNS_OK),
		       "an answer has too many records, or none"))
		return;
	rr = arena_array(u->arena, in->n_data, sizeof *rr);
	for (size_t i = 0; i < in->n_data && u->fault == NULL; i++)
		rr[i] = unpack_rr(u, in, answer->type, i);
	answer->rr = rr;
	answer->count = in->n_data;
	answer->alias = unpack_list(u, in->alias, in->n_alias);
	answer->aliases = in->n_alias;
}

static void
unpack_check(struct unpacker *u, const Saved__Check *in,
	     struct saved_check *check)
{
	struct dns_answer *answer;

	check->program = unpack_word_octets(u, in->program);
	check->now = unpack_time(u, in->time);
	check->client = unpack_ip(u, in->client);
	check->client_name = unpack_word_octets(u, in->client_name);
	check->helo = unpack_word_octets(u, in->helo);
	check->mail_from_known = in->mail_from_known;
	check->mail_from = unpack_word_octets(u, in->mail_from);
	check->recipient = unpack_list(u, in->recipient, in->n_recipient);
	check->recipients = in->n_recipient;
	check->smtp_auth = in->smtp_auth;
	check->as_published = in->as_published;
	check->configuration =
	    str_n((const char *)in->configuration.data, in->configuration.len);
	if (!unpack_if(u, in->n_answer <= ANSWERS_MAX,
		       "there are too many answers"))
		return;
	answer = arena_array(u->arena, in->n_answer, sizeof *answer);
	for (size_t i = 0; i < in->n_answer && u->fault == NULL; i++)
		unpack_answer(u, in->answer[i], &answer[i]);
	check->answer = answer;
	check->answers = in->n_answer;
}

/* The numbers of the first line: of the version and of octets. */
static const char *
unpack_head(struct str *octets, uint64_t *n_out)
{
	struct str line, word;
	uint64_t version;

	if (!saved_is(*octets) || str_chr(*octets, '\n') == octets->n)
		return "it is no saved check";
	str_split(octets, '\n', &line);
	line = str_from(line, magic.n);
	str_split(&line, ' ', &word);
	if (!str_uint(word, UINT32_MAX, &version) || version == 0)
		return "it is no saved check";
	if (version != VERSION)
		return "a newer program has saved it: check it with that";
	if (!str_uint(line, LIMIT_RECORD_OCTETS, n_out) || *n_out > octets->n)
		return "it is cut short";
	return NULL;
}

const char *
saved_unpack(struct arena *arena, struct str octets,
	     struct saved_check *check_out)
{
	struct unpacker unpacker = {.arena = arena};
	struct saved_check check = {.now = 0};
	uint64_t n = 0;
	const char *fault = unpack_head(&octets, &n);

	if (fault != NULL)
		return fault;
	const Saved__Check *in = decode_message(
	    arena, &saved__check__descriptor, str_first(octets, (size_t)n), 0);
	if (in == NULL)
		return "it is damaged";
	unpack_check(&unpacker, in, &check);
	check.message = str_from(octets, (size_t)n);
	if (unpacker.fault == NULL)
		*check_out = check;
	return unpacker.fault;
}

/* --- an answer of it --- */

static const struct dns_answer *
find(const struct saved_check *check, struct str name, enum dns_type type)
{
	for (size_t i = 0; i < check->answers; i++)
		if (check->answer[i].type == type &&
		    str_eq(check->answer[i].name, name))
			return &check->answer[i];
	return NULL;
}

static void
add_records(const struct dns_answer *saved, struct dns_answer *answer)
{
	for (size_t i = 0; i < saved->count; i++) {
		const struct dns_rr *rr = &saved->rr[i];
		if (saved->type == DNS_A || saved->type == DNS_AAAA)
			dns_answer_add_ip(answer, rr->ip);
		else if (saved->type == DNS_MX)
			dns_answer_add_mx(answer, rr->preference, rr->text);
		else
			dns_answer_add_text(answer, rr->text);
	}
	for (size_t i = 0; i < saved->aliases; i++)
		dns_answer_add_alias(answer, saved->alias[i]);
}

struct dns_answer *
saved_answer(const struct saved_check *check, struct str name,
	     enum dns_type type)
{
	const struct dns_answer *saved = find(check, name, type);

	if (saved == NULL)
		return NULL;
	struct dns_answer *answer =
	    dns_answer_new(name, type, saved->status, saved->reason);
	add_records(saved, answer);
	answer->authentic = saved->authentic;
	answer->cut = saved->cut;
	answer->ttl = saved->ttl;
	return answer;
}
