#include "verify/relay.h"

#include "base/limits.h"
#include "mail/received.h"
#include "verify/state.h"

static bool
is_relay_name(struct arena *arena, const struct domain_list *names,
	      struct str text)
{
	struct str name;

	if (domain_canonical(arena, text, &name) != DOMAIN_OK)
		return false;
	for (size_t i = 0; i < names->count; i++) {
		if (str_eq(name, names->name[i]))
			return true;
	}
	return false;
}

/* The earliest; a clock that is ahead, or a time that no relay holds mail for,
   counts not. */
static void
note_time(struct verdict *verdict, int64_t time)
{
	struct verdict_seen *seen = &verdict->seen;
	int64_t held_s = verdict->now - time;

	if (held_s >= 0 && held_s <= LIMIT_RELAY_HELD_S &&
	    (seen->time == 0 || time < seen->time))
		seen->time = time;
}

static void
give_up(struct verdict_seen *seen, const char *reason)
{
	seen->reason = reason;
	seen->unread = true;
}

/* The field of one relay; false: what is known now is all. */
static bool
step(const struct verify_relays *relays, const struct received *received,
     struct verdict_seen *seen)
{
	enum client_class client_class;

	switch (received->origin) {
	case RECEIVED_FETCHED:
		return true;
	case RECEIVED_LOGIN:
		seen->reason = "its client had logged in there";
		return false;
	case RECEIVED_LOCAL:
		seen->reason = "the message began there";
		return false;
	case RECEIVED_UNSURE:
		give_up(seen, "its Received field tells no address for sure");
		return false;
	case RECEIVED_CLIENT:
		break;
	}
	client_class = relays->class_of(relays->ctx, received->client);
	if (client_class == CLIENT_RELAY)
		return true;
	if (client_class == CLIENT_INTERNAL ||
	    ip_is_loopback(received->client)) {
		seen->reason = "its client is a host of our own";
		return false;
	}
	seen->client = received->client;
	seen->helo = received->helo;
	return false;
}

static void
follow(struct arena *arena, const struct header *header,
       const struct verify_relays *relays, struct verdict *verdict)
{
	struct verdict_seen *seen = &verdict->seen;
	struct received received;
	size_t at = 0;

	for (unsigned hops = 0; hops < LIMIT_RELAY_HOPS; hops++, at++) {
		at = received_next(header, at);
		if (at == header->count) {
			give_up(seen, "it wrote no Received field");
			return;
		}
		if (!received_parse(arena, &header->field[at], &received)) {
			give_up(seen, "its Received field is unclear");
			return;
		}
		if (!is_relay_name(arena, &relays->names, received.by)) {
			give_up(seen, "its Received field has no name of "
				      "relay-received after \"by\"");
			return;
		}
		note_time(verdict, received.time);
		if (!step(relays, &received, seen))
			return;
	}
	give_up(seen, "too many relays in a row");
}

static void
read_fields(struct verify *verify)
{
	struct verdict *verdict = &verify->verdict;
	struct verdict_seen *seen = &verdict->seen;

	*seen = (struct verdict_seen){
	    .asked = true,
	    .client = ip_none(),
	    .helo = str_empty(),
	    .reason = "",
	};
	follow(verify->arena, &verify->header, &verify->options->relays,
	       verdict);
	/* The null path is judged by HELO alone (RFC 7208 section 2.4). */
	if (seen->client.family != IP_NONE && verdict->mail_from_null &&
	    seen->helo.n == 0)
		seen->reason = "what its client said as HELO is not sure";
	if (seen->reason[0] != '\0')
		verdict->spf.reason = arena_printf(
		    verify->arena, "trusted relay: %s", seen->reason);
}

void
relay_see(struct verify *verify)
{
	const struct verdict_seen *seen = &verify->verdict.seen;

	if (verify->verdict.client_class != CLIENT_RELAY ||
	    verify->options->relays.names.count == 0)
		return;
	read_fields(verify);
	verify->spf_input.client = seen->client;
	/* As %{p} of a name that is not known (RFC 7208 section 7.3). */
	verify->spf_input.helo =
	    seen->helo.n > 0 ? seen->helo : str_lit("unknown");
}
