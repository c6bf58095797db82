#include "tell/tell.h"

#include "base/line.h"
#include "base/wrap.h"
#include "verdict/explain.h"

#define TEXT_COLUMN 10
#define GOES_ON 12
/* Of a TXT record: what tells it from another, on three lines. */
#define RECORD_OCTETS 200

/* A sentence with its label in the column before it. */
static void
paragraph(struct buf *out, const char *label, struct str text)
{
	buf_printf(out, "%-*s", TEXT_COLUMN, label);
	wrap_line(out, LINE_ESCAPED, text, TEXT_COLUMN, TEXT_COLUMN);
}

/* --- which part of the policy decided --- */

static const char *
asks(enum dmarc_policy policy)
{
	switch (policy) {
	case DMARC_P_REJECT:
		return "to refuse";
	case DMARC_P_QUARANTINE:
		return "to set aside";
	case DMARC_P_NONE:
		break;
	}
	return "for nothing with";
}

/* A failure of DMARC, whatever it led to. */
static struct str
failure_cause(struct arena *arena, const struct verdict *verdict,
	      const struct dmarc_outcome *dmarc)
{
	const struct decision *decision = &verdict->decision;
	struct buf text;

	buf_init(&text, arena);
	buf_printf(&text,
		   "%.*s asks %s mail that is not proven to be theirs "
		   "(%s=%s%s), and nothing proves that this one is",
		   STR_ARG(dmarc->from), asks(dmarc->policy), dmarc->policy_tag,
		   dmarc_policy_text(dmarc->published),
		   dmarc->testing ? ", lowered by t=y" : "");
	if (dmarc->policy == DMARC_P_NONE)
		buf_adds(&text, "; so it goes on as others do");
	else if (dmarc->policy == DMARC_P_REJECT &&
		 decision->action == ACTION_QUARANTINE)
		buf_adds(&text, "; it was set aside, and not refused, for "
				"what the policy saw");
	return buf_str(&text);
}

static struct str
undecided_cause(struct arena *arena, const struct verdict *verdict,
		const struct dmarc_outcome *dmarc)
{
	const struct decision *decision = &verdict->decision;
	struct buf text;

	buf_init(&text, arena);
	buf_printf(&text,
		   "whether the mail is from %.*s could not be found out: ",
		   STR_ARG(dmarc->from));
	buf_add(&text, dmarc->reason);
	if (decision->deferral > 0)
		buf_printf(&text,
			   "; put off for the %u. time, after %u times "
			   "it is handled as a failure",
			   decision->deferral, decision->deferrals_allowed);
	else if (decision->deferrals_spent)
		buf_adds(&text, "; it has been put off as often as it may be, "
				"so it was handled as a failure");
	return buf_str(&text);
}

static struct str
rule_cause(struct arena *arena, const struct decision *decision)
{
	/* The reason begins with the rule's name. */
	if (str_starts(decision->reason, str_lit("rule ")))
		return arena_printf(arena, "your %.*s",
				    STR_ARG(decision->reason));
	return arena_printf(arena, "your rule %.*s: %.*s",
			    STR_ARG(decision->rule), STR_ARG(decision->reason));
}

static struct str
passing_cause(struct arena *arena, const struct dmarc_outcome *dmarc)
{
	const char *by = dmarc->spf_aligned && dmarc->dkim_aligned
			     ? "SPF and DKIM prove"
			 : dmarc->spf_aligned ? "SPF proves"
					      : "DKIM proves";

	if (dmarc->result == DMARC_PASS)
		return arena_printf(arena, "%s that it is from %.*s", by,
				    STR_ARG(dmarc->from));
	return arena_printf(arena,
			    "%.*s has no DMARC policy, so nothing is asked of "
			    "its mail",
			    STR_ARG(dmarc->from));
}

static struct str
results_cause(struct arena *arena, const struct verdict *verdict)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	if (dmarc == NULL)
		return verdict->decision.reason;
	switch (dmarc->result) {
	case DMARC_NONE:
	case DMARC_PASS:
		return passing_cause(arena, dmarc);
	case DMARC_FAIL:
		return failure_cause(arena, verdict, dmarc);
	case DMARC_TEMPERROR:
	case DMARC_PERMERROR:
		break;
	}
	return undecided_cause(arena, verdict, dmarc);
}

static const char *
unchecked_cause(enum client_class client_class)
{
	return client_class == CLIENT_AUTHENTICATED
		   ? "the client has logged in (SMTP AUTH): its mail is not "
		     "checked"
		   : "the client is one of internal-networks: its mail is not "
		     "checked";
}

