#include "verdict/explain.h"

#include "base/wrap.h"

/* Labels stand before it, and what goes on stands a little further right. */
#define TEXT_COLUMN 10
#define GOES_ON 12

static void
label(struct buf *out, const char *name)
{
	buf_printf(out, "%-*s", TEXT_COLUMN, name);
}

static void
put_if(struct buf *out, const char *before, struct str text, const char *after)
{
	if (text.n == 0)
		return;
	buf_adds(out, before);
	line_add(out, LINE_ESCAPED, text, LINE_WHOLE);
	buf_adds(out, after);
}

static void
explain_seen(struct buf *out, const struct verdict *verdict)
{
	const struct verdict_seen *seen = &verdict->seen;
	char ip[IP_TEXT_MAX];

	if (!seen->asked)
		return;
	buf_printf(out, "%-10swhich saw ", "");
	buf_adds(out, seen->client.family == IP_NONE
			  ? "no client to check"
			  : ip_format(seen->client, ip));
	put_if(out, ", HELO ", seen->helo, "");
	if (seen->time > 0)
		buf_printf(out, ", %lld s ago",
			   (long long)(verdict->now - seen->time));
	put_if(out, ": ", str_of(seen->reason), "");
	buf_addc(out, '\n');
}

static void
explain_class(struct buf *out, struct arena *arena,
	      const struct verdict *verdict)
{
	buf_printf(out, "%-10s%s", "",
		   client_class_text(verdict->client_class));
	put_if(out, " by ", client_element_text(arena, verdict->relay), "");
	buf_addc(out, '\n');
	explain_seen(out, verdict);
	for (size_t i = 0; i < verdict->client_spfs; i++) {
		const struct client_spf *spf = &verdict->client_spf[i];
		buf_printf(out, "%-10sspf:%.*s %s", "", STR_ARG(spf->domain),
			   client_spf_text(spf));
		put_if(out, ": ", spf->reason, "");
		buf_addc(out, '\n');
	}
}

static void
explain_envelope(struct buf *out, struct arena *arena,
		 const struct verdict *verdict)
{
	char ip[IP_TEXT_MAX];

	label(out, "client");
	buf_adds(out, verdict->client.family == IP_NONE
			  ? "not given"
			  : ip_format(verdict->client, ip));
	put_if(out, " (", verdict->client_name, ")");
	put_if(out, ", HELO ", verdict->helo, "");
	buf_adds(out, ", MAIL FROM ");
	if (!verdict->mail_from_known)
		buf_adds(out, "not given");
	else {
		buf_addc(out, '<');
		line_add(out, LINE_ESCAPED, verdict->mail_from, LINE_WHOLE);
		buf_addc(out, '>');
	}
	buf_addc(out, '\n');
	explain_class(out, arena, verdict);
}

static void
explain_from(struct buf *out, const struct verdict_from *from)
{
	label(out, "From");
	buf_adds(out, from_state_text(from->state));
	for (size_t i = 0; i < from->count; i++)
		put_if(out, i == 0 ? ": " : ", ", from->domain[i], "");
	if (from->reason[0] != '\0')
		buf_printf(out, " (%s)", from->reason);
	buf_addc(out, '\n');
}

static void
spf_lines(struct buf *out, const struct spf_outcome *spf)
{
	label(out, "SPF");
	buf_adds(out, spf_result_text(spf->result));
	put_if(out, " for ", spf->domain, "");
	buf_printf(out, " (%s)", spf_scope_text(spf->scope));
	/* Behind an include the reason names the term that matched there. */
	if (!str_starts(spf->reason, spf->mechanism))
		put_if(out, ", matched by ", spf->mechanism, "");
	put_if(out, ": ", spf->reason, "");
	buf_addc(out, '\n');
	put_if(out, "          the domain explains: ", spf->explanation, "\n");
}

