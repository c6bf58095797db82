/* Values that are fine alone and contradict each other. */
#include <string.h>

#include "config/endpoint.h"
#include "config/schema.h"
#include "config/snapshot.h"

static size_t
index_of(const char *keyword)
{
	size_t i = 0;

	/* They are names of the schema. */
	while (i + 1 < config_schema_count &&
	       !str_is(str_of(keyword), config_schema[i].name))
		i++;
	return i;
}

static bool
is_set(const struct snapshot *s, const char *keyword)
{
	return s->place[index_of(keyword)].line > 0;
}

static const char *
nothing_chosen(const struct snapshot *s)
{
	const struct policy_options *policy = &s->config.policy;

	if (policy->mode != POLICY_ENFORCE ||
	    strcmp(policy_enforce_wants(policy), "on-quarantine") != 0)
		return NULL;
	return "enforce needs on-quarantine: choose hold (the mail server's "
	       "queue), reject, or tag together with \"tag-filed: yes\"";
}

static const char *
tag_alone(const struct snapshot *s)
{
	const struct policy_options *policy = &s->config.policy;

	if (policy->mode != POLICY_ENFORCE ||
	    strcmp(policy_enforce_wants(policy), "tag-filed") != 0)
		return NULL;
	return "tag alone leaves the mail in the inbox: make delivery file "
	       "mail that bears the tag-header, then confirm it with "
	       "\"tag-filed: yes\"";
}

/* A socket that others than this host can reach. */
static bool
is_remote(struct str listen)
{
	struct endpoint endpoint;

	return endpoint_parse(listen, &endpoint) &&
	       endpoint.ip.family != IP_NONE && !ip_is_loopback(endpoint.ip);
}

static const char *
open_to_all(const struct snapshot *s)
{
	if (!is_remote(s->config.listen) ||
	    s->config.allow_remote_mta.count > 0)
		return NULL;
	return "other hosts can reach this address: name those that may "
	       "connect in allow-remote-mta, or listen on a unix socket or on "
	       "127.0.0.1";
}

static const char *
ad_of_others(const struct snapshot *s)
{
	const struct dns_options *dns = &s->config.dns;

	for (size_t i = 0; dns->trust_ad && i < dns->servers; i++) {
		if (!ip_is_loopback(dns->server[i].ip))
			return "every resolver must then be on this host "
			       "(127.0.0.1 or ::1), since the AD bit can be "
			       "forged on the way";
	}
	return NULL;
}

static const char *
in_both_lists(const struct snapshot *s)
{
	const struct config_networks *in = &s->config.internal_networks;
	const struct client_list *relays = &s->config.trusted_relays;

	for (size_t i = 0; i < in->count; i++) {
		for (size_t j = 0; j < relays->count; j++) {
			const struct client_element *relay =
			    &relays->element[j];
			if (relay->by == CLIENT_BY_NETWORK &&
			    in->network[i].prefix == relay->network.prefix &&
			    ip_eq(in->network[i].base, relay->network.base))
				return "the same network stands in "
				       "internal-networks: remove it from one "
				       "of them";
		}
	}
	return NULL;
}

/* What a relay hands on is never refused, so there it would be tagged. */
static const char *
tagged_from_relays(const struct snapshot *s)
{
	const struct policy_options *policy = &s->config.policy;

	if (policy->mode != POLICY_ENFORCE ||
	    policy->on_quarantine != ON_QUARANTINE_REJECT ||
	    policy->tag_filed || s->config.trusted_relays.count == 0)
		return NULL;
	return "their mail is never refused, so with on-quarantine: reject it "
	       "is tagged: make delivery file mail that bears the tag-header, "
	       "then confirm it with \"tag-filed: yes\", or choose "
	       "on-quarantine: hold";
}

/* A part over its whole; a default of ours is cut instead (config.c). */
static const char *
more_evaluations(const struct snapshot *s)
{
	return is_set(s, "max-evaluations") &&
		       s->config.max_evaluations > s->config.max_sessions
		   ? "is over max-sessions: lower it or raise that"
		   : NULL;
}

static const char *
more_prefetches(const struct snapshot *s)
{
	const struct dns_limits *dns = &s->config.verify.limits.dns;

	return is_set(s, "limits.dns-prefetches") &&
		       dns->prefetches > dns->questions
		   ? "is over dns-questions: lower it or raise that"
		   : NULL;
}

