/* Who sent the message, and to whom. */
#include "record/parts.h"

#include "base/limits.h"

/* --- elements of lists of clients --- */

Record__ClientElement *
pack_element(struct packer *p, const struct client_element *element)
{
	Record__ClientElement *out;

	if (element == NULL)
		return NULL;
	out = pack_message(p, &record__client_element__descriptor);
	out->by = codes_number(&codes_client_by, element->by);
	if (element->by == CLIENT_BY_NETWORK) {
		out->network = pack_ip(p, element->network.base);
		out->prefix = element->network.prefix;
	} else {
		out->domain = pack_text(p, element->domain);
	}
	return out;
}

const struct client_element *
unpack_element(struct unpacker *u, const Record__ClientElement *element)
{
	struct client_element *out;

	if (element == NULL)
		return NULL;
	out = arena_alloc(u->arena, sizeof *out);
	out->by = unpack_code(u, &codes_client_by, element->by);
	out->network.base = unpack_ip(u, element->network);
	out->network.prefix = element->prefix;
	out->domain = unpack_printable(u, element->domain);
	unsigned bits = out->network.base.family == IP_V4 ? 32 : 128;
	unpack_if(u, element->prefix <= bits,
		  "the prefix of a network is too long");
	return out;
}

/* --- the client --- */

Record__Client *
pack_client(struct packer *p, const struct verdict *verdict)
{
	Record__Client *out = pack_message(p, &record__client__descriptor);

	out->class_ = codes_number(&codes_client_class, verdict->client_class);
	out->address = pack_ip(p, verdict->client);
	out->name = pack_text(p, verdict->client_name);
	out->helo = pack_text(p, verdict->helo);
	out->iprev = codes_number(&codes_iprev, verdict->iprev);
	out->relay = pack_element(p, verdict->relay);
	return out;
}

void
unpack_client(struct unpacker *u, const Record__Client *client,
	      struct verdict *verdict)
{
	verdict->client_class =
	    unpack_code(u, &codes_client_class, client->class_);
	verdict->client = unpack_ip(u, client->address);
	verdict->client_name = unpack_text(u, client->name);
	verdict->helo = unpack_text(u, client->helo);
	verdict->iprev = unpack_code(u, &codes_iprev, client->iprev);
	verdict->relay = unpack_element(u, client->relay);
}

/* --- the envelope --- */

/* Has it been read as its last "@" parts it? */
static bool
is_plain(const struct verdict *verdict)
{
	struct str text = verdict->mail_from;
	size_t at = str_rchr(text, '@');

	return at < text.n &&
	       str_eq(str_first(text, at), verdict->mail_from_local) &&
	       str_eq(str_from(text, at + 1), verdict->mail_from_domain);
}

static void
pack_mail_from(struct packer *p, const struct verdict *verdict,
	       Record__Envelope *out)
{
	if (!verdict->mail_from_known)
		return;
	out->mail_from = pack_text(p, verdict->mail_from);
	if (verdict->mail_from_null) {
		out->mail_from_form = RECORD__MAIL_FROM__MAIL_FROM_NULL;
	} else if (is_plain(verdict)) {
		out->mail_from_form = RECORD__MAIL_FROM__MAIL_FROM_PLAIN;
	} else {
		out->mail_from_form = RECORD__MAIL_FROM__MAIL_FROM_OTHER;
		out->local = pack_text(p, verdict->mail_from_local);
		out->domain = pack_text(p, verdict->mail_from_domain);
	}
}

static void
unpack_mail_from(struct unpacker *u, const Record__Envelope *envelope,
		 struct verdict *verdict)
{
	struct str text = unpack_text(u, envelope->mail_from);
	size_t at = str_rchr(text, '@');

	verdict->mail_from = verdict->mail_from_local =
	    verdict->mail_from_domain = str_empty();
	if (envelope->mail_from_form == RECORD__MAIL_FROM__MAIL_FROM_UNKNOWN)
		return;
	verdict->mail_from_known = true;
	verdict->mail_from = text;
	switch (envelope->mail_from_form) {
	case RECORD__MAIL_FROM__MAIL_FROM_NULL:
		verdict->mail_from_null = true;
		break;
	case RECORD__MAIL_FROM__MAIL_FROM_PLAIN:
		verdict->mail_from_local = str_first(text, at);
		verdict->mail_from_domain = str_from(text, at + 1);
		break;
	case RECORD__MAIL_FROM__MAIL_FROM_OTHER:
		verdict->mail_from_local = unpack_text(u, envelope->local);
		verdict->mail_from_domain = unpack_text(u, envelope->domain);
		break;
	default:
		unpack_fault(u, "a value of an enumeration is unknown");
	}
}

Record__Envelope *
pack_envelope(struct packer *p, const struct verdict *verdict)
{
	Record__Envelope *out = pack_message(p, &record__envelope__descriptor);

	pack_mail_from(p, verdict, out);
	out->n_recipient = verdict->recipients;
	out->recipient = pack_numbers(p, verdict->recipients);
	for (size_t i = 0; i < verdict->recipients; i++) {
		struct str text = verdict->recipient[i];
		/* Of several most have one domain. */
		if (verdict->recipients > 1)
			(void)pack_text(
			    p, str_from(text, str_rchr(text, '@') + 1));
		out->recipient[i] = pack_text(p, text);
	}
	out->recipients_dropped = pack_size(verdict->recipients_dropped);
	out->rewriting = codes_number(&codes_rewriting, verdict->rewriting);
	return out;
}

void
unpack_envelope(struct unpacker *u, const Record__Envelope *envelope,
		struct verdict *verdict)
{
	unpack_mail_from(u, envelope, verdict);
	if (unpack_if(u, envelope->n_recipient <= LIMIT_RECIPIENTS_KEPT,
		      "there are too many recipients")) {
		verdict->recipient = unpack_texts(u, envelope->recipient,
						  envelope->n_recipient, false);
		verdict->recipients = envelope->n_recipient;
	}
	verdict->recipients_dropped = envelope->recipients_dropped;
	verdict->rewriting =
	    unpack_code(u, &codes_rewriting, envelope->rewriting);
}

/* --- whom a relay saw --- */

Record__Seen *
pack_seen(struct packer *p, const struct verdict_seen *seen)
{
	Record__Seen *out;

	if (!seen->asked)
		return NULL;
	out = pack_message(p, &record__seen__descriptor);
	out->address = pack_ip(p, seen->client);
	out->helo = pack_text(p, seen->helo);
	out->time = seen->time > 0 ? (uint64_t)seen->time : 0;
	out->reason = pack_text(p, str_of(seen->reason));
	return out;
}

void
unpack_seen(struct unpacker *u, const Record__Seen *seen,
	    struct verdict_seen *seen_out)
{
	*seen_out = (struct verdict_seen){.helo = str_empty(), .reason = ""};
	if (seen == NULL)
		return;
	seen_out->asked = true;
	seen_out->client = unpack_ip(u, seen->address);
	seen_out->helo = unpack_text(u, seen->helo);
	seen_out->time = unpack_time(u, seen->time);
	seen_out->reason = unpack_word(u, seen->reason);
}
