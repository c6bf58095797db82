#include "verdict/verdict.h"

#include "base/buf.h"
#include "base/domain.h"
#include "base/words.h"

const char *const action_words[] = {
    [ACTION_ACCEPT] = "accept",   [ACTION_QUARANTINE] = "quarantine",
    [ACTION_REJECT] = "reject",   [ACTION_TEMPFAIL] = "tempfail",
    [ACTION_DISCARD] = "discard", NULL};

const char *
action_text(enum action action)
{
	return words_text(action_words, action);
}

bool
action_refuses(enum action action)
{
	return action == ACTION_REJECT || action == ACTION_TEMPFAIL;
}

static const char *const iprev_words[] = {
    [IPREV_NONE] = "none",           [IPREV_PASS] = "pass",
    [IPREV_FAIL] = "fail",           [IPREV_TEMPERROR] = "temperror",
    [IPREV_PERMERROR] = "permerror", NULL};

const char *
iprev_result_text(enum iprev_result result)
{
	return words_text(iprev_words, result);
}

static const char *const decision_cause_words[] = {[CAUSE_NONE] = "none",
						   [CAUSE_DMARC] = "dmarc",
						   [CAUSE_FROM] = "from",
						   [CAUSE_HEADER] = "header",
						   [CAUSE_TEMPERROR] =
						       "temperror",
						   [CAUSE_LIMIT] = "limit",
						   [CAUSE_ARC] = "arc",
						   [CAUSE_RULE] = "rule",
						   [CAUSE_MILTER] = "milter",
						   NULL};

const char *
decision_quarantine_text(const struct decision *decision)
{
	if (decision->quarantine_refused)
		return "reject";
	if (decision->action != ACTION_QUARANTINE ||
	    (decision->wants != NULL && decision->wants[0] != '\0'))
		return "";
	return decision->how == QUARANTINE_HOLD ? "hold" : "tag";
}

const char *
decision_cause_text(enum decision_cause cause)
{
	return words_text(decision_cause_words, cause);
}

bool
client_is_checked(enum client_class client_class)
{
	return client_class == CLIENT_FOREIGN || client_class == CLIENT_RELAY;
}

bool
verdict_seen_is_checked(const struct verdict_seen *seen)
{
	return seen->client.family != IP_NONE && seen->reason[0] == '\0';
}

const char *const client_class_words[] = {[CLIENT_FOREIGN] = "foreign",
					  [CLIENT_RELAY] = "relay",
					  [CLIENT_INTERNAL] = "internal",
					  [CLIENT_AUTHENTICATED] =
					      "authenticated",
					  NULL};

const char *
client_class_text(enum client_class client_class)
{
	return words_text(client_class_words, client_class);
}

const char *const shape_words[] = {[SHAPE_NONE] = "none",
				   [SHAPE_SPOOF] = "spoof",
				   [SHAPE_FORWARDED] = "forwarded",
				   [SHAPE_LIST] = "list",
				   [SHAPE_MISCONFIGURED] = "misconfigured",
				   [SHAPE_UNKNOWN] = "unknown",
				   NULL};

const char *
shape_text(enum shape shape)
{
	return words_text(shape_words, shape);
}

const char *const address_rewriting_words[] = {
    "auto", [1 + ADDRESSES_STAY] = "none",
    [1 + ADDRESSES_COMPLETED] = "complete",
    [1 + ADDRESSES_CANONIFIED] = "canonify", NULL};

const char *
address_rewriting_text(enum address_rewriting rewriting)
{
	return words_text(&address_rewriting_words[1], rewriting);
}

static const char *const from_state_words[] = {[FROM_ONE] = "one",
					       [FROM_SEVERAL] = "several",
					       [FROM_TOO_MANY] = "too-many",
					       [FROM_UNREADABLE] = "unreadable",
					       [FROM_FIELDS] = "several-fields",
					       [FROM_NO_DOMAIN] = "no-domain",
					       [FROM_MISSING] = "missing",
					       NULL};

const char *
from_state_text(enum from_state state)
{
	return words_text(from_state_words, state);
}

static const char *
from_sentence(const struct verdict_from *from)
{
	switch (from->state) {
	case FROM_ONE:
		return from->strict ? "" : "malformed From";
	case FROM_SEVERAL:
		return "several From domains";
	case FROM_TOO_MANY:
		return "too many From domains";
	case FROM_UNREADABLE:
		return "unreadable From";
	case FROM_FIELDS:
		return "several From fields";
	case FROM_NO_DOMAIN:
		return "no domain in From";
	case FROM_MISSING:
		return "no From field";
	}
	return "";
}

