/*
 * The rule that lets a message in.  What proves who sent it, the best first:
 *
 *   DMARC, a signature or SPF of the From domain's organization
 *   a signature and SPF of others, and the list's name: a list, a service
 *   the client's address
 *
 * With each stands the From domain, so that nobody else's mail comes in.
 */
#include "tell/parts.h"

#include <string.h>

#include "base/line.h"
#include "base/when.h"

#define DAY_S 86400

bool
tell_is_plain(struct arena *arena, struct str domain)
{
	struct str canonical;

	return str_is_ascii(domain) &&
	       domain_canonical(arena, domain, &canonical) == DOMAIN_OK &&
	       str_eq(canonical, domain);
}

/* A list that holds it proves something (config/broad.h). */
static bool
proves(struct arena *arena, const struct suffix_list *suffixes,
       struct str domain)
{
	return tell_is_plain(arena, domain) && domain_labels(domain) > 1 &&
	       (suffixes == NULL || !suffix_is_of_registry(suffixes, domain));
}

/* --- what proves who sent it --- */

/* Conditions that hold for the message, all of which must. */
#define CONDITIONS 4

struct proof {
	struct arena *arena;
	const struct verdict *verdict;
	const struct suffix_list *suffixes;
	struct condition {
		const char *keyword;
		struct str value;
	} condition[CONDITIONS];
	size_t conditions;
	bool proven;
	struct str note;
};

static void
add_condition(struct proof *proof, const char *keyword, struct str value)
{
	proof->condition[proof->conditions++] =
	    (struct condition){keyword, value};
}

/* Of the organization of each From domain: the rule lets in mail in the name
   of any of them. */
static bool
is_own(const struct verdict *verdict, struct str domain)
{
	const struct dmarc_results *dmarc = &verdict->dmarc;
	bool own = dmarc->count > 0 && dmarc->count == verdict->from.count;

	for (size_t i = 0; own && i < dmarc->count; i++)
		own = tell_is_own(&dmarc->outcome[i], domain);
	return own;
}

/* The domain of a passing signature; "": none that proves anything. */
static struct str
find_signer(const struct proof *proof, bool own)
{
	const struct verdict *verdict = proof->verdict;

	for (size_t i = 0; i < verdict->dkim.count; i++) {
		const struct dkim_outcome *dkim = &verdict->dkim.outcome[i];
		if (dkim->result == DKIM_PASS &&
		    proves(proof->arena, proof->suffixes, dkim->domain) &&
		    is_own(verdict, dkim->domain) == own)
			return dkim->domain;
	}
	return str_empty();
}

static struct str
find_path(const struct proof *proof, bool own)
{
	const struct spf_outcome *spf = &proof->verdict->spf;

	return spf->result == SPF_PASS && !spf->for_anybody &&
		       proves(proof->arena, proof->suffixes, spf->domain) &&
		       is_own(proof->verdict, spf->domain) == own
		   ? spf->domain
		   : str_empty();
}

/* Behind a relay its address stands for all that comes over it. */
static void
add_client(struct proof *proof)
{
	const struct verdict *verdict = proof->verdict;
	char text[IP_TEXT_MAX];

	if (verdict->client.family == IP_NONE ||
	    verdict->client_class == CLIENT_RELAY)
		return;
	add_condition(
	    proof, "client",
	    arena_copy(proof->arena, str_of(ip_format(verdict->client, text))));
}

/* Where it passes by SPF alone, and anybody passes SPF there, anybody does. */
static bool
passes(const struct verdict *verdict)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	return dmarc != NULL && dmarc->result == DMARC_PASS &&
	       (dmarc->dkim_aligned || !verdict->spf.for_anybody);
}

/* What only the From domain's organization can have. */
static bool
prove_by_own(struct proof *proof)
{
	struct str signer = find_signer(proof, true);
	struct str path = find_path(proof, true);

	proof->proven = true;
	if (passes(proof->verdict))
		add_condition(proof, "dmarc", str_lit("pass"));
	else if (signer.n > 0)
		add_condition(proof, "dkim-domain", signer);
	else if (path.n > 0)
		add_condition(proof, "spf-domain", path);
	else
		proof->proven = false;
	return proof->proven;
}

/* A list or a service: all that it shows, since others use it as well. */
static bool
prove_by_others(struct proof *proof)
{
	struct str signer = find_signer(proof, false);
	struct str path = find_path(proof, false);
	struct str list = proof->verdict->list.id;

	if (signer.n == 0 && path.n == 0)
		return false;
	if (signer.n > 0)
		add_condition(proof, "dkim-domain", signer);
	if (path.n > 0)
		add_condition(proof, "spf-domain", path);
	if (signer.n > 0 && tell_is_plain(proof->arena, list))
		add_condition(proof, "list-id", list);
	struct str who = signer.n > 0 ? signer : path;
	proof->note = arena_printf(
	    proof->arena,
	    "it lets in what %.*s %s in their name. Be sure first that this "
	    "is a list or a service that you want such mail from.",
	    STR_ARG(who), signer.n > 0 ? "signs" : "sends");
	return true;
}

static void
prove(struct proof *proof)
{
	const enum client_class class = proof->verdict->client_class;

	if (class == CLIENT_AUTHENTICATED)
		add_condition(proof, "smtp-auth", str_lit("yes"));
	if (!client_is_checked(class)) {
		add_client(proof);
		proof->proven = true;
		return;
	}
	if (prove_by_own(proof) || prove_by_others(proof))
		return;
	add_client(proof);
	proof->note =
	    str_lit("nothing in the mail proves that it is theirs: the rule "
		    "lets in whatever comes from that address in their name. "
		    "Ask the sender, not by mail, whether the host is "
		    "theirs.");
}

