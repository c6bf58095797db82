#include "tell/tell.h"

#include <string.h>

#include "base/line.h"
#include "base/when.h"
#include "base/wrap.h"

/* Words of what was done, and of what would have been. */
struct outcome_word {
	const char *done, *would, *loud;
};

static const struct outcome_word passed = {"passed", "(passed)", "DELIVERED"};

static const struct outcome_word *
outcome_word(const struct decision *decision, enum action action)
{
	static const struct outcome_word junk = {"junk", "(junk)",
						 "FILED AS JUNK"},
					 held = {"held", "(held)", "HELD"},
					 refused = {"refused", "(refused)",
						    "REFUSED"},
					 put_off = {"put off", "(put off)",
						    "PUT OFF"},
					 dropped = {"dropped", "(dropped)",
						    "THROWN AWAY"};

	switch (action) {
	case ACTION_ACCEPT:
		return &passed;
	case ACTION_QUARANTINE:
		return decision->how == QUARANTINE_HOLD ? &held : &junk;
	case ACTION_REJECT:
		return &refused;
	case ACTION_TEMPFAIL:
		return &put_off;
	case ACTION_DISCARD:
		break;
	}
	return &dropped;
}

static bool
only_would(const struct decision *decision)
{
	return decision->applied != decision->action;
}

const char *
tell_outcome(const struct decision *decision)
{
	const struct outcome_word *word =
	    outcome_word(decision, decision->action);

	return only_would(decision) ? word->would : word->done;
}

static struct str
shown(struct arena *arena, struct str text)
{
	return line_text(arena, LINE_ESCAPED, text, LINE_WHOLE);
}

static struct str
envelope_sender(struct arena *arena, const struct verdict *verdict)
{
	if (verdict->mail_from_known && verdict->mail_from_null)
		return str_lit("<>");
	return verdict->mail_from.n > 0 ? shown(arena, verdict->mail_from)
					: str_lit("(nobody)");
}

struct str
tell_sender(struct arena *arena, const struct verdict *verdict)
{
	const struct verdict_from *from = &verdict->from;

	if (from->addresses > 0)
		return arena_printf(arena, "%s@%s",
				    shown(arena, from->address[0].local).p,
				    shown(arena, from->address[0].domain).p);
	if (from->count > 0)
		return shown(arena, from->domain[0]);
	return envelope_sender(arena, verdict);
}

struct str
tell_recipients(struct arena *arena, const struct verdict *verdict)
{
	const size_t all = verdict->recipients + verdict->recipients_dropped;

	if (verdict->recipients == 0)
		return str_lit("(nobody)");
	struct str first = shown(arena, verdict->recipient[0]);
	if (all == 1)
		return first;
	return arena_printf(arena, "%.*s and %zu more", STR_ARG(first),
			    all - 1);
}

/* --- the line of a list --- */

#define WHEN_COLUMNS 12
#define OUTCOME_COLUMNS 9
#define QUEUE_ID_COLUMNS 11

/* In so many columns, with "..." where it is cut. */
static struct str
cut(struct arena *arena, struct str text, size_t columns)
{
	if (text.n <= columns)
		return text;
	if (columns < 4)
		return str_first(text, columns);
	return arena_printf(arena, "%.*s...", (int)(columns - 3), text.p);
}

/* Where both are long each gets a half. */
static void
add_way(struct buf *out, struct arena *arena, struct str from, struct str to,
	size_t columns)
{
	const size_t arrow = strlen(" -> ");
	size_t half;

	columns = columns > arrow + 8 ? columns - arrow : 8;
	half = columns / 2;
	if (from.n + to.n > columns) {
		size_t from_n = to.n < half ? columns - to.n : half;
		from = cut(arena, from, from_n);
		to = cut(arena, to, columns - from.n);
	}
	buf_add(out, from);
	buf_adds(out, " -> ");
	buf_add(out, to);
}

void
tell_line(struct buf *out, struct arena *arena, const struct verdict *verdict,
	  int64_t now)
{
	struct str id = shown(arena, verdict->queue_id);
	size_t begin = out->n;

	if (id.n == 0)
		id = str_lit("-");
	when_add(out, verdict->now, now);
	buf_printf(out, "%*s  %-*.*s  %-*s  ",
		   (int)(WHEN_COLUMNS - (out->n - begin)), "", QUEUE_ID_COLUMNS,
		   STR_ARG(id), OUTCOME_COLUMNS,
		   tell_outcome(&verdict->decision));
	size_t used = out->n - begin;
	add_way(out, arena, tell_sender(arena, verdict),
		tell_recipients(arena, verdict),
		used < WRAP_COLUMNS ? WRAP_COLUMNS - used : 0);
	buf_addc(out, '\n');
}

