/* Types whose value is a list. */
#include "base/limits.h"
#include "config/broad.h"
#include "config/setting.h"

bool
setting_domains(struct setting *s)
{
	struct str *name =
	    arena_array(s->snapshot->arena, s->count, sizeof *name);

	for (; s->at < s->count; s->at++) {
		if (!setting_canonical(s, &name[s->at]))
			return false;
	}
	*(struct domain_list *)setting_slot(s) =
	    (struct domain_list){name, s->count};
	return true;
}

void
setting_print_domains(const struct config *config, const struct config_key *key,
		      bool json, struct buf *out)
{
	const struct domain_list *domains = setting_slot_of(config, key);

	(void)json;
	buf_addc(out, '[');
	for (size_t i = 0; i < domains->count; i++) {
		buf_adds(out, i > 0 ? ", " : "");
		setting_add_quoted(out, domains->name[i]);
	}
	buf_addc(out, ']');
}

bool
setting_networks(struct setting *s)
{
	struct ip_network *network =
	    arena_array(s->snapshot->arena, s->count, sizeof *network);

	for (; s->at < s->count; s->at++) {
		if (!ip_network_parse(s->item[s->at], &network[s->at]))
			return setting_wrong(
			    s, "is neither an address nor a network: "
			       "write 192.0.2.1, 192.0.2.0/24 or "
			       "2001:db8::/32, with zeros after "
			       "the prefix");
	}
	*(struct config_networks *)setting_slot(s) =
	    (struct config_networks){network, s->count};
	return true;
}

void
setting_print_networks(const struct config *config,
		       const struct config_key *key, bool json, struct buf *out)
{
	const struct config_networks *networks = setting_slot_of(config, key);
	char text[IP_TEXT_MAX];

	(void)json;
	buf_addc(out, '[');
	for (size_t i = 0; i < networks->count; i++) {
		const struct ip_network *network = &networks->network[i];
		bool host = network->prefix ==
			    (network->base.family == IP_V4 ? 32 : 128);
		buf_printf(out, "%s\"%s", i > 0 ? ", " : "",
			   ip_format(network->base, text));
		if (!host)
			buf_printf(out, "/%u", network->prefix);
		buf_addc(out, '"');
	}
	buf_addc(out, ']');
}

bool
setting_servers(struct setting *s)
{
	struct dns_options *dns = &s->snapshot->config.dns;

	for (; s->at < s->count; s->at++) {
		if (s->at == DNS_SERVERS_MAX)
			return setting_wrong(
			    s, "is one server too many: 8 are allowed");
		if (!dns_server_parse(s->item[s->at], &dns->server[s->at]))
			return setting_wrong(
			    s, "is not a server: write its address, "
			       "with :PORT where it is not 53, as in "
			       "127.0.0.1:5353 or [::1]:5353; a link-local "
			       "one with its interface, fe80::1%eth0");
	}
	dns->servers = s->count;
	return true;
}

void
setting_print_servers(const struct config *config, const struct config_key *key,
		      bool json, struct buf *out)
{
	char text[DNS_SERVER_TEXT];

	(void)key;
	(void)json;
	buf_addc(out, '[');
	for (size_t i = 0; i < config->dns.servers; i++) {
		buf_adds(out, i > 0 ? ", " : "");
		setting_add_quoted(out, str_of(dns_server_format(
					    &config->dns.server[i], text)));
	}
	buf_addc(out, ']');
}

/* Items are lines, or several lines each. */
bool
setting_reply(struct setting *s)
{
	struct reply_template *reply = (struct reply_template *)setting_slot(s);
	struct arena *arena = s->snapshot->arena;
	struct str *line = arena_array(arena, LIMIT_REPLY_LINES, sizeof *line);

	reply->line = line;
	reply->lines = 0;
	for (; s->at < s->count; s->at++) {
		struct str rest = s->item[s->at], piece;
		if (rest.n > 0 && rest.p[rest.n - 1] == '\n')
			rest.n--;
		while (str_split(&rest, '\n', &piece)) {
			const char *fault = reply_line_fault(piece);
			if (reply->lines == LIMIT_REPLY_LINES)
				fault = "is one line too many: 8 are allowed";
			if (fault != NULL)
				return setting_wrong(s, fault);
			line[reply->lines++] = arena_copy(arena, piece);
		}
	}
	return true;
}

void
setting_print_reply(const struct config *config, const struct config_key *key,
		    bool json, struct buf *out)
{
	const struct reply_template *reply = setting_slot_of(config, key);

	(void)json;
	buf_addc(out, '[');
	for (size_t i = 0; i < reply->lines; i++) {
		buf_adds(out, i > 0 ? ", " : "");
		setting_add_quoted(out, reply->line[i]);
	}
	buf_addc(out, ']');
}

static bool
is_narrow(const struct ip_network *network, size_t n, const char *effect,
	  struct buf *why)
{
	if (!networks_are_broad(network, n))
		return true;
	buf_printf(why,
		   "holds a quarter of all IPv4 addresses or a /4 of IPv6, %s",
		   effect);
	return false;
}

bool
setting_are_narrow(const struct ip_network *network, size_t n, struct buf *why)
{
	return is_narrow(network, n,
			 "so anybody can be among them: narrow it to the hosts "
			 "that are meant",
			 why);
}

bool
setting_networks_narrow(const struct snapshot *snapshot,
			const struct config_key *key, struct buf *why)
{
	const struct config_networks *list =
	    setting_slot_of(&snapshot->config, key);

	return setting_are_narrow(list->network, list->count, why);
}

bool
setting_peers_narrow(const struct snapshot *snapshot,
		     const struct config_key *key, struct buf *why)
{
	const struct config_networks *list =
	    setting_slot_of(&snapshot->config, key);

	return is_narrow(list->network, list->count,
			 "and whoever connects is believed about clients and "
			 "log-ins; name your mail servers",
			 why);
}

/* The list may be long, or of a file: the domain is named. */
bool
setting_domains_narrow(const struct snapshot *snapshot,
		       const struct config_key *key, struct buf *why)
{
	const struct domain_list *list =
	    setting_slot_of(&snapshot->config, key);

	for (size_t i = 0; i < list->count; i++) {
		if (!broad_domain(snapshot->suffixes, list->name[i], false))
			continue;
		buf_printf(why,
			   "\"%.*s\" is a top-level domain or a public "
			   "suffix, below which anybody can have a name: write "
			   "the domain that is meant",
			   STR_ARG(list->name[i]));
		return false;
	}
	return true;
}