/* --- the text --- */

/* "until" before the day tells it from a rule of another day. */
static struct str
name_of(struct arena *arena, struct str from, struct str day)
{
	const size_t room = LIMIT_RULE_NAME - strlen("-until-yyyy-mm-dd-nn");
	const char *until = "until";

	return arena_printf(arena, "%.*s%s%s-%.*s",
			    STR_ARG(str_first(from, room)),
			    from.n > 0 ? "-" : "", until, STR_ARG(day));
}

static bool
is_taken(const struct rules *rules, struct str name)
{
	for (size_t i = 0; rules != NULL && i < rules->count; i++) {
		if (str_eq(rules->rule[i].name, name))
			return true;
	}
	return false;
}

static struct str
free_name(struct arena *arena, const struct rules *rules, struct str name)
{
	struct str found = name;

	for (unsigned n = 2; is_taken(rules, found) && n < 100; n++)
		found = arena_printf(arena, "%.*s-%u", STR_ARG(name), n);
	return found;
}

/* Plain where YAML takes it for a text whatever stands there; else quoted. */
static void
add_value(struct buf *out, struct str text)
{
	/* An IPv6 address may end with a colon, and what has no letter and no
	   dot may be a number. */
	bool plain =
	    (ascii_is_alnum(text.p[0]) && str_chr(text, '.') < text.n &&
	     str_chr(text, ':') == text.n) ||
	    str_is(text, "yes") || str_is(text, "pass");

	if (!plain)
		buf_addc(out, '"');
	buf_add(out, text);
	if (!plain)
		buf_addc(out, '"');
}

/* All of them must be in the list. */
static bool
add_from(struct buf *out, struct arena *arena, const struct verdict *verdict)
{
	const struct verdict_from *from = &verdict->from;

	if (from->count == 0)
		return true;
	buf_adds(out, "    from: ");
	if (from->count > 1)
		buf_addc(out, '[');
	for (size_t i = 0; i < from->count; i++) {
		if (!tell_is_plain(arena, from->domain[i]))
			return false;
		if (i > 0)
			buf_adds(out, ", ");
		add_value(out, from->domain[i]);
	}
	buf_adds(out, from->count > 1 ? "]\n" : "\n");
	return true;
}

static void
add_member(struct buf *out, const char *keyword, struct str value)
{
	buf_printf(out, "    %s: ", keyword);
	add_value(out, value);
	buf_addc(out, '\n');
}

static bool
write_rule(struct buf *out, const struct proof *proof,
	   const struct tell_rule_options *options, struct str day)
{
	const struct verdict *verdict = proof->verdict;
	struct str from =
	    verdict->from.count > 0 ? verdict->from.domain[0] : str_empty();
	struct str name = name_of(proof->arena, from, day);

	name = free_name(proof->arena, options->rules, name);
	buf_printf(out, "  - name: \"%.*s\"\n", STR_ARG(name));
	if (!add_from(out, proof->arena, verdict))
		return false;
	for (size_t i = 0; i < proof->conditions; i++)
		add_member(out, proof->condition[i].keyword,
			   proof->condition[i].value);
	buf_printf(out, "    action: accept\n    expires: %.*s\n",
		   STR_ARG(day));
	return true;
}

/* What no rule can undo (policy/policy.h). */
static const char *
beyond_rules(const struct verdict *verdict)
{
	const enum from_state from = verdict->from.state;

	if (verdict->hindrance != HINDRANCE_NONE)
		return "it was put off for want of room, whatever it is; it "
		       "comes again by itself";
	if (!client_is_checked(verdict->client_class))
		return NULL;
	if (from != FROM_ONE && from != FROM_SEVERAL)
		return "no rule lets in mail whose From field cannot be "
		       "trusted; on-bad-from says what becomes of it";
	if (verdict->header_dropped > 0)
		return "no rule lets in mail whose header is too large; "
		       "on-oversize-header says what becomes of it";
	return NULL;
}

void
tell_rule(struct arena *arena, const struct verdict *verdict,
	  const struct tell_rule_options *options, struct tell_rule *rule_out)
{
	struct tell_rule rule = {str_empty(), str_empty(), str_empty(), false};
	const char *beyond = beyond_rules(verdict);
	struct proof proof = {.arena = arena,
			      .verdict = verdict,
			      .suffixes = options->suffixes,
			      .note = str_empty()};
	struct buf day, yaml;

	buf_init(&day, arena);
	buf_init(&yaml, arena);
	when_add_utc_day(&day, options->now + TELL_RULE_DAYS * DAY_S);
	prove(&proof);
	if (beyond != NULL) {
		rule.note = str_of(beyond);
	} else if (proof.conditions == 0) {
		rule.note = str_lit("nothing tells it from a forgery, and it "
				    "came over a relay of yours: a rule would "
				    "let in all that comes over it in their "
				    "name");
	} else if (!write_rule(&yaml, &proof, options, buf_str(&day))) {
		rule.note = str_lit("its From domain is none that a rule "
				    "could name");
	} else {
		rule.yaml = buf_str(&yaml);
		rule.expires = buf_str(&day);
		rule.note = proof.note;
		rule.proven = proof.proven;
	}
	*rule_out = rule;
}
