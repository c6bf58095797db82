/* What would have made a message pass. */
#include "tell/parts.h"

#include "base/line.h"

bool
tell_failed(const struct verdict *verdict)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	if (verdict->decision.action != ACTION_ACCEPT)
		return true;
	return client_is_checked(verdict->client_class) && dmarc != NULL &&
	       dmarc->result != DMARC_PASS && dmarc->result != DMARC_NONE;
}

struct ip
tell_source(const struct verdict *verdict)
{
	if (verdict->client_class != CLIENT_RELAY)
		return verdict->client;
	return verdict_seen_is_checked(&verdict->seen) ? verdict->seen.client
						       : ip_none();
}

bool
tell_is_own(const struct dmarc_outcome *dmarc, struct str domain)
{
	struct str top = dmarc->org_domain;

	if (top.n == 0 || dmarc->org_domain_is_public_suffix)
		top = dmarc->from;
	return domain.n > 0 && domain_is_at_or_below(domain, top);
}

static void
add(struct arena *arena, struct tell_cures *cures, struct str text)
{
	if (cures->cures < TELL_CURES)
		cures->cure[cures->cures++] =
		    line_text(arena, LINE_ESCAPED, text, LINE_WHOLE);
}

/* --- SPF --- */

static struct str
own_path_cure(struct arena *arena, const struct verdict *verdict,
	      const struct dmarc_outcome *dmarc, const char *client)
{
	const struct spf_outcome *spf = &verdict->spf;

	switch (spf->result) {
	case SPF_PASS:
		return arena_printf(arena,
				    "MAIL FROM is of %.*s itself, which "
				    "aspf=s asks for",
				    STR_ARG(dmarc->from));
	case SPF_NONE:
		return arena_printf(arena,
				    "%.*s has an SPF record that lists %s",
				    STR_ARG(spf->domain), client);
	case SPF_TEMPERROR:
	case SPF_PERMERROR:
		return arena_printf(arena,
				    "the SPF record of %.*s can be read and "
				    "lists %s (%.*s)",
				    STR_ARG(spf->domain), client,
				    STR_ARG(spf->reason));
	case SPF_NEUTRAL:
	case SPF_FAIL:
	case SPF_SOFTFAIL:
		break;
	}
	return arena_printf(arena, "the SPF record of %.*s lists %s",
			    STR_ARG(spf->domain), client);
}

static void
add_spf(struct arena *arena, const struct verdict *verdict,
	const struct dmarc_outcome *dmarc, struct tell_cures *cures)
{
	const struct ip ip = tell_source(verdict);
	char client[IP_TEXT_MAX];

	if (ip.family == IP_NONE)
		return;
	ip_format(ip, client);
	if (tell_is_own(dmarc, verdict->spf.domain))
		add(arena, cures, own_path_cure(arena, verdict, dmarc, client));
	else
		add(arena, cures,
		    arena_printf(arena,
				 "%s is of %.*s, and the SPF record there "
				 "lists %s",
				 verdict->mail_from_null ? "its HELO name"
							 : "MAIL FROM",
				 STR_ARG(dmarc->from), client));
}

/* --- DKIM --- */

static const char *
signature_cure(const struct dkim_outcome *dkim)
{
	switch (dkim->stopped_at) {
	case DKIM_STEP_FIELD:
		return "is a valid one";
	case DKIM_STEP_CHOICE:
		return "is among the first that are tried";
	case DKIM_STEP_BODY:
		return "still fits when it arrives: the body was changed "
		       "after it was signed";
	case DKIM_STEP_LOOKUP:
	case DKIM_STEP_KEY:
		return "has its key in the DNS";
	case DKIM_STEP_VERIFY:
		return "still fits when it arrives: signed fields were "
		       "changed, or another key signed";
	case DKIM_STEP_NONE:
		break;
	}
	return "passes";
}

