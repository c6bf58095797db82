/* Values that are fine alone and contradict each other. */
#include <string.h>

#include "config/schema.h"
#include "config/snapshot.h"

static struct config_place
place_of(const struct snapshot *s, const char *keyword)
{
	for (size_t i = 0; i < config_schema_count; i++) {
		if (str_is(str_of(keyword), config_schema[i].name))
			return s->place[i];
	}
	return (struct config_place){0, 0};
}

static bool
is_set(const struct snapshot *s, const char *keyword)
{
	return place_of(s, keyword).line > 0;
}

/* The error is laid at the keyword's door, where the file has it. */
static bool
refuse(const struct snapshot *s, const char *keyword,
       struct config_error *error, const char *why)
{
	config_error_set(error, s->path, place_of(s, keyword), "%s: %s",
			 keyword, why);
	return false;
}

static bool
check_policy(const struct snapshot *s, struct config_error *error)
{
	const struct policy_options *policy = &s->config.policy;

	const char *wants = policy_enforce_wants(policy);

	if (policy->mode == POLICY_ENFORCE &&
	    strcmp(wants, "on-quarantine") == 0)
		return refuse(s, "mode", error,
			      "enforce needs on-quarantine: choose hold (the "
			      "mail server's queue), reject, or tag together "
			      "with \"tag-filed: yes\"");
	if (policy->mode == POLICY_ENFORCE && strcmp(wants, "tag-filed") == 0)
		return refuse(s, "on-quarantine", error,
			      "tag alone leaves the mail in the inbox: make "
			      "delivery file mail that bears the tag-header, "
			      "then confirm it with \"tag-filed: yes\"");
	return true;
}

/* A socket that others than this host can reach. */
static bool
is_remote(struct str listen)
{
	size_t at = str_chr(listen, '@');
	struct ip ip;

	return str_starts(listen, str_lit("inet")) && at < listen.n &&
	       ip_parse(str_from(listen, at + 1), &ip) && !ip_is_loopback(ip);
}

static bool
check_listen(const struct snapshot *s, struct config_error *error)
{
	if (!is_remote(s->config.listen) ||
	    s->config.allow_remote_mta.count > 0)
		return true;
	return refuse(s, "listen", error,
		      "other hosts can reach this address: name those that "
		      "may connect in allow-remote-mta, or listen on a unix "
		      "socket or on 127.0.0.1");
}

static bool
check_dns(const struct snapshot *s, struct config_error *error)
{
	const struct dns_options *dns = &s->config.dns;

	for (size_t i = 0; dns->trust_ad && i < dns->servers; i++) {
		if (!ip_is_loopback(dns->server[i].ip))
			return refuse(s, "trust-ad", error,
				      "every resolver must then be on this "
				      "host (127.0.0.1 or ::1), since the AD "
				      "bit can be forged on the way");
	}
	return true;
}

static bool
check_networks(const struct snapshot *s, struct config_error *error)
{
	const struct config_networks *in = &s->config.internal_networks;
	const struct config_networks *relay = &s->config.trusted_relays;

	for (size_t i = 0; i < in->count; i++) {
		for (size_t j = 0; j < relay->count; j++) {
			if (in->network[i].prefix == relay->network[j].prefix &&
			    ip_eq(in->network[i].base, relay->network[j].base))
				return refuse(s, "trusted-relays", error,
					      "the same network stands in "
					      "internal-networks: remove it "
					      "from one of them");
		}
	}
	return true;
}

/* What a relay hands on is never refused, so there it would be tagged. */
static bool
check_relays(const struct snapshot *s, struct config_error *error)
{
	const struct policy_options *policy = &s->config.policy;

	if (policy->mode == POLICY_ENFORCE &&
	    policy->on_quarantine == ON_QUARANTINE_REJECT &&
	    !policy->tag_filed && s->config.trusted_relays.count > 0)
		return refuse(s, "trusted-relays", error,
			      "their mail is never refused, so with "
			      "on-quarantine: reject it is tagged: make "
			      "delivery file mail that bears the tag-header, "
			      "then confirm it with \"tag-filed: yes\", or "
			      "choose on-quarantine: hold");
	return true;
}

/* A part over its whole; a default of ours is cut instead (config.c). */
static bool
check_counts(const struct snapshot *s, struct config_error *error)
{
	const struct dns_limits *dns = &s->config.verify.limits.dns;

	if (is_set(s, "max-evaluations") &&
	    s->config.max_evaluations > s->config.max_sessions)
		return refuse(s, "max-evaluations", error,
			      "is over max-sessions: lower it or raise that");
	if (is_set(s, "limits.dns-prefetches") &&
	    dns->prefetches > dns->questions)
		return refuse(s, "limits.dns-prefetches", error,
			      "is over dns-questions: lower it or raise that");
	return true;
}

static bool
names_url(struct str line)
{
	while (line.n > 0 && !str_starts(line, str_lit("%{url}")))
		line = str_from(line, 1);
	return line.n > 0;
}

static bool
check_reply(const struct snapshot *s, const char *keyword,
	    const struct reply_template *reply, struct config_error *error)
{
	bool url = s->config.policy.reply.url.n > 0;

	for (size_t i = 0; i < reply->lines && !url; i++) {
		if (names_url(reply->line[i]))
			return refuse(s, keyword, error,
				      "names %{url}: set reply-url, or write "
				      "the address itself");
	}
	return true;
}

bool
config_check(const struct snapshot *s, struct config_error *error)
{
	return check_policy(s, error) && check_listen(s, error) &&
	       check_dns(s, error) && check_networks(s, error) &&
	       check_relays(s, error) && check_counts(s, error) &&
	       check_reply(s, "reply-text", &s->config.policy.reply, error) &&
	       check_reply(s, "defer-text", &s->config.policy.defer, error);
}
