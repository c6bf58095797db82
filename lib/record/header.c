/* What the header says, and what the rules in force could see of it. */
#include "record/parts.h"

#include "base/buf.h"
#include "base/limits.h"

/* --- From --- */

/* A canonical domain holds no "@", so the last one parts the two. */
static struct str
address_text(struct packer *p, const struct address_mailbox *address)
{
	struct buf text;

	buf_init(&text, p->arena);
	buf_add(&text, address->local);
	buf_addc(&text, '@');
	buf_add(&text, address->domain);
	return buf_str(&text);
}

static Record__From *
pack_from(struct packer *p, const struct verdict_from *from)
{
	Record__From *out = pack_message(p, &record__from__descriptor);

	out->state = codes_number(&codes_from_state, from->state);
	out->n_domain = from->count;
	out->domain = pack_numbers(p, from->count);
	for (size_t i = 0; i < from->count; i++)
		out->domain[i] = pack_text(p, from->domain[i]);
	out->n_address = from->addresses;
	out->address = pack_numbers(p, from->addresses);
	for (size_t i = 0; i < from->addresses; i++)
		out->address[i] =
		    pack_text(p, address_text(p, &from->address[i]));
	out->shown = pack_size(from->shown);
	out->addresses_unsure = !from->addresses_sure;
	out->not_strict = !from->strict;
	out->shows_domain = from->shows_domain;
	out->reason = pack_text(p, str_of(from->reason));
	return out;
}

static void
unpack_addresses(struct unpacker *u, const Record__From *in,
		 struct verdict_from *from)
{
	from->addresses = in->n_address;
	for (size_t i = 0; i < in->n_address; i++) {
		struct str text = unpack_text(u, in->address[i]);
		size_t at = str_rchr(text, '@');
		from->address[i] = (struct address_mailbox){
		    str_first(text, at), str_from(text, at + 1)};
	}
}

static void
unpack_from(struct unpacker *u, const Record__From *in,
	    struct verdict_from *from)
{
	*from = (struct verdict_from){.reason = unpack_word(u, in->reason)};
	from->state = unpack_code(u, &codes_from_state, in->state);
	from->addresses_sure = !in->addresses_unsure;
	from->strict = !in->not_strict;
	from->shows_domain = in->shows_domain;
	if (!unpack_if(u,
		       in->n_domain <= LIMIT_AUTHOR_DOMAINS &&
			   in->n_address <= LIMIT_AUTHOR_ADDRESSES &&
			   in->shown <= in->n_domain,
		       "From has too many domains or addresses"))
		return;
	from->count = in->n_domain;
	from->shown = in->shown;
	for (size_t i = 0; i < in->n_domain; i++)
		from->domain[i] = unpack_printable(u, in->domain[i]);
	unpack_addresses(u, in, from);
}

/* --- fields that rules look at --- */

static Record__Reading *
pack_reading(struct packer *p, const struct field_readings *fields,
	     const struct field_reading *reading)
{
	Record__Reading *out = pack_message(p, &record__reading__descriptor);

	while (out->name < fields->names &&
	       !str_eq(fields->name[out->name], reading->name))
		out->name++;
	out->unsure = !reading->sure;
	out->n_text = reading->texts;
	out->text = arena_array(p->arena, reading->texts, sizeof *out->text);
	for (size_t i = 0; i < reading->texts; i++)
		out->text[i] = pack_octets(reading->text[i]);
	return out;
}

/* A record that is made of an unpacked one keeps what that has. */
static struct field_readings
kept_fields(struct packer *p, const struct verdict *verdict,
	    const struct record_about *about)
{
	if (verdict->fields != NULL)
		return *verdict->fields;
	return fields_read(p->arena, verdict->header, about->field,
			   about->fields);
}

static void
pack_fields(struct packer *p, const struct field_readings *fields,
	    Record__Header *out)
{
	out->n_asked = fields->names;
	out->asked = pack_numbers(p, fields->names);
	for (size_t i = 0; i < fields->names; i++)
		out->asked[i] = pack_text(p, fields->name[i]);
	out->n_reading = fields->count;
	out->reading =
	    arena_array(p->arena, fields->count, sizeof *out->reading);
	for (size_t i = 0; i < fields->count; i++)
		out->reading[i] = pack_reading(p, fields, &fields->reading[i]);
	out->readings_full = fields->full;
}

