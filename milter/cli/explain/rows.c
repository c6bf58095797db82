#include "milter/cli/explain/rows.h"

#include "base/csv.h"
#include "base/when.h"
#include "tell/tell.h"

void
rows_head(struct buf *out)
{
	static const char *const names[] = {
	    "time",   "queue_id",  "outcome",   "from", "recipients",
	    "client", "mail_from", "spf",       "dkim", "dmarc",
	    "shape",  "rule",      "message_id"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		csv_add(out, str_of(names[i]));
	csv_end_line(out);
}

static struct str
time_text(struct arena *arena, int64_t time)
{
	struct buf text;

	buf_init(&text, arena);
	when_add_utc(&text, time);
	return buf_str(&text);
}

static struct str
client_text(const struct verdict *verdict, char text[IP_TEXT_MAX])
{
	return verdict->client.family == IP_NONE
		   ? str_empty()
		   : str_of(ip_format(verdict->client, text));
}

static struct str
recipients_text(struct arena *arena, const struct verdict *verdict)
{
	struct buf all;

	buf_init(&all, arena);
	for (size_t i = 0; i < verdict->recipients; i++) {
		if (i > 0)
			buf_addc(&all, ' ');
		buf_add(&all, verdict->recipient[i]);
	}
	return buf_str(&all);
}

static struct str
dkim_text(struct arena *arena, const struct dkim_results *dkim)
{
	struct buf all;

	buf_init(&all, arena);
	for (size_t i = 0; i < dkim->count; i++)
		buf_printf(&all, "%s%s:%.*s", i > 0 ? " " : "",
			   dkim_result_text(dkim->outcome[i].result),
			   STR_ARG(dkim->outcome[i].domain));
	return buf_str(&all);
}

void
rows_message(struct buf *out, struct arena *arena,
	     const struct verdict *verdict)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);
	const struct decision *decision = &verdict->decision;
	char client[IP_TEXT_MAX];

	csv_add(out, time_text(arena, verdict->now));
	csv_add(out, verdict->queue_id);
	csv_add(out, str_of(tell_outcome(decision)));
	csv_add(out, tell_sender(arena, verdict));
	csv_add(out, recipients_text(arena, verdict));
	csv_add(out, client_text(verdict, client));
	csv_add(out, verdict->mail_from);
	csv_add(out, str_of(spf_result_text(verdict->spf.result)));
	csv_add(out, dkim_text(arena, &verdict->dkim));
	csv_add(out, str_of(dmarc_result_text(dmarc != NULL ? dmarc->result
							    : DMARC_NONE)));
	csv_add(out, str_of(shape_text(decision->shape.shape)));
	csv_add(out, decision->rule);
	csv_add(out, verdict->message_id);
	csv_end_line(out);
}