/* --- the head of an explanation --- */

static void
add_done(struct buf *out, const struct decision *decision)
{
	const struct outcome_word *word =
	    outcome_word(decision, decision->action);

	if (!only_would(decision))
		buf_adds(out, word->loud);
	else
		buf_printf(out, "DELIVERED (%s in mode enforce)", word->loud);
}

void
tell_head(struct buf *out, struct arena *arena, const struct verdict *verdict,
	  int64_t now)
{
	const struct decision *decision = &verdict->decision;
	struct buf line;

	buf_init(&line, arena);
	when_add(&line, verdict->now, now);
	buf_adds(&line, "  ");
	size_t indent = line.n;
	add_done(&line, decision);
	buf_printf(&line, "  %s -> %s", tell_sender(arena, verdict).p,
		   tell_recipients(arena, verdict).p);
	if (decision->reply_text.n > 0)
		buf_printf(&line, " (%s %s)", decision->reply_code,
			   decision->reply_xcode);
	wrap_line(out, LINE_ESCAPED, buf_str(&line), 0, indent);
}

/* --- members of JSON --- */

static void
add_member(struct buf *out, const char *key, struct str value)
{
	buf_printf(out, "%s\"%s\":", out->n > 0 ? "," : "", key);
	buf_add_json(out, value);
}

static void
add_recipients(struct buf *out, const struct verdict *verdict)
{
	buf_adds(out, ",\"recipients\":[");
	for (size_t i = 0; i < verdict->recipients; i++) {
		if (i > 0)
			buf_addc(out, ',');
		buf_add_json(out, verdict->recipient[i]);
	}
	buf_printf(out, "],\"recipients_dropped\":%zu",
		   verdict->recipients_dropped);
}

static struct str
raw_sender(struct arena *arena, const struct verdict *verdict)
{
	const struct verdict_from *from = &verdict->from;

	if (from->addresses == 0)
		return str_empty();
	return arena_printf(arena, "%.*s@%.*s", STR_ARG(from->address[0].local),
			    STR_ARG(from->address[0].domain));
}

/* Every signature's: "pass", "fail"; the best one, since one is enough. */
static const char *
best_dkim(const struct dkim_results *dkim)
{
	const char *found = dkim_result_text(DKIM_NONE);

	for (size_t i = 0; i < dkim->count; i++) {
		if (i == 0 || dkim->outcome[i].result == DKIM_PASS)
			found = dkim_result_text(dkim->outcome[i].result);
	}
	return found;
}

static void
add_results(struct buf *out, const struct verdict *verdict)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);
	const struct decision *decision = &verdict->decision;

	add_member(out, "spf", str_of(spf_result_text(verdict->spf.result)));
	add_member(out, "dkim", str_of(best_dkim(&verdict->dkim)));
	add_member(out, "dmarc",
		   str_of(dmarc_result_text(dmarc != NULL ? dmarc->result
							  : DMARC_NONE)));
	add_member(out, "shape", str_of(shape_text(decision->shape.shape)));
	add_member(out, "rule", decision->rule);
	add_member(out, "action", str_of(action_text(decision->action)));
	add_member(out, "applied", str_of(action_text(decision->applied)));
	add_member(out, "cause", str_of(decision_cause_text(decision->cause)));
}

void
tell_members(struct buf *out, struct arena *arena,
	     const struct verdict *verdict)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);
	char client[IP_TEXT_MAX];
	struct buf own;

	buf_init(&own, arena);
	buf_adds(&own, "\"time\":\"");
	when_add_utc(&own, verdict->now);
	buf_addc(&own, '"');
	add_member(&own, "queue_id", verdict->queue_id);
	add_member(&own, "message_id", verdict->message_id);
	add_member(&own, "client",
		   verdict->client.family == IP_NONE
		       ? str_empty()
		       : str_of(ip_format(verdict->client, client)));
	add_member(&own, "client_name", verdict->client_name);
	add_member(&own, "helo", verdict->helo);
	add_member(&own, "mail_from", verdict->mail_from);
	add_member(&own, "from", raw_sender(arena, verdict));
	add_member(&own, "from_domain",
		   dmarc != NULL             ? dmarc->from
		   : verdict->from.count > 0 ? verdict->from.domain[0]
					     : str_empty());
	add_recipients(&own, verdict);
	add_results(&own, verdict);
	buf_add(out, buf_str(&own));
}
