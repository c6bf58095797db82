#include "policy/rules.h"

#include <string.h>

#include "base/domain.h"
#include "base/limits.h"
#include "mail/recipient.h"
#include "policy/fields.h"

/* One message, as rules see it. */
struct facts {
	struct arena *arena;
	const struct verdict *verdict;
	const struct shape_outcome *shape;
	const struct rules *rules;
	struct recipient *recipient; /* NULL: not yet read */
	const struct fields *fields; /* NULL: not yet */
};

/* --- what a rule is --- */

bool
rule_condition_authenticates(const struct rule_condition *condition)
{
	if (condition->negated || condition->broad)
		return false;
	switch (condition->subject) {
	case RULE_CLIENT:
	case RULE_DKIM_DOMAIN:
	case RULE_SPF_DOMAIN:
	case RULE_TRUSTED_SEALER:
		return true;
	case RULE_SMTP_AUTH:
		return condition->yes;
	case RULE_DMARC:
		return condition->words == 1u << DMARC_PASS;
	default:
		return false;
	}
}

bool
rule_is_authenticated(const struct rule *rule)
{
	for (size_t i = 0; i < rule->conditions; i++) {
		if (rule_condition_authenticates(&rule->condition[i]))
			return true;
	}
	return false;
}

static bool
has(const struct rule *rule, enum rule_subject subject)
{
	for (size_t i = 0; i < rule->conditions; i++) {
		const struct rule_condition *condition = &rule->condition[i];
		if (condition->subject == subject && !condition->negated)
			return true;
	}
	return false;
}

/* Whoever sends may add a recipient, so one of many proves nothing. */
bool
rule_only_hardens(const struct rule *rule)
{
	return rule->action == RULE_REJECT || rule->action == RULE_DISCARD ||
	       has(rule, RULE_ANY_RECIPIENT) ||
	       (!rule->unauthenticated && !rule_is_authenticated(rule));
}

bool
rule_is_expired(const struct rule *rule, int64_t now)
{
	return rule->expires != 0 && now >= rule->expires;
}

bool
rule_expires_soon(const struct rule *rule, int64_t now)
{
	return rule->expires != 0 && now < rule->expires &&
	       now >= rule->expires - LIMIT_RULE_NOTICE_S;
}

/* --- conditions on names --- */

/* Does a condition of senders name any address of the domain? */
static bool
holds_address_at(const struct facts *facts, const struct domain_set *set,
		 struct str domain)
{
	struct str any = arena_printf(facts->arena, "@%.*s", STR_ARG(domain));

	return domain_set_has_exact(set, any);
}

/* local: without quotes, in any case; domain: canonical. */
static bool
has_address(const struct facts *facts, const struct domain_set *set,
	    struct str local, struct str domain)
{
	size_t n = local.n + 1 + domain.n;

	if (local.n == 0 || domain.n == 0)
		return false;
	char *text = arena_alloc(facts->arena, n);
	for (size_t i = 0; i < local.n; i++)
		text[i] = ascii_lower(local.p[i]);
	text[local.n] = '@';
	memcpy(text + local.n + 1, domain.p, domain.n);
	return domain_set_has_exact(set, str_n(text, n));
}

static bool
has_canonical(const struct facts *facts, const struct domain_set *set,
	      struct str name)
{
	return domain_canonical(facts->arena, name, &name) == DOMAIN_OK &&
	       domain_set_has(set, name);
}

/* How many are in the set, and how many may be in it. */
struct hits {
	size_t sure, possible;
};

/*
 * Of a From domain, by itself or by its addresses; those of one that the
 * mail server or a tolerant reader brings up are not known.
 */
static void
hit_author(const struct facts *facts, const struct rule_condition *condition,
	   struct str domain, struct hits *hits)
{
	const struct verdict_from *from = &facts->verdict->from;
	const struct domain_set *set = condition->domains;
	size_t known = 0, found = 0;

	if (domain_set_has(set, domain)) {
		hits->sure++;
		hits->possible++;
		return;
	}
	if (!condition->addresses)
		return;
	for (size_t i = 0; from->addresses_sure && i < from->addresses; i++) {
		const struct address_mailbox *address = &from->address[i];
		if (!str_eq(address->domain, domain))
			continue;
		known++;
		found += has_address(facts, set, address->local, domain);
	}
	hits->sure += known > 0 && found == known;
	hits->possible +=
	    known > 0 ? found > 0 : holds_address_at(facts, set, domain);
}

static bool
author_matches(const struct rule *rule, const struct rule_condition *condition,
	       const struct facts *facts)
{
	const struct verdict_from *from = &facts->verdict->from;
	bool complete = from->state == FROM_ONE || from->state == FROM_SEVERAL;
	bool hardens = rule_only_hardens(rule);
	struct hits hits = {0, 0};

	for (size_t i = 0; i < from->count; i++)
		hit_author(facts, condition, from->domain[i], &hits);
	/* A further author must neither open a mild rule nor evade a strict
	   one. */
	if (condition->negated)
		return (hardens ? hits.sure : hits.possible) > 0;
	if (hardens)
		return hits.possible > 0;
	return complete && hits.sure > 0 && hits.sure == from->count;
}

