/*
 * What to do about a finding.  Whatever is given to paste names what a stranger
 * cannot make (an address, a domain that SPF or a signature proves), and only
 * as much of it as the mail came from.  Where strangers could have made all of
 * the mail, nothing is given.
 */
#include <string.h>

#include "base/buf.h"
#include "base/domain.h"
#include "base/ip.h"
#include "base/when.h"
#include "base/words.h"
#include "stats/drafts.h"

#define DAY_S 86400
/* A rule to paste ends by itself: one for mail that should be set right by its
   sender sooner than one for what lists and forwarders always do. */
#define EXPIRES_SOON_DAYS 90
#define EXPIRES_LATE_DAYS 365
/* A campaign of forgeries is over in a day, mostly. */
#define LASTING_S (2 * DAY_S)

/* What a rule or a list of the configuration can name by itself. */
static bool
is_name(struct str domain)
{
	size_t i;

	for (i = 0; i < domain.n; i++)
		if (!ascii_is_alnum(domain.p[i]) &&
		    !memchr("-._", domain.p[i], 3))
			return false;
	return domain_labels(domain) > 1;
}

static struct str
name_of(const struct common *common)
{
	const struct str text = common_text(common);

	return is_name(text) ? text : str_empty();
}

static bool
has_clients(const struct draft *draft)
{
	struct ip ip;
	size_t i;

	for (i = 0; i < draft->clients && i < STATS_CLIENTS; i++)
		if (!ip_parse(draft->client[i].text, &ip))
			return false;
	return draft->clients <= STATS_CLIENTS;
}

static bool
is_proven(const struct draft *draft)
{
	return name_of(&draft->spf_domain).n ||
	       name_of(&draft->dkim_domain).n || has_clients(draft);
}

static bool
is_lasting(const struct draft *draft)
{
	return draft->last - draft->first >= LASTING_S;
}

/* Who hands on mail hands on that of several, day after day, and breaks the
   signatures that their authors' domains made. */
static bool
hands_on(const struct draft *draft)
{
	return is_lasting(draft) && draft->from_domains > 1 &&
	       draft->own_broken;
}

enum stats_remedy
remedy_of(const struct draft *draft)
{
	switch (draft->looks) {
	case LOOKS_OWN_SENDER:
	case LOOKS_MISCONFIGURED:
		return name_of(&draft->from).n && is_proven(draft) &&
			       is_lasting(draft)
			   ? REMEDY_RULE
			   : REMEDY_UNLESS_KNOWN;
	case LOOKS_LIST:
	case LOOKS_FORWARDER:
		return hands_on(draft) && is_proven(draft)
			   ? REMEDY_RULE
			   : REMEDY_UNLESS_KNOWN;
	default:
		return REMEDY_NOTHING;
	}
}

/* --- what to paste --- */

static void
add_quoted(struct buf *out, const char *key, struct str value)
{
	buf_printf(out, "    %s: \"%.*s\"\n", key, STR_ARG(value));
}

/* A list for the configuration, as an item of it or as a value. */
static void
add_clients(struct buf *out, const struct draft *draft)
{
	size_t i;

	buf_adds(out, "    client: [");
	for (i = 0; i < draft->clients; i++)
		buf_printf(out, "%s\"%.*s\"", i ? ", " : "",
			   STR_ARG(draft->client[i].text));
	buf_adds(out, "]\n");
}

static void
add_expires(struct buf *out, int64_t now, int days)
{
	buf_adds(out, "    expires: ");
	when_add_utc_day(out, now + (int64_t)days * DAY_S);
	buf_addc(out, '\n');
}

/* Letters, digits, "-", "_" and ".", 64 at most. */
static void
add_rule_name(struct buf *out, const char *kind, struct str source)
{
	size_t i;

	buf_printf(out, "  - name: %s-", kind);
	for (i = 0; i < source.n && i < 40; i++)
		buf_addc(out, ascii_is_alnum(source.p[i]) ||
				      memchr("-._", source.p[i], 3)
				  ? source.p[i]
				  : '-');
	buf_addc(out, '\n');
}

/* The proof: what the mail came from, as narrow as it is known. */
static void
add_proof(struct buf *out, const struct draft *draft, bool signature_first)
{
	const struct str spf = name_of(&draft->spf_domain);
	const struct str dkim = name_of(&draft->dkim_domain);

	if (dkim.n && (signature_first || !spf.n))
		add_quoted(out, "dkim-domain", dkim);
	else if (spf.n)
		add_quoted(out, "spf-domain", spf);
	else
		add_clients(out, draft);
}

