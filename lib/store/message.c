#include "store/message.h"

#include <string.h>

#include "base/buf.h"

static struct str
client_text(struct arena *arena, struct ip client)
{
	char text[IP_TEXT_MAX];

	if (client.family == IP_NONE)
		return str_empty();
	return arena_copy(arena, str_of(ip_format(client, text)));
}

/* The client that the message came from: with a relay, whom that had it of. */
static struct ip
source(const struct verdict *verdict)
{
	if (verdict->client_class == CLIENT_RELAY &&
	    verdict->seen.client.family != IP_NONE)
		return verdict->seen.client;
	return verdict->client;
}

static void
add_term(struct store_message *out, struct store_term *term,
	 enum term_kind kind, struct str text)
{
	if (text.n)
		term[out->terms++] = (struct store_term){kind, text};
}

static void
add_terms(struct arena *arena, const struct verdict *verdict,
	  struct store_message *out)
{
	const size_t most = 8 + verdict->recipients + verdict->from.count;
	struct store_term *term = arena_array(arena, most, sizeof(*term));
	size_t i;

	out->term = term;
	add_term(out, term, TERM_QUEUE_ID, verdict->queue_id);
	add_term(out, term, TERM_MESSAGE_ID, verdict->message_id);
	add_term(out, term, TERM_MAIL_FROM, verdict->mail_from);
	add_term(out, term, TERM_MAIL_FROM_DOMAIN, verdict->mail_from_domain);
	add_term(out, term, TERM_CLIENT, out->client);
	add_term(out, term, TERM_RULE, verdict->decision.rule);
	for (i = 0; i < verdict->from.count; i++)
		add_term(out, term, TERM_FROM_DOMAIN, verdict->from.domain[i]);
	for (i = 0; i < verdict->recipients; i++)
		add_term(out, term, TERM_RECIPIENT, verdict->recipient[i]);
}

static void
add_tag(struct buf *out, const char *tag, const char *value)
{
	buf_printf(out, "%s%s=%s", out->n ? " " : "", tag, value);
}

/* What RFC 9990 section 3.1.1.3 asks for; defaults are left out. */
static struct str
published_text(struct arena *arena, const struct dmarc_outcome *dmarc)
{
	const struct dmarc_published *record = &dmarc->record;
	struct buf out;

	buf_init(&out, arena);
	add_tag(&out, "p", dmarc_policy_text(record->p));
	if (record->has_sp)
		add_tag(&out, "sp", dmarc_policy_text(record->sp));
	if (record->has_np)
		add_tag(&out, "np", dmarc_policy_text(record->np));
	if (record->dkim_strict)
		add_tag(&out, "adkim", "s");
	if (record->spf_strict)
		add_tag(&out, "aspf", "s");
	if (dmarc->testing)
		add_tag(&out, "t", "y");
	if (record->psd != DMARC_PSD_U)
		add_tag(&out, "psd", record->psd == DMARC_PSD_Y ? "y" : "n");
	return buf_str(&out);
}

static struct str
dkim_text(struct arena *arena, const struct dkim_results *dkim)
{
	struct buf out;
	size_t i;

	buf_init(&out, arena);
	for (i = 0; i < dkim->count; i++) {
		const struct dkim_outcome *one = &dkim->outcome[i];

		buf_printf(&out, "%s%s ", i ? ", " : "",
			   dkim_result_text(one->result));
		buf_add(&out, one->domain);
		buf_addc(&out, ' ');
		buf_add(&out, one->selector);
	}
	return buf_str(&out);
}

static struct str
spf_domain_text(struct arena *arena, const struct spf_outcome *spf)
{
	if (spf->scope == SPF_MAILFROM || spf->domain.n == 0)
		return spf->domain;
	return arena_printf(arena, "helo:%.*s", STR_ARG(spf->domain));
}

