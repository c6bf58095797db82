/*
 * The letter to the sender's postmaster.  It may go through any mail program:
 * what others wrote stands after our own words or four blanks, so that no line
 * begins with a tilde, a dot or the name of a field.
 */
#include "tell/parts.h"

#include "base/line.h"
#include "base/when.h"
#include "base/wrap.h"

#define VALUE_COLUMN 17
#define INDENT 4
/* Of one value: a Message-ID or a name is shorter. */
#define VALUE_OCTETS 300

/* --- who is written to --- */

static struct str
addressee(struct arena *arena, const struct verdict *verdict)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);
	struct str domain = dmarc != NULL             ? dmarc->from
			    : verdict->from.count > 0 ? verdict->from.domain[0]
						      : str_empty();

	if (domain.n == 0)
		domain = verdict->mail_from_domain;
	return tell_is_plain(arena, domain) ? domain : str_empty();
}

static const char *
why_none(const struct verdict *verdict, struct str domain)
{
	if (!client_is_checked(verdict->client_class))
		return "the mail came from a client of your own, not from a "
		       "stranger";
	if (!tell_failed(verdict))
		return "nothing is wrong with the mail";
	if (domain.n == 0)
		return "the mail names no domain whose postmaster could be "
		       "written to";
	return NULL;
}

/* --- its parts --- */

static void
add_value(struct buf *out, const char *name, struct str value)
{
	struct buf line;

	if (value.n == 0)
		return;
	buf_init(&line, NULL);
	if (!line_add(&line, LINE_ASCII, value, VALUE_OCTETS))
		buf_adds(&line, "...");
	buf_printf(out, "%-*s%-*s", INDENT, "", VALUE_COLUMN - INDENT, name);
	wrap_line(out, LINE_ASCII, buf_str(&line), VALUE_COLUMN, VALUE_COLUMN);
	buf_clear(&line);
}

static const char *
what_we_did(const struct decision *decision)
{
	switch (decision->applied) {
	case ACTION_REJECT:
		return "refused it";
	case ACTION_TEMPFAIL:
		return "put it off";
	case ACTION_QUARANTINE:
		return "set it aside as doubtful";
	case ACTION_DISCARD:
		return "did not deliver it";
	case ACTION_ACCEPT:
		break;
	}
	return "took it, though it did not pass our checks; other receivers "
	       "may refuse such mail";
}

/* Of the reply what everybody sees of it; the text may be the admin's. */
static void
add_answer(struct buf *out, struct arena *arena, const struct verdict *verdict)
{
	const struct decision *decision = &verdict->decision;

	if (!action_refuses(decision->applied) || decision->reply_text.n == 0)
		return;
	add_value(out, "Our answer",
		  arena_printf(arena, "%s %s", decision->reply_code,
			       decision->reply_xcode));
	/* It stands in the answer. */
	add_value(out, "Our queue id", verdict->queue_id);
}

static void
add_message(struct buf *out, struct arena *arena, const struct verdict *verdict)
{
	const bool relay = verdict->client_class == CLIENT_RELAY;
	const struct ip ip = tell_source(verdict);
	char client[IP_TEXT_MAX];

	for (size_t i = 0; i < verdict->from.count; i++)
		add_value(out, i == 0 ? "From domain" : "",
			  verdict->from.domain[i]);
	if (ip.family != IP_NONE) {
		add_value(out, "Sent by", str_of(ip_format(ip, client)));
		add_value(out, "HELO",
			  relay ? verdict->seen.helo : verdict->helo);
	}
	add_value(out, "MAIL FROM",
		  verdict->mail_from_null ? str_lit("<> (a bounce or a notice)")
					  : verdict->mail_from_domain);
	add_value(out, "Message-ID", verdict->message_id);
	add_answer(out, arena, verdict);
}

static void
add_result(struct buf *out, struct arena *arena, const char *name,
	   const char *result, struct str of, struct str reason)
{
	add_value(out, name,
		  arena_printf(arena, "%s%s%.*s%s%.*s", result,
			       of.n > 0 ? " for " : "", STR_ARG(of),
			       reason.n > 0 ? ": " : "", STR_ARG(reason)));
}