static struct str
rule_yaml(struct arena *arena, const struct draft *draft, struct str source,
	  int64_t now)
{
	const bool list = draft->looks == LOOKS_LIST;
	const bool direct = draft->looks == LOOKS_OWN_SENDER ||
			    draft->looks == LOOKS_MISCONFIGURED;
	const struct str list_id = name_of(&draft->list);
	struct buf out;

	buf_init(&out, arena);
	add_rule_name(&out,
		      list     ? "list"
		      : direct ? "sender"
			       : "forwarder",
		      direct ? common_text(&draft->from) : source);
	add_proof(&out, draft, list);
	if (direct)
		add_quoted(&out, "from", common_text(&draft->from));
	if (list && list_id.n)
		add_quoted(&out, "list-id", list_id);
	buf_adds(&out, "    dmarc: fail\n    action: accept\n");
	add_expires(&out, now, direct ? EXPIRES_SOON_DAYS : EXPIRES_LATE_DAYS);
	return buf_str(&out);
}

/* --- what to say --- */

static struct str
rule_text(struct arena *arena, const struct draft *draft, struct str source)
{
	const struct str from = common_text(&draft->from);

	switch (draft->looks) {
	case LOOKS_OWN_SENDER:
		return arena_printf(
		    arena,
		    "%.*s sends in your name. If you have ordered that: let "
		    "it sign with d=%.*s, or until then paste the rule; "
		    "whoever may send there can then write as %.*s.",
		    STR_ARG(source), STR_ARG(from), STR_ARG(from));
	case LOOKS_MISCONFIGURED:
		return arena_printf(
		    arena,
		    "Mail of %.*s from %.*s, set up wrongly there: tell their "
		    "postmaster, and if you must have it until then paste the "
		    "rule.",
		    STR_ARG(from), STR_ARG(source));
	case LOOKS_LIST:
		return arena_printf(
		    arena,
		    "A list changes what it hands on. If your users read "
		    "%.*s, the rule lets in what comes from there.",
		    STR_ARG(source));
	default:
		return arena_printf(
		    arena,
		    "Handed on by %.*s. If your users have mail forwarded "
		    "from there, the rule lets in whatever it hands on.",
		    STR_ARG(source));
	}
}

static struct str
unless_known_text(struct arena *arena, const struct draft *draft,
		  struct str source)
{
	if (draft->looks == LOOKS_OWN_SENDER)
		return arena_printf(
		    arena,
		    "Mail in your name from %.*s, which proves itself, but "
		    "not as you: a forger can do so with any domain of his. "
		    "If it sends for you, let it sign with your domain.",
		    STR_ARG(source));
	if (draft->looks == LOOKS_MISCONFIGURED)
		return arena_printf(
		    arena,
		    "It may be theirs, set up wrongly at %.*s; too little of "
		    "it came to tell. If they call: verdict explain.",
		    STR_ARG(source));
	return arena_printf(
	    arena,
	    "Any forger can make such mail as came from %.*s. If your users "
	    "know that source, a rule lets it in by its address, SPF or "
	    "signature (contrib/rules.yaml).",
	    STR_ARG(source));
}

static const char *
nothing_text(enum stats_looks looks)
{
	switch (looks) {
	case LOOKS_FORGERY:
		return "Nothing in it speaks for its From domain: that is "
		       "what enforce is for.";
	case LOOKS_UNCLEAR:
		return "A lookup had no answer, so it could not be told what "
		       "it is: look at the resolver if there is much of it.";
	case LOOKS_BAD_FROM:
		return "Its From field shows no author for sure: on-bad-from "
		       "decides.";
	case LOOKS_OVERSIZE:
		return "Its header is beyond the limits: on-oversize-header "
		       "decides.";
	case LOOKS_DNS:
		return "DNS had no answer, and senders try again: look at "
		       "the resolver if there is much of it.";
	case LOOKS_LIMIT:
		return "A limit of the daemon was reached: verdict status, "
		       "and `limits` in the log, name it.";
	default:
		return "A rule of yours decided: verdict rules.";
	}
}

struct stats_advice
advice_of(struct arena *arena, const struct draft *draft, struct str source,
	  int64_t now)
{
	struct stats_advice advice = {.keyword = "", .yaml = str_empty()};

	advice.remedy = remedy_of(draft);
	switch (advice.remedy) {
	case REMEDY_NOTHING:
		advice.brief = str_lit("nothing");
		advice.text = str_of(nothing_text(draft->looks));
		break;
	case REMEDY_UNLESS_KNOWN:
		advice.brief = str_lit("nothing, unless you know it");
		advice.text = unless_known_text(arena, draft, source);
		break;
	case REMEDY_RULE:
		advice.brief = str_lit("a rule");
		advice.text = rule_text(arena, draft, source);
		advice.keyword = "rules";
		advice.yaml = rule_yaml(arena, draft, source, now);
		break;
	}
	return advice;
}