static void
tally_dmarc(struct arena *arena, const struct verdict *verdict,
	    struct str column[TALLY_COLUMNS])
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	if (!dmarc)
		return;
	column[TALLY_DMARC] = str_of(dmarc_result_text(dmarc->result));
	if (dmarc->has_record) {
		column[TALLY_POLICY_DOMAIN] = dmarc->policy_domain;
		column[TALLY_PUBLISHED] = published_text(arena, dmarc);
	}
	if (dmarc->spf_aligned)
		column[TALLY_ALIGNED] =
		    dmarc->dkim_aligned ? str_lit("spf dkim") : str_lit("spf");
	else if (dmarc->dkim_aligned)
		column[TALLY_ALIGNED] = str_lit("dkim");
}

bool
tally_is_summed(enum tally_column column)
{
	switch (column) {
	case TALLY_CLASS:
	case TALLY_DMARC:
	case TALLY_ACTION:
	case TALLY_WOULD:
	case TALLY_CAUSE:
	case TALLY_RULE:
	case TALLY_SHAPE:
		return true;
	default:
		return false;
	}
}

static void
add_tally(struct arena *arena, const struct verdict *verdict,
	  struct store_message *out)
{
	struct str *column = out->tally;

	column[TALLY_FROM_DOMAIN] = out->from_domain;
	column[TALLY_MAIL_FROM] = verdict->mail_from_domain;
	column[TALLY_CLIENT] = out->client;
	column[TALLY_CLASS] = str_of(client_class_text(verdict->client_class));
	column[TALLY_ACTION] = out->action;
	column[TALLY_WOULD] = out->would;
	column[TALLY_RULE] = out->rule;
	column[TALLY_SHAPE] = out->shape;
	if (verdict->decision.cause != CAUSE_NONE)
		column[TALLY_CAUSE] =
		    str_of(decision_cause_text(verdict->decision.cause));
	if (verdict->decision.shape.shape != SHAPE_NONE) {
		column[TALLY_LIST] = verdict->list.id;
		if (verdict->spf.for_anybody)
			column[TALLY_SPF_OPEN] = str_lit("yes");
		if (verdict->client_class == CLIENT_FOREIGN)
			column[TALLY_CLIENT_NAME] =
			    verdict_client_domain(arena, verdict);
	}
	if (!client_is_checked(verdict->client_class))
		return;
	column[TALLY_SPF] = str_of(spf_result_text(verdict->spf.result));
	column[TALLY_SPF_DOMAIN] = spf_domain_text(arena, &verdict->spf);
	column[TALLY_DKIM] = dkim_text(arena, &verdict->dkim);
	tally_dmarc(arena, verdict, column);
}

static void
add_seen(struct arena *arena, const struct verdict *verdict,
	 struct store_message *out)
{
	static const uint8_t none[DNS_DIGEST_OCTETS];
	struct store_seen *seen =
	    arena_array(arena, verdict->questions, sizeof(*seen));
	size_t i;

	out->seen = seen;
	for (i = 0; i < verdict->questions; i++) {
		const struct dns_question *question = &verdict->question[i];

		if (memcmp(question->digest, none, sizeof(none)) == 0)
			continue;
		seen[out->seens].name = question->name;
		memcpy(seen[out->seens++].digest, question->digest,
		       sizeof(none));
	}
}

void
store_message_of(struct arena *arena, const struct verdict *verdict,
		 struct str record, struct store_message *message_out)
{
	const struct decision *decision = &verdict->decision;
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);
	struct store_message message = {
	    .time = verdict->now,
	    .queue_id = verdict->queue_id,
	    .from_domain = dmarc ? dmarc->from : str_empty(),
	    .client = client_text(arena, source(verdict)),
	    .action = str_of(action_text(decision->applied)),
	    .rule = decision->rule,
	    .record = record,
	};

	if (!dmarc && verdict->from.count)
		message.from_domain = verdict->from.domain[0];
	if (decision->action != decision->applied)
		message.would = str_of(action_text(decision->action));
	if (decision->shape.shape != SHAPE_NONE)
		message.shape = str_of(shape_text(decision->shape.shape));
	add_terms(arena, verdict, &message);
	add_tally(arena, verdict, &message);
	add_seen(arena, verdict, &message);
	*message_out = message;
}
