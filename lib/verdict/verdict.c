#include "verdict/verdict.h"

#include "base/buf.h"

const char *
action_text(enum action action)
{
	switch (action) {
	case ACTION_ACCEPT:
		return "accept";
	case ACTION_QUARANTINE:
		return "quarantine";
	case ACTION_REJECT:
		return "reject";
	case ACTION_TEMPFAIL:
		return "tempfail";
	}
	return "unknown";
}

const char *
decision_cause_text(enum decision_cause cause)
{
	switch (cause) {
	case CAUSE_NONE:
		return "none";
	case CAUSE_DMARC:
		return "dmarc";
	case CAUSE_FROM:
		return "from";
	case CAUSE_HEADER:
		return "header";
	case CAUSE_TEMPERROR:
		return "temperror";
	case CAUSE_LIMIT:
		return "limit";
	case CAUSE_ARC:
		return "arc";
	case CAUSE_RULE:
		return "rule";
	case CAUSE_MILTER:
		return "milter";
	}
	return "unknown";
}

bool
client_is_checked(enum client_class client_class)
{
	return client_class == CLIENT_FOREIGN || client_class == CLIENT_RELAY;
}

const char *
client_class_text(enum client_class client_class)
{
	switch (client_class) {
	case CLIENT_FOREIGN:
		return "foreign";
	case CLIENT_RELAY:
		return "relay";
	case CLIENT_INTERNAL:
		return "internal";
	case CLIENT_AUTHENTICATED:
		return "authenticated";
	}
	return "unknown";
}

const char *
shape_text(enum shape shape)
{
	static const char *const text[] = {[SHAPE_NONE] = "none",
					   [SHAPE_SPOOF] = "spoof",
					   [SHAPE_FORWARDED] = "forwarded",
					   [SHAPE_LIST] = "list",
					   [SHAPE_MISCONFIGURED] =
					       "misconfigured",
					   [SHAPE_UNKNOWN] = "unknown"};

	return text[shape];
}

const char *
address_rewriting_text(enum address_rewriting rewriting)
{
	switch (rewriting) {
	case ADDRESSES_STAY:
		return "none";
	case ADDRESSES_COMPLETED:
		return "complete";
	case ADDRESSES_CANONIFIED:
		return "canonify";
	}
	return "unknown";
}

const char *
from_state_text(enum from_state state)
{
	switch (state) {
	case FROM_ONE:
		return "one";
	case FROM_SEVERAL:
		return "several";
	case FROM_TOO_MANY:
		return "too-many";
	case FROM_UNREADABLE:
		return "unreadable";
	case FROM_FIELDS:
		return "several-fields";
	case FROM_NO_DOMAIN:
		return "no-domain";
	case FROM_MISSING:
		return "missing";
	}
	return "unknown";
}

static const char *
from_sentence(const struct verdict_from *from)
{
	switch (from->state) {
	case FROM_ONE:
		return from->strict ? "" : "malformed From";
	case FROM_SEVERAL:
		return "several Author Domains";
	case FROM_TOO_MANY:
		return "too many Author Domains";
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

const struct dmarc_outcome *
verdict_dmarc(const struct verdict *verdict)
{
	const struct dmarc_results *dmarc = &verdict->dmarc;

	return dmarc->decisive < dmarc->count ? &dmarc->outcome[dmarc->decisive]
					      : NULL;
}

const char *
verdict_limit_text(unsigned limit)
{
	switch (limit) {
	case VERDICT_LIMIT_DNS_QUESTIONS:
		return "dns-questions";
	case VERDICT_LIMIT_MESSAGE_TIME:
		return "message-time";
	case VERDICT_LIMIT_SPF_TIME:
		return "spf-time";
	case VERDICT_LIMIT_CRYPTO:
		return "crypto-time";
	case VERDICT_LIMIT_SIGNATURES:
		return "signatures";
	case VERDICT_LIMIT_HEADER_FIELDS:
		return "header-fields";
	case VERDICT_LIMIT_HEADER_BYTES:
		return "header-bytes";
	case VERDICT_LIMIT_MEMORY:
		return "max-memory";
	case VERDICT_LIMIT_AUTHORS:
		return "author-domains";
	case VERDICT_LIMIT_PREFETCHES:
		return "dns-prefetches";
	case VERDICT_LIMIT_ZONE_TIME:
		return "zone-time";
	case VERDICT_LIMIT_ZONE_WAITERS:
		return "zone-waiters";
	case VERDICT_LIMIT_EVALUATIONS:
		return "max-evaluations";
	case VERDICT_LIMIT_ARC_TIME:
		return "arc-time";
	case VERDICT_LIMIT_ARC_KEYS:
		return "arc-keys";
	case VERDICT_LIMIT_SLOW_WAITERS:
		return "slow-waiters";
	case VERDICT_LIMIT_DNS_RECORDS:
		return "dns-records";
	default:
		return NULL;
	}
}

struct str
verdict_limits_text(struct arena *arena, unsigned limits)
{
	struct buf text;

	buf_init(&text, arena);
	for (unsigned limit = 1; verdict_limit_text(limit); limit <<= 1) {
		if ((limits & limit) == 0)
			continue;
		if (text.n > 0)
			buf_addc(&text, ',');
		buf_adds(&text, verdict_limit_text(limit));
	}
	return buf_str(&text);
}