static void
explain_dkim(struct buf *out, const struct dkim_results *dkim)
{
	if (dkim->count == 0) {
		label(out, "DKIM");
		buf_adds(out, "no signature\n");
	}
	for (size_t i = 0; i < dkim->count; i++) {
		const struct dkim_outcome *outcome = &dkim->outcome[i];
		label(out, i == 0 ? "DKIM" : "");
		buf_adds(out, dkim_result_text(outcome->result));
		put_if(out, " d=", outcome->domain, "");
		put_if(out, " s=", outcome->selector, "");
		put_if(out, " a=", outcome->algorithm, "");
		put_if(out, ": ", outcome->reason, "");
		if (outcome->key_testing)
			buf_adds(out, " (the key is in test mode)");
		buf_addc(out, '\n');
	}
	if (dkim->unshown > 0)
		buf_printf(out, "          and %zu signatures more\n",
			   dkim->unshown);
}

static void
explain_arc(struct buf *out, const struct verdict *verdict)
{
	const struct arc_results *arc = &verdict->arc;

	if (arc->result == ARC_NONE)
		return;
	label(out, "ARC");
	buf_adds(out, arc_result_text(arc->result));
	put_if(out, ": ", arc->reason, "");
	buf_addc(out, '\n');
	for (size_t n = arc->count; n > 0; n--) {
		const struct arc_hop *hop = &arc->hop[n - 1];
		buf_printf(out, "%-10ssealed %u by d=", "", hop->instance);
		line_add(out, LINE_ESCAPED, hop->domain, LINE_WHOLE);
		put_if(out, " s=", hop->selector, "\n");
	}
	if (verdict->arc_trusted > 0)
		buf_printf(out, "%-10shop %u is trusted to vouch for From\n",
			   "", verdict->arc_trusted);
	if (arc->oldest_pass > 0)
		buf_printf(out, "%-10sthe message was changed before hop %u\n",
			   "", arc->oldest_pass);
}

static void
explain_dmarc(struct buf *out, const struct dmarc_outcome *dmarc)
{
	label(out, "DMARC");
	buf_adds(out, dmarc_result_text(dmarc->result));
	put_if(out, " for ", dmarc->from, "");
	put_if(out, ": ", dmarc->reason, "");
	buf_addc(out, '\n');
	put_if(out, "          organizational domain ", dmarc->org_domain,
	       dmarc->org_domain_is_public_suffix ? ", a public suffix\n"
						  : "\n");
	put_if(out,
	       "          organizational domain unknown: ", dmarc->org_trouble,
	       "\n");
	if (!dmarc->has_record)
		return;
	put_if(out, "          policy at _dmarc.", dmarc->policy_domain, "");
	buf_printf(out, ": %s=%s", dmarc->policy_tag,
		   dmarc_policy_text(dmarc->published));
	if (dmarc->testing)
		buf_printf(out, ", lowered to %s by t=y",
			   dmarc_policy_text(dmarc->policy));
	buf_printf(out, "\n          aligned: SPF %s, DKIM %s\n",
		   dmarc->spf_aligned ? "yes" : "no",
		   dmarc->dkim_aligned ? "yes" : "no");
}

static void
explain_shape(struct buf *out, struct arena *arena,
	      const struct shape_outcome *shape)
{
	buf_printf(out, "          shape %s", shape_text(shape->shape));
	if (shape->evidence.n > 0)
		buf_printf(out, ", evidence %s: %.*s",
			   shape->strong ? "strong" : "weak",
			   STR_ARG(shape->evidence));
	put_if(out, "; a forwarder by ",
	       client_element_text(arena, shape->forwarder), "");
	buf_addc(out, '\n');
}

/* A rule's own reason begins with its name. */
static bool
names_rule(const struct decision *decision)
{
	const struct str begins = str_lit("rule ");
	struct str name = str_from(decision->reason, begins.n);
	size_t n = decision->rule.n;

	return str_starts(decision->reason, begins) &&
	       str_starts(name, decision->rule) &&
	       (name.n == n || name.p[n] == ':');
}