static void
add_dkim(struct arena *arena, const struct verdict *verdict,
	 const struct dmarc_outcome *dmarc, struct tell_cures *cures)
{
	size_t own = 0;

	for (size_t i = 0; i < verdict->dkim.count && own < 2; i++) {
		const struct dkim_outcome *dkim = &verdict->dkim.outcome[i];
		if (!tell_is_own(dmarc, dkim->domain))
			continue;
		own++;
		if (dkim->result == DKIM_PASS)
			add(arena, cures,
			    arena_printf(arena,
					 "it is signed with d=%.*s itself, "
					 "which adkim=s asks for",
					 STR_ARG(dmarc->from)));
		else
			add(arena, cures,
			    arena_printf(
				arena,
				"its signature d=%.*s s=%.*s %s "
				"(%.*s)",
				STR_ARG(dkim->domain), STR_ARG(dkim->selector),
				signature_cure(dkim), STR_ARG(dkim->reason)));
	}
	if (own == 0)
		add(arena, cures,
		    arena_printf(arena, "it is signed with d=%.*s",
				 STR_ARG(dmarc->from)));
}

static void
add_arc(struct arena *arena, const struct verdict *verdict,
	struct tell_cures *cures)
{
	const struct arc_results *arc = &verdict->arc;

	if (arc->result != ARC_PASS || arc->count == 0 || verdict->arc_run > 0)
		return;
	add(arena, cures,
	    arena_printf(arena,
			 "%.*s, which sealed it last, stands in your "
			 "trusted-sealers, and has seen it pass DMARC",
			 STR_ARG(arc->hop[arc->count - 1].domain)));
}

/* --- what is none of both --- */

/* True: there is no other cure. */
static bool
add_own_cause(struct arena *arena, const struct verdict *verdict,
	      bool to_stranger, struct tell_cures *cures)
{
	const struct decision *decision = &verdict->decision;

	if (verdict->hindrance != HINDRANCE_NONE) {
		add(arena, cures,
		    str_lit("it is sent again, as mail servers do by "
			    "themselves"));
		return true;
	}
	switch (decision->cause) {
	case CAUSE_FROM:
		add(arena, cures,
		    str_lit("it has one From field, with one address that "
			    "can be read (RFC 5322 section 3.6.2)"));
		return true;
	case CAUSE_HEADER:
		add(arena, cures, str_lit("its header is smaller"));
		return true;
	case CAUSE_RULE:
		/* A rule that let it in is nothing to be cured of. */
		if (to_stranger || decision->action == ACTION_ACCEPT)
			return false;
		add(arena, cures,
		    arena_printf(arena, "your rule %.*s does not match it",
				 STR_ARG(decision->rule)));
		return true;
	default:
		return false;
	}
}

void
tell_cures_for(struct arena *arena, const struct verdict *verdict,
	       bool to_stranger, struct tell_cures *cures_out)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);
	struct tell_cures cures = {.cures = 0};
	bool whole = !tell_failed(verdict) ||
		     add_own_cause(arena, verdict, to_stranger, &cures) ||
		     dmarc == NULL;

	if (!whole && dmarc->result == DMARC_TEMPERROR)
		add(arena, &cures,
		    str_lit("it is sent again, as mail servers do by "
			    "themselves, and the DNS answers then"));
	if (!whole && dmarc->result == DMARC_PERMERROR)
		add(arena, &cures,
		    arena_printf(arena,
				 "the records of %.*s need fewer lookups in "
				 "the DNS",
				 STR_ARG(dmarc->from)));
	if (!whole && dmarc->result == DMARC_FAIL) {
		add_spf(arena, verdict, dmarc, &cures);
		add_dkim(arena, verdict, dmarc, &cures);
		if (!to_stranger)
			add_arc(arena, verdict, &cures);
	}
	*cures_out = cures;
}

void
tell_cures(struct arena *arena, const struct verdict *verdict,
	   struct tell_cures *cures_out)
{
	tell_cures_for(arena, verdict, false, cures_out);
}