static bool
signer_matches(const struct domain_set *set, const struct dkim_results *dkim)
{
	for (size_t i = 0; i < dkim->count; i++) {
		const struct dkim_outcome *outcome = &dkim->outcome[i];
		if (outcome->result == DKIM_PASS &&
		    domain_set_has(set, outcome->domain))
			return true;
	}
	return false;
}

static bool
sealer_matches(const struct domain_set *set, const struct verdict *verdict)
{
	size_t n = verdict->arc_trusted;

	return n > 0 && n <= verdict->arc.count &&
	       domain_set_has(set, verdict->arc.hop[n - 1].domain);
}

/* --- recipients --- */

static void
read_recipients(struct facts *facts)
{
	const struct verdict *verdict = facts->verdict;

	if (facts->recipient != NULL)
		return;
	facts->recipient = arena_array(facts->arena, verdict->recipients,
				       sizeof *facts->recipient);
	for (size_t i = 0; i < verdict->recipients; i++)
		recipient_read(facts->arena, verdict->recipient[i],
			       &facts->recipient[i]);
}

static struct hits
recipients_in(struct facts *facts, const struct domain_set *set)
{
	/* Those beyond the bound may be anybody. */
	struct hits hits = {0, facts->verdict->recipients_dropped};

	read_recipients(facts);
	for (size_t i = 0; i < facts->verdict->recipients; i++) {
		const struct recipient *r = &facts->recipient[i];
		bool sure = r->certain &&
			    (domain_set_has(set, r->domain) ||
			     has_address(facts, set, r->local, r->domain));
		hits.sure += sure;
		hits.possible += sure || !r->certain ||
				 has_address(facts, set, r->base, r->domain);
	}
	return hits;
}

/*
 * All of them, or with "not-" none of them.  Whoever sends may write one so
 * that nobody can read it: that opens no mild rule and evades no strict one.
 */
static bool
all_recipients(const struct rule *rule, const struct rule_condition *condition,
	       struct facts *facts)
{
	const struct verdict *verdict = facts->verdict;
	size_t all = verdict->recipients + verdict->recipients_dropped;
	bool hardens = rule_only_hardens(rule);

	if (verdict->recipients == 0)
		return false;
	struct hits hits = recipients_in(facts, condition->domains);
	if (condition->negated)
		return (hardens ? hits.sure : hits.possible) == 0;
	return (hardens ? hits.possible : hits.sure) == all;
}

/* --- the header --- */

static const struct fields *
fields_in(struct facts *facts)
{
	if (facts->fields == NULL) {
		struct fields *fields =
		    arena_alloc(facts->arena, sizeof *fields);
		*fields = fields_of(facts->arena, facts->rules, facts->verdict);
		facts->fields = fields;
	}
	return facts->fields;
}

/* A strict rule takes what may be for what is, a mild one does not. */
static bool
header_matches(const struct rule *rule, const struct rule_condition *condition,
	       struct facts *facts)
{
	struct field_hits hits = fields_hits(fields_in(facts), condition);
	return rule_only_hardens(rule) != condition->negated ? hits.possible
							     : hits.sure;
}

/* --- conditions on results --- */

static unsigned
dkim_words(const struct dkim_results *dkim)
{
	unsigned words = dkim->count == 0 ? 1u << DKIM_NONE : 0;

	for (size_t i = 0; i < dkim->count; i++)
		words |= 1u << dkim->outcome[i].result;
	return words;
}

static unsigned
words_of(const struct facts *facts, enum rule_subject subject)
{
	const struct verdict *verdict = facts->verdict;
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	switch (subject) {
	case RULE_SPF:
		return 1u << verdict->spf.result;
	case RULE_DKIM:
		return dkim_words(&verdict->dkim);
	case RULE_ARC:
		return 1u << verdict->arc.result;
	case RULE_DMARC:
		return 1u << (dmarc != NULL ? dmarc->result : DMARC_NONE);
	case RULE_POLICY:
		return 1u << dmarc_policy_word(dmarc);
	default:
		return 1u << facts->shape->shape;
	}
}

/* --- matching --- */

static bool
flag_of(const struct verdict *verdict, enum rule_subject subject)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	if (subject == RULE_SMTP_AUTH)
		return verdict->client_class == CLIENT_AUTHENTICATED;
	return dmarc != NULL && dmarc->org_domain_is_public_suffix;
}

/* Without regard to "not-", but for recipients and authors. */
static bool
holds(const struct rule *rule, const struct rule_condition *condition,
      struct facts *facts)
{
	const struct verdict *verdict = facts->verdict;
	const struct domain_set *set = condition->domains;

