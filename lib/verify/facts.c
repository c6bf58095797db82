#include "verify/facts.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "mail/recipient.h"

/* The list doubles whenever it has grown to a power of two. */
static void
append(struct arena *arena, struct verdict *verdict, struct str text)
{
	size_t n = verdict->recipients;
	struct str *list;

	list = n == 0 || (n & (n - 1)) == 0
		   ? arena_array(arena, n == 0 ? 1 : 2 * n, sizeof *list)
		   : (struct str *)(uintptr_t)verdict->recipient;
	if (n > 0 && list != verdict->recipient)
		memcpy(list, verdict->recipient, n * sizeof *list);
	list[n] = text;
	verdict->recipient = list;
	verdict->recipients = n + 1;
}

void
facts_add_recipient(struct arena *arena, struct verdict *verdict,
		    struct str path)
{
	if (path.n == 0)
		return;
	if (verdict->recipients == LIMIT_RECIPIENTS_KEPT) {
		verdict->recipients_dropped++;
		return;
	}
	/* One octet more shows that it is too long. */
	path = str_first(recipient_bare(path), LIMIT_MAILBOX + 1);
	append(arena, verdict, arena_copy(arena, path));
}

static void
copy_envelope(struct arena *arena, const struct verify_envelope *envelope,
	      struct verdict *verdict)
{
	verdict->client_class = envelope->client_class;
	verdict->relay = envelope->relay;
	verdict->client = envelope->client;
	verdict->client_name = arena_copy(arena, envelope->client_name);
	verdict->iprev = envelope->iprev;
	verdict->helo = arena_copy(arena, envelope->helo);
	verdict->rewriting = envelope->rewriting;
	verdict->mail_from_known = envelope->mail_from_known;
	verdict->now =
	    envelope->now != 0 ? envelope->now : clock_wall_seconds();
}

static void
read_path(struct arena *arena, const struct verify_envelope *envelope,
	  struct verdict *verdict, struct address_path *path_out)
{
	bool known = envelope->mail_from_known;

	address_path(
	    arena, known ? arena_copy(arena, envelope->mail_from) : str_empty(),
	    path_out);
	path_out->null = path_out->null && known;
	verdict->mail_from = path_out->text;
	verdict->mail_from_null = path_out->null;
	verdict->mail_from_local = path_out->local_part;
	verdict->mail_from_domain = path_out->domain;
}

static struct str
reason_without_spf(const struct verdict *verdict)
{
	return verdict->client_class == CLIENT_RELAY ? str_lit("trusted relay")
						     : str_lit("not checked");
}

static void
no_results(struct verdict *verdict)
{
	verdict->spf = (struct spf_outcome){
	    .result = SPF_NONE,
	    .scope = verdict->mail_from_null ? SPF_HELO : SPF_MAILFROM,
	    .domain = verdict->mail_from_null ? str_empty()
					      : verdict->mail_from_domain,
	    .explanation = str_empty(),
	    .reason = reason_without_spf(verdict),
	    .mechanism = str_empty(),
	};
	verdict->from.state = FROM_MISSING;
	verdict->from.reason = "";
}

void
facts_begin(struct arena *arena, const struct verify_envelope *envelope,
	    struct verdict *verdict, struct address_path *path_out)
{
	copy_envelope(arena, envelope, verdict);
	read_path(arena, envelope, verdict, path_out);
	no_results(verdict);
}

void
facts_relay(struct verdict *verdict, const struct client_element *relay)
{
	verdict->client_class = CLIENT_RELAY;
	verdict->relay = relay;
	verdict->spf.reason = reason_without_spf(verdict);
}

void
facts_hinder(struct verdict *verdict, enum hindrance hindrance)
{
	verdict->hindrance = hindrance;
	switch (hindrance) {
	case HINDRANCE_MEMORY:
	case HINDRANCE_MEMORY_SHARE:
		verdict->limits |= VERDICT_LIMIT_MEMORY;
		break;
	case HINDRANCE_EVALUATIONS:
	case HINDRANCE_EVALUATIONS_SHARE:
		verdict->limits |= VERDICT_LIMIT_EVALUATIONS;
		break;
	case HINDRANCE_NONE:
	case HINDRANCE_NOT_BEGUN:
	case HINDRANCE_CHANGES:
		break;
	}
}

struct str
facts_message_id(struct arena *arena, const struct header *header)
{
	for (size_t i = 0; i < header->count; i++) {
		const struct header_field *field = &header->field[i];
		if (str_is_nocase(field->name, "Message-ID"))
			return header_unfold(arena, field->value);
	}
	return str_empty();
}