static void
explain_decision(struct buf *out, struct arena *arena,
		 const struct verdict *verdict)
{
	const struct decision *decision = &verdict->decision;

	label(out, "decision");
	buf_adds(out, action_text(decision->action));
	if (decision->applied != decision->action)
		buf_printf(out, " (in mode monitor: %s)",
			   action_text(decision->applied));
	if (decision->wants != NULL && decision->wants[0] != '\0')
		buf_printf(out, " (enforce wants %s first)", decision->wants);
	put_if(out, ": ", decision->reason, "");
	buf_addc(out, '\n');
	if (!names_rule(decision))
		put_if(out, "          rule ", decision->rule, "\n");
	if (decision->monitored_rule.n > 0)
		buf_printf(out, "          rule %.*s, in mode monitor: %s\n",
			   STR_ARG(decision->monitored_rule),
			   action_text(decision->monitored_action));
	put_if(out, "          rule ", decision->unjudged,
	       " could not be judged: the record does not have its field\n");
	if (decision->shape.shape != SHAPE_NONE)
		explain_shape(out, arena, &decision->shape);
	struct str rest = decision->reply_text, line;
	while (decision->reply_text.n > 0 && str_split(&rest, '\n', &line)) {
		buf_printf(out, "          reply %s %s ", decision->reply_code,
			   decision->reply_xcode);
		line_add(out, LINE_ESCAPED, line, LINE_WHOLE);
		buf_addc(out, '\n');
	}
	put_if(out, "removed   ", verdict_removed_text(arena, verdict), "\n");
	put_if(out, "limits    ", verdict_limits_text(arena, verdict->limits),
	       "\n");
	buf_printf(out,
		   "cost      %u DNS questions, %.1f ms of waiting, %.1f ms in "
		   "all\n",
		   verdict->dns.questions,
		   (double)verdict->dns.waited_us / 1000.0,
		   (double)verdict->total_us / 1000.0);
}

/* Lines that begin with a label, or as wide a gap. */
static void
add_wrapped(struct buf *out, struct str text)
{
	struct str line;

	while (text.n > 0 && str_split(&text, '\n', &line)) {
		buf_add(out, str_first(line, TEXT_COLUMN));
		wrap_line(out, LINE_ESCAPED, str_from(line, TEXT_COLUMN),
			  TEXT_COLUMN, GOES_ON);
	}
}

void
explain_spf(struct buf *out, const struct spf_outcome *spf)
{
	struct buf lines;

	buf_init(&lines, NULL);
	spf_lines(&lines, spf);
	add_wrapped(out, buf_str(&lines));
	buf_clear(&lines);
}

static void
explain_mechanisms(struct buf *out, const struct verdict *verdict)
{
	spf_lines(out, &verdict->spf);
	explain_dkim(out, &verdict->dkim);
	explain_arc(out, verdict);
	for (size_t i = 0; i < verdict->dmarc.count; i++)
		explain_dmarc(out, &verdict->dmarc.outcome[i]);
}

void
explain_evidence(struct buf *out, struct arena *arena,
		 const struct verdict *verdict)
{
	struct buf lines;

	buf_init(&lines, arena);
	explain_envelope(&lines, arena, verdict);
	if (client_is_checked(verdict->client_class))
		explain_mechanisms(&lines, verdict);
	add_wrapped(out, buf_str(&lines));
}

void
explain_verdict(struct buf *out, struct arena *arena,
		const struct verdict *verdict, struct str field)
{
	struct buf lines;

	buf_init(&lines, arena);
	explain_envelope(&lines, arena, verdict);
	if (client_is_checked(verdict->client_class)) {
		explain_from(&lines, &verdict->from);
		explain_mechanisms(&lines, verdict);
	}
	explain_decision(&lines, arena, verdict);
	add_wrapped(out, buf_str(&lines));
	if (field.n > 0)
		buf_printf(out, "\nAuthentication-Results: %.*s\n",
			   STR_ARG(field));
}