struct str
verdict_from_text(struct arena *arena, const struct verdict *verdict)
{
	const char *sentence = from_sentence(&verdict->from);
	struct str reason = str_of(verdict->from.reason);

	if (reason.n == 0 || str_is(reason, sentence))
		return str_of(sentence);
	if (sentence[0] == '\0')
		return reason;
	return arena_printf(arena, "%s: %s", sentence, reason.p);
}

struct str
verdict_client_domain(struct arena *arena, const struct verdict *verdict)
{
	struct str name = str_empty();

	if (str_is_ascii(verdict->client_name))
		(void)domain_canonical(arena, verdict->client_name, &name);
	return name;
}

struct str
verdict_client_spf_text(struct arena *arena, const struct verdict *verdict)
{
	struct buf list;

	buf_init(&list, arena);
	for (size_t i = 0; i < verdict->client_spfs; i++) {
		const struct client_spf *spf = &verdict->client_spf[i];
		buf_printf(&list, "%s%s:%.*s", i > 0 ? "," : "",
			   client_spf_text(spf), STR_ARG(spf->domain));
	}
	return buf_str(&list);
}

bool
verdict_path_names(const struct verdict *verdict, struct str domain)
{
	struct str local = verdict->mail_from_local, part;
	bool first = true;

	while (str_split(&local, '=', &part)) {
		if (!first && str_eq_nocase(part, domain))
			return true;
		first = false;
	}
	return false;
}

const struct dmarc_outcome *
verdict_dmarc(const struct verdict *verdict)
{
	const struct dmarc_results *dmarc = &verdict->dmarc;

	return dmarc->decisive < dmarc->count ? &dmarc->outcome[dmarc->decisive]
					      : NULL;
}

/* The place of the bit. */
#define AT(limit) __builtin_ctz(VERDICT_LIMIT_##limit)

const char *const verdict_limit_words[] = {
    [AT(DNS_QUESTIONS)] = "dns-questions",
    [AT(MESSAGE_TIME)] = "message-time",
    [AT(SPF_TIME)] = "spf-time",
    [AT(CRYPTO)] = "crypto-time",
    [AT(SIGNATURES)] = "signatures",
    [AT(HEADER_FIELDS)] = "header-fields",
    [AT(HEADER_BYTES)] = "header-bytes",
    [AT(MEMORY)] = "max-memory",
    [AT(AUTHORS)] = "author-domains",
    [AT(PREFETCHES)] = "dns-prefetches",
    [AT(ZONE_TIME)] = "zone-time",
    [AT(ZONE_WAITERS)] = "zone-waiters",
    [AT(EVALUATIONS)] = "max-evaluations",
    [AT(ARC_TIME)] = "arc-time",
    [AT(ARC_KEYS)] = "arc-keys",
    [AT(SLOW_WAITERS)] = "slow-waiters",
    [AT(DNS_RECORDS)] = "dns-records",
    NULL};

struct str
verdict_dmarc_text(struct arena *arena, const struct dmarc_outcome *dmarc,
		   enum shape shape)
{
	struct buf text;

	buf_init(&text, arena);
	buf_adds(&text, "dmarc=");
	buf_adds(&text, dmarc_result_text(dmarc->result));
	if (shape != SHAPE_NONE) {
		buf_adds(&text, " shape=");
		buf_adds(&text, shape_text(shape));
	}
	buf_adds(&text, " policy=");
	buf_adds(&text, dmarc_policy_words[dmarc_policy_word(dmarc)]);
	buf_adds(&text, " from=");
	buf_add(&text, dmarc->from);
	if (dmarc->reason.n > 0) {
		buf_adds(&text, ": ");
		buf_add(&text, dmarc->reason);
	}
	return buf_str(&text);
}

struct str
verdict_removed_text(struct arena *arena, const struct verdict *verdict)
{
	struct buf text;

	buf_init(&text, arena);
	for (size_t i = 0; i < verdict->removed_names; i++) {
		const struct verdict_removed *removed = &verdict->removed[i];
		buf_printf(&text, "%s%.*s:%zu", i > 0 ? "," : "",
			   STR_ARG(removed->name), removed->count);
	}
	return buf_str(&text);
}

struct str
verdict_limits_text(struct arena *arena, unsigned limits)
{
	struct buf text;

	buf_init(&text, arena);
	for (size_t i = 0; verdict_limit_words[i] != NULL; i++) {
		if ((limits >> i & 1) == 0)
			continue;
		if (text.n > 0)
			buf_addc(&text, ',');
		buf_adds(&text, verdict_limit_words[i]);
	}
	return buf_str(&text);
}
