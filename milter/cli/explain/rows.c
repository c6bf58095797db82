#include "milter/cli/explain/csv.h"

#include <string.h>

#include "base/line.h"
#include "base/when.h"
#include "tell/tell.h"

void
csv_head(struct buf *out)
{
	buf_adds(out, "time,queue_id,outcome,from,recipients,client,mail_from,"
		      "spf,dkim,dmarc,shape,rule,message_id\r\n");
}

static bool
is_formula(struct str text)
{
	return text.n > 0 && strchr("=+-@", text.p[0]) != NULL;
}

static void
add_field(struct buf *out, struct str text)
{
	struct buf clean;

	buf_init(&clean, NULL);
	line_add(&clean, LINE_TEXT, text, LINE_WHOLE);
	buf_addc(out, '"');
	/* Some take one for such after blanks, too. */
	if (is_formula(str_trim_wsp(buf_str(&clean))))
		buf_addc(out, '\'');
	for (size_t i = 0; i < clean.n; i++) {
		if (clean.p[i] == '"')
			buf_addc(out, '"');
		buf_addc(out, clean.p[i]);
	}
	buf_addc(out, '"');
	buf_clear(&clean);
}

static void
add_next(struct buf *out, struct str text)
{
	buf_addc(out, ',');
	add_field(out, text);
}

static void
add_recipients(struct buf *out, struct arena *arena,
	       const struct verdict *verdict)
{
	struct buf all;

	buf_init(&all, arena);
	for (size_t i = 0; i < verdict->recipients; i++) {
		if (i > 0)
			buf_addc(&all, ' ');
		buf_add(&all, verdict->recipient[i]);
	}
	add_next(out, buf_str(&all));
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
csv_message(struct buf *out, struct arena *arena, const struct verdict *verdict)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);
	const struct decision *decision = &verdict->decision;
	char client[IP_TEXT_MAX];
	struct buf time;

	buf_init(&time, arena);
	when_add_utc(&time, verdict->now);
	add_field(out, buf_str(&time));
	add_next(out, verdict->queue_id);
	add_next(out, str_of(tell_outcome(decision)));
	add_next(out, tell_sender(arena, verdict));
	add_recipients(out, arena, verdict);
	add_next(out, verdict->client.family == IP_NONE
			  ? str_empty()
			  : str_of(ip_format(verdict->client, client)));
	add_next(out, verdict->mail_from);
	add_next(out, str_of(spf_result_text(verdict->spf.result)));
	add_next(out, dkim_text(arena, &verdict->dkim));
	add_next(out, str_of(dmarc_result_text(dmarc != NULL ? dmarc->result
							     : DMARC_NONE)));
	add_next(out, str_of(shape_text(decision->shape.shape)));
	add_next(out, decision->rule);
	add_next(out, verdict->message_id);
	buf_adds(out, "\r\n");
}
