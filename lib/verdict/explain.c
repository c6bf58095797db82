#include "milter/cli/explain.h"

/*
 * Text of a sender on a terminal: printable ASCII stays, every other octet
 * becomes \xHH, so that no escape sequence gets through.
 */
static void
put(FILE *stream, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c < 0x20 || c > 0x7e)
			fprintf(stream, "\\x%02x", c);
		else
			fputc(c, stream);
	}
}

static void
label(FILE *stream, const char *name)
{
	fprintf(stream, "%-10s", name);
}

static void
put_if(FILE *stream, const char *before, struct str text, const char *after)
{
	if (text.n == 0)
		return;
	fputs(before, stream);
	put(stream, text);
	fputs(after, stream);
}

static void
explain_envelope(FILE *stream, const struct verdict *verdict)
{
	char ip[IP_TEXT_MAX];

	label(stream, "client");
	fputs(verdict->client.family == IP_NONE
		  ? "not given"
		  : ip_format(verdict->client, ip),
	      stream);
	put_if(stream, " (", verdict->client_name, ")");
	put_if(stream, ", HELO ", verdict->helo, "");
	fputs(", MAIL FROM ", stream);
	if (!verdict->mail_from_known)
		fputs("not given", stream);
	else {
		fputc('<', stream);
		put(stream, verdict->mail_from);
		fputc('>', stream);
	}
	fprintf(stream, "\n%-10s%s\n", "",
		client_class_text(verdict->client_class));
}

static void
explain_from(FILE *stream, const struct verdict_from *from)
{
	label(stream, "From");
	fputs(from_state_text(from->state), stream);
	for (size_t i = 0; i < from->count; i++)
		put_if(stream, i == 0 ? ": " : ", ", from->domain[i], "");
	if (from->reason[0] != '\0')
		fprintf(stream, " (%s)", from->reason);
	fputc('\n', stream);
}

void
explain_spf(FILE *stream, const struct spf_outcome *spf)
{
	label(stream, "SPF");
	fputs(spf_result_text(spf->result), stream);
	put_if(stream, " for ", spf->domain, "");
	fprintf(stream, " (%s)", spf_scope_text(spf->scope));
	put_if(stream, ", matched by ", spf->mechanism, "");
	put_if(stream, ": ", spf->reason, "");
	fputc('\n', stream);
	put_if(stream, "          the domain explains: ", spf->explanation,
	       "\n");
}

static void
explain_dkim(FILE *stream, const struct dkim_results *dkim)
{
	if (dkim->count == 0) {
		label(stream, "DKIM");
		fputs("no signature\n", stream);
	}
	for (size_t i = 0; i < dkim->count; i++) {
		const struct dkim_outcome *outcome = &dkim->outcome[i];
		label(stream, i == 0 ? "DKIM" : "");
		fputs(dkim_result_text(outcome->result), stream);
		put_if(stream, " d=", outcome->domain, "");
		put_if(stream, " s=", outcome->selector, "");
		put_if(stream, " a=", outcome->algorithm, "");
		put_if(stream, ": ", outcome->reason, "");
		if (outcome->key_testing)
			fputs(" (the key is in test mode)", stream);
		fputc('\n', stream);
	}
	if (dkim->unshown > 0)
		fprintf(stream, "          and %zu signatures more\n",
			dkim->unshown);
}

static void
explain_arc(FILE *stream, const struct verdict *verdict)
{
	const struct arc_results *arc = &verdict->arc;

	if (arc->result == ARC_NONE)
		return;
	label(stream, "ARC");
	fputs(arc_result_text(arc->result), stream);
	put_if(stream, ": ", arc->reason, "");
	fputc('\n', stream);
	for (size_t n = arc->count; n > 0; n--) {
		const struct arc_hop *hop = &arc->hop[n - 1];
		fprintf(stream, "%-10ssealed %u by d=", "", hop->instance);
		put(stream, hop->domain);
		put_if(stream, " s=", hop->selector, "\n");
	}
	if (verdict->arc_trusted > 0)
		fprintf(stream, "%-10shop %u is trusted to vouch for From\n",
			"", verdict->arc_trusted);
	if (arc->oldest_pass > 0)
		fprintf(stream, "%-10sthe message was changed before hop %u\n",
			"", arc->oldest_pass);
}

static void
explain_dmarc(FILE *stream, const struct dmarc_outcome *dmarc)
{
	label(stream, "DMARC");
	fputs(dmarc_result_text(dmarc->result), stream);
	put_if(stream, " for ", dmarc->from, "");
	put_if(stream, ": ", dmarc->reason, "");
	fputc('\n', stream);
	put_if(stream, "          organizational domain ", dmarc->org_domain,
	       dmarc->org_domain_is_public_suffix ? ", a public suffix\n"
						  : "\n");
	if (!dmarc->has_record)
		return;
	put_if(stream, "          policy at _dmarc.", dmarc->policy_domain, "");
	fprintf(stream, ": %s=%s", dmarc->policy_tag,
		dmarc_policy_text(dmarc->published));
	if (dmarc->testing)
		fprintf(stream, ", lowered to %s by t=y",
			dmarc_policy_text(dmarc->policy));
	fprintf(stream, "\n          aligned: SPF %s, DKIM %s\n",
		dmarc->spf_aligned ? "yes" : "no",
		dmarc->dkim_aligned ? "yes" : "no");
}

static void
explain_decision(FILE *stream, struct arena *arena,
		 const struct verdict *verdict)
{
	const struct decision *decision = &verdict->decision;

	label(stream, "decision");
	fputs(action_text(decision->action), stream);
	if (decision->applied != decision->action)
		fprintf(stream, " (the mode makes it %s)",
			action_text(decision->applied));
	put_if(stream, ": ", decision->reason, "");
	fputc('\n', stream);
	if (decision->shape.shape != SHAPE_NONE)
		fprintf(stream, "          shape %s, evidence %s: %.*s\n",
			shape_text(decision->shape.shape),
			decision->shape.strong ? "strong" : "weak",
			STR_ARG(decision->shape.evidence));
	if (decision->reply_text.n > 0) {
		fprintf(stream, "          reply %s %s ", decision->reply_code,
			decision->reply_xcode);
		put(stream, decision->reply_text);
		fputc('\n', stream);
	}
	put_if(stream, "limits    ", verdict_limits_text(arena, verdict), "\n");
	fprintf(stream,
		"cost      %u DNS questions, %.1f ms of waiting, %.1f ms in "
		"all\n",
		verdict->dns.questions, (double)verdict->dns.waited_us / 1000.0,
		(double)verdict->total_us / 1000.0);
}

void
explain_verdict(FILE *stream, struct arena *arena,
		const struct verdict *verdict, struct str field)
{
	explain_envelope(stream, verdict);
	if (verdict->checked) {
		explain_from(stream, &verdict->from);
		explain_spf(stream, &verdict->spf);
		explain_dkim(stream, &verdict->dkim);
		explain_arc(stream, verdict);
		for (size_t i = 0; i < verdict->dmarc.count; i++)
			explain_dmarc(stream, &verdict->dmarc.outcome[i]);
	}
	explain_decision(stream, arena, verdict);
	if (field.n > 0)
		fprintf(stream, "\nAuthentication-Results: %.*s\n",
			STR_ARG(field));
}