static void
add_results(struct buf *out, struct arena *arena, const struct verdict *verdict)
{
	const struct spf_outcome *spf = &verdict->spf;
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	if (tell_source(verdict).family != IP_NONE)
		add_result(out, arena, "SPF", spf_result_text(spf->result),
			   spf->domain, spf->reason);
	if (verdict->dkim.count == 0)
		add_value(out, "DKIM", str_lit("not signed"));
	for (size_t i = 0; i < verdict->dkim.count; i++) {
		const struct dkim_outcome *dkim = &verdict->dkim.outcome[i];
		add_result(out, arena, i == 0 ? "DKIM" : "",
			   dkim_result_text(dkim->result),
			   arena_printf(arena, "d=%.*s s=%.*s",
					STR_ARG(dkim->domain),
					STR_ARG(dkim->selector)),
			   dkim->reason);
	}
	if (dmarc != NULL)
		add_result(out, arena, "DMARC",
			   dmarc_result_text(dmarc->result), dmarc->from,
			   dmarc->reason);
	if (verdict->decision.cause == CAUSE_FROM ||
	    verdict->decision.cause == CAUSE_HEADER)
		add_value(out, "Form", verdict->decision.reason);
}

static void
add_records(struct buf *out, struct arena *arena,
	    const struct tell_known *known)
{
	bool any = false;

	for (size_t i = 0; i < known->records; i++) {
		const struct tell_record *record = &known->record[i];
		if (record->status == DNS_OK && record->texts == 0)
			continue;
		if (!any)
			buf_adds(out, "\nThe DNS said then:\n\n");
		any = true;
		add_value(out, "", record->name);
		if (record->status != DNS_OK)
			add_value(
			    out, "",
			    arena_printf(arena, "(%s)",
					 dns_status_text(record->status)));
		for (size_t t = 0; t < record->texts; t++)
			add_value(out, "",
				  arena_printf(arena, "\"%.*s\"",
					       STR_ARG(record->text[t])));
	}
}

static void
add_cures(struct buf *out, struct arena *arena, const struct verdict *verdict)
{
	struct tell_cures cures;

	tell_cures_for(arena, verdict, true, &cures);
	if (verdict->decision.cause == CAUSE_RULE)
		buf_adds(out, "\nOur site has a rule of its own for such "
			      "mail; write to us about it.\n");
	if (cures.cures == 0)
		return;
	buf_adds(out, cures.cures > 1
			  ? "\nIf the message is yours, it passes once one "
			    "of these is so:\n\n"
			  : "\nIf the message is yours, it passes once this "
			    "is so:\n\n");
	for (size_t i = 0; i < cures.cures; i++) {
		buf_adds(out, "  * ");
		wrap_line(out, LINE_ASCII, cures.cure[i], INDENT, INDENT);
	}
	buf_adds(out, "\nIf it is not yours, somebody uses your name, and "
		      "you need do nothing.\n");
}

bool
tell_letter(struct buf *out, struct arena *arena, const struct verdict *verdict,
	    const struct tell_known *known, const char **why_out)
{
	struct str domain = addressee(arena, verdict);
	const char *none = why_none(verdict, domain);
	struct buf text;

	if (none != NULL) {
		*why_out = none;
		return false;
	}
	buf_printf(out, "To the postmaster of %.*s\n\n", STR_ARG(domain));
	buf_init(&text, arena);
	buf_adds(&text, "Our mail server got a message in the name of your "
			"domain at ");
	when_add_utc(&text, verdict->now);
	buf_printf(&text, " and %s.", what_we_did(&verdict->decision));
	wrap_line(out, LINE_ASCII, buf_str(&text), 0, 0);
	buf_addc(out, '\n');
	add_message(out, arena, verdict);
	buf_adds(out, "\nWhat was found:\n\n");
	add_results(out, arena, verdict);
	add_records(out, arena, known);
	add_cures(out, arena, verdict);
	return true;
}