static bool
names_url(struct str line)
{
	while (line.n > 0 && !str_starts(line, str_lit("%{url}")))
		line = str_from(line, 1);
	return line.n > 0;
}

static const char *
url_of(const struct snapshot *s, const struct reply_template *reply)
{
	bool url = s->config.policy.reply.url.n > 0;

	for (size_t i = 0; i < reply->lines && !url; i++) {
		if (names_url(reply->line[i]))
			return "names %{url}: set reply-url, or write the "
			       "address itself";
	}
	return NULL;
}

static const char *
url_in_reply(const struct snapshot *s)
{
	return url_of(s, &s->config.policy.reply);
}

static const char *
url_in_deferral(const struct snapshot *s)
{
	return url_of(s, &s->config.policy.defer);
}

static const struct contradiction {
	const char *(*why)(const struct snapshot *s); /* NULL: there is none */
	/* What it looks at; the error is laid at the first one's door, where
	   the file has it. */
	const char *keyword[5];
} contradictions[] = {
    {nothing_chosen, {"mode", "on-quarantine", "tag-filed"}},
    {tag_alone, {"on-quarantine", "mode", "tag-filed"}},
    {open_to_all, {"listen", "allow-remote-mta"}},
    {ad_of_others, {"trust-ad", "resolver"}},
    {in_both_lists, {"trusted-relays", "internal-networks"}},
    {tagged_from_relays,
     {"trusted-relays", "mode", "on-quarantine", "tag-filed"}},
    {more_evaluations, {"max-evaluations", "max-sessions"}},
    {more_prefetches, {"limits.dns-prefetches", "limits.dns-questions"}},
    {url_in_reply, {"reply-text", "reply-url"}},
    {url_in_deferral, {"defer-text", "reply-url"}},
};

/* --- and what makes another keyword void --- */

#define REFUSED                                                             \
	"with on-quarantine: reject mail that they vouch for is refused "   \
	"all the same, as what they spare from on-reject is a quarantine: " \
	"choose hold or tag, or let such mail in by a rule"

static bool
refuses_what_is_spared(const struct policy_options *policy)
{
	return policy->on_reject == ON_REJECT_UNLESS_INDIRECT &&
	       policy->on_quarantine == ON_QUARANTINE_REJECT;
}

static const char *
void_forwarders(const struct snapshot *s)
{
	return refuses_what_is_spared(&s->config.policy) &&
		       s->config.forwarders.count > 0
		   ? REFUSED
		   : NULL;
}

static const char *
void_forwarder_domains(const struct snapshot *s)
{
	return refuses_what_is_spared(&s->config.policy) &&
		       s->config.policy.forwarders.domains.count > 0
		   ? REFUSED
		   : NULL;
}

static const char *
void_relay_received(const struct snapshot *s)
{
	return s->config.verify.relays.names.count > 0 &&
		       s->config.trusted_relays.count == 0
		   ? "nobody's Received fields are read while "
		     "trusted-relays names no relay: name there who writes "
		     "this name"
		   : NULL;
}

static const struct {
	const char *keyword;
	const char *(*why)(const struct snapshot *s); /* NULL: it is not */
} voids[] = {
    {"forwarders", void_forwarders},
    {"forwarder-domains", void_forwarder_domains},
    {"relay-received", void_relay_received},
};

void
config_warn_of_voids(const struct snapshot *s, struct buf *out)
{
	for (size_t i = 0; i < sizeof voids / sizeof voids[0]; i++) {
		const char *why = voids[i].why(s);
		if (why != NULL)
			buf_printf(out, "%s: %s\n", voids[i].keyword, why);
	}
}

/* --- all of them --- */

bool
config_is_sound(const struct snapshot *s, const char *keyword)
{
	return !s->faulty[index_of(keyword)];
}

static bool
are_sound(const struct snapshot *s, const char *const *keyword)
{
	for (; *keyword != NULL; keyword++) {
		if (!config_is_sound(s, *keyword))
			return false;
	}
	return true;
}

void
config_check(struct snapshot *s)
{
	const size_t n = sizeof contradictions / sizeof contradictions[0];

	for (size_t i = 0; i < n; i++) {
		const struct contradiction *one = &contradictions[i];
		const char *keyword = one->keyword[0];
		const char *why =
		    are_sound(s, one->keyword) ? one->why(s) : NULL;
		if (why != NULL)
			errors_add(&s->errors, s->place[index_of(keyword)],
				   "%s: %s", keyword, why);
	}
}