	switch (condition->subject) {
	case RULE_CLIENT:
		return network_set_has(condition->networks, verdict->client);
	case RULE_CLIENT_NAME:
		return has_canonical(facts, set, verdict->client_name);
	case RULE_HELO:
		return has_canonical(facts, set, verdict->helo);
	case RULE_MAIL_FROM:
		return domain_set_has(set, verdict->mail_from_domain) ||
		       (condition->addresses &&
			has_address(facts, set, verdict->mail_from_local,
				    verdict->mail_from_domain));
	case RULE_FROM:
		return author_matches(rule, condition, facts);
	case RULE_DKIM_DOMAIN:
		return signer_matches(set, &verdict->dkim);
	case RULE_SPF_DOMAIN:
		return verdict->spf.result == SPF_PASS &&
		       domain_set_has(set, verdict->spf.domain);
	case RULE_RECIPIENT:
		return all_recipients(rule, condition, facts) !=
		       condition->negated;
	case RULE_ANY_RECIPIENT:
		/* It only hardens. */
		return recipients_in(facts, set).possible > 0;
	case RULE_LIST_ID:
		return domain_set_has(set, verdict->list.id);
	case RULE_HEADER:
		return header_matches(rule, condition, facts);
	case RULE_TRUSTED_SEALER:
		return sealer_matches(set, verdict);
	case RULE_SMTP_AUTH:
	case RULE_PUBLIC_SUFFIX:
		return flag_of(verdict, condition->subject) == condition->yes;
	default:
		return (words_of(facts, condition->subject) &
			condition->words) != 0;
	}
}

enum match { MATCH_NO, MATCH_YES, MATCH_UNJUDGED };

/* Does it look at what is hidden in a record? */
static bool
wants_addresses(const struct rule_condition *condition)
{
	switch (condition->subject) {
	case RULE_RECIPIENT:
	case RULE_ANY_RECIPIENT:
		return true;
	case RULE_MAIL_FROM:
	case RULE_FROM:
		return condition->addresses;
	default:
		return false;
	}
}

static bool
can_be_judged(const struct rule_condition *condition, struct facts *facts)
{
	if (facts->verdict->addresses_hidden && wants_addresses(condition))
		return false;
	return condition->subject != RULE_HEADER ||
	       fields_known(fields_in(facts), condition);
}

static enum match
rule_matches(const struct rule *rule, struct facts *facts)
{
	const struct verdict *verdict = facts->verdict;
	enum match match = MATCH_YES;

	if (rule_is_expired(rule, verdict->now))
		return MATCH_NO;
	if (!client_is_checked(verdict->client_class) &&
	    !has(rule, RULE_CLIENT) && !has(rule, RULE_SMTP_AUTH))
		return MATCH_NO;
	for (size_t i = 0; i < rule->conditions; i++) {
		const struct rule_condition *condition = &rule->condition[i];
		if (!can_be_judged(condition, facts))
			match = MATCH_UNJUDGED;
		else if (holds(rule, condition, facts) == condition->negated)
			return MATCH_NO;
	}
	return match;
}

struct rules_matched
rules_match(struct arena *arena, const struct rules *rules,
	    const struct verdict *verdict, const struct shape_outcome *shape)
{
	struct facts facts = {
	    .arena = arena, .verdict = verdict, .shape = shape, .rules = rules};
	struct rules_matched matched = {.rule = NULL};
	size_t n = rules != NULL ? rules->count : 0;
	const struct rule **found = arena_array(arena, n + 1, sizeof *found);

	matched.rule = found;
	for (size_t i = 0; i < n; i++) {
		const struct rule *rule = &rules->rule[i];
		if (rule->monitor && matched.monitored != NULL)
			continue;
		enum match match = rule_matches(rule, &facts);
		if (match == MATCH_UNJUDGED && matched.unjudged == NULL)
			matched.unjudged = rule;
		if (match != MATCH_YES)
			continue;
		if (rule->monitor) {
			matched.monitored = rule;
			matched.before_monitored = matched.count;
			continue;
		}
		found[matched.count++] = rule;
		/* Nobody may hide from a stricter rule behind one that anybody
		   can match. */
		if (!rule_only_hardens(rule))
			break;
	}
	return matched;
}

struct rules_matched
rules_with_monitored(struct arena *arena, const struct rules_matched *matched)
{
	const struct rule *monitored = matched->monitored;
	const struct rule **found =
	    arena_array(arena, matched->count + 1, sizeof *found);
	struct rules_matched with = {.rule = found};

	if (monitored == NULL)
		return with;
	for (size_t i = 0; i < matched->before_monitored; i++)
		found[with.count++] = matched->rule[i];
	found[with.count++] = monitored;
	if (!rule_only_hardens(monitored))
		return with;
	for (size_t i = matched->before_monitored; i < matched->count; i++)
		found[with.count++] = matched->rule[i];
	return with;
}