struct str
tell_cause(struct arena *arena, const struct verdict *verdict)
{
	const struct decision *decision = &verdict->decision;
	const bool checked = client_is_checked(verdict->client_class);
	struct str text;

	if (verdict->hindrance != HINDRANCE_NONE ||
	    decision->cause == CAUSE_FROM || decision->cause == CAUSE_HEADER)
		text = decision->reason;
	else if (decision->cause == CAUSE_RULE)
		text = rule_cause(arena, decision);
	else if (!checked)
		text = str_of(unchecked_cause(verdict->client_class));
	else if (decision->cause == CAUSE_ARC)
		text = arena_printf(arena,
				    "DMARC fails, but a trusted sealer vouches "
				    "for the mail: %.*s",
				    STR_ARG(decision->reason));
	else
		text = results_cause(arena, verdict);
	return line_text(arena, LINE_ESCAPED, text, LINE_WHOLE);
}

/* --- the records that decided --- */

static void
add_record(struct buf *out, struct arena *arena,
	   const struct tell_record *record, const char *label)
{
	struct buf line;

	buf_init(&line, arena);
	line_add(&line, LINE_ESCAPED, record->name, LINE_WHOLE);
	if (record->status != DNS_OK)
		buf_printf(&line, "  %s", dns_status_text(record->status));
	else if (record->texts == 0)
		buf_adds(&line, "  (its text is not kept any more)");
	for (size_t i = 0; i < record->texts; i++) {
		buf_adds(&line, "  \"");
		if (!line_add(&line, LINE_QUOTED, record->text[i],
			      RECORD_OCTETS))
			buf_adds(&line, "...");
		buf_addc(&line, '"');
	}
	buf_printf(out, "%-*s", TEXT_COLUMN, label);
	wrap_line(out, LINE_ESCAPED, buf_str(&line), TEXT_COLUMN, GOES_ON);
}

/* --- what the policy saw --- */

static const char *
looks_like(enum shape shape)
{
	switch (shape) {
	case SHAPE_NONE:
		break;
	case SHAPE_SPOOF:
		return "it looks like a forgery: nothing in it speaks for its "
		       "From domain";
	case SHAPE_FORWARDED:
		return "it looks like forwarded mail";
	case SHAPE_LIST:
		return "it looks like mail of a list";
	case SHAPE_MISCONFIGURED:
		return "it looks like the domain's own mail, set up wrongly";
	case SHAPE_UNKNOWN:
		return "what it looks like could not be looked up";
	}
	return "";
}

/* Begins a sentence, or goes on after one. */
static void
next_sentence(struct buf *text)
{
	if (text->n > 0)
		buf_adds(text, "; ");
}

static void
add_shape(struct buf *text, struct arena *arena,
	  const struct shape_outcome *shape)
{
	if (shape->shape == SHAPE_NONE)
		return;
	next_sentence(text);
	buf_adds(text, looks_like(shape->shape));
	if (shape->evidence.n > 0)
		buf_printf(text, " (%s evidence: %.*s)",
			   shape->strong ? "strong" : "weak",
			   STR_ARG(shape->evidence));
	if (shape->forwarder != NULL)
		buf_printf(text, ", from a forwarder of yours, %s",
			   client_element_text(arena, shape->forwarder).p);
}

static void
add_rules(struct buf *text, const struct decision *decision)
{
	if (decision->rule.n > 0 && decision->cause != CAUSE_RULE) {
		next_sentence(text);
		buf_printf(text, "your rule %.*s matched",
			   STR_ARG(decision->rule));
	}
	if (decision->monitored_rule.n > 0) {
		next_sentence(text);
		buf_printf(text,
			   "your rule %.*s, in mode monitor, would have it "
			   "%s",
			   STR_ARG(decision->monitored_rule),
			   action_text(decision->monitored_action));
	}
}

static void
add_circumstances(struct buf *text, struct arena *arena,
		  const struct verdict *verdict)
{
	const struct decision *decision = &verdict->decision;

	if (verdict->client_class == CLIENT_RELAY) {
		next_sentence(text);
		buf_adds(text, "it came over a relay of yours, from which "
			       "nothing is refused");
	}
	if (decision->wants != NULL && decision->wants[0] != '\0') {
		next_sentence(text);
		buf_printf(text, "mode enforce wants %s first",
			   decision->wants);
	}
	if (verdict->limits != 0) {
		next_sentence(text);
		buf_printf(text, "limits that were reached: %s",
			   verdict_limits_text(arena, verdict->limits).p);
	}
	if (verdict->removed_names > 0) {
		next_sentence(text);
		buf_printf(text, "forged fields that were removed: %.*s",
			   STR_ARG(verdict_removed_text(arena, verdict)));
	}
}

void
tell_why(struct buf *out, struct arena *arena, const struct verdict *verdict,
	 const struct tell_known *known)
{
	struct buf saw;

	paragraph(out, "Why", tell_cause(arena, verdict));
	explain_evidence(out, arena, verdict);
	for (size_t i = 0; i < known->records; i++)
		add_record(out, arena, &known->record[i],
			   i == 0 ? "DNS then" : "");
	buf_init(&saw, arena);
	add_shape(&saw, arena, &verdict->decision.shape);
	add_rules(&saw, &verdict->decision);
	add_circumstances(&saw, arena, verdict);
	if (saw.n > 0)
		paragraph(out, "Judged", buf_str(&saw));
}
