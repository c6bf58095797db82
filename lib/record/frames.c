/* What the records of a journal share. */
#include "record/parts.h"

#include <string.h>

#include "base/limits.h"

/* A host's name, and a version with what its packager has added. */
#define WORD_MAX 255

/* --- the context --- */

struct str
record_context_pack(struct arena *arena, const struct record_context *context)
{
	Record__Context out = RECORD__CONTEXT__INIT;

	out.number = context->number;
	out.time = context->time > 0 ? (uint64_t)context->time : 0;
	out.host = pack_octets(context->host);
	out.version = pack_octets(context->version);
	out.mode = context->enforce ? RECORD__MODE__MODE_ENFORCE
				    : RECORD__MODE__MODE_MONITOR;
	out.configuration =
	    pack_octets(str_n((const char *)context->configuration,
			      sizeof context->configuration));
	return encode_message(arena, &out.base);
}

static struct str
unpack_name(struct unpacker *u, ProtobufCBinaryData octets)
{
	struct str text = unpack_octets(u, octets);

	unpack_if(u, text.n <= WORD_MAX && str_is_printable(text),
		  "a host or version is too long, or not printable");
	return text;
}

const char *
record_context_unpack(struct arena *arena, struct str octets,
		      struct record_context *context_out)
{
	struct unpacker unpacker = {.arena = arena}, *u = &unpacker;
	const Record__Context *in =
	    decode_message(arena, &record__context__descriptor, octets, 0);

	if (in == NULL)
		return "it is no record of a context";
	struct record_context context = {
	    .number = in->number,
	    .time = unpack_time(u, in->time),
	    .host = unpack_name(u, in->host),
	    .version = unpack_name(u, in->version),
	    .enforce = in->mode == RECORD__MODE__MODE_ENFORCE,
	};
	unpack_if(u, context.enforce || in->mode == RECORD__MODE__MODE_MONITOR,
		  "a value of an enumeration is unknown");
	if (unpack_if(u, in->configuration.len == RECORD_CONFIGURATION_OCTETS,
		      "the digest of the configuration has another length"))
		memcpy(context.configuration, in->configuration.data,
		       RECORD_CONFIGURATION_OCTETS);
	if (u->fault == NULL)
		*context_out = context;
	return u->fault;
}

/* --- texts of the DNS --- */

struct str
record_dns_text_pack(struct arena *arena, const struct dns_question *question)
{
	Record__DnsText out = RECORD__DNS_TEXT__INIT;
	const struct dns_answer *answer = question->answer;

	out.digest = pack_octets(
	    str_n((const char *)question->digest, sizeof question->digest));
	out.n_text = answer->count;
	out.text = arena_array(arena, answer->count, sizeof *out.text);
	for (size_t i = 0; i < answer->count; i++)
		out.text[i] = pack_octets(answer->rr[i].text);
	return encode_message(arena, &out.base);
}

const char *
record_dns_text_unpack(struct arena *arena, struct str octets,
		       struct record_dns_text *text_out)
{
	struct unpacker unpacker = {.arena = arena};
	const Record__DnsText *in =
	    decode_message(arena, &record__dns_text__descriptor, octets, 0);

	if (in == NULL)
		return "it is no record of texts of the DNS";
	if (in->digest.len != DNS_DIGEST_OCTETS)
		return "a digest has another length";
	if (in->n_text == 0 || in->n_text > LIMIT_DNS_ANSWER_RRS)
		return "there is no text, or too many";
	struct str *text = arena_array(arena, in->n_text, sizeof *text);
	for (size_t i = 0; i < in->n_text; i++)
		text[i] = unpack_octets(&unpacker, in->text[i]);
	*text_out = (struct record_dns_text){.text = text, .texts = in->n_text};
	memcpy(text_out->digest, in->digest.data, DNS_DIGEST_OCTETS);
	return NULL;
}