static void
unpack_reading(struct unpacker *u, const struct field_readings *fields,
	       const Record__Reading *in, struct field_reading *reading)
{
	if (!unpack_if(u,
		       in->name < fields->names && in->n_text > 0 &&
			   in->n_text <= FIELD_READINGS,
		       "a field has no name, or too many texts"))
		return;
	reading->name = fields->name[in->name];
	reading->sure = !in->unsure;
	reading->texts = in->n_text;
	for (size_t i = 0; i < in->n_text; i++) {
		reading->text[i] = unpack_octets(u, in->text[i]);
		unpack_if(u, in->text[i].len <= LIMIT_RULE_TEXT + 1,
			  "the text of a field is too long");
	}
}

static const struct field_readings *
unpack_fields(struct unpacker *u, const Record__Header *header)
{
	struct field_readings *fields = arena_alloc(u->arena, sizeof *fields);

	fields->full = header->readings_full;
	if (!unpack_if(u,
		       header->n_asked <= LIMIT_RULE_FIELD_NAMES &&
			   header->n_reading <= LIMIT_RULE_FIELDS,
		       "there are too many fields"))
		return fields;
	fields->name = unpack_texts(u, header->asked, header->n_asked, true);
	fields->names = header->n_asked;
	struct field_reading *reading =
	    arena_array(u->arena, header->n_reading, sizeof *reading);
	for (size_t i = 0; i < header->n_reading; i++)
		unpack_reading(u, fields, header->reading[i], &reading[i]);
	fields->reading = reading;
	fields->count = header->n_reading;
	return fields;
}

/* --- the whole --- */

/* "<...>" as nearly all of them, or what else there is. */
static void
pack_message_id(struct packer *p, struct str id, Record__Header *out)
{
	out->message_id_enclosed = id.n >= 2 &&
				   id.n <= LIMIT_RECORD_MESSAGE_ID &&
				   id.p[0] == '<' && id.p[id.n - 1] == '>';
	out->message_id =
	    pack_text(p, out->message_id_enclosed
			     ? str_n(id.p + 1, id.n - 2)
			     : str_first(id, LIMIT_RECORD_MESSAGE_ID));
}

static struct str
unpack_message_id(struct unpacker *u, const Record__Header *header)
{
	struct str id = unpack_text(u, header->message_id);
	struct buf text;

	size_t most =
	    LIMIT_RECORD_MESSAGE_ID - (header->message_id_enclosed ? 2 : 0);
	unpack_if(u, id.n <= most, "a Message-ID is too long");
	if (!header->message_id_enclosed)
		return id;
	buf_init(&text, u->arena);
	buf_addc(&text, '<');
	buf_add(&text, id);
	buf_addc(&text, '>');
	return buf_str(&text);
}

Record__Header *
pack_header(struct packer *p, const struct verdict *verdict,
	    const struct record_about *about)
{
	Record__Header *out = pack_message(p, &record__header__descriptor);
	const struct field_readings fields = kept_fields(p, verdict, about);

	out->from = pack_from(p, &verdict->from);
	pack_message_id(p, verdict->message_id, out);
	out->fields = pack_size(verdict->header_fields);
	out->octets = pack_size(verdict->header_octets);
	out->body_octets = verdict->body_octets;
	out->dropped = pack_size(verdict->header_dropped);
	out->list = verdict->list.named;
	out->list_id = pack_text(p, verdict->list.id);
	pack_fields(p, &fields, out);
	return out;
}

void
unpack_header(struct unpacker *u, const Record__Header *header,
	      struct verdict *verdict)
{
	unpack_from(u, header->from, &verdict->from);
	verdict->message_id = unpack_message_id(u, header);
	verdict->header_fields = header->fields;
	verdict->header_octets = header->octets;
	verdict->body_octets = header->body_octets;
	verdict->header_dropped = header->dropped;
	verdict->list = (struct mail_list){
	    .named = header->list, .id = unpack_text(u, header->list_id)};
	verdict->fields = unpack_fields(u, header);
}
