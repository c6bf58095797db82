#include "record/parts.h"

#include "base/limits.h"

/* --- to octets --- */

static void
pack_table(struct packer *p, Record__Message *message)
{
	const struct texts *texts = &p->texts;

	message->n_string = message->n_tail = texts->count;
	message->string =
	    arena_array(p->arena, texts->count, sizeof *message->string);
	message->tail = pack_numbers(p, texts->count);
	for (size_t i = 0; i < texts->count; i++) {
		const struct texts_entry *entry = &texts->entry[i];
		message->string[i] =
		    pack_octets(str_first(entry->whole, entry->own));
		message->tail[i] = entry->tail;
	}
}

/* Names that others end with come first, so that those need not tell them. */
static void
pack_domains(struct packer *p, const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->dmarc.count; i++) {
		(void)pack_text(p, verdict->dmarc.outcome[i].org_domain);
		(void)pack_text(p, verdict->dmarc.outcome[i].from);
	}
	(void)pack_text(p, verdict->spf.domain);
	for (size_t i = 0; i < verdict->dkim.count; i++)
		(void)pack_text(p, verdict->dkim.outcome[i].domain);
}

struct str
record_pack(struct arena *arena, const struct verdict *verdict,
	    const struct record_about *about)
{
	struct packer packer = {.arena = arena}, *p = &packer;
	Record__Message message = RECORD__MESSAGE__INIT;

	texts_init(&p->texts, arena);
	pack_domains(p, verdict);
	message.context = about->context;
	message.time = verdict->now > 0 ? (uint64_t)verdict->now : 0;
	message.queue_id = pack_octets(verdict->queue_id);
	message.client = pack_client(p, verdict);
	message.envelope = pack_envelope(p, verdict);
	message.header = pack_header(p, verdict, about);
	pack_results(p, verdict, &message);
	message.decision = pack_decision(p, verdict);
	message.questions = pack_questions(p, verdict);
	message.cost = pack_cost(p, verdict);
	message.seen = pack_seen(p, &verdict->seen);
	message.removed = pack_removed(p, verdict);
	message.addresses_hidden = verdict->addresses_hidden;
	message.path_names_author = verdict->path_names_author;
	message.hindrance = codes_number(&codes_hindrance, verdict->hindrance);
	pack_table(p, &message);
	return encode_message(arena, &message.base);
}

/* --- from octets --- */

static bool
unpack_table(struct unpacker *u, const Record__Message *message)
{
	size_t n = message->n_string;
	struct texts_part *part;

	if (!unpack_if(u, message->n_tail == n, "a text has no tail"))
		return false;
	part = arena_array(u->arena, n, sizeof *part);
	for (size_t i = 0; i < n; i++)
		part[i] = (struct texts_part){
		    str_n((const char *)message->string[i].data,
			  message->string[i].len),
		    message->tail[i]};
	return unpack_if(u, texts_open(u->arena, part, n, &u->texts),
			 "texts are too long, or one has the tail of none");
}

static bool
is_whole(const struct unpacker *u, const Record__Message *message)
{
	return message->client != NULL && message->envelope != NULL &&
	       message->header != NULL && message->header->from != NULL &&
	       message->spf != NULL && message->decision != NULL &&
	       (u->to_decide ||
		(message->questions != NULL && message->cost != NULL));
}

static void
unpack_message(struct unpacker *u, const Record__Message *message,
	       struct verdict *verdict)
{
	verdict->now = unpack_time(u, message->time);
	verdict->queue_id = unpack_octets(u, message->queue_id);
	unpack_client(u, message->client, verdict);
	unpack_envelope(u, message->envelope, verdict);
	unpack_header(u, message->header, verdict);
	unpack_results(u, message, verdict);
	unpack_decision(u, message->decision, verdict);
	unpack_seen(u, message->seen, &verdict->seen);
	verdict->addresses_hidden = message->addresses_hidden;
	verdict->path_names_author = message->path_names_author;
	verdict->hindrance =
	    unpack_code(u, &codes_hindrance, (int)message->hindrance);
	if (u->to_decide)
		return;
	unpack_questions(u, message->questions, verdict);
	unpack_cost(u, message->cost, verdict);
	unpack_removed(u, message->removed, verdict);
}

/* What no decision looks at: questions, cost, removed. */
#define WITHOUT ((uint64_t)(1 << 13 | 1 << 14 | 1 << 19))

static const char *
unpack(struct unpacker *u, struct str octets, struct verdict *verdict_out,
       uint32_t *context_out)
{
	struct verdict verdict = {.header = NULL};
	const Record__Message *message =
	    decode_message(u->arena, &record__message__descriptor, octets,
			   u->to_decide ? WITHOUT : 0);

	if (message == NULL)
		return "it is no record of a message";
	if (!is_whole(u, message))
		return "a part is missing";
	if (unpack_table(u, message))
		unpack_message(u, message, &verdict);
	if (u->fault == NULL) {
		*verdict_out = verdict;
		*context_out = message->context;
	}
	return u->fault;
}

const char *
record_unpack(struct arena *arena, struct str octets,
	      struct verdict *verdict_out, uint32_t *context_out)
{
	struct unpacker unpacker = {.arena = arena};

	return unpack(&unpacker, octets, verdict_out, context_out);
}

const char *
record_unpack_to_decide(struct arena *arena, struct str octets,
			struct verdict *verdict_out, uint32_t *context_out)
{
	struct unpacker unpacker = {.arena = arena, .to_decide = true};

	return unpack(&unpacker, octets, verdict_out, context_out);
}
